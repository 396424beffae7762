import { describe, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { GroupSummary } from '#shared/contract/groupModels.ts'
import type { Item } from '#shared/contract/itemModels.ts'
import { delivery, group, groupDetails, member, writer } from '#test/support/fakeGroups.ts'
import { busyState, fakeId, people, person, system, text } from '#test/support/fakeState.ts'
import type { FakeState } from '#test/support/fakeModel.ts'
import { renderApp } from '#test/support/renderApp.ts'

const { mira, dad } = people
const name = 'Old Mill hikers'
const id = fakeId(name)
const [ada, ben] = [writer('Ada Nakamura'), writer('Ben Okafor')]
const now = Date.now()
const said = (author: typeof ada | null, words: string, more = {}) =>
  text(name, words, now - 60_000, { author, own: author === null, ...more })
const question = said(ada, 'Who brings a stove?')
const own = said(null, 'I do', { status: 'sent', reactions: [{ emoji: '👍', own: false, author: ada }, { emoji: '👍', own: false, author: ben }] }) // prettier-ignore
const items = [question, said(ada, 'And a rope?'), own, said(ben, 'Good.', { reply: { id: question.id, own: false, author: ada, text: question.text, state: 'here', file: null } })] // prettier-ignore

function stateOf(about: Partial<GroupSummary> = {}, here: Item[] = items): FakeState {
  const state = busyState()
  const one = group(name, { members: 4, ...about }, { activity: now })
  state.conversations.push(one)
  state.items[id] = here.map((item, position) => ({ ...item, position }))
  state.groups[id] = groupDetails(one, [
    { ...member('Jonas Reuter', { self: true, role: about.role ?? 'owner' }), id: state.app.profile?.id ?? '' },
    member('Mira Holt', { role: 'admin' }),
    member('Ada Nakamura', { unheard: ['Ben Okafor'] }),
    member('Ben Okafor', { connection: 'waiting' }),
  ])
  return state
}
async function open(state = stateOf()) {
  const app = await renderApp(state)
  await app.screen.getByRole('button', { name: new RegExp(`^${name}`) }).click()
  return { ...app, dialog: page.getByRole('dialog'), log: app.screen.getByRole('log'), main: app.screen.getByRole('main') }
}
async function openDetails(state = stateOf()) {
  const app = await open(state)
  await app.screen.getByRole('button', { name: 'Details', exact: true }).click()
  const drawer = app.screen.getByRole('complementary')
  const about = async (who: string, item: string | RegExp) => {
    await drawer.getByRole('button', { name: `More about ${who}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  return { ...app, drawer, about }
}
const press = (keys: string) => userEvent.keyboard(keys)

describe('a new group', () => {
  test('from the menu: name, people by the keyboard, and it opens', async () => {
    const { screen, asked } = await renderApp(busyState())
    await screen.getByRole('button', { name: 'New', exact: true }).click()
    await page.getByRole('menuitem', { name: /New group/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Choir')
    await expect.element(dialog.getByRole('button', { name: 'Make group' })).toHaveAttribute('aria-disabled', 'true')
    await dialog.getByRole('searchbox').fill('mir')
    await press('{Enter}')
    await dialog.getByRole('searchbox').fill('dad')
    await press('{Enter}')
    await dialog.getByRole('searchbox').fill('')
    await press('{Backspace}')
    await expect.element(dialog.getByRole('button', { name: 'Don’t ask Mira Holt' })).toBeVisible()
    expect(dialog.getByRole('button', { name: 'Don’t ask Dad' }).elements()).toEqual([])
    await press('{ArrowDown}{ArrowDown}')
    await press(' ')
    await dialog.getByRole('button', { name: 'Make group' }).click()
    const [made] = asked('groups.create') as { name: string; members: string[]; picture: null }[]
    expect(made).toMatchObject({ name: 'Choir', picture: null })
    expect(made?.members).toHaveLength(2)
    expect(made?.members[0]).toBe(mira.id)
    await expect.element(screen.getByRole('textbox', { name: 'Message Choir' })).toBeVisible()
  })

  test('only who can be reached can be asked', async () => {
    const { screen } = await renderApp(stateOf())
    await screen.getByRole('button', { name: 'New', exact: true }).click()
    await page.getByRole('menuitem', { name: /New group/ }).click()
    const names = () => [...document.querySelectorAll('dialog .pick > span')].map(({ textContent }) => textContent)
    await expect.poll(names).toContain('Dad')
    for (const other of ['Samir Aziz', 'Noor Haddad', name, 'Note to self']) expect(names()).not.toContain(other)
  })

  test('a picture is drawn anew and small', async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 700 })
    canvas.getContext('2d')!.fillRect(100, 100, 300, 300)
    const blob = await new Promise<Blob>((resolve) => canvas.toBlob((made) => resolve(made!), 'image/png'))
    const { dialog, asked, screen } = await openDetails()
    await screen.getByRole('complementary').getByRole('button', { name: 'Name and picture…' }).click()
    await userEvent.upload(
      document.querySelector<HTMLInputElement>('dialog input[type=file]')!,
      new File([blob], 'photo.png', { type: 'image/png' }),
    )
    await expect.element(dialog.getByRole('button', { name: 'No picture' })).toBeVisible()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await vi.waitUntil(() => asked('groups.setPicture').length > 0)
    const [sent] = asked('groups.setPicture') as { picture: string }[]
    const bytes = atob(sent?.picture ?? '')
    expect(bytes.slice(0, 4)).toBe('RIFF')
    expect(bytes.length).toBeLessThanOrEqual(8 * 1024)
    expect(asked('groups.rename')).toEqual([])
    await expect.poll(() => document.querySelector('.chat-head img.group-picture')).not.toBeNull()
  })
})

describe('its conversation', () => {
  test('names who wrote, once for a run, who is quoted, and who reacted', async () => {
    const { log } = await open()
    await expect.element(log.getByRole('article', { name: /^Ben Okafor: Good\. in reply to Ada Nakamura: Who brings/ })).toBeVisible()
    expect([...log.element().querySelectorAll('.sender')].map(({ textContent }) => textContent)).toEqual(['Ada Nakamura', 'Ben Okafor'])
    expect(log.element().querySelectorAll('.msg-avatar')).toHaveLength(2)
    await expect.element(log.getByRole('button', { name: '👍 by Ada and Ben' })).toBeVisible()
  })

  test('the head counts members, and says in words who cannot hear', async () => {
    const { main } = await open(stateOf({ unheard: 2 }))
    await expect.element(main.getByText('4 members · 2 can’t hear you yet')).toBeVisible()
    expect(main.getByRole('button', { name: /Not verified/ }).elements()).toEqual([])
  })

  test('several are writing; each stops on its own', async () => {
    const { main, bridge, screen } = await open()
    const until = Date.now() + 60_000
    bridge.emit({ type: 'typing', conversationId: id, until, author: ada })
    bridge.emit({ type: 'typing', conversationId: id, until, author: ben })
    await expect.element(main.getByText('Ada and Ben are writing…')).toBeVisible()
    await expect.element(screen.getByRole('button', { name: /^Old Mill hikers.*Ada and Ben are writing/ })).toBeVisible()
    bridge.emit({ type: 'typing', conversationId: id, until: 0, author: ada })
    await expect.element(main.getByText('Ben is writing…')).toBeVisible()
  })

  test('members can be mentioned', async () => {
    const { screen, asked } = await open()
    const field = screen.getByRole('textbox', { name: `Message ${name}` })
    await userEvent.type(field, '@Be')
    await expect.element(page.getByRole('option', { name: /Ben Okafor/ })).toBeVisible()
    await press('{Enter}')
    await press('ok{Enter}')
    expect(asked('conversations.send')).toMatchObject([{ id, text: '@Ben Okafor ok', mentions: [{ from: 0, length: 11, id: ben.id }] }])
  })

  test('an own message says how far it has come with each; others have no such thing', async () => {
    const state = stateOf()
    const { log, dialog, bridge } = await open(state)
    bridge.answers['groups.deliveries'] = () => [delivery('Ben Okafor', 'unconnected', now), delivery('Ada Nakamura', 'read', now)]
    await log.getByRole('article', { name: /Who brings/ }).first().click({ button: 'right' }) // prettier-ignore
    await expect.element(page.getByRole('menuitem', { name: 'Reply' })).toBeVisible()
    expect(page.getByRole('menuitem', { name: 'Delivery…' }).elements()).toEqual([])
    await press('{Escape}')
    await log.getByRole('article', { name: /^You: I do/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Delivery…' }).click()
    await expect.element(dialog.getByRole('region', { name: 'Read' }).getByText('Ada Nakamura')).toBeVisible()
    await expect.element(dialog.getByRole('region', { name: 'No connection yet' }).getByText('Ben Okafor')).toBeVisible()
  })

  test('what others pass on meanwhile says so; who cannot be heard may be reached that way where one wants it', async () => {
    const { log, drawer, asked } = await openDetails(stateOf({ unheard: 1 }, [said(ben, 'Coming too', { passedBy: ada })]))
    await expect.element(log.getByText('Passed on by Ada Nakamura')).toBeVisible()
    const choice = drawer.getByRole('checkbox', { name: /Let others pass it on meanwhile/ })
    await expect.element(choice).not.toBeChecked()
    await choice.click()
    await expect.element(choice).toBeChecked()
    expect(asked('groups.setPassing')).toEqual([{ id, passing: true }])
  })

  test('system lines say who did what to whom', async () => {
    const line = system(name, 'group-added', now, { by: 'them', author: ada, text: ['Ben Okafor', 'Dad'].join('\n') })
    const { log } = await open(stateOf({}, [line]))
    await expect.element(log.getByText('Ada Nakamura added Ben Okafor and Dad.')).toBeVisible()
  })

  test('what makes no sense among several is not in the menu', async () => {
    const { screen } = await open()
    await screen.getByRole('button', { name: `More about ${name}` }).click()
    await expect.element(page.getByRole('menuitem', { name: 'Leave group…' })).toBeVisible()
    for (const item of ['Reset session…', 'Block…', 'Rename…', 'Delete…']) expect(page.getByRole('menuitem', { name: item }).elements()).toEqual([]) // prettier-ignore
  })

  test('messages are forwarded to groups, and not to those one is out of', async () => {
    const state = stateOf()
    state.conversations.push(group('Old choir', { state: 'left', role: null }))
    const { log, dialog } = await open(state)
    await log.getByRole('article', { name: /^You: I do/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Forward…' }).click()
    await expect.element(dialog.getByRole('checkbox', { name })).toBeVisible()
    expect(dialog.getByRole('checkbox', { name: 'Old choir' }).elements()).toEqual([])
  })
})

describe('an invitation', () => {
  const invited = () => stateOf({ state: 'invited', role: null, inviter: 'Mira Holt' }, [])
  test('is accepted: then it says what is waited for, and a member can write', async () => {
    const { main, asked, bridge, screen } = await open(invited())
    await expect.element(main.getByText(`Mira Holt invites you to ${name}`)).toBeVisible()
    expect(screen.getByRole('textbox', { name: `Message ${name}` }).elements()).toEqual([])
    await main.getByRole('button', { name: 'Accept' }).click()
    expect(asked('groups.answer')).toEqual([{ id, accept: true }])
    await expect.element(main.getByText(/Waiting for Mira’s computer/)).toBeVisible()
    bridge.emit({ type: 'conversation', conversation: group(name, { role: 'member', members: 4 }) })
    await expect.element(screen.getByRole('textbox', { name: `Message ${name}` })).toBeVisible()
    expect(asked('groups.details')).toHaveLength(1)
  })
  test('is declined, and gone', async () => {
    const { main, screen } = await open(invited())
    await main.getByRole('button', { name: 'Decline' }).click()
    await expect.element(screen.getByRole('button', { name: new RegExp(`^${name}`) })).not.toBeInTheDocument()
  })
})

describe('a group one is out of', () => {
  test.each([
    ['left', /You left this group/],
    ['removed', /You were removed from/],
    ['dissolved', /was dissolved/],
  ] as const)('%s: nothing can be written, and it can be deleted', async (state, sentence) => {
    const { main, screen, dialog, asked, log } = await open(stateOf({ state, role: null }))
    await expect.element(main.getByText(sentence)).toBeVisible()
    expect(screen.getByRole('textbox', { name: `Message ${name}` }).elements()).toEqual([])
    await log.getByRole('article', { name: /^Ben Okafor: Good/ }).click({ button: 'right' })
    await expect.element(page.getByRole('menuitem', { name: 'Copy text' })).toBeVisible()
    for (const item of ['Reply', 'React', 'Edit']) expect(page.getByRole('menuitem', { name: item }).elements()).toEqual([])
    await press('{Escape}')
    await main.getByRole('button', { name: 'Delete group…' }).click()
    await dialog.getByRole('button', { name: 'Delete group' }).click()
    expect(asked('groups.forget')).toEqual([{ id }])
    await expect.element(screen.getByRole('button', { name: new RegExp(`^${name}`) })).not.toBeInTheDocument()
  })
})

describe('its page', () => {
  test('says of each member who hears whom', async () => {
    const { drawer } = await openDetails()
    await expect.element(drawer.getByText('Waiting: nobody can introduce you yet')).toBeVisible()
    await expect.element(drawer.getByText('Ada can’t hear Ben yet')).toBeVisible()
    expect(drawer.getByRole('button', { name: 'More about Jonas Reuter' }).elements()).toEqual([])
  })

  test('the owner makes admins, hands over after a question, and removes', async () => {
    const { about, asked, dialog, drawer } = await openDetails()
    await about('Ada Nakamura', 'Make admin')
    await expect.poll(() => asked('groups.setRole')).toEqual([{ id, member: ada.id, role: 'admin' }])
    await about('Ben Okafor', 'Remove from the group…')
    await dialog.getByRole('button', { name: 'Remove Ben Okafor' }).click()
    await expect.element(drawer.getByText('Ben Okafor', { exact: true })).not.toBeInTheDocument()
    await about('Mira Holt', 'Hand the group over…')
    await dialog.getByRole('button', { name: 'Hand over' }).click()
    await expect.poll(() => asked('groups.setRole').at(-1)).toEqual({ id, member: mira.id, role: 'owner' })
    await expect.element(drawer.getByRole('button', { name: 'Dissolve group…' })).not.toBeInTheDocument()
  })

  test('a conversation with a member opens, also with one that was in no list', async () => {
    const { about, asked, screen } = await openDetails()
    await about('Ben Okafor', 'Open conversation')
    await expect.element(screen.getByRole('textbox', { name: 'Message Ben' })).toBeVisible()
    expect(asked('conversations.open')).toEqual([{ id: ben.id }])
  })

  test('blocked here, heard again, and asked for again', async () => {
    const { about, asked, drawer } = await openDetails()
    await about('Ben Okafor', /^Block in this group/)
    await expect.element(drawer.getByText('Blocked in this group')).toBeVisible()
    await about('Ben Okafor', 'Unblock in this group')
    await about('Ben Okafor', 'Ask for an introduction again')
    await expect.element(drawer.getByText('An introduction is under way')).toBeVisible()
    expect(asked('groups.blockMember').map((input) => (input as { blocked: boolean }).blocked)).toEqual([true, false])
  })

  test('people are added; what was asked can be taken back', async () => {
    const { drawer, dialog, asked } = await openDetails()
    await drawer.getByRole('button', { name: 'Add people…' }).click()
    expect(dialog.getByRole('checkbox', { name: 'Mira Holt' }).elements()).toEqual([]) // in it already
    await dialog.getByRole('checkbox', { name: 'Dad' }).click()
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click()
    expect(asked('groups.invite')).toEqual([{ id, members: [dad.id] }])
    await drawer.getByRole('button', { name: 'Take back the invitation of Dad' }).click()
    await expect.element(drawer.getByRole('heading', { name: 'Asked to join' })).not.toBeInTheDocument()
  })

  test('a common member changes nothing of the group itself', async () => {
    const { drawer } = await openDetails(stateOf({ role: 'member', inviter: 'Mira Holt' }))
    await expect.element(drawer.getByText('Leave group…')).toBeVisible()
    for (const button of ['Add people…', 'Name and picture…', 'Dissolve group…', /^Disappearing messages/])
      expect(drawer.getByRole('button', { name: button }).elements()).toEqual([])
    await drawer.getByRole('button', { name: 'More about Ada Nakamura' }).click()
    expect(page.getByRole('menuitem').elements().map(({ textContent }) => textContent.split('What')[0])).toEqual(['Open conversation', 'Block in this group']) // prettier-ignore
  })

  test('an event brings it up to date, and an answer that was overtaken changes nothing', async () => {
    const state = stateOf()
    const { drawer, bridge } = await openDetails(state)
    await expect.element(drawer.getByText('Ada Nakamura')).toBeVisible()
    const old = structuredClone(state.groups[id]!)
    const slow = Promise.withResolvers<typeof old>()
    bridge.answers['groups.details'] = () => slow.promise
    bridge.emit({ type: 'groupChanged', id })
    bridge.answers['groups.details'] = () => ({ ...old, members: [...old.members, member('Cleo Marchetti')] })
    bridge.emit({ type: 'groupChanged', id })
    await expect.element(drawer.getByText('Cleo Marchetti')).toBeVisible()
    slow.resolve(old)
    await new Promise((resolve) => setTimeout(resolve))
    await expect.element(drawer.getByText('Cleo Marchetti')).toBeVisible()
  })
})

describe('leaving', () => {
  test('a member leaves, and may read on', async () => {
    const { drawer, dialog, main } = await openDetails(stateOf({ role: 'member' }))
    await drawer.getByRole('button', { name: 'Leave group…' }).click()
    await dialog.getByRole('button', { name: 'Leave group' }).click()
    await expect.element(main.getByText(/You left this group/)).toBeVisible()
  })

  test('an owner hands over first', async () => {
    const { drawer, dialog, asked, main } = await openDetails()
    await drawer.getByRole('button', { name: 'Leave group…' }).click()
    await expect.element(dialog.getByRole('button', { name: 'Hand over and leave' })).toHaveAttribute('aria-disabled', 'true')
    await dialog.getByRole('radio', { name: 'Mira Holt' }).click()
    await dialog.getByRole('button', { name: 'Hand over and leave' }).click()
    await expect.element(main.getByText(/You left this group/)).toBeVisible()
    expect(asked('groups.setRole')).toEqual([{ id, member: mira.id, role: 'owner' }])
  })

  test('or dissolves it, after one more question', async () => {
    const { drawer, dialog, asked, main } = await openDetails()
    await drawer.getByRole('button', { name: 'Leave group…' }).click()
    await dialog.getByRole('button', { name: 'Dissolve group…' }).click()
    expect(asked('groups.dissolve')).toEqual([])
    await dialog.getByRole('button', { name: 'Dissolve group' }).click()
    await expect.element(main.getByText(/was dissolved/)).toBeVisible()
  })
})

test('what is found names who wrote it', async () => {
  const state = stateOf()
  state.conversations.push(person('Stove shop'))
  const { screen } = await renderApp(state)
  await screen.getByRole('textbox', { name: 'Search', exact: true }).fill('stove')
  await expect.element(screen.getByRole('button', { name: /Old Mill hikers.*Ada: Who brings a stove/ })).toBeVisible()
})

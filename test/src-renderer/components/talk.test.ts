import { describe, expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'
import { busyState, people, text } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'
import type { FakeState } from '#test/support/fakeModel.ts'

const { mira, dad, elin } = people
const now = Date.now()
const ago = (n: number) => now - n * 60_000
const theirs = (words: string, more: Partial<TextMessage> = {}) => text('Mira Holt', words, ago(9), more)
const mine = (words: string, more: Partial<TextMessage> = {}) => text('Mira Holt', words, ago(5), { own: true, ...more })

async function open(items: TextMessage[], change: (state: FakeState) => void = () => {}) {
  const state = busyState()
  state.items[mira.id] = items
  change(state)
  const app = await renderApp(state)
  await app.screen.getByRole('button', { name: /^Mira/ }).click()
  const log = app.screen.getByRole('log')
  const bubble = (name: RegExp) => log.getByRole('article', { name })
  const composer = app.screen.getByRole('textbox', { name: 'Message Mira' })
  await expect.element(composer).toHaveFocus()
  const menu = async (name: RegExp, item: string) => {
    await bubble(name).click({ button: 'right' })
    await page.getByRole('menuitem', { name: item }).click()
  }
  const dialog = page.getByRole('dialog')
  return { ...app, log, bubble, composer, menu, dialog }
}
const press = (keys: string) => userEvent.keyboard(keys)
/** The message that was jumped to is seen among the others. */
const shownInPlace = (id: string) =>
  expect.poll(() => document.querySelector<HTMLElement>('.is-flashing [data-message]')?.dataset['message']).toBe(id)

describe('replies', () => {
  test('the menu begins one, the strip names it, and the message carries it; a click on it leads there', async () => {
    const asked = theirs('Which train?')
    const { menu, asked: calls, screen, bubble, composer } = await open([asked])
    await menu(/Which train/, 'Reply')
    await expect.element(screen.getByText('Reply to Mira')).toBeVisible()
    await expect.element(composer).toHaveFocus()
    await press('The 8:12{Enter}')
    expect(calls('conversations.send')).toMatchObject([{ text: 'The 8:12', replyTo: asked.id, mentions: [] }])
    await expect.element(bubble(/^You: The 8:12 in reply to Mira: Which train\?/)).toBeVisible()
    await expect.element(screen.getByText('Reply to Mira')).not.toBeInTheDocument()
    await bubble(/^You: The 8:12/)
      .getByRole('button', { name: /Which train/ })
      .click()
    await shownInPlace(asked.id)
  })

  test('Escape gives it up, and the draft stays', async () => {
    const { menu, asked, screen, composer } = await open([theirs('Which train?')])
    await composer.fill('half')
    await menu(/Which train/, 'Reply')
    await press('{Escape}')
    await expect.element(screen.getByText('Reply to Mira')).not.toBeInTheDocument()
    await press('{Enter}')
    expect(asked('conversations.send')).toMatchObject([{ text: 'half', replyTo: null }])
  })

  test('what it answers was taken back, or is not here', async () => {
    const quote = { id: 'x', own: false, text: '', state: 'deleted' as const, file: null }
    const { bubble } = await open([mine('a', { reply: quote }), mine('b', { reply: { ...quote, state: 'missing' } })])
    await expect.element(bubble(/^You: a/).getByText('Deleted message')).toBeVisible()
    await expect.element(bubble(/^You: b/).getByText('A message that is not here')).toBeVisible()
    expect(
      bubble(/^You: a/)
        .getByRole('button', { name: /Deleted/ })
        .elements(),
    ).toEqual([])
  })
})

describe('reactions', () => {
  test('six at hand; the same once more takes it back', async () => {
    const message = theirs('Done!')
    const { menu, asked, log } = await open([message])
    await menu(/Done/, 'React')
    await page.getByRole('dialog', { name: 'React to the message' }).getByRole('button', { name: '👍' }).click()
    const pill = log.getByRole('button', { name: '👍 by you' })
    await expect.element(pill).toHaveAttribute('aria-pressed', 'true')
    await pill.click()
    await expect.element(pill).not.toBeInTheDocument()
    expect(asked('conversations.react')).toEqual(['👍', ''].map((emoji) => ({ id: mira.id, messageId: message.id, emoji })))
  })

  test('all others by their names', async () => {
    const { menu, asked } = await open([theirs('Done!')])
    await menu(/Done/, 'React')
    await page.getByRole('button', { name: 'More emoji' }).click()
    await page.getByRole('searchbox', { name: 'Search emoji' }).fill('rocket')
    await page.getByRole('button', { name: 'rocket', exact: true }).click()
    expect(asked('conversations.react')).toMatchObject([{ emoji: '🚀' }])
  })

  test('both of two are one pill with a number, and say who', async () => {
    const { log } = await open([theirs('Done!', { reactions: [{ emoji: '❤️', own: true }, { emoji: '❤️', own: false }] })]) // prettier-ignore
    await expect.element(log.getByRole('button', { name: '❤️ by you and Mira' })).toHaveTextContent('❤️2❤️ by you and Mira')
  })
})

describe('edits', () => {
  test('Up in an empty field changes the last own message; the draft waits meanwhile', async () => {
    const message = mine('Teh train')
    const { asked, composer, screen, bubble } = await open([message, theirs('?')])
    await press('{ArrowUp}')
    await expect.element(composer).toHaveValue('Teh train')
    await expect.element(screen.getByText('Edit message')).toBeVisible()
    await composer.fill('The train')
    await press('{Enter}')
    await expect.element(bubble(/^You: The train edited/)).toBeVisible()
    expect(asked('conversations.edit')).toEqual([{ id: mira.id, messageId: message.id, text: 'The train', mentions: [] }])
    await expect.element(composer).toHaveValue('')
    expect(asked('conversations.setDraft')).toEqual([])
  })

  test('what was not changed is not sent, and what is older than a day cannot be', async () => {
    const { asked, composer, menu, screen } = await open([mine('old', { sentAt: now - 25 * 3_600_000 }), mine('young')])
    await menu(/^You: young/, 'Edit')
    await press('{Enter}')
    await expect.element(screen.getByText('Edit message')).not.toBeInTheDocument()
    await press('{Escape}')
    expect(asked('conversations.edit')).toEqual([])
    await screen.getByRole('article', { name: /^You: old/ }).click({ button: 'right' })
    await expect.element(page.getByRole('menuitem', { name: 'Reply' })).toBeVisible()
    expect(page.getByRole('menuitem', { name: 'Edit' }).elements()).toEqual([])
    await expect.element(composer).toHaveValue('')
  })

  test('what it said before is a click away', async () => {
    const { log, dialog } = await open([theirs('At eight', { editedAt: ago(3) })])
    await log.getByRole('button', { name: /^Edited/ }).click()
    await expect.element(dialog.getByText('At eight, or so')).toBeVisible()
    await expect.element(dialog.getByText('Both of you can see earlier versions.')).toBeVisible()
  })

  test('a refusal says why, and what was written stays', async () => {
    const { bridge, composer, dialog } = await open([mine('Teh')])
    bridge.answers['conversations.edit'] = () => {
      throw new CairnError('message.too-late')
    }
    await press('{ArrowUp}')
    await composer.fill('The')
    await press('{Enter}')
    await expect.element(dialog).toBeVisible()
    await press('{Escape}')
    await expect.element(composer).toHaveValue('The')
  })
})

describe('deleting', () => {
  test('one’s own for both, and what is left is a line', async () => {
    const message = mine('Secret')
    const { menu, dialog, asked, bubble } = await open([message])
    await menu(/Secret/, 'Delete…')
    await dialog.getByRole('button', { name: 'Delete for everyone' }).click()
    expect(asked('conversations.delete')).toEqual([{ id: mira.id, messageIds: [message.id], for: 'both' }])
    await expect.element(bubble(/^You deleted this message/)).toBeVisible()
  })

  test('somebody else’s only here', async () => {
    const { menu, dialog, asked, bubble } = await open([theirs('Noise'), theirs('Stays')])
    await menu(/Noise/, 'Delete…')
    await expect.element(dialog.getByRole('button', { name: 'Delete for me' })).toBeVisible()
    expect(dialog.getByRole('button', { name: 'Delete for everyone' }).elements()).toEqual([])
    await dialog.getByRole('button', { name: 'Delete for me' }).click()
    await expect.element(bubble(/Noise/)).not.toBeInTheDocument()
    expect(asked('conversations.delete')).toMatchObject([{ for: 'me' }])
  })
})

describe('selecting', () => {
  test('by click and by key; copied in the order of the conversation; Escape ends it', async () => {
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    const { menu, screen, bubble, composer } = await open([theirs('one'), mine('two'), theirs('three')])
    await menu(/three/, 'Select')
    const bar = screen.getByRole('toolbar', { name: 'Selected messages' })
    await bubble(/one/).click()
    await expect.element(bar.getByText('2 selected')).toBeVisible()
    await bar.getByRole('button', { name: 'Copy' }).click()
    expect(write).toHaveBeenCalledWith('one\nthree')
    await menu(/two/, 'Select')
    ;(screen.getByRole('checkbox', { name: /one/ }).element() as HTMLElement).focus()
    await press(' ')
    await expect.element(bar.getByText('2 selected')).toBeVisible()
    await press('{Escape}')
    await expect.element(bar).not.toBeInTheDocument()
    await expect.element(composer).toBeVisible()
    write.mockRestore()
  })
})

describe('forwarding', () => {
  test('to several, under ids of its own, notes to oneself made for it', async () => {
    const messages = [theirs('one'), mine('two')]
    const { menu, screen, asked, dialog, bubble } = await open(messages)
    await menu(/one/, 'Select')
    await bubble(/two/).click()
    await screen.getByRole('button', { name: 'Forward' }).click()
    await dialog.getByRole('searchbox').fill('dad')
    await dialog.getByRole('checkbox', { name: 'Dad' }).click()
    await dialog.getByRole('searchbox').fill('')
    await dialog.getByRole('checkbox', { name: 'Note to self' }).click()
    await dialog.getByRole('button', { name: 'Forward to 2' }).click()
    await expect.element(screen.getByText('Forwarded to 2 conversations')).toBeVisible()
    const [call] = asked('conversations.forward') as { id: string; items: string[]; to: { id: string; messageIds: string[] }[] }[]
    expect(call).toMatchObject({ id: mira.id, items: messages.map(({ id }) => id) })
    expect(call?.to.map(({ id }) => id)).toEqual([dad.id, busyState().app.profile!.id])
    expect(new Set(call?.to.flatMap(({ messageIds }) => messageIds)).size).toBe(4)
  })

  test('a blocked person is not on offer', async () => {
    const { menu, dialog } = await open([theirs('one')])
    await menu(/one/, 'Forward…')
    await expect.element(dialog.getByText('Dad')).toBeVisible()
    expect(dialog.getByText('Samir Aziz').elements()).toEqual([])
  })
})

describe('pinned messages', () => {
  test('stand under the head, lead to their place, and go from there', async () => {
    const message = theirs('The address')
    const { menu, screen } = await open([message])
    await menu(/The address/, 'Pin')
    const strip = screen.getByRole('region', { name: 'Pinned messages' })
    await strip.getByRole('button', { name: /^Show pinned message: ?The address/ }).click()
    await shownInPlace(message.id)
    await strip.getByRole('button', { name: 'Unpin: The address' }).click()
    await expect.element(strip).not.toBeInTheDocument()
  })

  test('several: the newest first, all in a list; one that disappears leaves it', async () => {
    const [first, second] = [theirs('first', { pinned: true }), theirs('second', { pinned: true })]
    const { screen, dialog, bridge } = await open([first, second])
    await expect.element(screen.getByText('2 pinned messages')).toBeVisible()
    await screen.getByRole('button', { name: 'Show all' }).click()
    await expect.element(dialog.getByText('first')).toBeVisible()
    bridge.emit({ type: 'itemsRemoved', conversationId: mira.id, ids: [first.id] })
    await expect.element(dialog.getByText('first')).not.toBeInTheDocument()
    await expect.element(dialog.getByText('second')).toBeVisible()
  })
})

describe('text', () => {
  test('a link shows where it leads, and only Open opens it', async () => {
    const opened = vi.spyOn(window, 'open').mockReturnValue(null)
    const { log, dialog } = await open([theirs('See https://paths.example/a?b.')])
    await log.getByRole('link', { name: 'https://paths.example/a?b' }).click()
    await expect.element(dialog.getByText('paths.example', { exact: true })).toBeVisible()
    await press('{Escape}')
    await expect.element(dialog).not.toBeInTheDocument()
    expect(opened).not.toHaveBeenCalled()
    ;(log.getByRole('link').element() as HTMLElement).focus()
    await press('{Enter}')
    await dialog.getByRole('button', { name: 'Open' }).click()
    expect(opened).toHaveBeenCalledExactlyOnceWith('https://paths.example/a?b', '_blank', 'noopener,noreferrer')
    opened.mockRestore()
  })

  test.each([
    ['https://аррӏе.example', 'xn--80ak6aa92e.example', /letters that can look like others/],
    ['http://2130706433/', '127.0.0.1', /The message says something else/],
    ['http://paths.example', 'paths.example', /not encrypted/],
  ])('%s is warned of', async (words, host, warning) => {
    const { log, dialog } = await open([theirs(words)])
    await log.getByRole('link').click()
    await expect.element(dialog.getByText(host, { exact: true })).toBeVisible()
    await expect.element(dialog.getByRole('alert').getByText(warning)).toBeVisible()
  })

  test('marks are drawn with elements, and nothing else is one', async () => {
    const { log } = await open([theirs('**b** _i_ ~~s~~ `c` <u>x</u>\n> q\n```\ncode\n```')])
    const body = log.element().querySelector('.body')!
    expect([...body.querySelectorAll('*')].map(({ tagName }) => tagName)).toEqual([
      'SPAN',
      'STRONG',
      'EM',
      'S',
      'CODE',
      'BLOCKQUOTE',
      'PRE',
      'CODE',
    ])
    expect(body.textContent).toContain('<u>x</u>')
  })

  test('@ offers both; the name goes in, and the message says whom it names', async () => {
    const { asked, composer, log } = await open([theirs('Hi')])
    await composer.fill('Hello ')
    await userEvent.type(composer, '@')
    await expect.element(page.getByRole('option', { name: /Mira Holt/ })).toHaveAttribute('aria-selected', 'true')
    await press('{Enter}')
    await expect.element(composer).toHaveValue('Hello @Mira Holt ')
    await press('!{Enter}')
    expect(asked('conversations.send')).toMatchObject([{ text: 'Hello @Mira Holt !', mentions: [{ from: 6, length: 10, id: mira.id }] }])
    expect(log.element().querySelector('.mention')?.textContent).toBe('@Mira Holt')
  })

  test('an emoji goes in where the caret is', async () => {
    const { composer } = await open([theirs('Hi')])
    await composer.fill('ab')
    await press('{ArrowLeft}')
    await page.getByRole('button', { name: 'Emoji' }).click()
    await page.getByRole('searchbox', { name: 'Search emoji' }).fill('rocket')
    await press('{Enter}')
    await expect.element(composer).toHaveValue('a🚀b')
    await expect.element(composer).toHaveFocus()
  })
})

describe('writing', () => {
  const typed = (isOn: boolean) => open([theirs('Hi')], (state) => (state.settings.typing = isOn))

  test('is told once while it goes on, and only where the person lets it be known', async () => {
    const told = await typed(true)
    await userEvent.type(told.composer, 'abc')
    expect(told.asked('conversations.typing')).toEqual([{ id: mira.id }])
  })
  test('is told to nobody otherwise', async () => {
    const quiet = await typed(false)
    await userEvent.type(quiet.composer, 'abc')
    expect(quiet.asked('conversations.typing')).toEqual([])
  })

  test('of others shows in the head and in the list, and ends', async () => {
    const { bridge, screen } = await typed(true)
    bridge.emit({ type: 'typing', conversationId: mira.id, until: Date.now() + 60_000 })
    bridge.emit({ type: 'typing', conversationId: elin.id, until: Date.now() + 60_000 })
    await expect.element(screen.getByText('Mira is writing…')).toBeVisible()
    await expect.element(screen.getByRole('button', { name: /^Elin.*Writing…/ })).toBeVisible()
    bridge.emit({ type: 'typing', conversationId: mira.id, until: 0 })
    await expect.element(screen.getByText('Mira is writing…')).not.toBeInTheDocument()
  })
})

describe('disappearing messages', () => {
  test('a time of one’s own, within limits', async () => {
    const { screen, dialog, asked } = await open([theirs('Hi')])
    await screen.getByRole('button', { name: 'More about Mira Holt' }).click()
    await page.getByRole('menuitem', { name: 'Disappearing messages…' }).click()
    await dialog.getByRole('radio', { name: 'Another time' }).click()
    await dialog.getByRole('spinbutton').fill('5')
    await dialog.getByRole('combobox').selectOptions('weeks')
    await expect.element(dialog.getByRole('button', { name: 'Set' })).toHaveAttribute('aria-disabled', 'true')
    await dialog.getByRole('combobox').selectOptions('days')
    await dialog.getByRole('button', { name: 'Set' }).click()
    expect(asked('conversations.setTimer')).toEqual([{ id: mira.id, seconds: 5 * 86_400 }])
    await expect.element(screen.getByRole('button', { name: 'New messages disappear after 5 days' })).toBeVisible()
  })

  test('a message says how long it stays', async () => {
    const { log } = await open([theirs('a', { ttl: 3600 }), mine('b', { ttl: 3600, expiresAt: Date.now() + 1_795_000 })])
    await expect.element(log.getByRole('img', { name: 'Disappears 1 hour after it is read' })).toBeVisible()
    await expect.element(log.getByRole('img', { name: 'Disappears in 30 minutes' })).toBeVisible()
  })
})

describe('the list', () => {
  const names = () => [...document.querySelectorAll('.list .row-name > span:first-child')].map(({ textContent }) => textContent)

  test('what is pinned comes first, what is archived has a list of its own', async () => {
    const { screen } = await open([theirs('Hi')])
    await screen.getByRole('button', { name: /^Elin/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Pin to the top' }).click()
    await expect.poll(() => names()[0]).toBe('Elin Sørensen')
    await screen.getByRole('button', { name: /^Dad/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Archive', exact: true }).click()
    await expect.poll(names).not.toContain('Dad')
    await screen.getByRole('button', { name: /^Archived/ }).click()
    await expect.poll(names).toEqual(['Dad'])
    await screen.getByRole('button', { name: /^Dad/ }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Take out of the archive' }).click()
    await expect.poll(names).toContain('Mira Holt')
    expect(names()).toContain('Dad')
  })
})

describe('notes to oneself', () => {
  test('have no ticks, and nothing that needs somebody else', async () => {
    const { screen } = await open([])
    await screen.getByRole('button', { name: 'New', exact: true }).click()
    await page.getByRole('menuitem', { name: /Note to self/ }).click()
    await screen.getByRole('textbox', { name: 'Write a note' }).fill('milk')
    await press('{Enter}')
    const note = screen.getByRole('article', { name: /^You: milk/ })
    await expect.element(note).toBeVisible()
    expect(note.element().querySelector('.ticks')).toBeNull()
    await screen.getByRole('button', { name: 'More about Note to self' }).click()
    await expect.element(page.getByRole('menuitem', { name: 'Archive', exact: true })).toBeVisible()
    for (const name of ['Rename…', 'Mute for 1 hour', 'Reset session…', 'Block…'])
      expect(page.getByRole('menuitem', { name }).elements()).toEqual([])
    await press('{Escape}')
    await screen.getByRole('button', { name: 'Details', exact: true }).click()
    await expect.element(screen.getByText(/sent to nobody/)).toBeVisible()
    expect(screen.getByText('Safety number').elements()).toEqual([])
  })
})

describe('keys', () => {
  test('arrows go from message to message, letters act on the one with the focus', async () => {
    const { log, bubble, screen, dialog } = await open([theirs('one'), mine('two')])
    ;(log.element() as HTMLElement).focus()
    await press('{ArrowUp}')
    await expect.element(bubble(/two/)).toHaveFocus()
    await press('{ArrowUp}')
    await expect.element(bubble(/one/)).toHaveFocus()
    await press('r')
    await expect.element(screen.getByText('Reply to Mira')).toBeVisible()
    await press('{Escape}')
    ;(bubble(/two/).element() as HTMLElement).focus()
    await press('{Delete}')
    await expect.element(dialog.getByText('Delete this message?')).toBeVisible()
  })

  test('the menu opens by key, and gives the focus back', async () => {
    const { bubble } = await open([theirs('one')])
    ;(bubble(/one/).element() as HTMLElement).focus()
    bubble(/one/)
      .element()
      .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))
    await expect.element(page.getByRole('menuitem', { name: 'Reply' })).toHaveFocus()
    await press('{Escape}')
    await expect.element(bubble(/one/)).toHaveFocus()
  })
})

test('ticks of what was read are another shape, not only another colour', async () => {
  const { log } = await open([mine('a', { status: 'delivered' }), mine('b', { status: 'read' })])
  const shapes = (name: string) =>
    [...log.getByRole('img', { name }).element().querySelectorAll('rect, path')].map(({ tagName }) => tagName)
  expect(shapes('Read by Mira')).toContain('rect')
  expect(shapes('Delivered to Mira’s computer')).not.toContain('rect')
})

test('the settings say what each side sees, and change it', async () => {
  const { screen, asked, dialog } = await open([])
  await screen.getByRole('button', { name: /^Jonas Reuter/ }).click()
  await page.getByRole('menuitem', { name: /Settings/ }).click()
  await dialog.getByRole('tab', { name: 'Privacy' }).click()
  await dialog.getByRole('checkbox', { name: /Read receipts/ }).click()
  await dialog.getByRole('checkbox', { name: /when I’m writing/ }).click()
  expect(asked('settings.set')).toEqual([{ readReceipts: false }, { typing: true }])
})

test('what disappears takes with it what was being done with it', async () => {
  const message = theirs('soon gone')
  const { menu, screen, bridge } = await open([message])
  await menu(/soon gone/, 'Reply')
  await expect.element(screen.getByText('Reply to Mira')).toBeVisible()
  bridge.emit({ type: 'itemsRemoved', conversationId: mira.id, ids: [message.id] })
  await expect.element(screen.getByText('Reply to Mira')).not.toBeInTheDocument()
})

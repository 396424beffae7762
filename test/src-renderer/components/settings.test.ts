import { describe, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { busyState, days, emptyState, people } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'

const row = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) })
const dialog = () => page.getByRole('dialog')
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })

async function openMenu(name: string) {
  await row(name).click()
  await button(new RegExp(`^More about ${name}`)).click()
}
const item = (name: string) => page.getByRole('menuitem', { name, exact: true })

describe('a conversation’s menu', () => {
  test('renames: the field has the name in use, and an empty one is their own again', async () => {
    const { asked } = await renderApp(busyState())
    await openMenu('Mira')
    await item('Rename…').click()
    await page.getByLabelText('Name').fill('  Mira from the ridge ')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => asked('contacts.rename')).toEqual([{ id: people.mira.id, label: 'Mira from the ridge' }])
    await expect.element(page.getByRole('heading', { name: 'Mira from the ridge' })).toBeVisible()
  })

  test('mutes: a bell says so, the count is quiet, and the window’s title does not count it', async () => {
    const { bridge, asked } = await renderApp(busyState())
    await openMenu('Mira')
    await item('Mute for 8 hours').click()
    expect(asked('contacts.mute')).toEqual([{ id: people.mira.id, time: 'eight-hours' }])
    await expect.poll(() => document.title).toBe('(2) Cairn')
    bridge.emit({ type: 'conversation', conversation: { ...people.keiko, mutedUntil: Number.MAX_SAFE_INTEGER } })
    await expect.poll(() => document.title).toBe('Cairn')
    await expect.element(row('Keiko Tanabe')).toHaveAccessibleName(/Muted.*2 unread, muted/)
    await openMenu('Mira')
    await item('Unmute').click()
    expect(asked('contacts.mute').at(-1)).toEqual({ id: people.mira.id, time: 'off' })
  })

  test('deletes only after asking, and blocks too where that is wanted', async () => {
    const { asked, pinia } = await renderApp(busyState())
    await openMenu('Mira')
    await item('Delete…').click()
    await expect.element(button('Keep')).toHaveFocus()
    await userEvent.keyboard('{Escape}')
    expect(asked('contacts.remove')).toEqual([])
    await openMenu('Mira')
    await item('Delete…').click()
    await page.getByRole('checkbox', { name: 'Block Mira too' }).click()
    await button('Delete Mira').click()
    await expect.poll(() => asked('contacts.remove')).toEqual([{ id: people.mira.id, block: true }])
    await expect.poll(() => useUi(pinia).dialog).toBeNull()
    await expect.element(page.getByText('Mira is deleted.')).toBeVisible()
    expect(row('Mira').elements()).toEqual([])
  })

  test('opens on a row by the other mouse button and by the keyboard; Escape gives the focus back', async () => {
    await renderApp(busyState())
    await row('Noor').click({ button: 'right' })
    await expect.element(page.getByRole('menu', { name: 'More about Noor Haddad' })).toBeVisible()
    await expect.element(item('Details')).toHaveFocus()
    expect(item('Reset session…').elements()).toEqual([]) // there is no session yet
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(item('Search in this conversation')).toHaveFocus()
    await userEvent.keyboard('{Escape}')
    expect(page.getByRole('menu').elements()).toEqual([])
    await expect.poll(() => document.activeElement?.classList.contains('row')).toBe(true)
  })
})

test('the question about an older copy is answered in the conversation', async () => {
  const state = busyState()
  state.conversations.find(({ id }) => id === people.mira.id)!.question = { texts: 12 }
  const { asked } = await renderApp(state)
  await row('Mira').click()
  await expect.element(page.getByText(/12 messages of your conversation are missing there/)).toBeVisible()
  await button('Don’t send').click()
  await expect.poll(() => asked('conversations.returnHistory')).toEqual([{ id: people.mira.id, give: false }])
  await expect.poll(() => page.getByText(/missing there/).elements()).toEqual([])
})

describe('settings', () => {
  const open = async (section: string, state = busyState(), answers = {}) => {
    const app = await renderApp(state, answers)
    await userEvent.keyboard('{Control>},{/Control}')
    await page.getByRole('tab', { name: section }).click()
    return app
  }

  test('open from the menu and by key; arrow keys move between sections', async () => {
    await renderApp(busyState())
    await button(/Network, settings and lock/).click()
    await page.getByRole('menuitem', { name: /^Settings/ }).click()
    await expect.element(page.getByRole('tab', { name: 'Profile' })).toHaveFocus()
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(page.getByRole('tab', { name: 'Security' })).toHaveAttribute('aria-selected', 'true')
    await expect.element(page.getByRole('tabpanel', { name: 'Security' })).toBeVisible()
  })

  test('a new name and a new name of the profile are saved when they are changed', async () => {
    const { asked } = await open('Profile')
    const [ofName, ofProfile] = [button('Save').nth(0), button('Save').nth(1)]
    await expect.element(ofName).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('Your name').fill('Jonas R.')
    await ofName.click()
    await expect.poll(() => asked('profile.rename')).toEqual([{ name: 'Jonas R.' }])
    await page.getByLabelText('This profile on this computer').fill('Home')
    await ofProfile.click()
    await expect.poll(() => asked('profiles.rename')).toEqual([{ id: 'main', label: 'Home' }])
  })

  test('the passphrase is changed with the old one; a wrong one is named and costs time', async () => {
    let wrong = true
    const { asked } = await open('Security', busyState(), {
      'profile.changePassphrase': () => {
        if (wrong) throw new CairnError('keystore.wrong-passphrase', { details: { seconds: 2 } })
        return null
      },
    })
    await button('Change passphrase…').click()
    await page.getByLabelText('Passphrase of today').fill('old one here')
    await page.getByLabelText('New passphrase').fill('copper lantern drifts')
    await page.getByLabelText('The same once more').fill('copper lantern')
    await expect.element(button('Change passphrase')).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('The same once more').fill('copper lantern drifts')
    await button('Change passphrase').click()
    await expect.element(page.getByText(/That passphrase doesn’t open Cairn/)).toBeVisible()
    wrong = false
    await button('Change passphrase').click()
    await expect.element(page.getByRole('tab', { name: 'Security' })).toBeVisible()
    expect(asked('profile.changePassphrase').at(-1)).toEqual({ current: 'old one here', next: 'copper lantern drifts' })
  })

  test('the time of the lock and what comes back to an older copy are chosen', async () => {
    const { asked } = await open('Security')
    await page.getByLabelText('Lock by itself').selectOptions('After 15 minutes')
    await page.getByRole('tab', { name: 'Privacy' }).click()
    await page.getByRole('radio', { name: 'Send nothing back' }).click()
    await expect.poll(() => asked('settings.set')).toEqual([{ lockAfter: 15 }, { history: 'no' }])
  })

  test('all sessions are reset after asking, with progress that can be closed and seen again', async () => {
    const { bridge, asked } = await open('Security')
    await button('Reset all sessions…').click()
    await button('Reset all').click()
    await expect.element(dialog().getByText('0 of 8 done')).toBeVisible()
    expect(asked('sessions.resetAll')).toHaveLength(1)
    await button('Close').click()
    bridge.emit({ type: 'resetAll', resetAll: { begun: 0, total: 8, done: 7, waiting: ['Dad'] } })
    await button('Bringing 8 sessions back, 7 done').click()
    await expect.element(dialog().getByRole('progressbar')).toHaveAttribute('aria-valuenow', '7')
    await expect.element(dialog().getByText('Dad', { exact: true })).toBeVisible()
    bridge.emit({ type: 'resetAll', resetAll: { begun: 0, total: 8, done: 8, waiting: [] } })
    await button('Done').click()
    await expect.poll(() => asked('sessions.endResetAll')).toHaveLength(1)
  })

  test('another relay is asked before it is added; the only one cannot be left', async () => {
    const { asked } = await open('Relays & network')
    expect(button(/^Leave relay/).elements()).toEqual([])
    await button('Add a relay…').click()
    await expect.element(button('Add')).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('Address of the relay').fill('relay.banyan.example')
    await expect.element(page.getByText('Reached in 84 ms.')).toBeVisible()
    await button('Add').click()
    await expect.poll(() => asked('relays.add')).toEqual([{ relay: { kind: 'address', address: 'wss://relay.banyan.example:7443' } }])
    await expect.element(page.getByRole('tab', { name: 'Relays & network' })).toBeVisible()
  })

  test('the relay on this computer is opened to the network only after it was said who can reach it', async () => {
    const state = busyState()
    state.network.relays.push({
      ...{ address: 'ws://127.0.0.1:7443', own: true, local: true, until: null },
      ...{ state: 'connected', since: days(1), error: null },
    })
    const { asked } = await open('Relays & network', state)
    await button('Open to the network…').click()
    await expect.element(page.getByText(/Every computer that reaches this one can use it then/)).toBeVisible()
    expect(asked('relays.setReach')).toEqual([])
    await button('Open to the network').click()
    await expect.poll(() => asked('relays.setReach')).toEqual([{ reach: 'network' }])
  })

  test('a proxy is used, tested and left again', async () => {
    const { bridge, asked } = await open('Relays & network')
    await expect.element(button('Use this proxy')).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('Address of the proxy').fill('127.0.0.1:9050')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => asked('network.setProxy')).toEqual([{ proxy: { address: '127.0.0.1:9050', credentials: null } }])
    bridge.emit({ type: 'settings', settings: { ...bridge.state.settings, proxy: { address: '127.0.0.1:9050', username: null } } })
    await button('Test').click()
    await expect.element(page.getByText('Your relay answered through it in 84 ms.')).toBeVisible()
    await button('Use no proxy').click()
    await expect.poll(() => asked('network.setProxy').at(-1)).toEqual({ proxy: null })
  })

  test('blocked people are listed, also deleted ones, and unblocked', async () => {
    const state = busyState()
    state.blocked = [{ id: people.samir.id, name: 'Samir Aziz', at: days(2), deleted: true }]
    const { asked } = await open('Blocked people', state)
    await expect.element(page.getByText(/no conversation here/)).toBeVisible()
    await button('Unblock Samir Aziz').click()
    await expect.element(page.getByText('You have blocked nobody.')).toBeVisible()
    expect(asked('contacts.unblock')).toEqual([{ id: people.samir.id }])
  })
})

describe('several profiles', () => {
  const two = (phase: 'locked' | 'open' | 'first-start') => {
    const state = emptyState(phase)
    state.profiles = [
      { id: 'main', label: 'Private', current: true },
      { id: '11'.repeat(8), label: 'Work', current: false },
    ]
    return state
  }

  test('another one is chosen before unlocking', async () => {
    const { asked } = await renderApp(two('locked'))
    await button('Profile: Private').click()
    await item('Switch to Work').click()
    await expect.poll(() => asked('profiles.switch')).toEqual([{ id: '11'.repeat(8) }])
  })

  test('is deleted only when its name is typed', async () => {
    const { asked } = await renderApp(two('locked'))
    await button('Profile: Private').click()
    await item('Delete this profile…').click()
    await page.getByLabelText('Type Private to go on').fill('private')
    await expect.element(button('Delete for good')).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('Type Private to go on').fill('Private')
    await button('Delete for good').click()
    await expect.poll(() => asked('profiles.remove')).toEqual([{ id: 'main', label: 'Private' }])
  })

  test('one that was begun can be left', async () => {
    const { asked } = await renderApp(two('first-start'))
    await button('Back to Work').click()
    await expect.poll(() => asked('profiles.switch')).toEqual([{ id: '11'.repeat(8) }])
  })
})

test('somebody at the window is told of, now and then', async () => {
  const { asked } = await renderApp(busyState())
  await userEvent.keyboard('x')
  await userEvent.keyboard('y')
  expect(asked('profile.active')).toEqual([{}])
})

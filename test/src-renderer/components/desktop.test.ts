import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import type { AppState } from '#shared/contract/appModels.ts'
import type { FakeState } from '#test/support/fakeModel.ts'
import { busyState, emptyState, fakeId, people } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'

const withApp = (state: FakeState, change: Partial<AppState>, capabilities: Partial<AppState['capabilities']> = {}): FakeState => ({
  ...state,
  app: { ...state.app, ...change, capabilities: { ...state.app.capabilities, ...capabilities } },
})
const onDesktop = (state = busyState()) => withApp(state, {}, { host: 'electron', desktop: true })
const openedState = (opened: FakeState['opened']) => ({ ...onDesktop(), opened })
const preview = { kind: 'full', text: 'armored', id: fakeId('Elin'), name: 'Elin', relays: ['wss://relay.kestrel.example:7443'], expires: 4e12, relation: 'new' } // prettier-ignore

describe('how a new profile opens', () => {
  async function untilUnlock(keychain: boolean) {
    const app = await renderApp(withApp(emptyState('first-start'), {}, { keychain }))
    await app.screen.getByRole('textbox', { name: 'Your name' }).fill('Jonas')
    await userEvent.keyboard('{Enter}')
    return app
  }

  test('by the keychain, if the person chooses it', async () => {
    const { screen, asked } = await untilUnlock(true)
    await screen.getByRole('radio', { name: /keychain of this computer/ }).click()
    await expect.element(screen.getByText(/A copy of the profile opens nowhere else/)).toBeVisible()
    await expect.element(screen.getByLabelText('Passphrase', { exact: true })).not.toBeInTheDocument()
    await screen.getByRole('button', { name: 'Continue' }).click()
    await screen.getByRole('radio', { name: /A relay on this computer/ }).click()
    await screen.getByRole('button', { name: 'Start Cairn' }).click()
    await expect.poll(() => asked('profile.create')).toEqual([{ name: 'Jonas', passphrase: null, relay: { kind: 'local' } }])
  })

  test('a passphrase is what is chosen first', async () => {
    const { screen } = await untilUnlock(true)
    await expect.element(screen.getByRole('radio', { name: /^A passphrase/ })).toBeChecked()
    await expect.element(screen.getByLabelText('Passphrase', { exact: true })).toBeVisible()
  })

  test('without a keychain there is nothing to choose', async () => {
    const { screen } = await untilUnlock(false)
    await expect.element(screen.getByLabelText('Passphrase', { exact: true })).toBeVisible()
    await expect.element(screen.getByRole('radio')).not.toBeInTheDocument()
  })
})

describe('a profile of the keychain', () => {
  const locked = () => withApp(emptyState('locked'), { unlock: 'keychain' })

  test('opens by itself', async () => {
    const { screen, asked } = await renderApp(locked())
    await expect.element(screen.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
    expect(asked('profile.unlock')).toEqual([{ passphrase: null }])
  })

  test('says why it does not, and tries again when asked', async () => {
    let isLocked = true
    const { screen, bridge } = await renderApp(locked(), {
      'profile.unlock': () => {
        if (isLocked) throw new CairnError('keychain.locked')
        return (bridge.state.app = { ...bridge.state.app, phase: 'open', unlock: null, profile: { id: fakeId('me'), name: 'Jonas' } })
      },
    })
    await expect.element(screen.getByText('The keychain of this computer is locked.')).toBeVisible()
    isLocked = false
    await screen.getByRole('button', { name: 'Unlock' }).click()
    await expect.element(screen.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
  })

  test('stays shut once the person has locked it, until they open it', async () => {
    const { screen, asked } = await renderApp(onDesktop(), { 'profile.lock': () => locked().app })
    await userEvent.keyboard('{Control>}l{/Control}')
    await expect.element(screen.getByRole('button', { name: 'Unlock' })).toBeVisible()
    expect(asked('profile.unlock')).toEqual([])
    await screen.getByRole('button', { name: 'Unlock' }).click()
    expect(asked('profile.unlock')).toEqual([{ passphrase: null }])
  })
})

describe('what is opened from outside', () => {
  test('an invite that was there before the window is in its dialog', async () => {
    const { screen, asked } = await renderApp(openedState({ kind: 'invite', text: 'cairn:cairn1abc' }), {
      'invites.inspect': () => preview,
    })
    await expect.element(screen.getByText('Connect with Elin?')).toBeVisible()
    expect(asked('invites.inspect')).toEqual([{ text: 'cairn:cairn1abc' }])
    expect(asked('desktop.take')).toHaveLength(1)
  })

  test('an invite that comes later, too; and one that is none says so', async () => {
    const { screen, bridge } = await renderApp(onDesktop(), {
      'invites.inspect': () => {
        throw new CairnError('invite.damaged')
      },
    })
    await expect.element(screen.getByRole('button', { name: 'New', exact: true })).toBeVisible()
    bridge.state.opened = { kind: 'invite', text: '?' }
    bridge.emit({ type: 'opened' })
    await expect.element(screen.getByText('This invite is damaged.')).toBeVisible()
  })

  test('a notification leads to its conversation', async () => {
    const { screen, bridge } = await renderApp(onDesktop())
    await expect.element(screen.getByRole('button', { name: 'New', exact: true })).toBeVisible()
    bridge.state.opened = { kind: 'conversation', id: people.keiko.id }
    bridge.emit({ type: 'opened' })
    await expect.element(screen.getByRole('log', { name: 'Messages with Keiko' })).toBeVisible()
  })

  test('waits while the profile is locked', async () => {
    const state = withApp(
      { ...openedState({ kind: 'invite', text: 'cairn1abc' }) },
      { phase: 'locked', profile: null, unlock: 'passphrase' },
    )
    const { screen, asked } = await renderApp(state, { 'invites.inspect': () => preview })
    await expect.element(screen.getByRole('button', { name: 'Unlock' })).toBeVisible()
    expect(asked('desktop.take')).toEqual([])
    await screen.getByLabelText('Passphrase', { exact: true }).fill('x')
    await screen.getByRole('button', { name: 'Unlock' }).click()
    await expect.element(screen.getByText('Connect with Elin?')).toBeVisible()
  })

  test('nobody asks where there is no desktop', async () => {
    const { screen, asked } = await renderApp(busyState())
    await expect.element(screen.getByRole('button', { name: 'New', exact: true })).toBeVisible()
    expect(asked('desktop.take')).toEqual([])
  })
})

describe('settings of this computer', () => {
  async function openSettings(state: FakeState, answers = {}) {
    const app = await renderApp(state, answers)
    await app.screen.getByRole('button', { name: /^Jonas Reuter/ }).click()
    await app.screen.getByRole('menuitem', { name: /^Settings/ }).click()
    await app.screen.getByRole('tab', { name: 'On this computer' }).click()
    return app
  }

  test('show what is, and change it', async () => {
    const { screen, asked } = await openSettings(onDesktop())
    await expect.element(screen.getByRole('radio', { name: /Say that there is one/ })).toBeChecked()
    await screen.getByRole('radio', { name: /Say from whom/ }).click()
    await screen.getByRole('checkbox', { name: /Start with the computer/ }).click()
    await expect.poll(() => asked('desktop.change')).toEqual([{ notifications: 'name' }, { startAtLogin: true }])
    await expect.element(screen.getByRole('checkbox', { name: /Start with the computer/ })).toBeChecked()
  })

  test('a change that is refused is said, and the box shows what is so', async () => {
    const { screen } = await openSettings(onDesktop(), {
      'desktop.change': () => {
        throw new CairnError('keystore.disk-full')
      },
    })
    await screen.getByRole('checkbox', { name: /Go on when the window is closed/ }).click()
    await expect.element(screen.getByText('There is no room left on the disk.')).toBeVisible()
    await expect.element(screen.getByRole('checkbox', { name: /Go on when/ })).not.toBeChecked()
    await screen.getByRole('radio', { name: /Show nothing/ }).click()
    await expect.element(screen.getByRole('radio', { name: /Say that there is one/ })).toBeChecked()
  })

  test('what this system cannot have is not shown', async () => {
    const state = onDesktop()
    state.desktop = { notifications: null, startAtLogin: null, keepRunning: true }
    const { screen } = await openSettings(state)
    await expect.element(screen.getByRole('checkbox', { name: /Go on when/ })).toBeChecked()
    expect(screen.getByRole('checkbox').elements()).toHaveLength(1)
    await expect.element(screen.getByRole('radio')).not.toBeInTheDocument()
  })

  test('in a browser there are none', async () => {
    const { screen } = await renderApp(busyState())
    await screen.getByRole('button', { name: /^Jonas Reuter/ }).click()
    await screen.getByRole('menuitem', { name: /^Settings/ }).click()
    await expect.element(screen.getByRole('tab', { name: 'About' })).toBeVisible()
    await expect.element(screen.getByRole('tab', { name: 'On this computer' })).not.toBeInTheDocument()
  })
})

test('when the network comes back, every relay is tried again', async () => {
  const { screen, asked } = await renderApp(busyState())
  await expect.element(screen.getByRole('button', { name: 'New', exact: true })).toBeVisible()
  dispatchEvent(new Event('online'))
  await expect.poll(() => asked('network.retry')).toEqual([{}])
})

import { describe, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { busyState, fakeId } from '#test/support/fakeState.ts'
import type { FakeState } from '#test/support/fakeModel.ts'
import { renderApp } from '#test/support/renderApp.ts'

const here = (lan: Partial<FakeState['lan']> = {}): FakeState => {
  const state = busyState()
  state.lan = { on: true, announced: false, error: null, port: 6711, addresses: ['192.168.1.20:6711'], people: [], ...lan }
  return state
}
async function openSettings(state: FakeState) {
  const app = await renderApp(state)
  await expect.element(app.screen.getByRole('navigation')).toBeVisible()
  window.dispatchEvent(new KeyboardEvent('keydown', { key: ',', ctrlKey: true, bubbles: true }))
  await page.getByRole('tab', { name: 'Relays & network' }).click()
  return { ...app, section: page.getByRole('region', { name: 'On this network' }) }
}

describe('talking on this network', () => {
  test('is turned on, and then says where others connect to; announcing is another choice', async () => {
    const { section, asked } = await openSettings(busyState())
    await expect.element(section.getByRole('checkbox', { name: /Find contacts by itself/ })).not.toBeInTheDocument()
    await section.getByRole('checkbox', { name: /Talk on this network/ }).click()
    await expect.element(section.getByText('192.168.1.20:6711')).toBeVisible()
    const announce = section.getByRole('checkbox', { name: /Find contacts by itself/ })
    await expect.element(announce).not.toBeChecked()
    await announce.click()
    await expect.element(announce).toBeChecked()
    expect(asked('lan.set')).toEqual([{ on: true }, { on: true, announced: true }])
  })

  test('names who is here, and who is no contact yet', async () => {
    const people = [
      { id: fakeId('Mira Holt'), address: '192.168.1.23:6711' },
      { id: null, address: '192.168.1.31:50211' },
    ]
    const { section } = await openSettings(here({ people }))
    await expect.element(section.getByText(/^Mira Holt/)).toBeVisible()
    await expect.element(section.getByText('192.168.1.23:6711')).toBeVisible()
    await expect.element(section.getByText(/Somebody with an invite of yours/)).toBeVisible()
  })

  test('a computer that does not answer is said beneath its address, and what waits goes on', async () => {
    const { section, bridge, asked } = await openSettings(here())
    bridge.answers['lan.connect'] = () => {
      throw new CairnError('lan.unreachable')
    }
    await section.getByRole('textbox', { name: 'Connect to a computer' }).fill('192.168.1.99')
    await section.getByRole('button', { name: 'Connect', exact: true }).click()
    await expect.element(section.getByRole('alert')).toBeVisible()
    expect(asked('lan.connect')).toEqual([{ address: '192.168.1.99' }])
  })

  /** Under way with Noor, who is met at a relay or not. */
  function exchanging(onLan: boolean) {
    const state = here()
    const noor = state.conversations.find(({ name }) => name === 'Noor Haddad')!
    Object.assign(noor.exchange!, { onLan, expires: Date.now() + 86_400_000 })
    return { state, noor }
  }

  test('an exchange with somebody who has no relay offers the address field, until that person is here', async () => {
    const { state, noor } = exchanging(true)
    const { screen, bridge, asked } = await renderApp(state)
    await screen.getByRole('button', { name: /Noor Haddad/ }).click()
    const field = screen.getByRole('textbox', { name: 'Connect to a computer' })
    await expect.element(screen.getByText('192.168.1.20:6711')).toBeVisible() // ours, for the other person to type
    await field.fill('192.168.1.31')
    await screen.getByRole('button', { name: 'Connect', exact: true }).click()
    await expect.poll(() => asked('lan.connect')).toEqual([{ address: '192.168.1.31' }])
    bridge.emit({ type: 'lan', lan: { ...state.lan, people: [{ id: noor.id, address: '192.168.1.31:6711' }] } })
    await expect.element(field).not.toBeInTheDocument()
  })

  test('an exchange over relays offers none', async () => {
    const { screen } = await renderApp(exchanging(false).state)
    await screen.getByRole('button', { name: /Noor Haddad/ }).click()
    await expect.element(screen.getByRole('heading', { name: /Noor Haddad/ }).first()).toBeVisible()
    await expect.element(screen.getByRole('textbox', { name: 'Connect to a computer' })).not.toBeInTheDocument()
  })

  test('an open invite that names no relay says what both have to do, and where to connect', async () => {
    const state = here()
    const invite = state.invites.find(({ state: is, uses }) => is === 'open' && uses === 'one')!
    Object.assign(invite, { relays: [`lan:${fakeId('me')}`], short: null, label: 'Otto' })
    const { screen } = await renderApp(state)
    await screen.getByRole('button', { name: /Otto/ }).click()
    await expect.element(screen.getByText(/one types the address/)).toBeVisible()
    await expect.element(screen.getByText('192.168.1.20:6711')).toBeVisible()
    await expect.element(screen.getByRole('textbox', { name: 'Connect to a computer' })).toBeVisible()
  })

  test('without a relay no public address is offered; the page says why, and leads to where one is added', async () => {
    const state = here()
    state.network.relays = []
    state.invites = state.invites.filter(({ uses }) => uses === 'one')
    const { screen } = await renderApp(state)
    await screen.getByRole('button', { name: 'New', exact: true }).click()
    await screen.getByRole('menuitem', { name: /Invites and address/ }).click()
    const card = screen.getByRole('region', { name: 'Public address' })
    await expect.element(card.getByText(/needs a relay/)).toBeVisible()
    await expect.element(card.getByRole('button', { name: 'Make an address' })).not.toBeInTheDocument()
    await card.getByRole('button', { name: /Relays & network/ }).click()
    await expect.element(page.getByRole('tab', { name: 'Relays & network' })).toHaveAttribute('aria-selected', 'true')
  })
})

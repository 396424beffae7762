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
})

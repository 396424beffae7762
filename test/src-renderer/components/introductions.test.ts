/** People brought together, in the window: asked, answered, offered, taken back. */
import { describe, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import { introduction } from '#test/support/fakeIntroductions.ts'
import { writer } from '#test/support/fakeGroups.ts'
import { busyState, fakeId, people } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'

const { mira, dad } = people

describe('introductions', () => {
  test('are shown with who brings whom together, and are accepted or declined', async () => {
    const state = busyState()
    const wanted = introduction('Keiko Tanabe')
    const asked = introduction('Ada Nakamura', { role: 'mediator', reason: 'ask', via: null, target: writer('Mira Holt') })
    state.introductions = [wanted, asked]
    const { screen, bridge } = await renderApp(state)
    await screen.getByRole('button', { name: /^2 requests/ }).click()
    const keiko = screen.getByRole('region', { name: 'Introduction of Keiko Tanabe' })
    await expect.element(keiko.getByText('Mira Holt wants to introduce you to Keiko Tanabe.')).toBeVisible()
    await keiko.getByRole('button', { name: 'Accept' }).click()
    await expect.element(keiko).not.toBeInTheDocument()
    const ada = screen.getByRole('region', { name: 'Introduction of Ada Nakamura' })
    await expect.element(ada.getByText('Ada Nakamura asks you to introduce them to Mira Holt.')).toBeVisible()
    await ada.getByRole('button', { name: 'Decline' }).click()
    await expect.element(ada).not.toBeInTheDocument()
    const answers = bridge.calls.filter(({ method }) => method === 'introductions.answer').map(({ input }) => input)
    expect(answers).toEqual([
      { introductionId: wanted.id, accept: true },
      { introductionId: asked.id, accept: false },
    ])
  })

  test('of a contact stand on its page, by whom it was introduced too, and are taken back there', async () => {
    const state = busyState()
    state.introductions = [introduction('Keiko Tanabe', { role: 'asker', state: 'waiting' })]
    state.details[mira.id] = { ...state.details[mira.id]!, introducedBy: 'Dad', groups: [writer('Old Mill hikers')] }
    const { screen, bridge } = await renderApp(state)
    await screen.getByRole('button', { name: /^Mira Holt/ }).click()
    await screen.getByRole('button', { name: 'Details', exact: true }).click()
    await expect.element(screen.getByText('Introduced by Dad')).toBeVisible()
    await expect.element(screen.getByRole('button', { name: 'Old Mill hikers' })).toBeVisible()
    await screen.getByRole('button', { name: 'Cancel: Keiko Tanabe, through Mira Holt' }).click()
    await expect.element(screen.getByText('Cancelled')).toBeVisible()
    expect(bridge.calls.some(({ method }) => method === 'introductions.cancel')).toBe(true)
  })

  test('help with a reset that nobody answers: one contact is asked to carry it', async () => {
    const state = busyState()
    const troubled = state.conversations.find(({ id }) => id === mira.id)
    if (troubled) troubled.trouble = { kind: 'no-answer', since: Date.now() - 3 * 24 * 3600_000 }
    const { screen, asked } = await renderApp(state)
    await screen.getByRole('button', { name: /^Mira Holt/ }).click()
    await screen.getByRole('button', { name: 'Ask somebody you both know…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('checkbox', { name: 'Dad' }).click()
    await expect.element(dialog.getByText('One person at a time.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click()
    await expect.element(dialog).not.toBeInTheDocument()
    expect(asked('introductions.ask')).toEqual([{ via: dad.id, person: mira.id }])
  })

  test('are offered to several, and asked for by an id', async () => {
    const { screen, bridge } = await renderApp(busyState())
    await screen.getByRole('button', { name: /^Mira Holt/ }).click()
    await screen.getByRole('button', { name: 'Details', exact: true }).click()
    await screen.getByRole('button', { name: 'Introduce to…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('checkbox', { name: 'Dad' }).click()
    await dialog.getByRole('button', { name: 'Introduce', exact: true }).click()
    await expect.element(dialog).not.toBeInTheDocument()
    await screen.getByRole('button', { name: 'Ask for an introduction…' }).click()
    const field = dialog.getByRole('textbox', { name: 'Id of the person' })
    await field.fill('not an id')
    await expect.element(dialog.getByRole('button', { name: 'Ask', exact: true })).toHaveAttribute('aria-disabled', 'true')
    await field.fill(` ${fakeId('Keiko Tanabe').toUpperCase()} `)
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click()
    await expect.element(dialog).not.toBeInTheDocument()
    const calls = bridge.calls.filter(({ method }) => method === 'introductions.offer' || method === 'introductions.ask')
    expect(calls.map(({ input }) => input)).toEqual([
      { id: mira.id, to: dad.id },
      { via: mira.id, person: fakeId('Keiko Tanabe') },
    ])
  })
})

import { describe, expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import type { Item } from '#shared/contract/itemModels.ts'
import { busyState, minutes, people, text } from '#test/support/fakeState.ts'
import type { FakeBridge } from '#test/support/fakeBridge.ts'
import { renderApp } from '#test/support/renderApp.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'
import { useMessages, maxItems } from '../../../src-renderer/stores/messages.ts'

const { mira, tomasz } = people
const count = 1000
/** One has the word that nobody else has. */
const needle = 400

function longState() {
  const state = busyState()
  const talk = Array.from({ length: count }, (_, i) =>
    text('Mira Holt', i === needle ? 'Der Kafé am Kran' : `Line ${String(i)} of many`, minutes(count - i), {
      own: i % 3 === 0,
      id: `m${String(i)}`,
    }),
  )
  return { ...state, items: { ...state.items, [mira.id]: talk as Item[] } }
}

async function open(answers: FakeBridge['answers'] = {}, width = 1200) {
  const app = await renderApp(longState(), answers, width)
  const field = app.screen.getByRole('textbox', { name: 'Search', exact: true })
  const list = () => app.screen.container.querySelector<HTMLElement>('.log')
  const shown = () => {
    const box = list()?.getBoundingClientRect()
    return [...(list()?.querySelectorAll<HTMLElement>('[data-id]') ?? [])].filter((line) => {
      const { top, bottom } = line.getBoundingClientRect()
      return box !== undefined && bottom > box.top && top < box.bottom
    })
  }
  const highlights = () => [...(CSS.highlights.get('search') ?? [])].map((range) => (range as Range).toString())
  return { ...app, field, list, shown, highlights, ui: useUi(app.pinia), messages: useMessages(app.pinia) }
}
const hitRow = (app: Awaited<ReturnType<typeof open>>) => app.screen.getByRole('region', { name: 'Messages' }).getByRole('button').first()

describe('the sidebar', () => {
  test('Ctrl+K looks for people and messages; arrows move, Enter opens, Escape ends', async () => {
    const app = await open()
    await userEvent.keyboard('{Control>}k{/Control}')
    await expect.element(app.field).toHaveFocus()
    await userEvent.keyboard('tom')
    const row = app.screen.getByRole('region', { name: 'People' }).getByRole('button', { name: /Tomasz/ })
    await expect.element(row).toBeVisible()
    expect(row.element().querySelector('mark')?.textContent).toBe('Tom')
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(row).toHaveFocus()
    await userEvent.keyboard('{ArrowUp}')
    await expect.element(app.field).toHaveFocus()
    await userEvent.keyboard('{Enter}')
    expect(app.ui.conversationId).toBe(tomasz.id)
    await app.field.click() // a conversation that opens takes the focus
    await userEvent.keyboard('{Escape}')
    await expect.element(app.field).toHaveValue('')
    await expect.element(app.screen.getByRole('button', { name: /^Mira/ })).toBeVisible()
  })

  test('a message that was found is shown in the middle, its words marked until the search ends', async () => {
    const app = await open()
    await app.field.fill('kafe kr')
    await expect.element(hitRow(app)).toBeVisible()
    expect(hitRow(app).element().querySelector('.snippet')?.textContent).toBe('Der Kafé am Kran')
    expect([...hitRow(app).element().querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['Kafé', 'Kr'])
    await hitRow(app).click()
    await vi.waitUntil(() => app.shown().some((line) => line.dataset['id'] === `m${String(needle)}`))
    const box = app.list()?.getBoundingClientRect() ?? new DOMRect()
    const line =
      app
        .shown()
        .find((one) => one.dataset['id'] === `m${String(needle)}`)
        ?.getBoundingClientRect() ?? new DOMRect()
    expect(Math.abs((line.top + line.bottom) / 2 - (box.top + box.bottom) / 2)).toBeLessThan(40)
    await vi.waitUntil(() => app.highlights().length > 0)
    expect(app.highlights()).toEqual(['Kafé', 'Kr'])
    expect(app.ui.jump).toBeNull()
    await app.screen.getByRole('button', { name: 'End search' }).click()
    await vi.waitUntil(() => app.highlights().length === 0)
  })

  test('filters go with the question, and an answer that was overtaken says nothing', async () => {
    const pending: ((answer: unknown) => void)[] = []
    const app = await open({ 'search.messages': () => new Promise((resolve) => pending.push(resolve)) })
    await app.field.fill('first')
    await vi.waitUntil(() => pending.length === 1)
    await app.screen.getByRole('button', { name: 'Filters' }).click()
    await app.screen.getByRole('combobox', { name: 'Written by' }).selectOptions('me')
    await app.screen.getByLabelText('From', { exact: true }).fill('2026-05-01')
    await app.screen.getByLabelText('Until').fill('2026-05-02')
    await vi.waitUntil(() => 'until' in (app.asked('search.messages').at(-1) as object))
    const asked = app.asked('search.messages').at(-1) as { from: string; since: number; until: number }
    expect(asked).toMatchObject({ from: 'me', since: new Date(2026, 4, 1).getTime(), until: new Date(2026, 4, 3).getTime() })
    pending.at(-1)?.({ hits: [], next: null })
    await expect.element(app.screen.getByText('Nothing found for “first”.')).toBeVisible()
    pending[0]?.({
      hits: [{ item: { id: 'x', conversationId: mira.id, own: true, sentAt: 0 }, snippet: 'too late', ranges: [] }],
      next: null,
    })
    await new Promise((resolve) => setTimeout(resolve))
    expect(app.screen.container.textContent).not.toContain('too late')
  })

  test('a failure says so, and can be tried again', async () => {
    let works = false
    const app = await open({
      'search.messages': () => {
        if (!works) throw new CairnError('keystore.damaged')
        return { hits: [], next: null }
      },
    })
    await app.field.fill('anything')
    await expect.element(app.screen.getByRole('alert')).toBeVisible()
    works = true
    await app.screen.getByRole('button', { name: 'Try again' }).click()
    await expect.element(app.screen.getByText('Nothing found for “anything”.')).toBeVisible()
  })

  test('what is deleted meanwhile is no longer among what was found', async () => {
    const app = await open()
    await app.field.fill('kafé')
    await expect.element(hitRow(app)).toBeVisible()
    app.bridge.emit({ type: 'itemsRemoved', conversationId: mira.id, ids: [`m${String(needle)}`] })
    await expect.element(app.screen.getByText('Nothing found for “kafé”.')).toBeVisible()
  })
})

describe('in one conversation', () => {
  test('Ctrl+F shows the newest message found; Enter the one before it, and back', async () => {
    const app = await open()
    await app.screen.getByRole('button', { name: /^Mira/ }).click()
    await userEvent.keyboard('{Control>}f{/Control}')
    const field = app.screen.getByRole('textbox', { name: /^Search in the conversation/ })
    await expect.element(field).toHaveFocus()
    await userEvent.keyboard('"line 90"')
    await expect.element(app.screen.getByText('1 of 1', { exact: true })).toBeVisible()
    await field.fill('99')
    await expect.element(app.screen.getByText('1 of 11')).toBeVisible()
    await vi.waitUntil(() => app.shown().some((line) => line.dataset['id'] === 'm999'))
    await field.click()
    await userEvent.keyboard('{Enter}{Enter}')
    await expect.element(app.screen.getByText('3 of 11')).toBeVisible()
    await vi.waitUntil(() => app.shown().some((line) => line.dataset['id'] === 'm997'))
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}')
    await expect.element(app.screen.getByText('2 of 11')).toBeVisible()
    await vi.waitUntil(() => app.highlights().length > 0)
    await userEvent.keyboard('{Escape}')
    await expect.element(field).not.toBeInTheDocument()
    await vi.waitUntil(() => app.highlights().length === 0)
  })
})

describe('a window in the middle of a conversation', () => {
  const jump = async (app: Awaited<ReturnType<typeof open>>, id = `m${String(needle)}`) => {
    app.ui.jumpTo(mira.id, id)
    await vi.waitUntil(() => app.shown().some((line) => line.dataset['id'] === id))
  }
  const ids = (app: Awaited<ReturnType<typeof open>>) => app.messages.logs[mira.id]?.items.map(({ id }) => Number(id.slice(1))) ?? []
  /** Each number follows the one before it, and no more are kept than may be. */
  const isWhole = (all: number[]) => all.every((n, i) => i === 0 || n === (all[i - 1] ?? 0) + 1) && all.length <= maxItems

  test('grows both ways, loses nothing between, and keeps the line that is read in its place', async () => {
    const app = await open()
    await jump(app)
    const box = app.list() as HTMLElement
    for (const [by, isDone] of [
      [-600, () => (ids(app)[0] ?? count) < 100],
      [600, () => (ids(app).at(-1) ?? 0) === count - 1],
    ] as const) {
      for (let i = 0; i < 200 && !isDone(); i++) {
        const line = app.shown()[1] as HTMLElement
        const before = line.getBoundingClientRect().top
        const scrolled = box.scrollTop
        box.scrollTop += by
        const moved = box.scrollTop - scrolled
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (line.isConnected) expect(Math.abs(line.getBoundingClientRect().top - (before - moved))).toBeLessThan(2)
        expect(isWhole(ids(app))).toBe(true)
      }
      expect(isDone()).toBe(true)
    }
    expect(app.messages.logs[mira.id]?.detached).toBe(false)
  })

  test('what comes meanwhile is there when the end is, and changes nothing before', async () => {
    const app = await open()
    await jump(app)
    const before = ids(app)
    const fresh = text('Mira Holt', 'Just now', minutes(0), { id: 'm1000' })
    app.bridge.state.items[mira.id]?.push(fresh)
    app.bridge.emit({ type: 'item', item: fresh })
    expect(ids(app)).toEqual(before)
    await app.screen.getByRole('button', { name: /newest/i }).click()
    await expect.element(app.screen.getByText('Just now', { exact: true })).toBeVisible()
    expect(isWhole(ids(app))).toBe(true)
    expect(ids(app).at(-1)).toBe(1000)
  })

  test('a text that could not be handed over is there again at the end', async () => {
    const refuse = () => {
      throw new CairnError('keystore.disk-full')
    }
    const app = await open({ 'conversations.send': refuse })
    await app.screen.getByRole('button', { name: /^Mira/ }).click()
    await app.screen.getByRole('textbox', { name: 'Message Mira' }).fill('Do not lose me')
    await userEvent.keyboard('{Enter}')
    await expect.element(app.screen.getByText('Do not lose me', { exact: true })).toBeVisible()
    await jump(app)
    await expect.element(app.screen.getByText('Do not lose me', { exact: true })).not.toBeInTheDocument()
    await app.screen.getByRole('button', { name: /newest/i }).click()
    await expect.element(app.screen.getByText('Do not lose me', { exact: true })).toBeVisible()
  })

  test('a message that is not here any more: it says so, and the conversation opens as usual', async () => {
    const app = await open()
    app.ui.jumpTo(mira.id, 'gone')
    await expect.element(app.screen.getByText(/This message is not here any more/)).toBeVisible()
    await vi.waitUntil(() => app.shown().some((line) => line.dataset['id'] === 'm999'))
  })
})

/** What every bridge between the app and a window must do, whatever carries it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, AppEvent } from '#shared/contract/events.ts'
import { limits } from '#shared/contract/limits.ts'
import { createStandInApp, type StandInApp } from '#test/support/standInApp.ts'
import { eventually } from '#test/support/eventually.ts'

/** One window's end of a bridge. */
export interface BridgeWindow {
  call(method: string, input: unknown): Promise<Answer<unknown>>
  /** Everything heard so far, in order. */
  heard(): AppEvent[]
  close(): void | Promise<void>
}

export interface BridgeUnderTest {
  /** Resolves when the window hears everything the app says from then on. */
  openWindow(): Promise<BridgeWindow>
  close(): Promise<void>
}

const removed = (id: string): AppEvent => ({ type: 'conversationRemoved', id })

export function bridgeConformance(name: string, serve: (app: StandInApp) => Promise<BridgeUnderTest>): void {
  describe(`bridge conformance: ${name}`, () => {
    let app: StandInApp
    let bridge: BridgeUnderTest
    beforeEach(async () => {
      app = createStandInApp()
      bridge = await serve(app)
    })
    afterEach(() => bridge.close())

    it('carries a call in and its value out', async () => {
      const window = await bridge.openWindow()
      const input = {
        text: 'Zoë 😀 \u2028 "quoted" \\ \0',
        empty: '',
        nothing: null,
        list: [1, 2.5, -0.001],
        deep: { a: { b: [] } },
        yes: true,
      }
      expect(await window.call('echo', input)).toEqual({ ok: true, value: input })
      expect(app.calls).toEqual([{ method: 'echo', input }])
    })

    it.each(['', '__proto__', 'constructor', 'no.such'])('leaves judging the method %j to the app', async (method) => {
      const window = await bridge.openWindow()
      expect(await window.call(method, {})).toEqual({ ok: false, error: { code: 'method.unknown', details: {} } })
      expect(app.calls).toEqual([{ method, input: {} }])
    })

    it('carries the longest invite text the contract lets in', async () => {
      const window = await bridge.openWindow()
      const text = 'i'.repeat(limits.inviteTextChars)
      const answer = await window.call('echo', { text })
      expect(answer.ok && (answer.value as { text: string }).text === text).toBe(true)
    })

    it('gives each of many calls at once its own answer', async () => {
      const window = await bridge.openWindow()
      const numbers = Array.from({ length: 100 }, (_, n) => n)
      const answers = await Promise.all(numbers.map((n) => window.call('echo', { n })))
      expect(answers).toEqual(numbers.map((n) => ({ ok: true, value: { n } })))
    })

    it('tells every window every event, in order', async () => {
      const windows = [await bridge.openWindow(), await bridge.openWindow()]
      const events = Array.from({ length: 500 }, (_, n) => removed(String(n)))
      events.forEach(app.emit)
      for (const window of windows) {
        await eventually(
          'all events',
          () => window.heard().length,
          (heard) => heard === events.length,
        )
        expect(window.heard()).toEqual(events)
      }
    })

    it('goes on for the others when a window closes', async () => {
      const [leaving, staying] = [await bridge.openWindow(), await bridge.openWindow()]
      await leaving.close()
      app.emit(removed('after'))
      await eventually(
        'the event',
        () => staying.heard(),
        (heard) => heard.length === 1,
      )
      expect(leaving.heard()).toEqual([])
      expect(await staying.call('echo', { still: 'here' })).toEqual({ ok: true, value: { still: 'here' } })
    })

    it('lets go of the app when it closes', async () => {
      await bridge.openWindow()
      expect(app.listeners()).toBeGreaterThan(0)
      await bridge.close()
      expect(app.listeners()).toBe(0)
    })
  })
}

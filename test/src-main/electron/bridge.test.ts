import { describe, expect, it } from 'vitest'
import type { AppEvent } from '#shared/contract/events.ts'
import { channels } from '#shared/channels.ts'
import { createBridge } from '#main/electron/bridge.ts'
import type { ContentsApi } from '#main/electron/api.ts'
import { bridgeConformance } from '#test/conformance/bridge.ts'
import { createFakeElectron, FakeContents, type FakeFrame } from '#test/support/fakeElectron.ts'
import { createStandInApp } from '#test/support/standInApp.ts'
import { createPreloadBridge } from '../../../src-preload/bridge.ts'

const logger = { info: () => undefined, warn: () => undefined }

/** One program with one window, joined by copies of what is sent, as two processes are. */
function join(standIn = createStandInApp()) {
  const electron = createFakeElectron()
  const contents = new FakeContents()
  const end = createBridge(electron.api, { app: standIn, logger, contents: () => contents as unknown as ContentsApi })
  return { electron, contents, end, app: standIn }
}

type Ipc = Parameters<typeof createPreloadBridge>[0]

/** Electron has one window, so a second one of the suite is a second listener in it. */
bridgeConformance('Electron', async (standIn) => {
  const { electron, contents, end } = join(standIn)
  const listeners = new Set<(event: unknown, ...args: unknown[]) => void>()
  contents.deliver = (channel, ...args) => {
    if (channel === channels.event) for (const listener of listeners) listener({}, ...args)
  }
  const ipc = {
    invoke: (channel: string, ...args: unknown[]) => electron.invoke(channel, contents.mainFrame, contents, ...args),
    on: (_: string, listener: (event: unknown, ...args: unknown[]) => void) => listeners.add(listener),
    off: (_: string, listener: (event: unknown, ...args: unknown[]) => void) => listeners.delete(listener),
  } as unknown as Ipc
  return {
    async openWindow() {
      const heard: AppEvent[] = []
      const preload = createPreloadBridge(ipc)
      const up = Promise.withResolvers<void>()
      const close = preload.subscribe({ event: (event) => heard.push(event), link: () => up.resolve() })
      await up.promise
      return { call: preload.call, heard: () => heard, close }
    },
    close: async () => end(),
  }
})

describe('who may use it', () => {
  const call = (frame: FakeFrame | null, sender: unknown, at = join()) => at.electron.invoke(channels.call, frame, sender, 'echo', { n: 1 })
  const refused = { ok: false, error: { code: 'internal', details: { reason: 'sender' } } }

  it('the page in the main frame of the window', async () => {
    const at = join()
    expect(await call(at.contents.mainFrame, at.contents, at)).toEqual({ ok: true, value: { n: 1 } })
  })

  it.each([
    ['a frame that is gone', () => null],
    ['a frame inside the page', ({ mainFrame }: FakeContents) => ({ url: 'app://cairn/', parent: mainFrame })],
    ['another frame with the same address', () => ({ url: 'app://cairn/', parent: null })],
  ])('not %s', async (_, frame) => {
    const at = join()
    expect(await call(frame(at.contents), at.contents, at)).toEqual(refused)
    expect(at.app.calls).toEqual([])
  })

  it.each([
    'https://cairn/',
    'app://evil/',
    'app://cairn.evil/',
    'app://user@cairn/',
    'file:///app://cairn/',
    'about:blank',
    'data:text/html,x',
    '',
  ])('not the page %s in that frame', async (url) => {
    const at = join()
    at.contents.mainFrame.url = url
    expect(await call(at.contents.mainFrame, at.contents, at)).toEqual(refused)
    expect(at.app.calls).toEqual([])
  })

  it('not another window', async () => {
    const at = join()
    expect(await call(at.contents.mainFrame, new FakeContents(), at)).toEqual(refused)
  })

  it.each([undefined, 7, { toString: () => 'echo' }, ['echo']])('a method that is no text is unknown: %j', async (method) => {
    const { electron, contents, app } = join()
    const shape = typeof method === 'object' ? JSON.parse(JSON.stringify(method)) : method
    expect(await electron.invoke(channels.call, contents.mainFrame, contents, shape, {})).toMatchObject({
      error: { code: 'method.unknown' },
    })
    expect(app.calls).toEqual([])
  })
})

describe('events', () => {
  it('are not told to another page, nor to a window that is gone', () => {
    const { contents, app } = join()
    const event: AppEvent = { type: 'conversationRemoved', id: 'x' }
    contents.mainFrame.url = 'https://elsewhere.example/'
    app.emit(event)
    contents.mainFrame.url = 'app://cairn/'
    contents.destroyed = true
    app.emit(event)
    expect(contents.sent).toEqual([])
    contents.destroyed = false
    app.emit(event)
    expect(contents.sent).toEqual([{ channel: channels.event, args: [event] }])
  })
})

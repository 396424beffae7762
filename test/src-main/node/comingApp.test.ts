import { expect, test } from 'vitest'
import type { AppEvent } from '#shared/contract/events.ts'
import type { App } from '#main/appTypes.ts'
import { createComingApp } from '#main/node/comingApp.ts'

/** An app that answers with what it was asked, and remembers who listens and that it was closed. */
function createEcho() {
  const listeners = new Set<(event: AppEvent) => void>()
  let closed = 0
  const app: App = {
    call: async (method, input) => ({ ok: true, value: { method, input } }),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    download: () => null,
    file: () => null,
    close: async () => void closed++,
  }
  return { app, tell: (event: AppEvent) => listeners.forEach((listener) => listener(event)), closed: () => closed }
}

test('calls made before the app is there are answered by it, and it is loaded once', async () => {
  const [echo, arrival] = [createEcho(), Promise.withResolvers<App>()]
  let loads = 0
  const coming = createComingApp(() => {
    loads++
    return arrival.promise
  })
  expect(loads).toBe(0)
  const calls = [coming.call('app.state', {}), coming.call('profiles.list', { a: 1 })]
  const begun = coming.begin()
  arrival.resolve(echo.app)
  expect(await Promise.all(calls)).toEqual([
    { ok: true, value: { method: 'app.state', input: {} } },
    { ok: true, value: { method: 'profiles.list', input: { a: 1 } } },
  ])
  await begun
  expect(loads).toBe(1)
})

test('who listened before hears every event, until it has had enough', async () => {
  const echo = createEcho()
  const coming = createComingApp(() => Promise.resolve(echo.app))
  const [early, late, ended]: AppEvent['type'][][] = [[], [], []]
  const stop = coming.subscribe((event) => early?.push(event.type))
  coming.subscribe((event) => ended?.push(event.type))()
  await coming.begin()
  coming.subscribe((event) => late?.push(event.type))
  echo.tell({ type: 'opened' })
  stop()
  echo.tell({ type: 'opened' })
  expect([early, late, ended]).toEqual([['opened'], ['opened', 'opened'], []])
})

test('closing ends the app, on its way or not; one that nobody asked for is never loaded', async () => {
  const [echo, arrival] = [createEcho(), Promise.withResolvers<App>()]
  const coming = createComingApp(() => arrival.promise)
  const begun = coming.begin()
  const closed = coming.close()
  arrival.resolve(echo.app)
  await Promise.all([begun, closed])
  expect(echo.closed()).toBe(1)

  let loads = 0
  await createComingApp(() => Promise.resolve((loads++, echo.app))).close()
  expect(loads).toBe(0)
})

test('an app that cannot be loaded fails whoever began it and every call, and can still be closed', async () => {
  const coming = createComingApp(() => Promise.reject(new Error('no app')))
  await expect(coming.begin()).rejects.toThrow('no app')
  await expect(coming.call('app.state', {})).rejects.toThrow('no app')
  await coming.close()
})

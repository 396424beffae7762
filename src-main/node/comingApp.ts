/** An app that is still on its way: the window comes up meanwhile, and its calls wait. */
import type { AppEvent } from '#shared/contract/events.ts'
import type { App } from '../appTypes.ts'

export interface ComingApp extends App {
  /** Begins to load the app, as the first call does. Rejects as `load` does, and so does every call then. */
  begin(): Promise<void>
}

/** `load` runs once at the most, and not at all if the app is closed before. */
export function createComingApp(load: () => Promise<App>): ComingApp {
  const listeners = new Set<(event: AppEvent) => void>()
  let coming: Promise<App> | null = null
  let arrived: App | null = null

  const get = (): Promise<App> => (coming ??= arrive())
  async function arrive(): Promise<App> {
    const app = await load()
    app.subscribe((event) => listeners.forEach((listener) => listener(event)))
    return (arrived = app)
  }

  return {
    begin: async () => void (await get()),
    call: async (method, input) => (await get()).call(method, input),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    file: (id, part) => arrived?.file(id, part) ?? null,
    download: (token) => arrived?.download(token) ?? null, // nobody has a token before
    async close() {
      const app = await coming?.catch(() => null) // whoever began it has heard why
      await app?.close()
    },
  }
}

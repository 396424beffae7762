import type { AppEvent } from '#shared/contract/events.ts'
import type { App, OpenFile } from '#main/appTypes.ts'

/** The smallest thing behind a bridge: it answers `echo` with its input, fails by name, and says what it is told to say. */
export interface StandInApp extends App {
  calls: { method: string; input: unknown }[]
  emit(event: AppEvent): void
  listeners(): number
  closed: boolean
  /** By id. */
  files: Map<string, OpenFile>
}

export function createStandInApp(): StandInApp {
  const listeners = new Set<(event: AppEvent) => void>()
  const app: StandInApp = {
    calls: [],
    closed: false,
    files: new Map(),
    file: (id) => app.files.get(id) ?? null,
    async call(method, input) {
      app.calls.push({ method, input })
      if (method === 'echo') return { ok: true, value: input }
      return { ok: false, error: { code: 'method.unknown', details: {} } }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    download: () => null,
    async close() {
      app.closed = true
    },
    emit(event) {
      for (const listener of listeners) listener(event)
    },
    listeners: () => listeners.size,
  }
  return app
}

import type { AppEvent } from '#shared/contract/events.ts'

/** Keeps every event of one app and lets a test wait for one, past or to come. */
export interface EventRecorder {
  readonly all: AppEvent[]
  record(event: AppEvent): void
  /** The first event for which `matches` holds, from the `from`th on. Rejects after `deadlineMs`, saying what was awaited. */
  waitFor<E extends AppEvent>(what: string, matches: (event: AppEvent) => event is E, deadlineMs?: number, from?: number): Promise<E>
  waitFor(what: string, matches: (event: AppEvent) => boolean, deadlineMs?: number, from?: number): Promise<AppEvent>
  /** Runs `listener` after each event; the answer ends it. */
  listen(listener: (event: AppEvent) => void): () => void
}

export function createEventRecorder(): EventRecorder {
  const all: AppEvent[] = []
  const listeners = new Set<(event: AppEvent) => void>()
  const waitFor = (what: string, matches: (event: AppEvent) => boolean, deadlineMs = 30_000, from = 0): Promise<AppEvent> =>
    new Promise((resolve, reject) => {
      const past = all.slice(from).find(matches)
      if (past) return resolve(past)
      const listener = (event: AppEvent) => {
        if (!matches(event)) return
        clearTimeout(timer)
        listeners.delete(listener)
        resolve(event)
      }
      const timer = setTimeout(() => {
        listeners.delete(listener)
        reject(new Error(`no event within ${deadlineMs} ms: ${what}`))
      }, deadlineMs)
      listeners.add(listener)
    })
  return {
    all,
    record(event) {
      all.push(event)
      for (const listener of [...listeners]) listener(event)
    },
    waitFor,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

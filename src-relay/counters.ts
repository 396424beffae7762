import type { AckOutcome, PublishOutcome, WireError } from '#shared/wire/frames.ts'

/** What a relay counts; no count is kept for a person, an address or an RV. */
export type CounterName =
  | PublishOutcome
  | AckOutcome
  | WireError
  | 'connected'
  | 'delivered'
  | 'deferred'
  | 'paused'
  | 'expired'
  | 'connections-full'
  | 'address-full'
  | 'web-page'
  | 'not-relay-protocol'
  | 'text-message'
  | 'socket-error'
  | 'silent'
  | 'unknown-session'

export interface Counters {
  count(name: CounterName, by?: number): void
  snapshot(): Partial<Record<CounterName, number>>
}

export const createCounters = (): Counters => {
  const counts: Partial<Record<CounterName, number>> = {}
  return {
    count: (name, by = 1) => {
      counts[name] = (counts[name] ?? 0) + by
    },
    snapshot: () => ({ ...counts }),
  }
}

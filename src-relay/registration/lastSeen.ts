/** When devices were last there, to the minute: kept in memory, and written every minute, not with each request. */
const minute = 60_000

export interface LastSeen {
  note(clientId: string, now: number): void
  /** What is not written yet. */
  of(clientId: string): number | null
  forget(clientId: string): void
  /** Hands over what there is; where `write` throws, all stays for the next time. */
  flush(write: (seen: ReadonlyMap<string, number>) => void): void
}

export function createLastSeen(): LastSeen {
  const seen = new Map<string, number>()
  return {
    note: (clientId, now) => void seen.set(clientId, Math.floor(now / minute) * minute),
    of: (clientId) => seen.get(clientId) ?? null,
    forget: (clientId) => void seen.delete(clientId),
    flush(write) {
      if (seen.size === 0) return
      write(seen)
      seen.clear()
    },
  }
}

import { wireLimits } from '#shared/wire/limits.ts'

/** The RVs that a link watches, and what the relay has still to be told of them. */
export interface WatchSet {
  change(add: readonly string[], remove: readonly string[]): void
  has(rv: string): boolean
  /** Counts a delivery of `rv`; false if it is not watched or came more often than a relay has cause to send it. */
  delivered(rv: string): boolean
  /** A new connection knows nothing: everything is to be subscribed. */
  startOver(): void
  /** The next at most `rvsPerFrame` to subscribe or unsubscribe; they count as told. */
  takeAdded(): string[]
  takeRemoved(): string[]
  /** The relay did not take these now. */
  giveBack(rvs: readonly string[]): void
}

/** One for each subscribe and some for races; what comes after is noise. */
const deliveriesPerSubscribe = 8

export const createWatchSet = (): WatchSet => {
  /** The value counts deliveries since the last subscribe. */
  const watched = new Map<string, number>()
  let added = new Set<string>()
  const removed = new Set<string>()

  const takeFrom = (set: Set<string>): string[] => {
    const taken: string[] = []
    for (const rv of set) {
      if (taken.length === wireLimits.rvsPerFrame) break
      taken.push(rv)
    }
    for (const rv of taken) set.delete(rv)
    return taken
  }

  return {
    change(add, remove) {
      for (const rv of remove) {
        if (!watched.delete(rv)) continue
        added.delete(rv)
        removed.add(rv)
      }
      for (const rv of add) {
        if (watched.has(rv)) continue
        watched.set(rv, 0)
        removed.delete(rv)
        added.add(rv)
      }
    },
    has: (rv) => watched.has(rv),
    delivered(rv) {
      const count = watched.get(rv)
      if (count === undefined || count >= deliveriesPerSubscribe) return false
      watched.set(rv, count + 1)
      return true
    },
    startOver() {
      added = new Set(watched.keys())
      removed.clear()
    },
    takeAdded() {
      const taken = takeFrom(added)
      for (const rv of taken) watched.set(rv, 0)
      return taken
    },
    takeRemoved: () => takeFrom(removed),
    giveBack(rvs) {
      for (const rv of rvs) if (watched.has(rv)) added.add(rv)
    },
  }
}

import type { RvKey } from './storage/storage.ts'

/**
 * Who watches which RV. Nearly every RV has one watcher, so one is kept bare and only several make a Set: with the Set of keys that
 * each session keeps of its own (the same strings) a watched RV costs about 150 bytes.
 */
export interface Watchers<S extends object> {
  add(rv: RvKey, session: S): void
  remove(rv: RvKey, session: S): void
  forEach(rv: RvKey, task: (session: S) => void): void
  /** Watched RVs, each once. */
  size(): number
}

export const createWatchers = <S extends object>(): Watchers<S> => {
  const byRv = new Map<RvKey, S | Set<S>>()

  return {
    add(rv, session) {
      const there = byRv.get(rv)
      if (there === undefined) byRv.set(rv, session)
      else if (there instanceof Set) there.add(session)
      else if (there !== session) byRv.set(rv, new Set([there, session]))
    },
    remove(rv, session) {
      const there = byRv.get(rv)
      if (there === session) byRv.delete(rv)
      else if (there instanceof Set && there.delete(session) && there.size === 0) byRv.delete(rv)
    },
    forEach(rv, task) {
      const there = byRv.get(rv)
      if (there === undefined) return
      if (there instanceof Set) for (const session of there) task(session)
      else task(there)
    },
    size: () => byRv.size,
  }
}

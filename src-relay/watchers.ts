import type { RvKey } from './storage/storage.ts'

/**
 * Who watches which RV. Nearly every RV has one watcher, so one is kept bare and only several make a Set. With the list of keys that each
 * session keeps of its own (the same strings) a watched RV costs about 120 bytes.
 */
export interface Watchers<S extends object> {
  /** False if `session` watched it already. */
  add(rv: RvKey, session: S): boolean
  /** False if `session` did not watch it. */
  remove(rv: RvKey, session: S): boolean
  has(rv: RvKey, session: S): boolean
  forEach(rv: RvKey, task: (session: S) => void): void
  /** Watched RVs, each once. */
  size(): number
}

export const createWatchers = <S extends object>(): Watchers<S> => {
  const byRv = new Map<RvKey, S | Set<S>>()

  const has = (rv: RvKey, session: S): boolean => {
    const there = byRv.get(rv)
    return there === session || (there instanceof Set && there.has(session))
  }

  return {
    has,
    add(rv, session) {
      if (has(rv, session)) return false
      const there = byRv.get(rv)
      if (there === undefined) byRv.set(rv, session)
      else if (there instanceof Set) there.add(session)
      else byRv.set(rv, new Set([there, session]))
      return true
    },
    remove(rv, session) {
      const there = byRv.get(rv)
      if (there === session) return byRv.delete(rv)
      if (!(there instanceof Set) || !there.delete(session)) return false
      if (there.size === 0) byRv.delete(rv)
      return true
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

/** The RVs of one session, as a list that a Set would double in size; left ones are swept out when they are the larger part. */
export interface OwnRvs {
  watch(rv: RvKey): void
  leave(rv: RvKey): void
  has(rv: RvKey): boolean
  size(): number
  leaveAll(): void
}

export const createOwnRvs = <S extends object>(watchers: Watchers<S>, session: S): OwnRvs => {
  let list: RvKey[] = []
  let count = 0
  const has = (rv: RvKey): boolean => watchers.has(rv, session)
  return {
    has,
    size: () => count,
    watch(rv) {
      if (!watchers.add(rv, session)) return
      count += 1
      list.push(rv)
      if (list.length > 2 * count + 64) list = [...new Set(list.filter(has))]
    },
    leave(rv) {
      if (watchers.remove(rv, session)) count -= 1
    },
    leaveAll() {
      for (const rv of list) watchers.remove(rv, session)
      list = []
      count = 0
    },
  }
}

/**
 * What a session is told without asking: blobs at the numbers it watches, and what became of them. A slow reader is owed blobs
 * instead of being sent them; it gets them, read from storage, once it has read what was sent before.
 */
import { encodeBlob, encodeChanged } from '#shared/wire/frames.ts'
import type { RvState } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import type { Batcher } from './batcher.ts'
import type { Counters } from './counters.ts'
import type { RelayLimits } from './limits.ts'
import type { Clock } from './ports.ts'
import { rvBytesOf } from './storage/storage.ts'
import type { RvKey } from './storage/storage.ts'
import { createOwnRvs } from './watchers.ts'
import type { OwnRvs, Watchers } from './watchers.ts'

/** What sessions see of one another. */
export interface Member {
  deliver(rv: RvKey, frame: () => Uint8Array): void
  changed(rvs: readonly RvKey[], status: RvState): void
}

export interface Delivery {
  readonly member: Member
  readonly watched: OwnRvs
  /** A stored blob is to be pushed; `pump` does it. */
  owe(rv: RvKey): void
  leave(rvs: readonly RvKey[]): void
  /** Pushes owed blobs while the other end takes them, a few at a time so that other sessions have their turn. */
  pump(): void
  close(): void
}

const { rvsPerFrame } = wireLimits
const readAtOnce = 16

export const createDelivery = (options: {
  limits: RelayLimits
  clock: Clock
  batcher: Batcher
  watchers: Watchers<Member>
  counters: Counters
  /** Does nothing once the session has closed. */
  send: (frame: Uint8Array) => void
  buffered: () => number
}): Delivery => {
  const { limits, clock, batcher, watchers, counters, send, buffered } = options
  /** A subset of `watched` but for what was unsubscribed since. */
  let owed: Set<RvKey> | null = null
  let isReading = false
  let isClosed = false

  const owe = (rv: RvKey): void => {
    owed ??= new Set()
    owed.add(rv)
  }

  const pump = (): void => {
    if (owed === null || isReading || isClosed || buffered() >= limits.sendHighWater) return
    if (owed.size === 0) {
      owed = null
      return
    }
    const rvs: RvKey[] = []
    for (const rv of owed) {
      if (rvs.length === readAtOnce) break
      rvs.push(rv)
    }
    for (const rv of rvs) owed.delete(rv)
    isReading = batcher.submit({ kind: 'read', rvs }, (outcome) => {
      isReading = false
      if (isClosed) return
      if (outcome?.kind !== 'read') return retryLater(rvs)
      rvs.forEach((rv, i) => {
        const blob = outcome.blobs[i]
        if (blob && watched.has(rv)) push(encodeBlob(rvBytesOf(rv), blob))
      })
      pump()
    })
    if (!isReading) retryLater(rvs)
  }

  const retryLater = (rvs: RvKey[]): void => {
    rvs.filter((rv) => watched.has(rv)).forEach(owe)
    clock.after(1000, pump)
  }

  const push = (frame: Uint8Array): void => {
    counters.count('delivered')
    send(frame)
  }

  const member: Member = {
    deliver(rv, frame) {
      if (owed === null && buffered() < limits.sendHighWater) return push(frame())
      counters.count('deferred')
      owe(rv)
      pump()
    },
    changed(rvs, state) {
      if (buffered() >= limits.pauseReadingAbove) return // a hint only: the next subscribe says it again
      for (let i = 0; i < rvs.length; i += rvsPerFrame) {
        send(encodeChanged(rvs.slice(i, i + rvsPerFrame).map((rv) => ({ rv: rvBytesOf(rv), status: state }))))
      }
    },
  }
  const watched = createOwnRvs(watchers, member)

  return {
    member,
    watched,
    owe,
    leave(rvs) {
      for (const rv of rvs) {
        owed?.delete(rv)
        watched.leave(rv)
      }
    },
    pump,
    close() {
      isClosed = true
      watched.leaveAll()
      owed = null
    },
  }
}

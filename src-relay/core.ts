/** The relay without a network: sessions, storage and housekeeping. Carriers (WebSocket, memory) attach peers to it. */
import { createBatcher } from './batcher.ts'
import { createCounters } from './counters.ts'
import type { CounterName, Counters } from './counters.ts'
import type { Member } from './delivery.ts'
import type { RelayLimits } from './limits.ts'
import type { Clock, Logger } from './ports.ts'
import { createSession } from './session.ts'
import type { Peer, Session } from './session.ts'
import type { RelayStorage } from './storage/storage.ts'
import { createWatchers } from './watchers.ts'

export interface RelayStats {
  /** RVs that somebody watches, each once. */
  watched: number
  counts: Partial<Record<CounterName, number>>
}

export interface RelayCore {
  readonly counters: Counters
  accept(peer: Peer): Session
  stats(): RelayStats
  size(): Promise<{ blobs: number; bytes: number }>
  /** Whether storage answers, and within two seconds. */
  isWell(): Promise<boolean>
  /** Ends what is overdue now; otherwise done once a minute. Resolves when nothing overdue is left. */
  expireNow(): Promise<void>
  /** Resolves when every operation taken so far is answered. */
  idle(): Promise<void>
  /** Ends housekeeping and, after what is under way, storage. Peers are the carrier's to close before. */
  close(): Promise<void>
}

const housekeepingMs = 60_000
const expireAtOnce = 200
const wellMs = 2_000

export interface RelayCoreOptions {
  storage: RelayStorage
  limits: RelayLimits
  clock: Clock
  logger: Logger
}

export const createRelayCore = ({ storage, limits, clock, logger }: RelayCoreOptions): RelayCore => {
  const counters = createCounters()
  const watchers = createWatchers<Member>()
  const touched = new Set<Peer>()
  const batcher = createBatcher({ storage, logger, maxQueued: limits.queuedOperations, maxQueuedBytes: limits.queuedBytes })

  const uncorkAll = (): void => {
    for (const peer of touched) peer.uncork()
    touched.clear()
  }

  /** Frames of one batch to one peer leave in one write: a batch is handed out within one task, its microtask comes right after. */
  const touch = (peer: Peer): void => {
    if (touched.has(peer)) return
    if (touched.size === 0) queueMicrotask(uncorkAll)
    touched.add(peer)
    peer.cork()
  }

  const expireNow = async (): Promise<void> => {
    for (;;) {
      const { expired, done } = await batcher.between(() => storage.expire(expireAtOnce))
      counters.count('expired', expired.length)
      for (const rv of expired) watchers.forEach(rv, (member) => member.changed([rv], 'expired'))
      if (done) return
      await new Promise((resolve) => setImmediate(resolve)) // others have their turn
    }
  }

  let cancelHousekeeping = (): void => undefined
  let housekeeping: Promise<void> = Promise.resolve()
  const scheduleHousekeeping = (): void => {
    cancelHousekeeping = clock.after(housekeepingMs, () => {
      housekeeping = expireNow()
        .catch((error: unknown) => logger.warn('relay.expiry-failed', { error: error instanceof Error ? error.message : 'unknown' }))
        .then(scheduleHousekeeping)
    })
  }
  scheduleHousekeeping()

  return {
    counters,
    accept: (peer) => {
      counters.count('connected')
      return createSession({ limits, clock, batcher, watchers, counters, touch }, peer)
    },
    stats: () => ({ watched: watchers.size(), counts: counters.snapshot() }),
    size: () => batcher.between(() => storage.size()),
    isWell: () =>
      new Promise((resolve) => {
        const cancel = clock.after(wellMs, () => resolve(false))
        const isTaken = batcher.submit({ kind: 'status', rvs: [] }, (outcome) => {
          cancel()
          resolve(outcome !== null)
        })
        if (!isTaken) {
          cancel()
          resolve(false)
        }
      }),
    expireNow,
    idle: () => batcher.idle(),
    close: async () => {
      cancelHousekeeping()
      await housekeeping
      cancelHousekeeping()
      await batcher.idle()
      await storage.close()
    },
  }
}

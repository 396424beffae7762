/** Keeps a relay told of what a link watches: only the difference, and everything on a new connection. */
import { CairnError } from '#shared/errors.ts'
import { encodeRvs } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { Clock, Logger, RelayLinkEvents, RvStatus } from '../ports.ts'
import type { Connection } from './healing.ts'
import type { Requests } from './requests.ts'
import { bytesOfRvs } from './rvBytes.ts'
import type { WatchSet } from './watchSet.ts'

const subscribesAtOnce = 4

export const createSubscriber = (options: {
  requests: Requests
  watchSet: WatchSet
  clock: Clock
  logger: Logger
  events: RelayLinkEvents
  current: () => Connection | null
  pump: () => void
  lose: (mine: Connection, error: CairnError) => void
}) => {
  const { requests, watchSet, clock, logger, events, current, pump, lose } = options
  let underWay = 0
  let isScheduled = false

  const schedule = (): void => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      flush()
    })
  }

  /** Removals first, so that the relay's limit is kept. */
  const flush = (): void => {
    const mine = current()
    if (mine === null) return
    for (let rvs = watchSet.takeRemoved(); rvs.length > 0; rvs = watchSet.takeRemoved()) unsubscribe(rvs)
    while (underWay < subscribesAtOnce) {
      const rvs = watchSet.takeAdded()
      if (rvs.length === 0) break
      subscribe(mine, rvs)
    }
    pump()
  }

  const unsubscribe = (rvs: string[]): void => {
    const bytes = bytesOfRvs(rvs)
    requests.add({ encode: (id) => encodeRvs('unsubscribe', id, bytes), expects: null, resolve: () => undefined, reject: () => undefined })
  }

  const subscribe = (mine: Connection, rvs: string[]): void => {
    underWay += 1
    const bytes = bytesOfRvs(rvs)
    const isTaken = requests.add({
      encode: (id) => encodeRvs('subscribe', id, bytes),
      expects: { type: 'subscribed', count: rvs.length },
      reject: () => undefined, // the next connection subscribes everything
      resolve: (frame) => {
        underWay -= 1
        if (frame.type === 'subscribed') tellStatuses(mine, rvs, frame.statuses)
        else if (frame.type === 'error') refused(mine, rvs, frame)
        schedule()
      },
    })
    if (!isTaken) lose(mine, new CairnError('relay.busy'))
  }

  const tellStatuses = (mine: Connection, rvs: string[], statuses: RvStatus[]): void => {
    rvs.forEach((rv, i) => {
      const status = statuses[i]
      if (current() === mine && status !== undefined && status !== 'stored' && watchSet.has(rv)) events.onStatus(rv, status)
    })
  }

  /** Said aloud, because messages may be missed; tried again after a while on the same connection. */
  const refused = (mine: Connection, rvs: string[], frame: ServerFrame & { type: 'error' }): void => {
    logger.warn('relay.subscribe-refused', { code: frame.code })
    if (frame.code === 'subscriptions') events.onState('connected', 'relay.busy')
    clock.after(Math.min(60_000, Math.max(1_000, frame.retryAfterMs)), () => {
      if (current() !== mine) return
      watchSet.giveBack(rvs)
      flush()
    })
  }

  return {
    schedule,
    flush,
    /** A new connection knows nothing. */
    startOver(): void {
      underWay = 0
      watchSet.startOver()
    },
  }
}

/**
 * The healing connection of `RelayLink` (src-main/ports.ts) over any `Dial`. Everything that comes from the relay is hostile until
 * it has proved otherwise: what breaks the protocol ends the connection, what is merely unwanted is counted and dropped.
 */
import { CairnError } from '#shared/errors.ts'
import { decodeServerFrame, encodeAck, encodePublish, encodeRvs } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { formatRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Clock, Logger, Publication, PublishResult, Random, RelayLink, RelayLinkEvents, RvStatus } from '../ports.ts'
import { createAckBatch } from './ackBatch.ts'
import { backoffDelay } from './backoff.ts'
import { askOnce, errorOfRelay } from './dial.ts'
import type { Dial, FrameSocket } from './dial.ts'
import { bytesOfRvs, hexOf } from './rvBytes.ts'
import { createRequests } from './requests.ts'
import type { Request } from './requests.ts'
import { createWatchSet } from './watchSet.ts'

export interface LinkSettings {
  /** No connection after this long: the attempt is given up. */
  connectMs: number
  /** Requests under way and nothing moved for this long: the connection is given up. */
  silenceMs: number
  /** A connection that held this long resets the back-off. */
  stableMs: number
  /** Frames a relay may send unasked (blobs of numbers just left are such) before the connection is given up. */
  unwanted: number
}

export const defaultLinkSettings: LinkSettings = { connectMs: 20_000, silenceMs: 20_000, stableMs: 5_000, unwanted: 4_096 }

export interface RelayLinkOptions {
  address: RelayAddress
  events: RelayLinkEvents
  dial: Dial
  clock: Clock
  random: Random
  logger: Logger
  settings?: LinkSettings
}

interface Connection {
  socket: FrameSocket
  openedAt: number | null
  unwanted: number
  /** When something last moved, and how much was buffered then. */
  movedAt: number
  buffered: number
  cancelWatchdog: () => void
}

const { rvsPerFrame } = wireLimits
const subscribesAtOnce = 4
const maxRefetches = 1_024

export const createRelayLink = (options: RelayLinkOptions): RelayLink => {
  const { address, events, dial, clock, random, logger } = options
  const settings = options.settings ?? defaultLinkSettings
  const requests = createRequests()
  const watchSet = createWatchSet()
  const refetches = new Set<string>()
  let connection: Connection | null = null
  let attempt = 0
  let cancelWaiting: (() => void) | null = null
  let subscribesUnderWay = 0
  let isFlushScheduled = false
  let isRefetching = false
  let isClosed = false

  const connect = (): void => {
    cancelWaiting?.()
    cancelWaiting = null
    events.onState('connecting', null)
    if (isClosed) return
    const mine: Connection = {
      socket: null as never,
      openedAt: null,
      unwanted: 0,
      movedAt: clock.now(),
      buffered: 0,
      cancelWatchdog: () => undefined,
    }
    connection = mine
    mine.cancelWatchdog = clock.after(settings.connectMs, () => lose(mine, new CairnError('relay.unreachable')))
    mine.socket = dial(address, {
      onOpen: () => opened(mine),
      onFrame: (frame) => received(mine, frame),
      onDrain: () => connection === mine && pump(),
      onClose: (error) => lose(mine, error),
    })
  }

  const opened = (mine: Connection): void => {
    if (connection !== mine) return
    mine.openedAt = clock.now()
    mine.movedAt = clock.now()
    mine.cancelWatchdog()
    watch(mine)
    subscribesUnderWay = 0
    watchSet.startOver()
    events.onState('connected', null)
    flush()
  }

  /** Ends `mine`, fails what was under way and tries again later. */
  const lose = (mine: Connection, error: CairnError): void => {
    if (connection !== mine) return
    connection = null
    mine.cancelWatchdog()
    mine.socket.close()
    const isStable = mine.openedAt !== null && clock.now() - mine.openedAt >= settings.stableMs && error.code !== 'relay.refused'
    if (isStable) attempt = 0
    cancelWaiting = clock.after(backoffDelay(attempt, random), connect)
    attempt += 1
    requests.failAll(new CairnError('relay.unreachable', { cause: error }))
    events.onState('offline', error.code)
  }

  const violated = (mine: Connection, what: string): void => {
    logger.warn('relay.violation', { what })
    lose(mine, new CairnError('relay.refused', { details: { what } }))
  }

  /** Gives a connection up on which requests wait and nothing moves. */
  const watch = (mine: Connection): void => {
    mine.cancelWatchdog = clock.after(settings.silenceMs / 4, () => {
      if (connection !== mine) return
      const buffered = mine.socket.buffered()
      const isMoving = requests.underWay() === 0 || buffered < mine.buffered
      mine.buffered = buffered
      if (isMoving) mine.movedAt = clock.now()
      if (clock.now() - mine.movedAt >= settings.silenceMs) return lose(mine, new CairnError('relay.unreachable'))
      watch(mine)
    })
  }

  const pump = (): void => {
    if (connection !== null && connection.openedAt !== null) requests.pump(connection.socket)
  }

  const received = (mine: Connection, bytes: Uint8Array): void => {
    if (connection !== mine) return
    let frame: ServerFrame
    try {
      frame = decodeServerFrame(bytes)
    } catch {
      return violated(mine, 'frame') // the codec's errors only say which rule was broken
    }
    mine.movedAt = clock.now()
    if (frame.type === 'blob') return receivedBlob(mine, frame)
    if (frame.type === 'changed') return receivedChanges(mine, frame)
    if (frame.type === 'error' && frame.requestId === 0) return violated(mine, frame.code)
    if (!requests.answer(frame)) return violated(mine, 'answer')
    pump()
  }

  const unwanted = (mine: Connection): void => {
    mine.unwanted += 1
    if (mine.unwanted > settings.unwanted) violated(mine, 'unwanted')
  }

  const receivedBlob = (mine: Connection, frame: ServerFrame & { type: 'blob' }): void => {
    const rv = hexOf(frame.rv)
    if (!watchSet.delivered(rv)) return unwanted(mine)
    events.onBlob(rv, new Uint8Array(frame.blob)) // a copy: the frame's memory may be shared with its neighbours
  }

  const receivedChanges = (mine: Connection, frame: ServerFrame & { type: 'changed' }): void => {
    for (const { rv, status } of frame.changes) {
      if (connection !== mine) return
      const hex = hexOf(rv)
      if (watchSet.has(hex) && status !== 'stored') events.onStatus(hex, status)
      else unwanted(mine)
    }
  }

  const scheduleFlush = (): void => {
    if (isFlushScheduled || isClosed) return
    isFlushScheduled = true
    setImmediate(() => {
      isFlushScheduled = false
      flush()
    })
  }

  /** Tells the relay what changed since it was last told: removals first, so that its limit is kept. */
  const flush = (): void => {
    if (isClosed || connection === null || connection.openedAt === null) return
    for (let rvs = watchSet.takeRemoved(); rvs.length > 0; rvs = watchSet.takeRemoved()) unsubscribe(rvs)
    while (subscribesUnderWay < subscribesAtOnce) {
      const rvs = watchSet.takeAdded()
      if (rvs.length === 0) break
      subscribe(connection, rvs)
    }
    pump()
  }

  const unsubscribe = (rvs: string[]): void => {
    const bytes = bytesOfRvs(rvs)
    requests.add({ encode: (id) => encodeRvs('unsubscribe', id, bytes), expects: null, resolve: () => undefined, reject: () => undefined })
  }

  const subscribe = (mine: Connection, rvs: string[]): void => {
    subscribesUnderWay += 1
    const bytes = bytesOfRvs(rvs)
    const isTaken = requests.add({
      encode: (id) => encodeRvs('subscribe', id, bytes),
      expects: { type: 'subscribed', count: rvs.length },
      reject: () => undefined, // the next connection subscribes everything
      resolve: (frame) => {
        subscribesUnderWay -= 1
        if (frame.type === 'subscribed') tellStatuses(mine, rvs, frame.statuses)
        else if (frame.type === 'error') subscribeRefused(mine, rvs, frame)
        scheduleFlush()
      },
    })
    if (!isTaken) lose(mine, new CairnError('relay.busy'))
  }

  const tellStatuses = (mine: Connection, rvs: string[], statuses: RvStatus[]): void => {
    rvs.forEach((rv, i) => {
      const status = statuses[i]
      if (connection === mine && status !== undefined && status !== 'stored' && watchSet.has(rv)) events.onStatus(rv, status)
    })
  }

  /** Said aloud, because messages may be missed; tried again after a while on the same connection. */
  const subscribeRefused = (mine: Connection, rvs: string[], frame: ServerFrame & { type: 'error' }): void => {
    logger.warn('relay.subscribe-refused', { code: frame.code })
    if (frame.code === 'subscriptions') events.onState('connected', 'relay.busy')
    clock.after(Math.min(60_000, Math.max(1_000, frame.retryAfterMs)), () => {
      if (connection !== mine) return
      watchSet.giveBack(rvs)
      flush()
    })
  }

  /** Asks; the answer's type is what `expects` says. Waits for the attempt to connect that is under way; offline it fails at once. */
  const ask = (encode: Request['encode'], expects: NonNullable<Request['expects']>): Promise<ServerFrame> =>
    new Promise((resolve, reject) => {
      if (isClosed || cancelWaiting !== null) return reject(new CairnError('relay.unreachable'))
      const settle = (frame: ServerFrame): void => (frame.type === 'error' ? reject(errorOfRelay(frame.code)) : resolve(frame))
      if (!requests.add({ encode, expects, resolve: settle, reject })) return reject(new CairnError('relay.busy'))
      pump()
    })

  const publish = async ({ write, deleteHash, blob }: Publication): Promise<PublishResult> => {
    const encode = (id: number): Uint8Array => encodePublish(id, write, deleteHash, blob)
    encode(1) // refuses what no relay would take before anything is queued
    const frame = await ask(encode, { type: 'published', count: 1 })
    if (frame.type !== 'published') throw new CairnError('internal')
    return frame.result
  }

  const status = async (rvs: string[]): Promise<RvStatus[]> => {
    const chunks = Array.from({ length: Math.ceil(rvs.length / rvsPerFrame) }, (_, i) => rvs.slice(i * rvsPerFrame, (i + 1) * rvsPerFrame))
    const answers = await Promise.all(
      chunks.map((chunk) => {
        const bytes = bytesOfRvs(chunk)
        return ask((id) => encodeRvs('status', id, bytes), { type: 'statuses', count: chunk.length })
      }),
    )
    return answers.flatMap((frame) => (frame.type === 'statuses' ? frame.statuses : []))
  }

  const acks = createAckBatch(async (items, count) => {
    const frame = await ask((id) => encodeAck(id, items), { type: 'acked', count })
    return frame.type === 'acked' ? frame.results : []
  })

  /** docs/protocol.md section 4: on a new connection, so that a fault of this one cannot repeat itself. */
  const refetchNext = (): void => {
    const [rv] = refetches
    if (rv === undefined || isRefetching || isClosed) return
    refetches.delete(rv)
    isRefetching = true
    const question = encodeRvs('subscribe', 1, bytesOfRvs([rv]))
    askOnce({ dial, address, clock, timeoutMs: settings.connectMs, question, judge: (frame) => judgeRefetch(rv, frame) })
      .then((blob) => {
        if (blob !== null && !isClosed && watchSet.has(rv)) events.onBlob(rv, blob)
      })
      .catch(() => logger.warn('relay.refetch-failed')) // the next connection brings the blob again
      .finally(() => {
        isRefetching = false
        refetchNext()
      })
  }

  setImmediate(() => isClosed || connection !== null || connect())

  return {
    address: formatRelayAddress(address),
    publish,
    status,
    acknowledge: (items) => acks.add(items),
    watch(add, remove) {
      bytesOfRvs(add) // refuses what is no RV before anything changes
      watchSet.change(add, remove)
      scheduleFlush()
    },
    refetch(rv) {
      bytesOfRvs([rv])
      if (refetches.size < maxRefetches) refetches.add(rv)
      refetchNext()
    },
    retry() {
      if (isClosed || connection !== null) return
      attempt = 0
      connect()
    },
    close() {
      if (isClosed) return
      isClosed = true
      cancelWaiting?.()
      const mine = connection
      connection = null
      mine?.cancelWatchdog()
      mine?.socket.close()
      requests.failAll(new CairnError('relay.unreachable'))
    },
  }
}

const judgeRefetch = (rv: string, frame: ServerFrame): { value: Uint8Array | null } | null => {
  if (frame.type === 'blob') return hexOf(frame.rv) === rv ? { value: new Uint8Array(frame.blob) } : null
  if (frame.type === 'subscribed') return frame.statuses[0] === 'stored' ? null : { value: null }
  return null
}

/**
 * The healing connection of `RelayLink` (src-main/ports.ts) over any `DialOne`. Everything that comes from the relay is hostile until
 * it has proved otherwise: what breaks the protocol ends the connection, what is merely unwanted is counted and dropped.
 */
import { CairnError } from '#shared/errors.ts'
import { decodeServerFrame, encodeAck, encodePublish, encodeRvs } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import type { Clock, Logger, Publication, PublishResult, Random, RelayLink, RelayLinkEvents, RvStatus } from '../ports.ts'
import { createAckBatch } from './ackBatch.ts'
import { errorOfRelay } from './dial.ts'
import type { DialOne } from './dial.ts'
import { createHealing, defaultLinkSettings } from './healing.ts'
import type { Connection, LinkSettings } from './healing.ts'
import { createRefetcher } from './refetcher.ts'
import { createRequests } from './requests.ts'
import type { Request } from './requests.ts'
import { bytesOfRvs, hexOf } from './rvBytes.ts'
import { createSubscriber } from './subscriber.ts'
import { createWatchSet } from './watchSet.ts'

export interface RelayLinkOptions {
  /** As the link names it. */
  address: string
  events: RelayLinkEvents
  dial: DialOne
  clock: Clock
  random: Random
  logger: Logger
  settings?: LinkSettings
  onClosed?: () => void
}

export interface HealingLink extends RelayLink {
  /** Another way is to be taken: connects anew at once. */
  redial(): void
}

const { rvsPerFrame } = wireLimits

export const createRelayLink = (options: RelayLinkOptions): HealingLink => {
  const { address, events, dial, clock, random, logger, onClosed } = options
  const settings = options.settings ?? defaultLinkSettings
  const requests = createRequests()
  const watchSet = createWatchSet()
  let isClosed = false

  const pump = (): void => {
    const mine = healing.current()
    if (mine !== null) requests.pump(mine.socket)
  }
  const healing = createHealing({
    ...{ dial, clock, random, settings },
    onState: (state, error) => isClosed || events.onState(state, error),
    onOpened() {
      subscriber.startOver()
      events.onState('connected', null)
      subscriber.flush()
    },
    onFrame: (mine, bytes) => received(mine, bytes),
    onDrain: pump,
    onLost: (cause) => requests.failAll(new CairnError('relay.unreachable', { cause })),
    isWaitedFor: () => requests.underWay() > 0,
  })
  const subscriber = createSubscriber({
    ...{ requests, watchSet, clock, logger, events, pump },
    current: () => healing.current(),
    lose: (mine, error) => healing.lose(mine, error),
  })
  const refetcher = createRefetcher({
    ...{ dial, clock, logger },
    onBlob: (rv, blob) => watchSet.has(rv) && events.onBlob(rv, blob),
  })

  const violated = (mine: Connection, what: string): void => {
    logger.warn('relay.violation', { what })
    healing.lose(mine, new CairnError('relay.refused', { details: { what } }))
  }

  const received = (mine: Connection, bytes: Uint8Array): void => {
    let frame: ServerFrame
    try {
      frame = decodeServerFrame(bytes)
    } catch {
      return violated(mine, 'frame') // the codec's errors only say which rule was broken
    }
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
      if (healing.current() !== mine) return
      const hex = hexOf(rv)
      if (watchSet.has(hex) && status !== 'stored') events.onStatus(hex, status)
      else unwanted(mine)
    }
  }

  /** Asks; the answer's type is what `expects` says. Waits for the attempt to connect that is under way; offline it fails at once. */
  const ask = (encode: Request['encode'], expects: NonNullable<Request['expects']>): Promise<ServerFrame> =>
    new Promise((resolve, reject) => {
      if (isClosed || healing.isWaiting()) return reject(new CairnError('relay.unreachable'))
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

  return {
    address,
    publish,
    status,
    acknowledge: (items) => acks.add(items),
    watch(add, remove) {
      bytesOfRvs(add) // refuses what is no RV before anything changes
      watchSet.change(add, remove)
      if (!isClosed) subscriber.schedule()
    },
    refetch(rv) {
      bytesOfRvs([rv])
      refetcher.add(rv)
    },
    retry: () => healing.retry(),
    redial: () => healing.redial(),
    close() {
      if (isClosed) return
      isClosed = true
      healing.close()
      refetcher.close()
      requests.failAll(new CairnError('relay.unreachable'))
      onClosed?.()
    },
  }
}

/**
 * One connection to the relay, whatever carries it: parses frames, keeps the limits, hands operations to storage and answers.
 * Nothing here trusts the client, and no client can make another wait or memory grow without bound.
 */
import { hash } from 'node:crypto'
import { isCairnError } from '#shared/errors.ts'
import {
  decodeClientFrame,
  encodeAcked,
  encodeBlob,
  encodeError,
  encodePublished,
  encodeStatuses,
  peekRequestId,
} from '#shared/wire/frames.ts'
import type { ClientFrame, WireError } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import type { Batcher } from './batcher.ts'
import type { Counters } from './counters.ts'
import { createDelivery } from './delivery.ts'
import type { Member } from './delivery.ts'
import type { RelayLimits } from './limits.ts'
import type { Clock } from './ports.ts'
import { createRates } from './rates.ts'
import type { RateName } from './rates.ts'
import { rvKeyOf } from './storage/storage.ts'
import type { RvKey, StorageOperation, StorageOutcome } from './storage/storage.ts'
import type { Watchers } from './watchers.ts'

/** The other end, as a carrier (WebSocket, memory) shows it. */
export interface Peer {
  send(frame: Uint8Array): void
  /** Bytes handed to `send` that the other end has not taken yet. */
  buffered(): number
  /** Several sends follow; `uncork` ends that. */
  cork(): void
  uncork(): void
  /** Stops and resumes reading from the other end. */
  pause(): void
  resume(): void
  close(code: number, reason: string): void
}

/** What the carrier tells a session. */
export interface Session {
  receive(frame: Uint8Array): void
  /** Bytes left the buffer. */
  drained(): void
  closed(): void
}

export interface SessionShared {
  limits: RelayLimits
  clock: Clock
  batcher: Batcher
  watchers: Watchers<Member>
  counters: Counters
  /** Remembers that frames were sent to this peer in this batch. */
  touch(peer: Peer): void
}

const { hashBytes } = wireLimits

const keysOf = (rvs: Uint8Array, count: number): RvKey[] => {
  const bytes = Buffer.from(rvs.buffer, rvs.byteOffset, rvs.byteLength)
  return Array.from({ length: count }, (_, i) => bytes.toString('latin1', i * hashBytes, (i + 1) * hashBytes))
}

export const createSession = (shared: SessionShared, peer: Peer): Session => {
  const { limits, clock, batcher, watchers, counters } = shared
  let watchesUnderWay = 0
  let isPaused = false
  let isClosed = false
  const rates = createRates(limits)

  const send = (frame: Uint8Array): void => {
    if (isClosed) return
    shared.touch(peer)
    peer.send(frame)
    if (!isPaused && peer.buffered() > limits.pauseReadingAbove) {
      isPaused = true
      counters.count('paused')
      peer.pause()
    }
  }

  const delivery = createDelivery({ limits, clock, batcher, watchers, counters, send, buffered: () => peer.buffered() })

  const refuse = (requestId: number, code: WireError, retryAfterMs = 0): void => {
    counters.count(code)
    send(encodeError(requestId, code, retryAfterMs))
  }

  const submit = (requestId: number, operation: StorageOperation, done: (outcome: StorageOutcome) => void): void => {
    const isTaken = batcher.submit(operation, (outcome) => {
      if (isClosed && operation.kind !== 'acknowledge' && operation.kind !== 'publish') return
      if (outcome === null) refuse(requestId, 'busy')
      else done(outcome)
    })
    if (!isTaken) refuse(requestId, 'busy')
  }

  /** True if the connection may do that now; else it has been refused. */
  const mayTake = (requestId: number, name: RateName, count: number): boolean => {
    const waitMs = rates(name, count, clock.now())
    if (waitMs > 0) refuse(requestId, 'rate', waitMs)
    return waitMs === 0
  }

  const publish = (frame: ClientFrame & { type: 'publish' }): void => {
    const { requestId, write, deleteHash, blob } = frame
    if (!mayTake(requestId, 'publishes', 1) || !mayTake(requestId, 'publishedBytes', blob.length)) return
    const rvBytes = hash('sha256', write, 'buffer')
    const rv = rvBytes.toString('latin1')
    submit(requestId, { kind: 'publish', rv, deleteHash, blob }, (outcome) => {
      if (outcome.kind !== 'publish') return
      if (outcome.result === 'full') return refuse(requestId, 'full')
      counters.count(outcome.result)
      send(encodePublished(requestId, outcome.result))
      if (outcome.result === 'stored') fanOut(rv, rvBytes, blob)
    })
  }

  const fanOut = (rv: RvKey, rvBytes: Uint8Array, blob: Uint8Array): void => {
    let frame: Uint8Array | null = null
    watchers.forEach(rv, (member) => member.deliver(rv, () => (frame ??= encodeBlob(rvBytes, blob))))
  }

  const subscribe = (frame: ClientFrame & { type: 'subscribe' | 'unsubscribe' | 'status' }): void => {
    const { requestId, count } = frame
    if (delivery.watched.size() + watchesUnderWay + count > limits.watched) return refuse(requestId, 'subscriptions')
    if (!mayTake(requestId, 'lookups', count)) return
    const rvs = keysOf(frame.rvs, count)
    watchesUnderWay += count
    // Watching begins where the answer is made: every later publish is fanned out, every earlier one is in the answer.
    const isTaken = batcher.submit({ kind: 'status', rvs }, (outcome) => {
      watchesUnderWay -= count
      if (isClosed) return
      if (outcome?.kind !== 'status') return refuse(requestId, 'busy')
      send(encodeStatuses('subscribed', requestId, outcome.statuses))
      rvs.forEach((rv, i) => {
        delivery.watched.watch(rv)
        if (outcome.statuses[i] === 'stored') delivery.owe(rv)
      })
      delivery.pump()
    })
    if (isTaken) return
    watchesUnderWay -= count
    refuse(requestId, 'busy')
  }

  const acknowledge = (frame: ClientFrame & { type: 'ack' }): void => {
    const { requestId, count } = frame
    if (!mayTake(requestId, 'lookups', count)) return
    const items = Array.from({ length: count }, (_, i) => {
      const at = i * 2 * hashBytes
      const deleteKey = frame.items.subarray(at + hashBytes, at + 2 * hashBytes)
      return { rv: rvKeyOf(frame.items.subarray(at, at + hashBytes)), deleteHash: hash('sha256', deleteKey, 'buffer') }
    })
    submit(requestId, { kind: 'acknowledge', items }, (outcome) => {
      if (outcome.kind !== 'acknowledge') return
      send(encodeAcked(requestId, outcome.results))
      outcome.results.forEach((result, i) => {
        const rv = items[i]?.rv
        counters.count(result)
        if (result !== 'dropped' || rv === undefined) return
        watchers.forEach(rv, (other) => {
          if (other !== delivery.member) other.changed([rv], 'consumed')
        })
      })
    })
  }

  const status = (frame: ClientFrame & { type: 'subscribe' | 'unsubscribe' | 'status' }): void => {
    const { requestId, count } = frame
    if (!mayTake(requestId, 'lookups', count)) return
    submit(requestId, { kind: 'status', rvs: keysOf(frame.rvs, count) }, (outcome) => {
      if (outcome.kind === 'status') send(encodeStatuses('statuses', requestId, outcome.statuses))
    })
  }

  const dispatch = (frame: ClientFrame): void => {
    switch (frame.type) {
      case 'publish':
        return publish(frame)
      case 'subscribe':
        return subscribe(frame)
      case 'unsubscribe':
        return unsubscribeInOrder(frame)
      case 'status':
        return status(frame)
      case 'ack':
        return acknowledge(frame)
    }
  }

  /** Through the queue, so that it does not overtake a subscribe that came before it. */
  const unsubscribeInOrder = (frame: ClientFrame & { type: 'subscribe' | 'unsubscribe' | 'status' }): void => {
    const rvs = keysOf(frame.rvs, frame.count)
    if (watchesUnderWay === 0) return delivery.leave(rvs)
    if (!batcher.submit({ kind: 'status', rvs: [] }, () => delivery.leave(rvs))) refuse(frame.requestId, 'busy')
  }

  const violate = (frame: Uint8Array, error: unknown): void => {
    if (!isCairnError(error)) throw error
    const requestId = peekRequestId(frame)
    if (error.details['what'] === 'blob-size') return refuse(requestId, 'blob-size')
    refuse(requestId, error.code === 'codec.too-large' ? 'too-large' : 'malformed')
    peer.close(1008, 'violation')
  }

  return {
    receive(bytes) {
      if (isClosed) return
      let frame: ClientFrame
      try {
        frame = decodeClientFrame(bytes)
      } catch (error) {
        return violate(bytes, error)
      }
      dispatch(frame)
    },
    drained() {
      if (isClosed) return
      const buffered = peer.buffered()
      if (isPaused && buffered <= limits.sendLowWater) {
        isPaused = false
        peer.resume()
      }
      if (buffered <= limits.sendLowWater) delivery.pump()
    },
    closed() {
      isClosed = true
      delivery.close()
    },
  }
}

/** A connection that carries frames of `cairn.1`; what differs between WebSocket and memory. */
import { CairnError } from '#shared/errors.ts'
import { decodeServerFrame } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Clock } from '../ports.ts'

export interface FrameSocket {
  /** Only between `onOpen` and `onClose`. */
  send(frame: Uint8Array): void
  /** Bytes handed to `send` that the network has not taken yet. */
  buffered(): number
  /** `onClose` follows, or not: a caller that closes no longer listens. */
  close(): void
}

export interface FrameSocketEvents {
  onOpen(): void
  /** The frame belongs to the receiver. */
  onFrame(frame: Uint8Array): void
  /** Bytes left the buffer. */
  onDrain(): void
  /**
   * Once, and nothing after it. `relay.unreachable`, `relay.busy`, `relay.refused` (it does not speak our protocol, or broke it),
   * `relay.certificate-*`, `proxy.*`. `isBlocked`: connected, but what carries the frames did not get through.
   */
  onClose(error: CairnError, isBlocked?: boolean): void
  /** There is a better way to this relay now: connect anew. This one goes on until then. */
  onBetter?(): void
}

/** Calls no event before the next turn of the event loop. */
export type Dial = (address: RelayAddress, events: FrameSocketEvents) => FrameSocket

/** A dial whose relay is settled. */
export type DialOne = (events: FrameSocketEvents) => FrameSocket

/** A dial ends by itself before; this is the last resort. */
const connectMs = 90_000

/** What came of one frame: `null` goes on waiting. */
type Judge<T> = (frame: ServerFrame) => { value: T } | null

/**
 * A connection for one question: connects, sends `question`, hands every answer to `judge` until that has a value, hangs up.
 * Throws what `onClose` names; `relay.unreachable` also when no answer came for `timeoutMs` after it had connected.
 */
export const askOnce = <T>(options: {
  dial: DialOne
  clock: Clock
  timeoutMs: number
  question: Uint8Array
  judge: Judge<T>
}): Promise<T> =>
  new Promise((resolve, reject) => {
    const { dial, clock, timeoutMs, question, judge } = options
    let isOver = false
    const finish = (settle: () => void): void => {
      if (isOver) return
      isOver = true
      cancelTimeout()
      socket.close()
      settle()
    }
    const fail = (error: unknown): void => finish(() => reject(error instanceof Error ? error : new CairnError('internal')))
    const onFrame = (bytes: Uint8Array): void => {
      if (isOver) return
      try {
        const frame = decodeServerFrame(bytes)
        if (frame.type === 'error') return fail(errorOfRelay(frame.code))
        const verdict = judge(frame)
        if (verdict !== null) finish(() => resolve(verdict.value))
      } catch (error) {
        fail(new CairnError('relay.refused', { cause: error }))
      }
    }
    const giveUp = (): void => fail(new CairnError('relay.unreachable'))
    let cancelTimeout = clock.after(connectMs, giveUp)
    const onOpen = (): void => {
      if (isOver) return
      cancelTimeout()
      cancelTimeout = clock.after(timeoutMs, giveUp)
      socket.send(question)
    }
    const socket = dial({ onOpen, onFrame, onDrain: () => undefined, onClose: fail })
  })

/** The relay's refusals in the app's words. */
export const errorOfRelay = (code: (ServerFrame & { type: 'error' })['code']): CairnError => {
  const mayPass = code === 'rate' || code === 'full' || code === 'busy' || code === 'subscriptions'
  return new CairnError(mayPass ? 'relay.busy' : 'relay.refused', { details: { reason: code } })
}

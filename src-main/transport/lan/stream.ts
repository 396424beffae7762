/**
 * Messages both ways over datagrams that may be lost, doubled or overtaken and are never altered: the reliable stream of the LAN link
 * (docs/protocol.md section 10). Each message arrives once and in order, or the stream ends with an error.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Clock } from '../../ports.ts'
import { createReceiver } from './streamReceiver.ts'
import { decodeSegment, messageMax, startSegment } from './streamSegment.ts'
import { createSender } from './streamSender.ts'

export interface MessageStream {
  /**
   * At most `messageMax` bytes, which the stream keeps until they are acknowledged. Delivered once and in order at the other end.
   * Errors: `codec.too-large`; `lan.closed`.
   */
  send(message: Uint8Array): void
  /** Bytes that were sent and not acknowledged. */
  buffered(): number
  /** A datagram's payload that came from the other side; the stream keeps it. Throws nothing: what is no segment is dropped. */
  received(datagram: Uint8Array): void
  /** Datagrams dropped so far: no segments, or more than was asked for. */
  dropped(): number
  /** No message is delivered until `resume`; what comes waits here up to the window, and then at the other side. */
  pause(): void
  resume(): void
  /**
   * Nothing is delivered any more, and nothing sent; with `flush`, what was sent before is still tried for `ms`, and `onEnd` told once
   * whether all of it was acknowledged. `onClose` is not called.
   */
  close(flush?: { ms: number; onEnd(isThrough: boolean): void }): void
}

export interface MessageStreamOptions {
  clock: Clock
  /** Bytes of a datagram's payload at most; a session's `maxPayload`. */
  maxPayload: number
  /** May lose what it is given. */
  send(datagram: Uint8Array): void
  /** The message belongs to the receiver. */
  onMessage(message: Uint8Array): void
  /** Bytes left the buffer. */
  onDrain(): void
  /** Once, and nothing after it. `lan.timeout`: no answer for 30 s; `codec.too-large`: the other side broke the limit; what `send` threw. */
  onClose(error: CairnError): void
  /** Runs `task` soon, once what is at hand is done: many sends and arrivals are answered together. Unless given, a microtask. */
  defer?(task: () => void): void
}

const microtask = (task: () => void): void => void Promise.resolve().then(task)

export function createMessageStream(options: MessageStreamOptions): MessageStream {
  const { clock, maxPayload, onMessage, onDrain, onClose, defer = microtask } = options
  let state: 'open' | 'flushing' | 'closed' = 'open'
  let isPaused = false
  let isDeferred = false
  let dropped = 0
  let onEnd: ((isThrough: boolean) => void) | null = null
  let cancelEnd = (): void => undefined

  const receiver = createReceiver(clock, soon)
  const sender = createSender({
    ...{ clock, maxPayload, ackSize: receiver.ackSize, onSilence: () => fail(new CairnError('lan.timeout')) },
    transmit(head, length, fill, padding) {
      const segment = startSegment({ ...head, ack: receiver.takeAck() }, padding ?? length, padding !== undefined)
      if (length > 0) fill(segment, segment.length - length)
      return send(segment)
    },
  })

  function send(segment: Uint8Array): number {
    try {
      options.send(segment)
    } catch (error) {
      fail(isCairnError(error) ? error : new CairnError('internal', { cause: error }))
    }
    return segment.length
  }

  function soon(): void {
    if (isDeferred || state === 'closed') return
    isDeferred = true
    defer(flush)
  }

  function flush(): void {
    isDeferred = false
    if (state === 'closed') return
    sender.flush()
    if (receiver.mustAcknowledge) acknowledge()
  }

  function acknowledge(): void {
    const ack = receiver.takeAck()
    if (ack !== null) send(startSegment({ number: null, isUrgent: false, ack, offset: 0 }, 0))
  }

  function end(isThrough: boolean): void {
    state = 'closed'
    sender.stop()
    receiver.stop()
    cancelEnd()
    onEnd?.(isThrough)
    onEnd = null
  }

  function fail(error: CairnError): void {
    const wasOpen = state === 'open'
    if (state !== 'closed') end(false)
    if (wasOpen) onClose(error)
  }

  function deliver(): void {
    const verdict = receiver.deliver(() => state === 'open' && !isPaused, onMessage)
    if (verdict === 'tooLong') fail(new CairnError('codec.too-large'))
  }

  return {
    send(message) {
      if (state !== 'open') throw new CairnError('lan.closed')
      if (message.length > messageMax) throw new CairnError('codec.too-large')
      sender.push(message)
      soon()
    },
    buffered: () => sender.buffered,
    dropped: () => dropped,
    received(datagram) {
      if (state === 'closed') return
      const segment = decodeSegment(datagram)
      const before = sender.buffered
      if (segment === null || (segment.ack !== null && !sender.acknowledged(segment.ack))) {
        dropped++
        return
      }
      if (segment.number !== null && !receiver.received(segment.number, segment)) dropped++
      soon()
      if (sender.buffered < before && state === 'open') onDrain()
      if (sender.buffered === 0 && state === 'flushing') end(true)
      deliver()
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      deliver()
      soon()
    },
    close(flushing) {
      if (state === 'closed') return
      acknowledge()
      if (flushing === undefined || sender.buffered === 0) {
        onEnd = flushing?.onEnd ?? onEnd
        return end(sender.buffered === 0)
      }
      state = 'flushing'
      onEnd = flushing.onEnd
      cancelEnd = clock.after(flushing.ms, () => end(false))
    },
  }
}

/**
 * One session of the core that is carried by HTTP long polling (src-shared/wire/polling.ts). What it has for the client is kept until
 * the client's cursor has passed it, so that a lost answer loses nothing; what the client sends is numbered, so that a repeated
 * request does nothing twice.
 */
import { batchOf, decodeBatch, encodeBatch, pollLimits } from '#shared/wire/polling.ts'
import type { AttachedPeer } from './attachedPeer.ts'
import type { RelayCore } from './core.ts'
import type { Clock } from './ports.ts'

/** What a `receive` is answered with. */
export type Received = { kind: 'batch'; first: number; body: Uint8Array } | { kind: 'ended'; code: number }

export interface PollPeer extends AttachedPeer {
  /** Takes a batch whose first frame has this number. Throws `codec.malformed` or `codec.too-large`, and then took none of it. */
  send(number: number, body: Uint8Array): 'taken' | 'gap' | 'paused' | { endedWith: number }
  /** Calls `answer` once, now or when there is something. Answers `false` for a cursor that cannot be, and then never does. */
  receive(cursor: number, answer: (received: Received) => void): boolean
  /** The one who waits for an answer has gone. */
  abandon(answer: (received: Received) => void): void
}

export const attachPollPeer = (options: { core: RelayCore; clock: Clock; onClosed: () => void }): PollPeer => {
  const { core, clock, onClosed } = options
  let outbox: Uint8Array[] = []
  /** Number of the first frame of `outbox`. */
  let first = 1
  let buffered = 0
  let taken = 0
  let isPaused = false
  let isTaking = true
  let endedWith: number | null = null
  let seenAt = clock.now()
  let waiting: { answer: (received: Received) => void; cancel: () => void } | null = null
  let resolveClosed = (): void => undefined
  const closed = new Promise<void>((resolve) => (resolveClosed = resolve))

  const settle = (received: Received): void => {
    const { answer, cancel } = waiting ?? {}
    waiting = null
    cancel?.()
    seenAt = clock.now()
    answer?.(received)
  }

  const batch = (): Received => ({ kind: 'batch', first, body: encodeBatch(batchOf(outbox).frames) })

  const flush = (): void => {
    if (waiting === null) return
    if (outbox.length > 0) return settle(batch())
    if (endedWith === null) return
    settle({ kind: 'ended', code: endedWith })
    remove(endedWith)
  }

  /** The core is told at once; what lies in the outbox can still be fetched. */
  const end = (code: number): void => {
    if (endedWith !== null) return
    endedWith = code
    session.closed()
    flush()
  }

  /** Nothing is left of it. */
  let isRemoved = false
  const remove = (code: number): void => {
    end(code)
    if (isRemoved) return
    isRemoved = true
    outbox = []
    flush()
    onClosed()
    resolveClosed()
  }

  const session = core.accept({
    send: (frame) => {
      outbox.push(frame)
      buffered += frame.length
    },
    buffered: () => buffered,
    cork: () => undefined,
    uncork: flush,
    pause: () => (isPaused = true),
    resume: () => (isPaused = false),
    close: (code) => end(code),
  })

  const acknowledge = (cursor: number): void => {
    const count = cursor + 1 - first
    if (count === 0) return
    for (let i = 0; i < count; i++) buffered -= outbox[i]?.length ?? 0
    outbox = outbox.slice(count)
    first += count
    session.drained()
  }

  return {
    carrier: 'polling',
    closed,
    send(number, body) {
      seenAt = clock.now()
      if (endedWith !== null) return { endedWith }
      if (number < 1 || number > taken + 1) return 'gap'
      const frames = decodeBatch(body)
      if (!isTaking) return { endedWith: 1001 }
      if (isPaused) return 'paused'
      for (const frame of frames.slice(taken + 1 - number)) {
        taken += 1
        session.receive(frame)
      }
      return 'taken'
    },
    receive(cursor, answer) {
      seenAt = clock.now()
      if (cursor < first - 1 || cursor > first - 1 + outbox.length) return false
      if (waiting !== null) settle({ kind: 'batch', first, body: new Uint8Array() })
      acknowledge(cursor)
      waiting = { answer, cancel: clock.after(pollLimits.holdMs, () => settle({ kind: 'batch', first, body: new Uint8Array() })) }
      flush()
      return true
    },
    abandon(answer) {
      if (waiting?.answer !== answer) return
      waiting.cancel()
      waiting = null
    },
    checkAlive() {
      if (waiting !== null || clock.now() - seenAt < pollLimits.idleMs) return
      core.counters.count('silent')
      remove(1001)
    },
    stopTaking() {
      isTaking = false
    },
    goodbye: () => remove(1001),
    terminate: () => remove(1000),
  }
}

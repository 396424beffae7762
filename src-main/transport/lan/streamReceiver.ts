/** The receiving half of a message stream: what has come, what is said of it, and how much is taken (RFC 9000 sections 4.1 and 13.2). */
import type { Clock } from '../../ports.ts'
import { createAssembly } from './streamAssembly.ts'
import { createDeadline } from './streamDeadline.ts'
import { createRanges } from './streamRanges.ts'
import { ackDelayMs } from './streamRtt.ts'
import { ackBytesOf, maxRuns, sayable, type Acknowledgement, type Segment } from './streamSegment.ts'

/** Bytes that may wait here for their turn, or for a reader that pauses. */
const windowBytes = 1024 * 1024
/** Segments that may come before one is acknowledged (RFC 9000 section 13.2.2). */
const segmentsPerAck = 2

export interface Receiver {
  /** False: dropped, as if it had not come. */
  received(number: number, segment: Segment): boolean
  /** Hands on what is whole, until there is nothing or `isOpen` is false. 'tooLong': the other side broke the limit. */
  deliver(isOpen: () => boolean, onMessage: (message: Uint8Array) => void): 'tooLong' | null
  readonly mustAcknowledge: boolean
  /** Bytes that what is to be said takes at most. */
  ackSize(): number
  /** What is to be said; null where nothing new is. It counts as said. */
  takeAck(): Acknowledgement | null
  stop(): void
}

/** @param onDue an acknowledgement has waited long enough */
export function createReceiver(clock: Clock, onDue: () => void): Receiver {
  const assembly = createAssembly()
  const numbers = createRanges(maxRuns)
  let waiting = 0 // numbered segments since the last acknowledgement
  let isUrgent = false
  let largest = { number: -1, at: 0 }
  let saidLimit = windowBytes
  const deadline = createDeadline(clock, () => {
    isUrgent = true
    onDue()
  })

  const limit = (): number => assembly.taken + windowBytes

  function note(number: number, isAskedFor: boolean): void {
    if (number !== largest.number + 1 || isAskedFor || ++waiting >= segmentsPerAck) isUrgent = true
    else if (waiting === 1) deadline.set(clock.now() + ackDelayMs)
    if (number > largest.number) largest = { number, at: clock.now() }
  }

  const hasNews = (): boolean => (waiting > 0 || isUrgent) && numbers.runs.length > 0

  return {
    received(number, { isUrgent: isAskedFor, offset, data }) {
      if (!numbers.has(number)) {
        if (offset + data.length > limit() || (data.length > 0 && !assembly.add(offset, data))) return false
        numbers.add(number, number)
      }
      note(number, isAskedFor)
      return true
    },
    deliver(isOpen, onMessage) {
      while (isOpen()) {
        const message = assembly.take()
        if (message === 'tooLong') return message
        if (message === null) break
        onMessage(message)
      }
      // who waits for room is told at once; who has enough hears of it by and by
      if (limit() - saidLimit >= windowBytes / 2) isUrgent = true
      return null
    },
    get mustAcknowledge() {
      return isUrgent
    },
    ackSize: () => (hasNews() ? ackBytesOf(numbers.runs.length) : 0),
    takeAck() {
      if (!hasNews()) return null
      waiting = 0
      isUrgent = false
      deadline.set(null)
      saidLimit = limit()
      const delayMs = Math.max(0, clock.now() - largest.at)
      return { next: assembly.next, limit: saidLimit, delayMs, runs: sayable(numbers.runs.toReversed()) }
    },
    stop() {
      deadline.set(null)
    },
  }
}

/**
 * Segments of the message stream, docs/protocol.md section 10: what one datagram of a session carries. Whole numbers, most significant byte
 * first; u48 because a long session passes 2^32 bytes.
 *
 *     flags 1 ‖ [number u48] ‖ [acknowledgement] ‖ [offset u48 ‖ data 1…]
 *
 * flags: 1 an acknowledgement, 2 data, 4 acknowledge at once; others are of a newer version. Whoever sends 2 or 4 gives the segment a
 * number. 4 without 2 is a probe; zeros may follow it, to make it as long as what it is to try.
 *
 *     acknowledgement: next u48 ‖ limit u48 ‖ delay in ms u16 ‖ runs u8 ‖ largest number u48 ‖ (more u16 ‖ gap u16)* more u16
 */
import { wireLimits } from '#shared/wire/limits.ts'

/** Numbers that came, both ends included. */
export interface Run {
  low: number
  high: number
}

export interface Acknowledgement {
  /** Every byte before this one has come. */
  next: number
  /** Bytes from here on are not taken yet: flow control. */
  limit: number
  /** How long the largest number had waited. */
  delayMs: number
  /** Highest first, at least one, never adjacent. */
  runs: Run[]
}

export interface SegmentHead {
  /** Null for an acknowledgement alone, which nobody acknowledges. */
  number: number | null
  isUrgent: boolean
  ack: Acknowledgement | null
  /** Of the first byte of data in the stream. */
  offset: number
}

export interface Segment extends SegmentHead {
  /** Empty where there is none. A view of the datagram. */
  data: Uint8Array
}

const flag = { ack: 1, data: 2, urgent: 4 } as const
export const maxRuns = 32
/** Bytes of a message: the largest frame between a relay and its client, and room for what says whose it is. */
export const messageMax = wireLimits.frameMax + 16
/** Most bytes before the data of a segment without an acknowledgement. */
export const headBytes = 1 + 6 + 6
const fixedAckBytes = 6 + 6 + 2 + 1 + 6 + 2
const u16Max = 0xffff
const largest = 2 ** 48 - 1

/** Of an acknowledgement with so many runs. */
export const ackBytesOf = (runs: number): number => fixedAckBytes + 4 * (runs - 1)
const ackBytes = (ack: Acknowledgement | null): number => (ack === null ? 0 : ackBytesOf(ack.runs.length))

const writeU16 = (bytes: Uint8Array, at: number, value: number): number => {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
  return at + 2
}

const writeU48 = (bytes: Uint8Array, at: number, value: number): number => {
  const low = value >>> 0
  writeU16(bytes, at, (value - low) / 2 ** 32)
  bytes[at + 2] = low >>> 24
  bytes[at + 3] = low >>> 16
  return writeU16(bytes, at + 4, low)
}

const readU16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
const readU48 = (bytes: Uint8Array, at: number): number =>
  readU16(bytes, at) * 2 ** 32 + readU16(bytes, at + 2) * 2 ** 16 + readU16(bytes, at + 4)

/** As many of `runs` as the form can say, and of a run as much. */
export function sayable(runs: readonly Run[]): Run[] {
  const said: Run[] = []
  for (const run of runs) {
    const above = said.at(-1)
    if (said.length === maxRuns || (above !== undefined && above.low - run.high - 2 > u16Max)) break
    said.push({ low: Math.max(run.low, run.high - u16Max), high: run.high })
    if (run.high - run.low > u16Max) break
  }
  return said
}

function writeAck(bytes: Uint8Array, start: number, { next, limit, delayMs, runs }: Acknowledgement): number {
  let at = writeU48(bytes, writeU48(bytes, start, next), limit)
  at = writeU16(bytes, at, Math.min(delayMs, u16Max))
  bytes[at++] = runs.length
  at = writeU48(bytes, at, runs[0]?.high ?? 0)
  for (const [i, { low, high }] of runs.entries()) {
    if (i > 0) at = writeU16(bytes, at, (runs[i - 1] as Run).low - high - 2)
    at = writeU16(bytes, at, high - low)
  }
  return at
}

/**
 * A segment with room for `length` bytes of data at its end, or for as much padding in a probe.
 * @param head `ack.runs` as `sayable` gives them
 */
export function startSegment(head: SegmentHead, length: number, isPadding = false): Uint8Array {
  const { number, isUrgent, ack, offset } = head
  const hasData = length > 0 && !isPadding
  const bytes = new Uint8Array(1 + (number === null ? 0 : 6) + ackBytes(ack) + (hasData ? 6 : 0) + length)
  bytes[0] = (ack ? flag.ack : 0) | (hasData ? flag.data : 0) | (isUrgent ? flag.urgent : 0)
  let at = 1
  if (number !== null) at = writeU48(bytes, at, number)
  if (ack) at = writeAck(bytes, at, ack)
  if (hasData) writeU48(bytes, at, offset)
  return bytes
}

/** Null where it ends too soon or says what cannot be. */
function readAck(bytes: Uint8Array, start: number): Acknowledgement | null {
  if (bytes.length < start + fixedAckBytes) return null
  const [next, limit, delayMs] = [readU48(bytes, start), readU48(bytes, start + 6), readU16(bytes, start + 12)]
  const count = bytes[start + 14] as number
  if (count === 0 || count > maxRuns || bytes.length < start + ackBytesOf(count) || limit < next) return null
  let high = readU48(bytes, start + 15)
  const runs: Run[] = []
  for (let i = 0, at = start + 21; i < count; i++, at += 4) {
    const low = high - readU16(bytes, at)
    if (low < 0) return null
    runs.push({ low, high })
    if (i < count - 1) high = low - readU16(bytes, at + 2) - 2
  }
  return { next, limit, delayMs, runs }
}

/** To the last byte. Null for what is no segment of this version; never throws. */
export function decodeSegment(bytes: Uint8Array): Segment | null {
  const flags = bytes[0]
  if (flags === undefined || flags === 0 || flags > 7) return null
  const [hasAck, hasData, isUrgent] = [(flags & flag.ack) !== 0, (flags & flag.data) !== 0, (flags & flag.urgent) !== 0]
  const isNumbered = hasData || isUrgent
  let at = isNumbered ? 7 : 1
  if (bytes.length < at) return null
  const number = isNumbered ? readU48(bytes, 1) : null
  const ack = hasAck ? readAck(bytes, at) : null
  if (hasAck && ack === null) return null
  at += ackBytes(ack)
  if (!hasData) return bytes.length > at && (!isUrgent || !isZero(bytes, at)) ? null : { number, isUrgent, ack, offset: 0, data: nothing }
  if (bytes.length < at + 7) return null
  const offset = readU48(bytes, at)
  const data = bytes.subarray(at + 6)
  return offset + data.length > largest ? null : { number, isUrgent, ack, offset, data }
}

const nothing = new Uint8Array()

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return false
  return true
}

/**
 * The relay protocol `cairn.1`: what a client and a relay say to one another (docs/protocol.md section 4).
 *
 * Carrier: WebSocket (RFC 6455), path `/`, subprotocol `cairn.1`, no extensions. One frame is one binary message. A text
 * message, a message longer than `wireLimits.frameMax` and a frame that does not parse are protocol violations.
 *
 *     frame = type(1) ‖ requestId(u32be) ‖ payload          fills the message exactly
 *
 *     client to relay                                       answer
 *     0x01 publish      w(32) ‖ H(d)(32) ‖ blob             0x81
 *     0x02 subscribe    RV(32) × n                          0x82, then a 0x86 for each RV that is `stored`
 *     0x03 unsubscribe  RV(32) × n                          none
 *     0x04 ack          (RV(32) ‖ d(32)) × n                0x84
 *     0x05 status       RV(32) × n                          0x85
 *
 *     relay to client
 *     0x81 published    result(1): 0 stored, 1 same, 2 conflict
 *     0x82 subscribed   status(1) × n, in the order asked
 *     0x84 acked        result(1) × n, in the order asked: 0 dropped, 1 absent (nothing lies there), 2 refused (H(d) differs)
 *     0x85 statuses     status(1) × n, in the order asked: 0 empty, 1 stored, 2 consumed, 3 expired
 *     0x86 blob         RV(32) ‖ blob                       requestId 0
 *     0x87 changed      (RV(32) ‖ status(1)) × n            requestId 0: a watched RV was consumed by another connection, or expired
 *     0xff error        code(1) ‖ retryAfterMs(u32be)       requestId of the request refused, 0 if it could not be read
 *
 * - `RV = SHA-256(w)` is computed by the relay; an ack is accepted if and only if `SHA-256(d)` is the stored `H(d)`.
 * - A blob is 4,096, 16,384 or 65,536 bytes. `0 ≤ n ≤ 1024`. Request ids are the client's, from 1; one that is under way is not
 *   used again. The requests of one connection take effect in the order in which they came; answers name their request and may
 *   come in any order, with 0x86 and 0x87 between them.
 * - `published` means: on the disk. `stored` and `same` are both success. Write-once holds over acknowledgement and expiry.
 * - A blob is delivered at least once to every connection that watches its RV, and again after each subscribe, until it is
 *   acknowledged. A slow reader is not sent more until it has read; nothing is lost by that. After an unsubscribe a blob may still come.
 * - error codes: 1 malformed, 2 too-large, 3 blob-size, 4 rate, 5 subscriptions, 6 full, 7 busy. After 1 and 2 the relay closes (1008);
 *   after the others nothing was done and the connection goes on. `retryAfterMs` is a hint, 0 when there is none.
 * - Close codes: 1001 the relay stops, 1008 violation, 1009 message too long. Too many connections are refused at the upgrade
 *   with HTTP 503, requests with an `Origin` (web pages) with 403.
 */
import { CairnError } from '../errors.ts'
import { isBlobSize, wireLimits } from './limits.ts'

export const subprotocol = 'cairn.1'

const { hashBytes, frameHeader, rvsPerFrame, frameMax } = wireLimits
const changedBytes = hashBytes + 1

export const publishResults = ['stored', 'same', 'conflict'] as const
export const rvStatuses = ['empty', 'stored', 'consumed', 'expired'] as const
export const ackResults = ['dropped', 'absent', 'refused'] as const
/** Index 0 is never sent. */
export const wireErrors = ['none', 'malformed', 'too-large', 'blob-size', 'rate', 'subscriptions', 'full', 'busy'] as const

export type PublishOutcome = (typeof publishResults)[number]
export type RvState = (typeof rvStatuses)[number]
export type AckOutcome = (typeof ackResults)[number]
export type WireError = Exclude<(typeof wireErrors)[number], 'none'>

/** Byte arrays are views into the frame. `rvs` and `items` are as they lie there: RV after RV, (RV ‖ d) after (RV ‖ d). */
export type ClientFrame =
  | { type: 'publish'; requestId: number; write: Uint8Array; deleteHash: Uint8Array; blob: Uint8Array }
  | { type: 'subscribe' | 'unsubscribe' | 'status'; requestId: number; count: number; rvs: Uint8Array }
  | { type: 'ack'; requestId: number; count: number; items: Uint8Array }

export type ServerFrame =
  | { type: 'published'; requestId: number; result: PublishOutcome }
  | { type: 'subscribed' | 'statuses'; requestId: number; statuses: RvState[] }
  | { type: 'acked'; requestId: number; results: AckOutcome[] }
  | { type: 'blob'; rv: Uint8Array; blob: Uint8Array }
  | { type: 'changed'; changes: { rv: Uint8Array; status: RvState }[] }
  | { type: 'error'; requestId: number; code: WireError; retryAfterMs: number }

const types = {
  publish: 0x01,
  subscribe: 0x02,
  unsubscribe: 0x03,
  ack: 0x04,
  status: 0x05,
  published: 0x81,
  subscribed: 0x82,
  acked: 0x84,
  statuses: 0x85,
  blob: 0x86,
  changed: 0x87,
  error: 0xff,
} as const

const malformed = (what: string): CairnError => new CairnError('codec.malformed', { details: { what } })
const tooLarge = (what: string): CairnError => new CairnError('codec.too-large', { details: { what } })

const newFrame = (type: keyof typeof types, requestId: number, payloadBytes: number): Uint8Array => {
  const frame = new Uint8Array(frameHeader + payloadBytes)
  frame[0] = types[type]
  setU32(frame, 1, requestId)
  return frame
}

const setU32 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0

const getU32 = (bytes: Uint8Array, at: number): number =>
  ((byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)) >>> 0

/** The type byte and request id of a frame that may be anything; 0 for what is not there. */
export const peekRequestId = (frame: Uint8Array): number => (frame.length < frameHeader ? 0 : getU32(frame, 1))

const withPayload = (type: keyof typeof types, requestId: number, payload: Uint8Array, itemBytes: number): Uint8Array => {
  if (payload.length % itemBytes !== 0) throw malformed(type)
  if (payload.length > itemBytes * rvsPerFrame) throw tooLarge(type)
  const frame = newFrame(type, requestId, payload.length)
  frame.set(payload, frameHeader)
  return frame
}

export const encodePublish = (requestId: number, write: Uint8Array, deleteHash: Uint8Array, blob: Uint8Array): Uint8Array => {
  if (write.length !== hashBytes || deleteHash.length !== hashBytes) throw malformed('publish')
  if (!isBlobSize(blob.length)) throw malformed('blob-size')
  const frame = newFrame('publish', requestId, 2 * hashBytes + blob.length)
  frame.set(write, frameHeader)
  frame.set(deleteHash, frameHeader + hashBytes)
  frame.set(blob, frameHeader + 2 * hashBytes)
  return frame
}

/** `rvs` is RV after RV. */
export const encodeRvs = (type: 'subscribe' | 'unsubscribe' | 'status', requestId: number, rvs: Uint8Array): Uint8Array =>
  withPayload(type, requestId, rvs, hashBytes)

/** `items` is (RV ‖ d) after (RV ‖ d). */
export const encodeAck = (requestId: number, items: Uint8Array): Uint8Array => withPayload('ack', requestId, items, 2 * hashBytes)

/** Parses what a client sent. Throws `codec.malformed` (with `what: 'blob-size'` if only that is wrong) or `codec.too-large`. */
export const decodeClientFrame = (frame: Uint8Array): ClientFrame => {
  if (frame.length > frameMax) throw tooLarge('frame')
  if (frame.length < frameHeader) throw malformed('frame')
  const requestId = getU32(frame, 1)
  if (requestId === 0) throw malformed('request-id')
  switch (frame[0]) {
    case types.publish:
      return decodePublish(frame, requestId)
    case types.subscribe:
      return { type: 'subscribe', requestId, ...decodeRvs(frame) }
    case types.unsubscribe:
      return { type: 'unsubscribe', requestId, ...decodeRvs(frame) }
    case types.status:
      return { type: 'status', requestId, ...decodeRvs(frame) }
    case types.ack:
      return { type: 'ack', requestId, count: countOf(frame, 2 * hashBytes), items: frame.subarray(frameHeader) }
    default:
      throw malformed('type')
  }
}

const countOf = (frame: Uint8Array, itemBytes: number): number => {
  const count = (frame.length - frameHeader) / itemBytes
  if (!Number.isInteger(count)) throw malformed('length')
  if (count > rvsPerFrame) throw tooLarge('items')
  return count
}

const decodeRvs = (frame: Uint8Array): { count: number; rvs: Uint8Array } => ({
  count: countOf(frame, hashBytes),
  rvs: frame.subarray(frameHeader),
})

const decodePublish = (frame: Uint8Array, requestId: number): ClientFrame => {
  const blobAt = frameHeader + 2 * hashBytes
  if (frame.length < blobAt) throw malformed('length')
  if (!isBlobSize(frame.length - blobAt)) throw malformed('blob-size')
  return {
    type: 'publish',
    requestId,
    write: frame.subarray(frameHeader, frameHeader + hashBytes),
    deleteHash: frame.subarray(frameHeader + hashBytes, blobAt),
    blob: frame.subarray(blobAt),
  }
}

export const encodePublished = (requestId: number, result: PublishOutcome): Uint8Array => {
  const frame = newFrame('published', requestId, 1)
  frame[frameHeader] = publishResults.indexOf(result)
  return frame
}

const encodeWords = <T extends string>(
  type: 'subscribed' | 'statuses' | 'acked',
  requestId: number,
  words: readonly T[],
  all: readonly T[],
): Uint8Array => {
  if (words.length > rvsPerFrame) throw tooLarge(type)
  const frame = newFrame(type, requestId, words.length)
  words.forEach((word, i) => (frame[frameHeader + i] = all.indexOf(word)))
  return frame
}

export const encodeStatuses = (type: 'subscribed' | 'statuses', requestId: number, statuses: readonly RvState[]): Uint8Array =>
  encodeWords(type, requestId, statuses, rvStatuses)

export const encodeAcked = (requestId: number, results: readonly AckOutcome[]): Uint8Array =>
  encodeWords('acked', requestId, results, ackResults)

export const encodeBlob = (rv: Uint8Array, blob: Uint8Array): Uint8Array => {
  if (rv.length !== hashBytes || !isBlobSize(blob.length)) throw malformed('blob')
  const frame = newFrame('blob', 0, hashBytes + blob.length)
  frame.set(rv, frameHeader)
  frame.set(blob, frameHeader + hashBytes)
  return frame
}

export const encodeChanged = (changes: readonly { rv: Uint8Array; status: RvState }[]): Uint8Array => {
  if (changes.length > rvsPerFrame) throw tooLarge('changed')
  const frame = newFrame('changed', 0, changes.length * changedBytes)
  changes.forEach(({ rv, status }, i) => {
    if (rv.length !== hashBytes) throw malformed('changed')
    frame.set(rv, frameHeader + i * changedBytes)
    frame[frameHeader + i * changedBytes + hashBytes] = rvStatuses.indexOf(status)
  })
  return frame
}

export const encodeError = (requestId: number, code: WireError, retryAfterMs = 0): Uint8Array => {
  const frame = newFrame('error', requestId, 5)
  frame[frameHeader] = wireErrors.indexOf(code)
  setU32(frame, frameHeader + 1, retryAfterMs)
  return frame
}

/** Parses what a relay sent. Throws `codec.malformed` or `codec.too-large`. */
export const decodeServerFrame = (frame: Uint8Array): ServerFrame => {
  if (frame.length > frameMax) throw tooLarge('frame')
  if (frame.length < frameHeader) throw malformed('frame')
  const requestId = getU32(frame, 1)
  switch (frame[0]) {
    case types.published:
      if (frame.length !== frameHeader + 1) throw malformed('length')
      return { type: 'published', requestId, result: wordAt(frame, frameHeader, publishResults) }
    case types.subscribed:
      return { type: 'subscribed', requestId, statuses: decodeWords(frame, rvStatuses) }
    case types.statuses:
      return { type: 'statuses', requestId, statuses: decodeWords(frame, rvStatuses) }
    case types.acked:
      return { type: 'acked', requestId, results: decodeWords(frame, ackResults) }
    case types.blob:
      return decodeBlob(frame, requestId)
    case types.changed:
      return decodeChanged(frame, requestId)
    case types.error:
      return decodeError(frame, requestId)
    default:
      throw malformed('type')
  }
}

const wordAt = <T extends string>(frame: Uint8Array, at: number, all: readonly T[]): T => {
  const word = all[byteAt(frame, at)]
  if (word === undefined) throw malformed('value')
  return word
}

const decodeWords = <T extends string>(frame: Uint8Array, all: readonly T[]): T[] =>
  Array.from({ length: countOf(frame, 1) }, (_, i) => wordAt(frame, frameHeader + i, all))

const decodeBlob = (frame: Uint8Array, requestId: number): ServerFrame => {
  const blobAt = frameHeader + hashBytes
  if (requestId !== 0 || !isBlobSize(frame.length - blobAt)) throw malformed('blob')
  return { type: 'blob', rv: frame.subarray(frameHeader, blobAt), blob: frame.subarray(blobAt) }
}

const decodeChanged = (frame: Uint8Array, requestId: number): ServerFrame => {
  if (requestId !== 0) throw malformed('changed')
  const changes = Array.from({ length: countOf(frame, changedBytes) }, (_, i) => {
    const at = frameHeader + i * changedBytes
    return { rv: frame.subarray(at, at + hashBytes), status: wordAt(frame, at + hashBytes, rvStatuses) }
  })
  return { type: 'changed', changes }
}

const decodeError = (frame: Uint8Array, requestId: number): ServerFrame => {
  if (frame.length !== frameHeader + 5) throw malformed('length')
  const code = wordAt(frame, frameHeader, wireErrors)
  if (code === 'none') throw malformed('value')
  return { type: 'error', requestId, code, retryAfterMs: getU32(frame, frameHeader + 1) }
}

/**
 * The relay protocol over HTTP long polling (docs/protocol.md section 4), for networks that do not let WebSocket through: the same
 * frames as `frames.ts`, several in a body, each in either direction with a number of its own, from 1.
 *
 *     batch = (length(u32be) ‖ frame) × n                   fills the body exactly
 *
 *     POST /poll/open      no body                          200: the session's id, 32 random bytes in base64url
 *     POST /poll/send      cairn-session, cairn-number: N   204: all are taken. The body is a batch whose first frame is number N;
 *                                                           frames that were taken before are passed over, a gap is 409
 *     POST /poll/receive   cairn-session, cairn-cursor: C   200: a batch, and cairn-first with the number of its first frame, C + 1. Empty
 *                                                           when nothing came for `holdMs`
 *     POST /poll/close     cairn-session                    204
 *
 * - The cursor acknowledges: the relay keeps what it has sent until a later `receive` names it, so that a lost answer is asked for
 *   again with the same C. A C below what was acknowledged, or above what was sent, is 409. One `receive` at a time: a second one ends
 *   the first with an empty batch.
 * - 400 malformed, 403 a web page, 404 no such session (never there, or silent for `idleMs`), 410 the session has ended, with
 *   cairn-close as WebSocket's close code, 413 body too large, 429 read first what waits for you, 503 too many connections or the
 *   relay stops. A violation of the frame protocol is answered by its error frame, and 410 after it.
 */
import { CairnError } from '../errors.ts'
import { wireLimits } from './limits.ts'

export const pollPaths = { open: '/poll/open', send: '/poll/send', receive: '/poll/receive', close: '/poll/close' } as const
export const pollHeaders = {
  session: 'cairn-session',
  number: 'cairn-number',
  cursor: 'cairn-cursor',
  first: 'cairn-first',
  close: 'cairn-close',
} as const

export const pollLimits = {
  idBytes: 32,
  /** Of a body in either direction: three of the largest frames. */
  bodyMax: 256 * 1024,
  /** So many frames, however small, in one body. */
  framesMax: 4096,
  holdMs: 25_000,
  /** Without a request for this long a session is gone. */
  idleMs: 60_000,
} as const

const lengthBytes = 4

/** How many of `frames`, from `from` on, go into one body; at least one if there is any. */
export const batchOf = (frames: readonly Uint8Array[], from = 0): { frames: Uint8Array[]; bytes: number } => {
  const taken: Uint8Array[] = []
  let bytes = 0
  for (let i = from; i < frames.length && taken.length < pollLimits.framesMax; i++) {
    const frame = frames[i]
    if (frame === undefined || bytes + lengthBytes + frame.length > pollLimits.bodyMax) break
    bytes += lengthBytes + frame.length
    taken.push(frame)
  }
  return { frames: taken, bytes }
}

export const encodeBatch = (frames: readonly Uint8Array[]): Uint8Array => {
  const body = new Uint8Array(frames.reduce((sum, frame) => sum + lengthBytes + frame.length, 0))
  const view = new DataView(body.buffer)
  let at = 0
  for (const frame of frames) {
    view.setUint32(at, frame.length)
    body.set(frame, at + lengthBytes)
    at += lengthBytes + frame.length
  }
  return body
}

/** Views into `body`; what is in a frame is not looked at. Throws `codec.malformed` or `codec.too-large`. */
export const decodeBatch = (body: Uint8Array): Uint8Array[] => {
  if (body.length > pollLimits.bodyMax) throw new CairnError('codec.too-large', { details: { what: 'body' } })
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const frames: Uint8Array[] = []
  for (let at = 0; at < body.length;) {
    const length = at + lengthBytes <= body.length ? view.getUint32(at) : 0
    const end = at + lengthBytes + length
    if (length === 0 || end > body.length) throw new CairnError('codec.malformed', { details: { what: 'batch' } })
    if (length > wireLimits.frameMax || frames.length === pollLimits.framesMax)
      throw new CairnError('codec.too-large', { details: { what: 'batch' } })
    frames.push(body.subarray(at + lengthBytes, end))
    at = end
  }
  return frames
}

/** A number of a frame or a cursor as it stands in a header; `null` for anything else. */
export const readFrameNumber = (text: unknown): number | null =>
  typeof text === 'string' && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : null

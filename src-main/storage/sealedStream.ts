/**
 * A long text sealed piece by piece, so that nobody ever holds it whole: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár,
 * "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over XChaCha20-Poly1305. Each piece's nonce has its
 * number and whether it is the last, so that none can be left out, moved, doubled, or cut off at the end.
 */
import { isCairnError } from '#shared/errors.ts'
import type { Primitives } from '../protocol/primitives.ts'

/** Bytes of a piece before it is sealed; the last one has 0 to so many. */
export const pieceBytes = 64 * 1024
const tagBytes = 16
/** 24 of the nonce, less the number (7) and the mark of the last (1). */
export const prefixBytes = 16

export interface StreamKey {
  primitives: Primitives
  /** 32 bytes, for this one stream. */
  key: Uint8Array
  /** Random. */
  prefix: Uint8Array
  /** Associated data of every piece. */
  about: Uint8Array
}

/** What a text of so many bytes is long when it is sealed: always at least one piece, and the last one is not empty unless it is alone. */
export const sealedBytes = (plain: number): number => plain + Math.max(1, Math.ceil(plain / pieceBytes)) * tagBytes

function nonceOf(prefix: Uint8Array, number: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(24)
  nonce.set(prefix)
  const view = new DataView(nonce.buffer)
  view.setUint32(prefixBytes + 3, number) // 2^32 pieces are 256 TiB; the three bytes before stay 0
  nonce[23] = isLast ? 1 : 0
  return nonce
}

/** Seals what `plain` yields, in pieces of any size. */
export async function* sealStream(stream: StreamKey, plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { primitives, key, prefix, about } = stream
  const piece = new Uint8Array(pieceBytes)
  let [filled, number] = [0, 0]
  const seal = (isLast: boolean): Uint8Array => {
    const nonce = nonceOf(prefix, number, isLast)
    number += 1
    return primitives.xchacha20poly1305.seal(key, nonce, piece.subarray(0, filled), about)
  }
  for await (const bytes of plain) {
    for (let at = 0; at < bytes.length;) {
      // a full piece waits until it is known whether anything follows it
      if (filled === pieceBytes) {
        yield seal(false)
        filled = 0
      }
      const taken = bytes.subarray(at, at + pieceBytes - filled)
      piece.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  yield seal(true)
}

/** Reads `length` bytes at `at` of what is sealed; fewer only at its end. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>

export interface OpenedStream {
  /** Exactly so many bytes; null where the text ends before. */
  take(length: number): Promise<Uint8Array | null>
  /** Up to so many, at least one while there is something. */
  some(most: number): Promise<Uint8Array | null>
  /** True at the end of the text. */
  ended(): Promise<boolean>
}

/** Opens what `sealStream` made, of `total` bytes. Nothing is handed out that was not checked. `fail` makes the error for a piece that does not open. */
export function openStream(stream: StreamKey, { read, total, fail }: { read: ReadAt; total: number; fail(): Error }): OpenedStream {
  const { primitives, key, prefix, about } = stream
  const pieces = Math.max(1, Math.ceil(total / (pieceBytes + tagBytes)))
  let number = 0
  let rest: Uint8Array = new Uint8Array(0)

  async function next(): Promise<boolean> {
    if (number === pieces) return false
    const sealed = await read(number * (pieceBytes + tagBytes), pieceBytes + tagBytes)
    try {
      rest = primitives.xchacha20poly1305.open(key, nonceOf(prefix, number, number === pieces - 1), sealed, about)
    } catch (error) {
      throw isCairnError(error, 'crypto.failed') ? fail() : error
    }
    number += 1
    return rest.length > 0
  }

  async function some(most: number): Promise<Uint8Array | null> {
    if (rest.length === 0 && !(await next())) return null
    const taken = rest.subarray(0, most)
    rest = rest.subarray(taken.length)
    return taken
  }

  async function take(length: number): Promise<Uint8Array | null> {
    const whole = new Uint8Array(length)
    for (let filled = 0; filled < length;) {
      const part = await some(length - filled)
      if (part === null) return null
      whole.set(part, filled)
      filled += part.length
    }
    return whole
  }

  return { take, some, ended: async () => rest.length === 0 && !(await next()) }
}

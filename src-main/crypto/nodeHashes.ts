/**
 * SHA-256, HMAC and HKDF by node:crypto's one-shot hash. Measured on Node 24: HMAC of 39 B 0.9 µs, against 3.9 by `createHmac`,
 * whose two native objects the garbage collector has to look after besides, and 4.4 by noble. Every rendezvous point takes one.
 */
import * as crypto from 'node:crypto'
import { CairnError } from '#shared/errors.ts'
import { concat } from '../protocol/bytes.ts'
import type { Primitives } from '../protocol/primitives.ts'

const digestBytes = 32
const blockBytes = 64

/** Digests come as strings of one byte a character: a third of the time of a Buffer, which would lie outside the heap. */
function digestInto(target: Uint8Array, at: number, data: Uint8Array): Uint8Array {
  const digest = crypto.hash('sha256', data, 'binary')
  for (let i = 0; i < digestBytes; i++) target[at + i] = digest.charCodeAt(i)
  return target
}

export const sha256: Primitives['sha256'] = (...data) =>
  digestInto(new Uint8Array(digestBytes), 0, data.length === 1 ? (data[0] as Uint8Array) : concat(...data))

/** RFC 2104: `H(K ^ opad ‖ H(K ^ ipad ‖ data))`, with blocks that are used again and again, as nothing here waits. */
export function createHmac(): Primitives['hmac'] {
  const inner = new Uint8Array(blockBytes + 192)
  const outer = new Uint8Array(blockBytes + digestBytes)
  return (key, ...data) => {
    const K = key.length > blockBytes ? sha256(key) : key
    for (let i = 0; i < blockBytes; i++) {
      const byte = K[i] ?? 0
      inner[i] = byte ^ 0x36
      outer[i] = byte ^ 0x5c
    }
    digestInto(outer, blockBytes, append(inner, data))
    return digestInto(new Uint8Array(digestBytes), 0, outer)
  }
}

/** The first block of `inner` and `data`: in place where there is room. */
function append(inner: Uint8Array, data: readonly Uint8Array[]): Uint8Array {
  const length = data.reduce((sum, part) => sum + part.length, blockBytes)
  if (length > inner.length) return concat(inner.subarray(0, blockBytes), ...data)
  let at = blockBytes
  for (const part of data) {
    inner.set(part, at)
    at += part.length
  }
  return inner.subarray(0, length)
}

/** RFC 5869 section 2.3: `T(i) = HMAC(PRK, T(i - 1) ‖ info ‖ i)`. */
export const createHkdfExpand =
  (hmac: Primitives['hmac']): Primitives['hkdfExpand'] =>
  (prk, info, length) => {
    const blocks = Math.ceil(length / digestBytes)
    if (!Number.isSafeInteger(length) || length < 0 || blocks > 255) throw new CairnError('crypto.failed')
    const output = new Uint8Array(blocks * digestBytes)
    let T: Uint8Array = new Uint8Array()
    for (let i = 0; i < blocks; i++) {
      T = hmac(prk, T, info, Uint8Array.of(i + 1))
      output.set(T, i * digestBytes)
    }
    return output.slice(0, length)
  }

/** RFC 5869 section 2.2, then expansion. */
export const createHkdf = (hmac: Primitives['hmac']): Primitives['hkdf'] => {
  const expand = createHkdfExpand(hmac)
  return (ikm, info, length, salt = new Uint8Array(digestBytes)) => expand(hmac(salt, ikm), info, length)
}

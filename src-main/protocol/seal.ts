/**
 * `seal(pk, purpose, plaintext)` of docs/protocol.md section 1:
 * `c ‖ nonce(24) ‖ XSalsa20-Poly1305(HKDF(k, "cairn/1 seal " ‖ purpose, 32), nonce, padded plaintext)`,
 * where `(c, k)` is a hybrid encapsulation and the padding makes the whole exactly one of the blob sizes. A backup never travels
 * as a blob of a rendezvous point, so it alone may be larger: 256 KiB, 1 MiB and 4 MiB too.
 */
import { CairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { concat, utf8, wipe } from './bytes.ts'
import { decapsulate, encapsulate, hybridCipherTextBytes, type HybridKeys, type HybridPublicKeys } from './hybridKem.ts'
import { pad, unpad } from './padding.ts'
import type { Context, Primitives } from './primitives.ts'

export type SealPurpose = 'msg2' | 'msg3' | 'reset' | 'introduce' | 'copy' | 'challenge' | 'backup'
export type BlobSize = (typeof wireLimits.blobSizes)[number]
type SealSize = BlobSize | 262_144 | 1_048_576 | 4_194_304

const nonceBytes = 24
const tagBytes = 16
/** What sealing adds before padding. */
export const sealOverhead = hybridCipherTextBytes + nonceBytes + tagBytes

/** The smallest blob that holds `length` bytes, `overhead` and at least one of padding. Throws `codec.too-large`. */
export const smallestBlob = (length: number, overhead: number): BlobSize => {
  const size = wireLimits.blobSizes.find((candidate) => length + overhead < candidate)
  if (size === undefined) throw new CairnError('codec.too-large')
  return size
}

const sizesFor = (purpose: SealPurpose): readonly SealSize[] =>
  purpose === 'backup' ? [...wireLimits.blobSizes, 262_144, 1_048_576, 4_194_304] : wireLimits.blobSizes

const smallestSeal = (purpose: SealPurpose, length: number): SealSize => {
  const size = sizesFor(purpose).find((candidate) => length + sealOverhead < candidate)
  if (size === undefined) throw new CairnError('codec.too-large')
  return size
}

const keyFor = (primitives: Primitives, k: Uint8Array, purpose: SealPurpose): Uint8Array => {
  const key = primitives.hkdf(k, utf8(`cairn/1 seal ${purpose}`), 32)
  wipe(k)
  return key
}

/** The blob only the owner of `to` opens, and only for `purpose`. Throws `codec.too-large`, `crypto.failed`. */
export const seal = (
  context: Context,
  to: HybridPublicKeys,
  purpose: SealPurpose,
  plaintext: Uint8Array,
  blobSize: SealSize = smallestSeal(purpose, plaintext.length),
): Uint8Array => {
  const { primitives, random } = context
  const padded = pad(plaintext, blobSize - sealOverhead)
  const { c, k } = encapsulate(primitives, random, to)
  const key = keyFor(primitives, k, purpose)
  const nonce = random(nonceBytes)
  const blob = concat(c, nonce, primitives.secretbox.seal(key, nonce, padded))
  wipe(key, padded)
  return blob
}

/** The plaintext of a blob sealed to `keys` for `purpose`. Throws `crypto.failed` for anything else, `codec.malformed` for bad padding. */
export const openSeal = (primitives: Primitives, keys: HybridKeys, purpose: SealPurpose, blob: Uint8Array): Uint8Array => {
  if (!sizesFor(purpose).some((size) => size === blob.length)) throw new CairnError('crypto.failed')
  const sealedAt = hybridCipherTextBytes + nonceBytes
  const key = keyFor(primitives, decapsulate(primitives, keys, blob.subarray(0, hybridCipherTextBytes)), purpose)
  const padded = primitives.secretbox.open(key, blob.subarray(hybridCipherTextBytes, sealedAt), blob.subarray(sealedAt))
  wipe(key)
  return unpad(padded)
}

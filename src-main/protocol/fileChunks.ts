/**
 * A file as blobs: each chunk under a key of its own at a place of its own, both out of one secret. Source: docs/protocol.md section 5,
 * "Attachments". A chunk says which it is, of how many, and of how large a file, so none can take another's place.
 *
 *     seed(i) = HMAC(secret, "cairn/1 file place" ‖ u32be i)     an RV seed; chunk i lies at number 0 of its series, or at the next free one
 *     key(i)  = HMAC(secret, "cairn/1 file key" ‖ u32be i)
 *     blob(i) = nonce(24) ‖ XChaCha20-Poly1305(key(i), nonce, padded chunk, "cairn/1 file" ‖ u32be i ‖ u32be count ‖ u64be size)
 */
import { CairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { concat, u32be, utf8, wipe } from './bytes.ts'
import { pad, unpad } from './padding.ts'
import type { Context, Primitives } from './primitives.ts'
import { smallestBlob, type BlobSize } from './seal.ts'

const nonceBytes = 24
const overhead = nonceBytes + 16
/** What every chunk but the last holds. */
export const chunkBytes = wireLimits.blobMax - overhead - 1
/** Numbers of a chunk's series that its reader looks at. */
export const chunkNumbers = 4

const placeLabel = utf8('cairn/1 file place')
const keyLabel = utf8('cairn/1 file key')
const fileLabel = utf8('cairn/1 file')

export interface ChunkedFile {
  secret: Uint8Array
  /** Bytes. */
  size: number
}

/** An empty file has one chunk, which is empty. */
export const chunkCount = (size: number): number => Math.max(1, Math.ceil(size / chunkBytes))

/** Bytes of the file in chunk `i`. */
export const chunkLength = (size: number, i: number): number => Math.max(0, Math.min(chunkBytes, size - i * chunkBytes))

export const chunkBlobSize = (size: number, i: number): BlobSize => smallestBlob(chunkLength(size, i), overhead)

export const chunkSeed = (primitives: Primitives, secret: Uint8Array, i: number): Uint8Array =>
  primitives.hmac(secret, placeLabel, u32be(i))

const about = (size: number, i: number): Uint8Array =>
  concat(fileLabel, u32be(i), u32be(chunkCount(size)), u32be(Math.floor(size / 2 ** 32)), u32be(size % 2 ** 32))

/** The blob of chunk `i`. Throws `codec.malformed` where the chunk has not the length it must have. */
export function sealChunk({ primitives, random }: Context, { secret, size }: ChunkedFile, i: number, chunk: Uint8Array): Uint8Array {
  if (chunk.length !== chunkLength(size, i)) throw new CairnError('codec.malformed')
  const key = primitives.hmac(secret, keyLabel, u32be(i))
  const nonce = random(nonceBytes)
  const padded = pad(chunk, chunkBlobSize(size, i) - overhead)
  const blob = concat(nonce, primitives.xchacha20poly1305.seal(key, nonce, padded, about(size, i)))
  wipe(key, padded)
  return blob
}

/** Chunk `i` out of its blob. Throws `crypto.failed` for anything else, `codec.malformed` for a length that is not its own. */
export function openChunk(primitives: Primitives, { secret, size }: ChunkedFile, i: number, blob: Uint8Array): Uint8Array {
  if (blob.length !== chunkBlobSize(size, i)) throw new CairnError('crypto.failed')
  const key = primitives.hmac(secret, keyLabel, u32be(i))
  const [nonce, sealed] = [blob.subarray(0, nonceBytes), blob.subarray(nonceBytes)]
  const padded = primitives.xchacha20poly1305.open(key, nonce, sealed, about(size, i))
  wipe(key)
  const chunk = unpad(padded)
  if (chunk.length !== chunkLength(size, i)) throw new CairnError('codec.malformed')
  return chunk
}

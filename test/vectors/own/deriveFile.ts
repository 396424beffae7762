/** Chunks of a file: docs/protocol.md section 5, "Attachments". */
import { hex, u32be, unhex, utf8 } from '#main/protocol/bytes.ts'
import { chunkBytes, chunkCount, chunkLength, chunkSeed, openChunk, sealChunk } from '#main/protocol/fileChunks.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { deleteKey, rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'

export interface FileInputs {
  secret: string
  relay: string
  /** Byte j of the file is j mod 251. */
  size: number
}

const wholeBlob = 4096

export function fileChunks(context: Context, inputs: FileInputs) {
  const { primitives } = context
  const file = { secret: unhex(inputs.secret), size: inputs.size }
  const bytes = Uint8Array.from({ length: file.size }, (_, j) => j % 251)
  return Array.from({ length: chunkCount(file.size) }, (_, i) => {
    const chunk = bytes.subarray(i * chunkBytes, i * chunkBytes + chunkLength(file.size, i))
    const blob = sealChunk(context, file, i, chunk)
    if (hex(openChunk(primitives, file, i, blob)) !== hex(chunk)) throw new Error('a chunk does not open to what was sealed')
    const seed = chunkSeed(primitives, file.secret, i)
    const places = [0, 1].map((n) => {
      const place = { hk: seed, n, relay: inputs.relay }
      return { n, w: hex(writeKey(primitives, place)), RV: rendezvousPoint(primitives, place), d: hex(deleteKey(primitives, place)) }
    })
    return {
      ...{ bytes: chunk.length, seed: hex(seed), key: hex(primitives.hmac(file.secret, utf8('cairn/1 file key'), u32be(i))), places },
      blob: blob.length <= wholeBlob ? hex(blob) : { bytes: blob.length, sha256: hex(primitives.sha256(blob)) },
    }
  })
}

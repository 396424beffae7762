/** Where the chunks of a file lie. */
import type { Primitives } from '../../protocol/primitives.ts'
import { chunkSeed } from '../../protocol/fileChunks.ts'
import { deleteKey, rendezvousPoint, writeKey, type Place } from '../../protocol/rendezvous.ts'
import type { FileRow } from '../../storage/fileStore.ts'

export interface ChunkPlace extends Place {
  rv(): string
  write(): Uint8Array
  /** Who has the file may delete its chunks: its reader as soon as they are on its disk, its author who takes it back. */
  deleteKey(): Uint8Array
}

/** Number `n` of chunk `i`'s series. */
export function chunkPlace(
  primitives: Primitives,
  { secret, relay }: Pick<FileRow, 'secret'> & { relay: string },
  i: number,
  n: number,
): ChunkPlace {
  const place: Place = { hk: chunkSeed(primitives, secret, i), n, relay }
  return {
    ...place,
    rv: () => rendezvousPoint(primitives, place),
    write: () => writeKey(primitives, place),
    deleteKey: () => deleteKey(primitives, place),
  }
}

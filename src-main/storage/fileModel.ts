/** A row of `files` as windows see it: without its secret, and with a name in which nothing hides. */
import type { MessageFile } from '#shared/contract/itemModels.ts'
import { fileDanger, savedFileName, shownFileName } from '#shared/files.ts'
import { chunkBytes, chunkCount, chunkLength } from '../protocol/fileChunks.ts'
import { countBits, hasBit } from './bits.ts'
import type { FileRow } from './fileStore.ts'

export function fileModel(row: FileRow, moving: { done?: number; speed?: number | null; error?: string | null } = {}): MessageFile {
  const { file: id, kind, type, size, width, height, seconds, state } = row
  return {
    ...{ id, kind, type, size, width, height, seconds, state },
    ...{ name: shownFileName(row.name), savedName: savedFileName(row.name), danger: fileDanger(row.name) },
    preview: row.preview !== null,
    error: moving.error ?? row.error,
    done: moving.done ?? bytesDone(row),
    speed: moving.speed ?? null,
    relay: state === 'asks' ? row.relay : null,
  }
}

/** All chunks but the last are of one length. */
export function bytesDone({ size, chunks, state }: Pick<FileRow, 'size' | 'chunks' | 'state'>): number {
  if (state === 'here' || state === 'sent') return size
  const last = chunkCount(size) - 1
  const lastBytes = hasBit(chunks, last) ? chunkLength(size, last) : 0
  return (countBits(chunks) - (hasBit(chunks, last) ? 1 : 0)) * chunkBytes + lastBytes
}

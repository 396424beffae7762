/** A file that is here, opened chunk by chunk as somebody reads it. */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { savedFileName } from '#shared/files.ts'
import type { OpenFile } from '../../appTypes.ts'
import { chunkBlobSize, chunkBytes, chunkCount, openChunk } from '../../protocol/fileChunks.ts'
import type { FileRow } from '../../storage/fileStore.ts'
import type { SealedFiles } from '../../storage/sealedFiles.ts'
import type { Core } from '../core.ts'
import { pictureType } from './content.ts'

/** All of it can be read. */
export const isHere = ({ own, state }: Pick<FileRow, 'own' | 'state'>): boolean => own || state === 'here'

export function createReading(core: Core, sealed: SealedFiles, onDamaged: (row: FileRow) => void) {
  /** Bytes `from` up to but without `to`. Errors: `file.damaged`, `file.unknown` once it is deleted, `profile.locked`. */
  async function* read(row: FileRow, from = 0, to = row.size): AsyncGenerator<Uint8Array> {
    const last = to <= from ? -1 : Math.floor((to - 1) / chunkBytes)
    for (let i = Math.floor(from / chunkBytes); i <= Math.min(last, chunkCount(row.size) - 1); i++) {
      const chunk = await chunkOf(row, i)
      const start = i * chunkBytes
      yield chunk.subarray(Math.max(0, from - start), Math.min(chunk.length, to - start))
    }
  }

  async function chunkOf(row: FileRow, i: number): Promise<Uint8Array> {
    if (!core.open) throw new CairnError('profile.locked')
    if (core.stores.files.byFile(row.file) === null) throw new CairnError('file.unknown')
    try {
      return openChunk(core.ports.primitives, row, i, await sealed.read(row.file, i, chunkBlobSize(row.size, i)))
    } catch (error) {
      if (!isCairnError(error, 'file.damaged') && !isCairnError(error, 'crypto.failed')) throw error
      core.guard('files.damage-not-kept', () => onDamaged(row))
      throw new CairnError('file.damaged', { cause: error })
    }
  }

  /** Null for what is not here. */
  function open(fileId: string, part: 'whole' | 'preview'): OpenFile | null {
    const row = core.stores.files.byFile(fileId)
    if (!row) return null
    if (part === 'preview') return row.preview && small(row.preview)
    if (!isHere(row)) return null
    return { name: savedFileName(row.name), type: row.type, size: row.size, read: (from, to) => read(row, from, to) }
  }

  return { read, open }
}

function small(bytes: Uint8Array): OpenFile {
  async function* read(from: number, to: number): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(from, to)
  }
  return { name: 'preview', type: pictureType(bytes) ?? 'application/octet-stream', size: bytes.length, read }
}

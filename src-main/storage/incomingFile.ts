/** A profile file on its way in: one at a time, piece by piece, into the folder of the profile it is to become. */
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { fileNames, makeFolder, removeFile } from './files.ts'
import { namedFileError } from './storageErrors.ts'

export interface IncomingFile {
  readonly path: string
  /** Bytes that are here. */
  readonly received: number
  /**
   * Puts a piece at its place; one that is here already is passed over.
   * Errors: `import.damaged` where pieces are missing before it, `import.too-large`, `keystore.disk-full`, `keystore.unwritable`.
   */
  append(offset: number, bytes: Uint8Array): Promise<number>
  /** Errors: `import.damaged` where something is missing. */
  finish(): Promise<void>
  /** It is gone. May be called again. */
  remove(): Promise<void>
}

/** Errors: `import.too-large`, `keystore.disk-full`, `keystore.unwritable`. */
export async function beginIncoming(dir: string, size: number): Promise<IncomingFile> {
  if (size > limits.importBytes) throw new CairnError('import.too-large')
  makeFolder(dir)
  const path = join(dir, fileNames.incoming)
  removeFile(path)
  let file: FileHandle | null = await naming(() => open(path, 'wx', 0o600))
  let received = 0

  async function close(): Promise<void> {
    const open = file
    file = null
    await open?.close()
  }

  return {
    path,
    get received() {
      return received
    },
    async append(offset, bytes) {
      if (offset + bytes.length <= received) return received
      if (file === null || offset !== received) throw new CairnError('import.damaged', { details: { reason: 'order' } })
      if (offset + bytes.length > size) throw new CairnError('import.too-large')
      const open = file
      await naming(() => open.write(bytes, 0, bytes.length, offset))
      return (received += bytes.length)
    },
    async finish() {
      if (received !== size) throw new CairnError('import.damaged', { details: { reason: 'cut' } })
      await close()
    },
    async remove() {
      await close()
      removeFile(path)
    },
  }
}

async function naming<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw namedFileError(error, fileNames.incoming)
  }
}

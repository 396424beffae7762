/**
 * The profile's folder `files`: one file for each that travels, which holds its sealed chunks one after another, each at `i × 65,536`.
 * Nothing here knows a key. What `sync` has returned from survives a power cut.
 */
import { mkdirSync } from 'node:fs'
import { open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { syncFolder } from './files.ts'
import { namedFileError } from './storageErrors.ts'

export const filesFolder = 'files'
/** Open at a time; a file that is not used makes room for one that is. */
const mostOpen = 32
const nameShape = /^[0-9a-f]{32}$/

export type SealedFiles = ReturnType<typeof createSealedFiles>

/** Every call may reject with `keystore.disk-full` or `keystore.unwritable`; reading what is not there, with `file.damaged`. */
export function createSealedFiles(profileDir: string) {
  const dir = join(profileDir, filesFolder)
  const handles = new Map<string, Promise<FileHandle>>()
  /** A write that comes late must not bring a file back. */
  const removed = new Set<string>()
  let closed = false

  const closeLater = (handle: Promise<FileHandle>): Promise<void> =>
    handle.then(
      (file) => file.close(), // waits for what is under way
      () => undefined,
    )

  function forget(name: string): Promise<void> {
    const handle = handles.get(name)
    handles.delete(name)
    return handle ? closeLater(handle) : Promise.resolve()
  }

  function handleOf(name: string, create: boolean): Promise<FileHandle> {
    if (closed || removed.has(name) || !nameShape.test(name)) return Promise.reject(new CairnError('file.unknown'))
    const known = handles.get(name)
    if (known) {
      handles.delete(name) // the last one used is the last one closed
      handles.set(name, known)
      return known
    }
    if (create) mkdirSync(dir, { recursive: true, mode: 0o700 })
    const opening = open(join(dir, name), 'r+').catch((error: unknown) => {
      if (create && isMissing(error)) return open(join(dir, name), 'wx+', 0o600)
      throw error
    })
    handles.set(name, opening)
    opening.catch(() => handles.delete(name))
    for (const oldest of [...handles.keys()].slice(0, Math.max(0, handles.size - mostOpen))) void forget(oldest)
    return opening
  }

  const named = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw namedFileError(error, name)
    }
  }

  return {
    write: (name: string, i: number, blob: Uint8Array): Promise<void> =>
      named(name, async () => {
        const file = await handleOf(name, true)
        for (let done = 0; done < blob.length;) {
          const { bytesWritten } = await file.write(blob, done, blob.length - done, i * wireLimits.blobMax + done)
          done += bytesWritten
        }
      }),

    read: (name: string, i: number, length: number): Promise<Uint8Array> =>
      named(name, async () => {
        const file = await handleOf(name, false).catch((error: unknown) => {
          throw isMissing(error) ? new CairnError('file.damaged', { cause: error }) : error
        })
        const blob = new Uint8Array(length)
        for (let done = 0; done < length;) {
          const { bytesRead } = await file.read(blob, done, length - done, i * wireLimits.blobMax + done)
          if (bytesRead === 0) throw new CairnError('file.damaged')
          done += bytesRead
        }
        return blob
      }),

    /** What was written is on the disk, and the file's name too. */
    sync: (name: string): Promise<void> =>
      named(name, async () => {
        const file = await handleOf(name, true)
        await file.datasync()
        syncFolder(dir)
      }),

    release: (name: string): void => void forget(name).catch(() => undefined),

    /** For good: a write that is still under way ends first, a later one is refused. */
    remove: (name: string): Promise<void> =>
      named(name, async () => {
        removed.add(name)
        await forget(name)
        await rm(join(dir, name), { force: true })
      }),

    /** Everything but these goes: what an interrupted step has left. */
    clear: (keep: ReadonlySet<string>): Promise<void> =>
      named(filesFolder, async () => {
        const names = await readdir(dir).catch((error: unknown) => {
          if (isMissing(error)) return []
          throw error
        })
        for (const name of names) if (!keep.has(name) && !handles.has(name)) await rm(join(dir, name), { force: true })
      }),

    close(): void {
      closed = true
      for (const name of [...handles.keys()]) void forget(name).catch(() => undefined)
    },
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** The keystore's files and how they reach the disk: what a function here has returned from survives a power cut. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Random } from '../ports.ts'
import { namingFileErrors } from './storageErrors.ts'

export const fileNames = {
  key: 'cairn.key',
  database: 'cairn.db',
  /** The database until it is complete; see `keystore.ts` for the order of steps. */
  newDatabase: 'cairn.db.new',
  lock: 'cairn.lock',
  /** Files of conversations, sealed; a folder. */
  files: 'files',
  /** That folder until the keystore it belongs to is complete. */
  newFiles: 'files.new',
  /** A profile file as it comes in, piece by piece. */
  incoming: 'cairn.import',
  /** A snapshot of the database while it goes out. */
  outgoing: 'cairn.export',
} as const

/** What an interrupted step has left behind. Never a part of a complete keystore. */
export const leftovers = {
  keyFile: /^cairn\.key\.[0-9a-f]{16}\.new$/,
  /** Only while there is no `cairn.key`: with one, `cairn.db.new` may be the database (see `keystore.ts`). */
  creation: /^cairn\.(key\.[0-9a-f]{16}\.new|db\.new(-journal|-wal|-shm)?)$/,
  /** Only of a program that has ended: what came in or went out just then. */
  passing: /^cairn\.(import|export(-journal)?)$/,
}

/** Size in bytes, or `null` if there is no such file. */
export function fileSize(path: string): number | null {
  return namingFileErrors(basename(path), () => statSync(path, { throwIfNoEntry: false })?.size ?? null)
}

/** Makes the profile's folder and those above it, for this user alone. A folder that is already there keeps its mode. */
export function makeFolder(dir: string): void {
  const highest = namingFileErrors('.', () => mkdirSync(dir, { recursive: true, mode: 0o700 }))
  if (highest === undefined) return
  for (let made = resolve(dir); made !== dirname(resolve(highest)); made = dirname(made)) syncFolder(dirname(made))
}

/** Reads at most `limit` bytes of a file. */
export function readStart(path: string, limit: number): Uint8Array {
  return namingFileErrors(basename(path), () => {
    const fd = openSync(path, 'r')
    try {
      const bytes = new Uint8Array(limit)
      return bytes.slice(0, readSync(fd, bytes, 0, limit, 0))
    } finally {
      closeSync(fd)
    }
  })
}

/** Puts `bytes` at `path` whole or not at all, readable by this user alone. A file in its place is replaced. */
export function writeAtomically(path: string, bytes: Uint8Array, random: Random): void {
  // A name of its own: two processes that write at once do not tear each other's file.
  const temporary = `${path}.${Buffer.from(random(8)).toString('hex')}.new`
  namingFileErrors(basename(path), () => {
    const fd = openSync(temporary, 'wx', 0o600)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  })
  renameDurably(temporary, path)
}

export function renameDurably(from: string, to: string): void {
  namingFileErrors(basename(to), () => renameSync(from, to))
  syncFolder(dirname(to))
}

/** Creates an empty file for this user alone; a file that is already there is left as it is, not even opened. */
export function createEmpty(path: string): void {
  namingFileErrors(basename(path), () => {
    try {
      closeSync(openSync(path, 'wx', 0o600))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  })
}

/** Cuts a file to nothing if there is anything in it; an empty one is not even opened. */
export function clearFile(path: string): void {
  if (fileSize(path) !== 0) namingFileErrors(basename(path), () => truncateSync(path, 0))
}

export function syncFile(path: string): void {
  namingFileErrors(basename(path), () => {
    const fd = openSync(path, 'r+')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  })
}

/** Makes names in the folder durable. Windows has no such call: there NTFS journals its names by itself. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  namingFileErrors('.', () => {
    const fd = openSync(dir, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  })
}

/** For the holder of the folder's lock alone. */
export function removeLeftovers(dir: string, which: RegExp): void {
  for (const name of namingFileErrors('.', () => readdirSync(dir))) if (which.test(name)) removeFile(join(dir, name))
}

export function removeFolder(path: string): void {
  namingFileErrors(basename(path), () => rmSync(path, { recursive: true, force: true }))
}

export function removeFile(path: string): void {
  namingFileErrors(basename(path), () => rmSync(path, { force: true }))
}

/** Of the regular files in the folder itself whose name fits; 0 where there is none. */
export function folderBytes(dir: string, which: RegExp): number {
  return namingFileErrors('.', () => {
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return 0
    const names = readdirSync(dir).filter((name) => which.test(name))
    const found = names.map((name) => statSync(join(dir, name), { throwIfNoEntry: false })) // some may go meanwhile
    return found.reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0)
  })
}

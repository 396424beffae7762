/**
 * `*.cairn-profile`: a whole profile in one file, for another computer or a shelf. docs/keystore.md has the layout.
 *
 * In the open at its head is only the database's key, wrapped by a passphrase of the file's own as in `cairn.key`; everything behind is one
 * sealed stream (`sealedStream.ts`) of parts: the database, and each file of `files/`. What is wrong anywhere is found before anything is made of it.
 */
import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { limits } from '#shared/contract/limits.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { concat, utf8 } from '../protocol/bytes.ts'
import { fileNames } from './files.ts'
import { keyFileLimit, unlockOf, unwrapKey, type WrapPorts } from './keyFile.ts'
import { openStream, prefixBytes, sealStream, sealedBytes, type OpenedStream, type StreamKey } from './sealedStream.ts'
import { namedFileError, namingFileErrors } from './storageErrors.ts'

const magic = utf8('CairnPrf')
const version = 1
/** Before the wrapped key: magic, version, its length. */
const fixedHead = magic.length + 3
const kinds = { end: 0, database: 1, file: 2 } as const
const hashBytes = 32
/** Names that are names on every system, and lead to no other folder. */
const safeName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const copyBytes = 64 * 1024

/** Whether a file may be in `files/`. */
export const isSafeName = (name: string): boolean => safeName.test(name) && !reserved.test(name) && !name.endsWith('.')

export const damaged = (reason: string, details: Record<string, string | number> = {}): CairnError =>
  new CairnError('import.damaged', { details: { reason, ...details } })

interface Part {
  kind: number
  name: string
  path: string
  size: number
}

const headBytes = (keyFile: Uint8Array, prefix: Uint8Array): Uint8Array =>
  concat(magic, Uint8Array.of(version, keyFile.length >> 8, keyFile.length & 0xff), keyFile, prefix)

/** A key for this file alone: the database's own is never used for anything else. */
const streamOf = (ports: Pick<WrapPorts, 'primitives'>, key: Uint8Array, head: Uint8Array): StreamKey => {
  const prefix = head.slice(-prefixBytes)
  return { primitives: ports.primitives, key: ports.primitives.hkdf(key, utf8('cairn/1 profile file'), 32, prefix), prefix, about: head }
}

/** What goes in: the snapshot at `database`, and the regular files of the profile's `files/`. */
function partsOf(dir: string, database: string): Part[] {
  const folder = join(dir, fileNames.files)
  const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder, { withFileTypes: true }) : []
  const files = names.filter((entry) => entry.isFile() && isSafeName(entry.name)).map(({ name }) => name)
  const part = (kind: number, name: string, path: string): Part => ({ kind, name, path, size: statSync(path).size })
  return [part(kinds.database, fileNames.database, database), ...files.toSorted().map((name) => part(kinds.file, name, join(folder, name)))]
}

const partHead = ({ kind, name, size }: Pick<Part, 'kind' | 'name' | 'size'>): Uint8Array => {
  const head = new Uint8Array(2 + name.length + 8)
  const view = new DataView(head.buffer)
  head.set([kind, name.length])
  head.set(utf8(name), 2)
  view.setBigUint64(2 + name.length, BigInt(size))
  return head
}

const endHead = partHead({ kind: kinds.end, name: '', size: 0 })

export interface ProfileFile {
  /** Of the whole file. */
  size: number
  /** Once. Errors: `keystore.unwritable` where a part can no longer be read, or is not what it was when the file was begun. */
  bytes(): AsyncGenerator<Uint8Array>
}

/**
 * The file for a profile: `keyFile` is the wrapped `key` of the snapshot at `database`, whose other files are in `dir`. The key is not needed any more afterwards.
 *
 * @throws `keystore.unwritable`.
 */
export function profileFile(
  ports: Pick<WrapPorts, 'primitives' | 'random'>,
  { dir, database, key, keyFile }: { dir: string; database: string; key: Uint8Array; keyFile: Uint8Array },
): ProfileFile {
  const head = headBytes(keyFile, ports.random(prefixBytes))
  const stream = streamOf(ports, key, head)
  const parts = namingFileErrors(fileNames.files, () => partsOf(dir, database))
  const plain = parts.reduce((sum, part) => sum + partHead(part).length + part.size + hashBytes, endHead.length)
  return {
    size: head.length + sealedBytes(plain),
    async *bytes() {
      try {
        yield head
        yield* sealStream(stream, plainOf(parts))
      } finally {
        stream.key.fill(0)
      }
    },
  }
}

async function* plainOf(parts: Part[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield partHead(part)
    const hash = createHash('sha256')
    for await (const bytes of contentOf(part)) {
      hash.update(bytes)
      yield bytes
    }
    yield new Uint8Array(hash.digest())
  }
  yield endHead
}

async function* contentOf({ name, path, size }: Part): AsyncGenerator<Uint8Array> {
  const file = await named(name, () => open(path, 'r'))
  try {
    let left = size
    while (left > 0) {
      const { bytesRead, buffer } = await named(name, () => file.read(new Uint8Array(Math.min(copyBytes, left)), 0))
      if (bytesRead === 0) throw new CairnError('keystore.unwritable', { details: { file: name, reason: 'shorter' } })
      yield buffer.subarray(0, bytesRead)
      left -= bytesRead
    }
  } finally {
    await file.close()
  }
}

async function named<T>(file: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw namedFileError(error, file)
  }
}

export interface OpenedProfileFile {
  /** Of the database; 32 bytes, to be wiped. */
  key: Uint8Array
  keyFile: Uint8Array
  /**
   * Writes the database to `database` and the other files into the folder `files`, which exists where there are any. Afterwards everything has
   * been checked, and the file ended where it should. Errors: `import.damaged` with the part, `import.too-large`, `keystore.disk-full`, `keystore.unwritable`.
   */
  unpack(to: { database: string; files(): string }): Promise<void>
}

/**
 * Opens the file at `path`.
 *
 * @throws `import.damaged`, `import.newer-version`, `import.wrong-passphrase`; nothing is made then.
 */
export async function openProfileFile<T>(
  path: string,
  passphrase: string,
  ports: Pick<WrapPorts, 'kdf' | 'primitives'>,
  use: (opened: OpenedProfileFile) => Promise<T>,
): Promise<T> {
  const file = await named(basename(path), () => open(path, 'r'))
  let key: Uint8Array | null = null
  try {
    const { size } = await file.stat()
    const { head, keyFile } = await readHead(file)
    key = await keyOf(keyFile, passphrase, ports)
    const stream = streamOf(ports, key, head)
    const total = size - head.length
    let part = 'head'
    const read = (at: number, length: number) => readAt(file, head.length + at, Math.min(length, total - at))
    const text = openStream(stream, { read, total, fail: () => damaged('content', { part }) })
    return await use({ key, keyFile, unpack: (to) => unpack(text, to, (now) => (part = now)) })
  } finally {
    key?.fill(0)
    await file.close()
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, length))
  const { bytesRead } = await file.read(bytes, 0, bytes.length, position)
  return bytes.subarray(0, bytesRead)
}

async function readHead(file: FileHandle): Promise<{ head: Uint8Array; keyFile: Uint8Array }> {
  const start = await readAt(file, 0, fixedHead)
  if (!magic.every((byte, i) => byte === start[i])) throw damaged('magic')
  const found = start[magic.length] ?? 0
  if (found > version) throw new CairnError('import.newer-version', { details: { found, known: version } })
  const length = (start[magic.length + 1] ?? 0) * 256 + (start[magic.length + 2] ?? 0)
  if (found !== version || length === 0 || length > keyFileLimit) throw damaged('head')
  const head = await readAt(file, 0, fixedHead + length + prefixBytes)
  if (head.length !== fixedHead + length + prefixBytes) throw damaged('cut')
  return { head, keyFile: head.slice(fixedHead, fixedHead + length) }
}

async function keyOf(keyFile: Uint8Array, passphrase: string, ports: Pick<WrapPorts, 'kdf' | 'primitives'>): Promise<Uint8Array> {
  try {
    if (unlockOf(keyFile, ports.primitives) !== 'passphrase') throw damaged('key')
    return await unwrapKey(keyFile, passphrase, ports)
  } catch (error) {
    if (isCairnError(error, 'keystore.wrong-passphrase')) throw new CairnError('import.wrong-passphrase')
    if (isCairnError(error, 'keystore.newer-version')) throw new CairnError('import.newer-version', { details: { ...error.details } })
    if (isCairnError(error, 'keystore.damaged')) throw damaged('key')
    throw error
  }
}

async function unpack(text: OpenedStream, to: { database: string; files(): string }, at: (part: string) => void): Promise<void> {
  for (let count = 0; ; count++) {
    if (count > limits.importFiles) throw new CairnError('import.too-large')
    const part = await readPart(text)
    if (part.kind === kinds.end) break
    at(part.name)
    if ((part.kind === kinds.database) !== (count === 0)) throw damaged('order', { part: part.name })
    await write(text, part, count === 0 ? to.database : join(to.files(), part.name))
    if (count === 0) at('files')
  }
  if (!(await text.ended())) throw damaged('end')
}

async function readPart(text: OpenedStream): Promise<Pick<Part, 'kind' | 'name' | 'size'>> {
  const [kind, length] = (await text.take(2)) ?? []
  const name = await text.take(length ?? 0)
  const size = await text.take(8)
  if (kind === undefined || !name || !size) throw damaged('cut')
  const part = { kind, name: new TextDecoder().decode(name), size: Number(new DataView(size.buffer).getBigUint64(0)) }
  if (part.kind === kinds.end ? part.name !== '' || part.size !== 0 : part.kind > kinds.file || !isSafeName(part.name))
    throw damaged('name')
  if (part.size > limits.importBytes) throw new CairnError('import.too-large')
  return part
}

async function write(text: OpenedStream, { name, size }: Pick<Part, 'name' | 'size'>, path: string): Promise<void> {
  const file = await create(name, path)
  try {
    const hash = createHash('sha256')
    for (let left = size; left > 0;) {
      const bytes = await text.some(Math.min(left, copyBytes))
      if (bytes === null) throw damaged('cut', { part: name })
      hash.update(bytes)
      await named(name, () => file.writeFile(bytes))
      left -= bytes.length
    }
    if (!hash.digest().equals((await text.take(hashBytes)) ?? new Uint8Array())) throw damaged('hash', { part: name })
    await named(name, () => file.sync())
  } finally {
    await file.close()
  }
}

/** Where two names are one to this system, the second is refused and replaces nothing. */
async function create(name: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw damaged('twice', { part: name })
    throw namedFileError(error, name)
  }
}

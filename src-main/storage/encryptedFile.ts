/** SQLite files in the SQLCipher 4 format: AES-256-CBC and HMAC-SHA-512 over each page, WAL included. */
import Sqlite from 'better-sqlite3'
import { CairnError } from '#shared/errors.ts'
import { fileSize, removeFile } from './files.ts'
import { namingSqliteErrors } from './storageErrors.ts'

/** `PRAGMA application_id`: tells a keystore from every other SQLite file and from an empty one. ASCII "Crn1". */
export const applicationId = 0x43726e31

const hexDigits = new TextEncoder().encode('0123456789abcdef')

/** SQLCipher's notation of a raw key, `x'…'`, made without a string: strings cannot be wiped. */
function rawKey(key: Uint8Array): Buffer {
  const notation = Buffer.alloc(3 + 2 * key.length)
  notation[0] = 0x78
  notation[1] = notation[notation.length - 1] = 0x27
  key.forEach((byte, i) => {
    notation[2 + 2 * i] = hexDigits[byte >> 4]!
    notation[3 + 2 * i] = hexDigits[byte & 15]!
  })
  return notation
}

function open(path: string, key: Uint8Array, options: Sqlite.Options): Sqlite.Database {
  return namingSqliteErrors(() => {
    const sql = new Sqlite(path, { ...options, fileMustExist: true, timeout: 0 })
    const notation = rawKey(key)
    sql.pragma(`cipher = 'sqlcipher'`)
    sql.pragma('legacy = 4')
    sql.key(notation)
    notation.fill(0)
    return sql
  })
}

/**
 * Opens the file for reading and writing as its only user. `path` is an empty file or one that `schemaVersion` accepted.
 * `key` is 32 bytes; foreign keys are not enforced yet (see `migrate`).
 *
 * @throws `keystore.in-use`, `keystore.damaged`, `keystore.unwritable`, `keystore.disk-full`.
 */
export function openEncryptedFile(path: string, key: Uint8Array): Sqlite.Database {
  const sql = open(path, key, {})
  try {
    namingSqliteErrors(() => configure(sql))
    return sql
  } catch (error) {
    sql.close()
    throw error
  }
}

function configure(sql: Sqlite.Database): void {
  // Exclusive mode keeps the file locked and the WAL's index in memory. It must come before the first access.
  sql.pragma('locking_mode = EXCLUSIVE')
  // Free pages can be given back later without rewriting the file; this has to be chosen before the first table.
  sql.pragma('auto_vacuum = INCREMENTAL')
  sql.pragma('temp_store = MEMORY')
  sql.pragma('foreign_keys = OFF')
  sql.pragma('journal_mode = WAL')
  // A commit that returned survives a power cut: the WAL is synced each time, on macOS down to the medium.
  sql.pragma('synchronous = FULL')
  sql.pragma('fullfsync = ON')
  sql.pragma('checkpoint_fullfsync = ON')
  // Dead keys: deleted rows are zeroed, and the WAL, which holds older states of pages, is cut after each checkpoint.
  sql.pragma('secure_delete = ON')
  sql.pragma('journal_size_limit = 0')
  sql.pragma('trusted_schema = OFF')
  sql.pragma('cell_size_check = ON')
}

/**
 * Looks at a keystore's database without changing it and returns its schema's version (1 or higher). A connection that may
 * write would fold the WAL into the file as it closes, even after a refusal.
 *
 * @throws `keystore.damaged` when it is none of ours under this key; `keystore.in-use`, `keystore.unwritable`.
 */
export function schemaVersion(path: string, key: Uint8Array): number {
  const hadWal = fileSize(`${path}-wal`) !== null
  try {
    const { application, version } = readIdentity(path, key)
    // SQLite takes a file cut to nothing for a new one, with zeros in both places.
    if (application === applicationId && typeof version === 'number' && version >= 1) return version
    throw new CairnError('keystore.damaged', { details: { reason: 'not-a-keystore' } })
  } finally {
    // Even reading leaves an index of the WAL, and an empty WAL; nobody else uses them while the folder is locked.
    removeFile(`${path}-shm`)
    if (!hadWal) removeFile(`${path}-wal`)
  }
}

function readIdentity(path: string, key: Uint8Array): { application: unknown; version: unknown } {
  const sql = open(path, key, { readonly: true })
  try {
    const pragma = (name: string): unknown => namingSqliteErrors(() => sql.pragma(name, { simple: true }))
    return { application: pragma('application_id'), version: pragma('user_version') }
  } finally {
    sql.close()
  }
}

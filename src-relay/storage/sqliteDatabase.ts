/** The file of `sqlite.ts`: schema, opening, statements. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { CairnError } from '#shared/errors.ts'

const schemaVersion = 1

/**
 * `live` and `blobs` go together by id; `live` is small, so that a start reads megabytes where the blobs are gigabytes. Ids grow with
 * time in every table: expiry reads from the front and needs no index on time. Only tombstones, which are too many for memory, have an
 * index on `rv`: each entry at a random place of an index costs a page written, several times the blob itself.
 */
const schema = `
  CREATE TABLE live (id INTEGER PRIMARY KEY, rv BLOB NOT NULL, storedAt INTEGER NOT NULL, deleteHash BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
  CREATE TABLE blobs (id INTEGER PRIMARY KEY, blob BLOB NOT NULL) STRICT;
  CREATE TABLE tombstones (id INTEGER PRIMARY KEY, rv BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${schemaVersion};
`

export const isSqliteError = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith(code)

/** Opens `dir/relay.db`; nobody else can have it open. Throws `keystore.in-use`, `keystore.newer-version`, `keystore.damaged`. */
export const openDatabase = (dir: string): Database.Database => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const db = new Database(join(dir, 'relay.db'), { timeout: 2000 })
  try {
    db.pragma('page_size = 16384')
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('cache_size = -65536')
    const version = db.pragma('user_version', { simple: true })
    if (version === 0) db.transaction(() => db.exec(schema)).immediate()
    else if (version !== schemaVersion) throw new CairnError('keystore.newer-version')
    return db
  } catch (error) {
    db.close()
    if (isSqliteError(error, 'SQLITE_BUSY')) throw new CairnError('keystore.in-use', { cause: error })
    if (isSqliteError(error, 'SQLITE_NOTADB') || isSqliteError(error, 'SQLITE_CORRUPT'))
      throw new CairnError('keystore.damaged', { cause: error })
    throw error
  }
}

export interface LiveRow {
  id: number
  rv: Buffer
  storedAt: number
  deleteHash: Buffer
  digest: Buffer
}

export const prepare = (db: Database.Database) => ({
  begin: db.prepare('BEGIN'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  allLive: db.prepare<[], { id: number; rv: Buffer }>('SELECT id, rv FROM live'),
  addLive: db.prepare('INSERT INTO live (id, rv, storedAt, deleteHash, digest) VALUES (?, ?, ?, ?, ?)'),
  addBlob: db.prepare('INSERT INTO blobs (id, blob) VALUES (?, ?)'),
  live: db.prepare<[number], LiveRow>('SELECT id, rv, storedAt, deleteHash, digest FROM live WHERE id = ?'),
  oldestLive: db.prepare<[number], LiveRow>('SELECT id, rv, storedAt, deleteHash, digest FROM live ORDER BY id LIMIT ?'),
  blob: db.prepare<[number], Buffer>('SELECT blob FROM blobs WHERE id = ?').pluck(),
  dropLive: db.prepare('DELETE FROM live WHERE id = ?'),
  dropBlob: db.prepare('DELETE FROM blobs WHERE id = ?'),
  bury: db.prepare('INSERT OR REPLACE INTO tombstones (rv, at, kind, digest) VALUES (?, ?, ?, ?)'),
  tombstone: db.prepare<[Uint8Array, number], { kind: number; digest: Buffer }>(
    'SELECT kind, digest FROM tombstones WHERE rv = ? AND at > ?',
  ),
  oldestTombstones: db.prepare<[number], { id: number; at: number }>('SELECT id, at FROM tombstones ORDER BY id LIMIT ?'),
  dropTombstone: db.prepare('DELETE FROM tombstones WHERE id = ?'),
  usedPages: db
    .prepare<[], number>('SELECT (SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count())')
    .pluck(),
  tombstones: db.prepare<[], number>('SELECT count(*) FROM tombstones').pluck(),
})

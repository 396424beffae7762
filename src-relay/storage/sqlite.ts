/**
 * SQLite in WAL mode with `synchronous=FULL`: a committed transaction is on the disk. One transaction for each batch.
 *
 * Blobs and tombstones are two tables, so that the pages of dropped blobs are used again; both keep the order in which rows came
 * (ascending rowid), so expiry reads from the front and needs no index on time.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { CairnError } from '#shared/errors.ts'
import type { AckOutcome, PublishOutcome, RvState } from '#shared/wire/frames.ts'
import type { StorageLimits } from '../limits.ts'
import type { Clock } from '../ports.ts'
import { digestOf, rvBytesOf, rvKeyOf } from './storage.ts'
import type { RelayStorage, RvKey, StorageOperation, StorageOutcome } from './storage.ts'

const schemaVersion = 1
const consumed = 2
const expired = 3
const kinds: Record<number, RvState> = { [consumed]: 'consumed', [expired]: 'expired' }

const schema = `
  CREATE TABLE blobs (id INTEGER PRIMARY KEY, rv BLOB NOT NULL UNIQUE, storedAt INTEGER NOT NULL, deleteHash BLOB NOT NULL, digest BLOB NOT NULL, blob BLOB NOT NULL) STRICT;
  CREATE TABLE tombstones (id INTEGER PRIMARY KEY, rv BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${schemaVersion};
`

const isSqliteError = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith(code)

/** Opens `dir/relay.db`; nobody else can have it open. Throws `keystore.in-use`, `keystore.newer-version`, `keystore.damaged`. */
const openDatabase = (dir: string): Database.Database => {
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

const prepare = (db: Database.Database) => ({
  begin: db.prepare('BEGIN'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  insert: db.prepare(
    `INSERT INTO blobs (rv, storedAt, deleteHash, digest, blob) SELECT :rv, :now, :deleteHash, :digest, :blob
     WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE rv = :rv AND at > :since) ON CONFLICT DO NOTHING`,
  ),
  digestOfBlob: db.prepare<[Uint8Array], Buffer>('SELECT digest FROM blobs WHERE rv = ?').pluck(),
  digestOfTombstone: db.prepare<[Uint8Array], Buffer>('SELECT digest FROM tombstones WHERE rv = ?').pluck(),
  storedAt: db.prepare<[Uint8Array], number>('SELECT storedAt FROM blobs WHERE rv = ?').pluck(),
  tombstone: db.prepare<[Uint8Array, number], number>('SELECT kind FROM tombstones WHERE rv = ? AND at > ?').pluck(),
  read: db.prepare<[Uint8Array, number], Buffer>('SELECT blob FROM blobs WHERE rv = ? AND storedAt > ?').pluck(),
  drop: db
    .prepare<[Uint8Array, Uint8Array, number], Buffer>(
      'DELETE FROM blobs WHERE rv = ? AND deleteHash = ? AND storedAt > ? RETURNING digest',
    )
    .pluck(),
  bury: db.prepare('INSERT OR REPLACE INTO tombstones (rv, at, kind, digest) VALUES (?, ?, ?, ?)'),
  oldest: db.prepare<[number], { id: number; rv: Buffer; storedAt: number; digest: Buffer }>(
    'SELECT id, rv, storedAt, digest FROM blobs ORDER BY id LIMIT ?',
  ),
  dropId: db.prepare('DELETE FROM blobs WHERE id = ?'),
  oldestTombstones: db.prepare<[number], { id: number; at: number }>('SELECT id, at FROM tombstones ORDER BY id LIMIT ?'),
  dropTombstone: db.prepare('DELETE FROM tombstones WHERE id = ?'),
  pages: db.prepare<[], { used: number }>(
    'SELECT (SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count()) AS used',
  ),
  counts: db.prepare<[], { blobs: number; tombstones: number }>(
    'SELECT (SELECT count(*) FROM blobs) AS blobs, (SELECT count(*) FROM tombstones) AS tombstones',
  ),
})

/** @param dir is made if it is not there; one relay at a time. */
export const createSqliteStorage = (options: { dir: string; clock: Clock; limits: StorageLimits }): RelayStorage => {
  const { clock, limits } = options
  const db = openDatabase(options.dir)
  const sql = prepare(db)
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  let used = 0 // bytes in pages that hold something, counted once a batch, and what this batch adds

  const publish = (rv: RvKey, deleteHash: Uint8Array, blob: Uint8Array, now: number): PublishOutcome | 'full' => {
    const key = rvBytesOf(rv)
    const digest = digestOf(deleteHash, blob)
    if (used + blob.length > limits.bytes) return publishedBefore(key, digest, now) ?? 'full'
    const { changes } = sql.insert.run({ rv: key, now, deleteHash, digest, blob, since: now - limits.tombstoneMs })
    if (changes === 0) return publishedBefore(key, digest, now) ?? 'conflict'
    used += blob.length
    return 'stored'
  }

  const publishedBefore = (key: Buffer, digest: Buffer, now: number): PublishOutcome | null => {
    const isBuried = sql.tombstone.get(key, now - limits.tombstoneMs) !== undefined
    const known = sql.digestOfBlob.get(key) ?? (isBuried ? sql.digestOfTombstone.get(key) : undefined)
    if (known === undefined) return null
    return known.equals(digest) ? 'same' : 'conflict'
  }

  const acknowledge = (rv: RvKey, deleteHash: Uint8Array, now: number): AckOutcome => {
    const key = rvBytesOf(rv)
    const digest = sql.drop.get(key, deleteHash, now - limits.blobMs)
    if (digest === undefined) return status(rv, now) === 'stored' ? 'refused' : 'absent'
    sql.bury.run(key, now, consumed, digest)
    return 'dropped'
  }

  const status = (rv: RvKey, now: number): RvState => {
    const key = rvBytesOf(rv)
    const storedAt = sql.storedAt.get(key)
    if (storedAt !== undefined) return now < storedAt + limits.blobMs ? 'stored' : 'expired'
    const kind = sql.tombstone.get(key, now - limits.tombstoneMs)
    return kind === undefined ? 'empty' : (kinds[kind] ?? 'consumed')
  }

  const read = (rv: RvKey, now: number): Uint8Array | null => sql.read.get(rvBytesOf(rv), now - limits.blobMs) ?? null

  const applyOne = (operation: StorageOperation, now: number, isFull: boolean): StorageOutcome => {
    switch (operation.kind) {
      case 'publish':
        if (isFull) return { kind: 'publish', result: 'full' }
        return { kind: 'publish', result: publish(operation.rv, operation.deleteHash, operation.blob, now) }
      case 'acknowledge':
        return { kind: 'acknowledge', results: operation.items.map(({ rv, deleteHash }) => acknowledge(rv, deleteHash, now)) }
      case 'status':
        return { kind: 'status', statuses: operation.rvs.map((rv) => status(rv, now)) }
      case 'read':
        return { kind: 'read', blobs: operation.rvs.map((rv) => read(rv, now)) }
    }
  }

  const inTransaction = <T>(work: () => T): T => {
    sql.begin.run()
    try {
      const answer = work()
      sql.commit.run()
      return answer
    } catch (error) {
      if (db.inTransaction) sql.rollback.run()
      throw error
    }
  }

  const applyAll = (operations: readonly StorageOperation[], isFull: boolean): StorageOutcome[] => {
    const now = clock.now()
    return inTransaction(() => {
      used = (sql.pages.get()?.used ?? 0) * pageSize
      return operations.map((operation) => applyOne(operation, now, isFull))
    })
  }

  const apply = async (operations: readonly StorageOperation[]): Promise<StorageOutcome[]> => {
    try {
      return applyAll(operations, false)
    } catch (error) {
      if (!isSqliteError(error, 'SQLITE_FULL')) throw error
      return applyAll(operations, true) // the disk is full: what only reads or makes room may still do
    }
  }

  const expire = async (limit: number): Promise<{ expired: RvKey[]; done: boolean }> => {
    const now = clock.now()
    return inTransaction(() => {
      const old = sql.oldest.all(limit).filter(({ storedAt }) => storedAt + limits.blobMs <= now)
      for (const { id, rv, digest } of old) {
        sql.dropId.run(id)
        sql.bury.run(rv, now, expired, digest)
      }
      const overdue = sql.oldestTombstones.all(limit).filter(({ at }) => at + limits.tombstoneMs <= now)
      for (const { id } of overdue) sql.dropTombstone.run(id)
      return { expired: old.map(({ rv }) => rvKeyOf(rv)), done: old.length < limit && overdue.length < limit }
    })
  }

  return {
    apply,
    expire,
    usage: async () => ({ ...(sql.counts.get() ?? { blobs: 0, tombstones: 0 }), bytes: (sql.pages.get()?.used ?? 0) * pageSize }),
    close: async () => {
      db.close()
    },
  }
}

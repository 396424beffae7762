/**
 * SQLite in WAL mode, one transaction for each batch. A batch that publishes is written through to the disk (`synchronous=FULL`). One
 * that only acknowledges is not waited for: it survives the end of the process, and if the power fails it may be undone, which brings
 * a blob back that its receiver has already; write-once holds all the same.
 *
 * The RVs of live blobs are kept in memory beside the file (about 120 bytes each).
 */
import type { AckOutcome, PublishOutcome, RvState } from '#shared/wire/frames.ts'
import type { StorageLimits } from '../limits.ts'
import type { Clock } from '../ports.ts'
import { isSqliteError, openDatabase, prepare } from './sqliteDatabase.ts'
import type { LiveRow } from './sqliteDatabase.ts'
import { digestOf, rvBytesOf, rvKeyOf } from './storage.ts'
import type { RelayStorage, RvKey, StorageOperation, StorageOutcome } from './storage.ts'

const consumed = 2
const expired = 3
/** A Map holds 2^24 entries; nobody's relay should come near. */
const maxLive = 16_000_000

/** @param dir is made if it is not there; one relay at a time. */
export const createSqliteStorage = (options: { dir: string; clock: Clock; limits: StorageLimits }): RelayStorage => {
  const { clock, limits } = options
  const db = openDatabase(options.dir)
  const sql = prepare(db)
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  db.pragma(`max_page_count = ${Math.ceil((limits.bytes + limits.reserveBytes) / pageSize)}`)
  const live = new Map<RvKey, number>()
  let nextId = 1
  for (const { id, rv } of sql.allLive.iterate()) {
    live.set(rvKeyOf(rv), id)
    nextId = id + 1
  }
  /** What the batch under way did to `live`, newest last, to undo it if the batch fails. */
  let undo: (() => void)[] = []
  /** Not more than the oldest blob's, so that most batches need not ask. */
  let oldestStoredAt = 0
  let isAnyOverdue = false
  let used = Infinity // bytes; counted when it seems to pass the limit
  let isWrittenThrough = true

  const countUsed = (): number => (sql.usedPages.get() ?? 0) * pageSize

  const mayStore = (bytes: number): boolean => {
    if (used + bytes > limits.bytes) used = countUsed()
    return used + bytes <= limits.bytes && live.size < maxLive
  }

  const tombstoneOf = (key: Buffer, now: number) => sql.tombstone.get(key, now - limits.tombstoneMs)

  const sameOrConflict = (known: Buffer, digest: Buffer): PublishOutcome => (known.equals(digest) ? 'same' : 'conflict')

  const publish = (rv: RvKey, deleteHash: Uint8Array, blob: Uint8Array, now: number): PublishOutcome | 'full' => {
    const digest = digestOf(deleteHash, blob)
    const there = live.get(rv)
    if (there !== undefined) return sameOrConflict(rowOf(there).digest, digest)
    const key = rvBytesOf(rv)
    const buried = tombstoneOf(key, now)
    if (buried !== undefined) return sameOrConflict(buried.digest, digest)
    if (!mayStore(blob.length)) return 'full'
    const id = nextId
    sql.addLive.run(id, key, now, deleteHash, digest)
    sql.addBlob.run(id, blob)
    nextId += 1
    live.set(rv, id)
    undo.push(() => live.delete(rv))
    used += blob.length
    return 'stored'
  }

  const rowOf = (id: number): LiveRow => {
    const row = sql.live.get(id)
    if (row === undefined) throw new Error('the file has lost a row that memory has')
    return row
  }

  const isOverdue = (id: number, now: number): boolean => isAnyOverdue && rowOf(id).storedAt + limits.blobMs <= now

  const bury = (rv: RvKey, row: LiveRow, kind: number, now: number): void => {
    sql.dropLive.run(row.id)
    sql.dropBlob.run(row.id)
    sql.bury.run(row.rv, now, kind, row.digest)
    live.delete(rv)
    undo.push(() => live.set(rv, row.id))
  }

  const acknowledge = (rv: RvKey, deleteHash: Uint8Array, now: number): AckOutcome => {
    const id = live.get(rv)
    if (id === undefined || isOverdue(id, now)) return 'absent'
    const row = rowOf(id)
    if (!row.deleteHash.equals(deleteHash)) return 'refused'
    bury(rv, row, consumed, now)
    return 'dropped'
  }

  const status = (rv: RvKey, now: number): RvState => {
    const id = live.get(rv)
    if (id !== undefined) return isOverdue(id, now) ? 'expired' : 'stored'
    const buried = tombstoneOf(rvBytesOf(rv), now)
    if (buried === undefined) return 'empty'
    return buried.kind === expired ? 'expired' : 'consumed'
  }

  const read = (rv: RvKey, now: number): Uint8Array | null => {
    const id = live.get(rv)
    return id === undefined || isOverdue(id, now) ? null : (sql.blob.get(id) ?? null)
  }

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
    undo = []
    sql.begin.run()
    try {
      const answer = work()
      sql.commit.run()
      return answer
    } catch (error) {
      if (db.inTransaction) sql.rollback.run()
      for (const step of undo.reverse()) step()
      throw error
    }
  }

  const writeThrough = (isWanted: boolean): void => {
    if (isWanted === isWrittenThrough) return
    db.pragma(`synchronous = ${isWanted ? 'FULL' : 'NORMAL'}`)
    isWrittenThrough = isWanted
  }

  const applyAll = (operations: readonly StorageOperation[], isFull: boolean): StorageOutcome[] => {
    const now = clock.now()
    writeThrough(operations.some(({ kind }) => kind === 'publish'))
    return inTransaction(() => {
      lookForOverdue(now)
      return operations.map((operation) => applyOne(operation, now, isFull))
    })
  }

  const lookForOverdue = (now: number): void => {
    if (oldestStoredAt + limits.blobMs > now) return
    oldestStoredAt = sql.oldestLive.get(1)?.storedAt ?? now
    isAnyOverdue = oldestStoredAt + limits.blobMs <= now
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
    writeThrough(true)
    return inTransaction(() => {
      const old = sql.oldestLive.all(limit).filter(({ storedAt }) => storedAt + limits.blobMs <= now)
      for (const row of old) bury(rvKeyOf(row.rv), row, expired, now)
      const overdue = sql.oldestTombstones.all(limit).filter(({ at }) => at + limits.tombstoneMs <= now)
      for (const { id } of overdue) sql.dropTombstone.run(id)
      return { expired: old.map(({ rv }) => rvKeyOf(rv)), done: old.length < limit && overdue.length < limit }
    })
  }

  return {
    apply,
    expire,
    size: async () => ({ blobs: live.size, bytes: countUsed() }),
    usage: async () => ({ blobs: live.size, tombstones: sql.tombstones.get() ?? 0, bytes: countUsed() }),
    close: async () => {
      db.close()
    },
  }
}

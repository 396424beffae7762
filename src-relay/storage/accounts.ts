/**
 * `accounts.db`: what the services keep. A file of its own, so that nothing in it can be joined with rendezvous points, and so that it
 * can be backed up, moved and deleted by itself. Every transaction is on the disk before it returns.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { CairnError } from '#shared/errors.ts'
import { Problem } from '../api/problem.ts'
import { accountSchema } from './accountSchema.ts'
import { directorySchema } from './directorySchema.ts'
import { keyServerSchema } from './keyServerSchema.ts'
import { registrationSchema } from './registrationSchema.ts'
import { quotaSchema } from './quotaSchema.ts'
import { userSchema } from './userSchema.ts'
import { isSqliteError } from './sqliteDatabase.ts'

type Value = null | number | string | Uint8Array

export interface AccountStatement<Row> {
  run(...values: Value[]): { changes: number; lastInsertRowid: number | bigint }
  get(...values: Value[]): Row | undefined
  all(...values: Value[]): Row[]
}

export interface AccountDatabase {
  /** Compiles once; blobs are Buffers. */
  prepare<Row = Record<string, Value>>(sql: string): AccountStatement<Row>
  /** Commits durably before it returns, or throws and leaves everything as it was. @throws Problem `unavailable` on a full disk */
  transaction<T>(work: () => T): T
  /** A copy of the database as it is, beside it or elsewhere; the services go on meanwhile. */
  backup(path: string): Promise<void>
  /** Gives free pages back to the disk. */
  compact(): void
  close(): void
}

const migrations = [[userSchema, directorySchema, registrationSchema, accountSchema, keyServerSchema].join('\n'), quotaSchema]

/** @throws `keystore.in-use`, `keystore.newer-version`, `keystore.damaged` */
export function openAccounts(dir: string): AccountDatabase {
  if (dir !== ':memory:') mkdirSync(dir, { recursive: true, mode: 0o700 })
  const db = new Database(dir === ':memory:' ? dir : join(dir, 'accounts.db'), { timeout: 2000 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('secure_delete = ON')
    migrate(db)
  } catch (error) {
    db.close()
    if (isSqliteError(error, 'SQLITE_BUSY')) throw new CairnError('keystore.in-use', { cause: error })
    if (isSqliteError(error, 'SQLITE_NOTADB') || isSqliteError(error, 'SQLITE_CORRUPT'))
      throw new CairnError('keystore.damaged', { cause: error })
    throw error
  }
  return {
    prepare: <Row>(sql: string) => db.prepare(sql) as unknown as AccountStatement<Row>,
    transaction: (work) => naming(() => db.transaction(work).immediate()),
    backup: async (path) => void (await db.backup(path)),
    compact: () => void db.pragma('incremental_vacuum'),
    close: () => db.close(),
  }
}

/** Reads a copy from end to end. @throws `keystore.damaged` */
export function checkCopy(path: string): void {
  const copy = new Database(path, { readonly: true, fileMustExist: true })
  try {
    if (copy.pragma('integrity_check', { simple: true }) !== 'ok' || copy.pragma('user_version', { simple: true }) !== migrations.length)
      throw new CairnError('keystore.damaged')
  } finally {
    copy.close()
  }
}

function migrate(db: Database.Database): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > migrations.length) throw new CairnError('keystore.newer-version')
  for (const [i, sql] of migrations.entries()) {
    if (i < version) continue
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${i + 1}`)
    }).immediate()
  }
}

const naming = <T>(work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (isSqliteError(error, 'SQLITE_FULL') || isSqliteError(error, 'SQLITE_IOERR'))
      throw new Problem('unavailable', 'the relay cannot store anything now', { 'retry-after': '60' })
    throw error
  }
}

/** A look at a relay's database while it does not run; nothing is changed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { isSqliteError } from './sqliteDatabase.ts'

export type Inspection =
  | { kind: 'none' | 'in-use' | 'newer' }
  | { kind: 'damaged'; detail: string }
  /** `newest`: Unix milliseconds of the last blob that is there, 0 if none is. */
  | { kind: 'whole'; blobs: number; newest: number }

const schemaVersion = 1

/** Throws what the system says when the file cannot be read at all. */
export const inspectDatabase = (dir: string): Inspection => {
  const path = join(dir, 'relay.db')
  if (!existsSync(path)) return { kind: 'none' }
  const db = new Database(path, { timeout: 500, fileMustExist: true })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN IMMEDIATE')
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version > schemaVersion) return { kind: 'newer' }
    const said = String(db.pragma('integrity_check(1)', { simple: true }))
    if (said !== 'ok') return { kind: 'damaged', detail: said.slice(0, 200) }
    if (version === 0) return { kind: 'whole', blobs: 0, newest: 0 }
    const row = db
      .prepare<[], { blobs: number; newest: number | null }>('SELECT count(*) AS blobs, max(storedAt) AS newest FROM live')
      .get()
    return { kind: 'whole', blobs: row?.blobs ?? 0, newest: row?.newest ?? 0 }
  } catch (error) {
    if (isSqliteError(error, 'SQLITE_BUSY')) return { kind: 'in-use' }
    if (isSqliteError(error, 'SQLITE_NOTADB') || isSqliteError(error, 'SQLITE_CORRUPT'))
      return { kind: 'damaged', detail: error instanceof Error ? error.message : 'unknown' }
    throw error
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK')
    db.close()
  }
}

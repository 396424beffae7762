/** One process per profile. */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { clearFile, createEmpty, fileNames } from './files.ts'
import { namingSqliteErrors } from './storageErrors.ts'

/**
 * Takes the folder for this process; the answer gives it back. Node cannot lock files and SQLite can, on every platform and
 * so that the system lets go when the process dies: an SQLite transaction that never writes is held on an empty file.
 * It also guards the time before there is a database, when two processes could create one.
 *
 * Nothing in this process may open `cairn.lock` or `cairn.db` in another way while it is held: closing any descriptor of a
 * file drops the process's POSIX locks on it (fcntl(2)).
 *
 * @throws `keystore.in-use` at once when another process, or this one, holds it; `keystore.unwritable`.
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, fileNames.lock)
  createEmpty(path)
  clearFile(path)
  const sql = namingSqliteErrors(() => new Sqlite(path, { timeout: 0 }))
  try {
    // SQLite writes a journal ahead of a file's first page; in memory it leaves nothing behind if the holder is killed.
    namingSqliteErrors(() => sql.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'))
  } catch (error) {
    sql.close()
    throw error
  }
  return () => void sql.close()
}

/** Names for what SQLite and the file system refuse. Error texts never hold values, so they travel as `cause`. */
import { CairnError, type ErrorCode } from '#shared/errors.ts'

/** First match wins; SQLite's extended codes begin with the primary one (sqlite.org/rescode.html). */
const sqliteCodes: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'keystore.disk-full'],
  // The index of the WAL could not grow.
  ['SQLITE_IOERR_SHMSIZE', 'keystore.disk-full'],
  ['SQLITE_BUSY', 'keystore.in-use'],
  ['SQLITE_CORRUPT', 'keystore.damaged'],
  ['SQLITE_NOTADB', 'keystore.damaged'],
  // Pages that end too early or fail their checksum are damage, although SQLite files them under I/O.
  ['SQLITE_IOERR_SHORT_READ', 'keystore.damaged'],
  ['SQLITE_IOERR_CORRUPTFS', 'keystore.damaged'],
  ['SQLITE_IOERR_DATA', 'keystore.damaged'],
  ['SQLITE_READONLY', 'keystore.unwritable'],
  ['SQLITE_CANTOPEN', 'keystore.unwritable'],
  ['SQLITE_IOERR', 'keystore.unwritable'],
]

const diskFull: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** The `CairnError` for an error of SQLite, or the error as it is when it has no name (constraints, wrong SQL). */
export function namedSqliteError(error: unknown): unknown {
  if (error instanceof CairnError) return error
  const reason = systemCode(error)
  const match = reason === undefined ? undefined : sqliteCodes.find(([prefix]) => reason.startsWith(prefix))
  return match === undefined || reason === undefined ? error : new CairnError(match[1], { cause: error, details: { reason } })
}

/** The `CairnError` for a failed file operation on `file`, or the error as it is when it is not one of the system's. */
export function namedFileError(error: unknown, file: string): unknown {
  const reason = systemCode(error)
  if (error instanceof CairnError || reason === undefined || !/^E[A-Z0-9]+$/.test(reason)) return error
  return new CairnError(diskFull.has(reason) ? 'keystore.disk-full' : 'keystore.unwritable', { cause: error, details: { reason, file } })
}

/** Runs `step`, naming what SQLite refuses. */
export function namingSqliteErrors<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw namedSqliteError(error)
  }
}

/** Runs `step` on `file` (a name, not a path), naming what the file system refuses. */
export function namingFileErrors<T>(file: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw namedFileError(error, file)
  }
}

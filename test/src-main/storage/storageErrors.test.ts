import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { CairnError } from '#shared/errors.ts'
import { namedFileError, namedSqliteError } from '#main/storage/storageErrors.ts'

test.each([
  ['SQLITE_FULL', 'keystore.disk-full'],
  ['SQLITE_IOERR_SHMSIZE', 'keystore.disk-full'],
  ['SQLITE_BUSY', 'keystore.in-use'],
  ['SQLITE_BUSY_RECOVERY', 'keystore.in-use'],
  ['SQLITE_CORRUPT', 'keystore.damaged'],
  ['SQLITE_CORRUPT_INDEX', 'keystore.damaged'],
  ['SQLITE_NOTADB', 'keystore.damaged'],
  ['SQLITE_IOERR_SHORT_READ', 'keystore.damaged'],
  ['SQLITE_IOERR_CORRUPTFS', 'keystore.damaged'],
  ['SQLITE_READONLY_DBMOVED', 'keystore.unwritable'],
  ['SQLITE_CANTOPEN', 'keystore.unwritable'],
  ['SQLITE_IOERR', 'keystore.unwritable'],
  ['SQLITE_IOERR_FSYNC', 'keystore.unwritable'],
])('%s is %s', (reason, code) => {
  const cause = new Sqlite.SqliteError('failed', reason)
  expect(namedSqliteError(cause)).toMatchObject({ name: 'CairnError', code, cause, details: { reason } })
})

test.each(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_ERROR', 'SQLITE_MISUSE'])('%s has no name and stays what it is', (reason) => {
  const error = new Sqlite.SqliteError('failed', reason)
  expect(namedSqliteError(error)).toBe(error)
})

test.each([
  ['ENOSPC', 'keystore.disk-full'],
  ['EDQUOT', 'keystore.disk-full'],
  ['EACCES', 'keystore.unwritable'],
  ['EROFS', 'keystore.unwritable'],
  ['EIO', 'keystore.unwritable'],
])('%s of a file is %s', (reason, code) => {
  const cause = Object.assign(new Error('failed'), { code: reason })
  expect(namedFileError(cause, 'cairn.key')).toMatchObject({ name: 'CairnError', code, cause, details: { reason, file: 'cairn.key' } })
})

test('errors that are no failure of the disk stay what they are', () => {
  for (const error of [
    new TypeError('x'),
    Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }),
    new CairnError('keystore.exists'),
    'x',
  ]) {
    expect(namedSqliteError(error)).toBe(error)
    expect(namedFileError(error, 'cairn.key')).toBe(error)
  }
})

import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applicationId, openEncryptedFile, schemaVersion } from '#main/storage/encryptedFile.ts'
import { latestVersion, migrate, migrations } from '#main/storage/migrations.ts'
import { random, temporaryFolder } from '#test/support/profileFolder.ts'
import { decryptPages } from '#test/support/sqlcipherPages.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string
const key = random(32)
const secret = 'a chain key that is used up'

beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, 'test.db')
  closeSync(openSync(path, 'wx'))
})
afterEach(() => folder.remove())

/** Does `work` on a migrated file and closes it. */
function withFile(work: (sql: ReturnType<typeof openEncryptedFile>) => void): void {
  const sql = openEncryptedFile(path, key)
  migrate(sql)
  work(sql)
  sql.close()
}

test('is SQLCipher 4 under the raw key, to the byte', () => {
  withFile((sql) => sql.prepare('INSERT INTO meta VALUES (?, ?)').run('a', Buffer.from(secret)))
  const [first, ...others] = decryptPages(path, key)
  // The salt has the place of "SQLite format 3\0"; at 68 of the file's header is the application id (sqlite.org/fileformat2.html).
  expect(first!.readUInt32BE(68 - 16)).toBe(applicationId)
  expect(others.some((page) => page.includes(secret))).toBe(true)
  expect(() => decryptPages(path, random(32))).toThrow('MAC')
})

test.each([
  ['deleted', `DELETE FROM meta WHERE key = 'a'`],
  ['replaced', `UPDATE meta SET value = x'00' WHERE key = 'a'`],
])('a %s value is overwritten, not only forgotten', (_, change) => {
  withFile((sql) => {
    sql.prepare('INSERT INTO meta VALUES (?, ?)').run('a', Buffer.from(secret))
    sql.pragma('wal_checkpoint(TRUNCATE)')
    sql.exec(change)
  })
  expect(decryptPages(path, key).filter((page) => page.includes(secret))).toEqual([])
})

test('its version is read without changing it, and only under its key', () => {
  withFile(() => undefined)
  expect(schemaVersion(path, key)).toBe(latestVersion(migrations))
  expect(() => schemaVersion(path, random(32))).toThrow(expect.objectContaining({ code: 'keystore.damaged' }))
})

/** The database of the services as an earlier or a later relay has left it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { accountSchema } from '#relay/storage/accountSchema.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { directorySchema } from '#relay/storage/directorySchema.ts'
import { keyServerSchema } from '#relay/storage/keyServerSchema.ts'
import { createQuotaStore } from '#relay/storage/quotaStore.ts'
import { registrationSchema } from '#relay/storage/registrationSchema.ts'
import { userSchema } from '#relay/storage/userSchema.ts'
import { createUserStore } from '#relay/storage/userStore.ts'

function withDatabase(make: (db: Database.Database) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-accounts-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const db = new Database(join(dir, 'accounts.db'))
  make(db)
  db.close()
  return dir
}

test('one of the first version is moved forward, with all that is in it', () => {
  const dir = withDatabase((db) => {
    db.exec([userSchema, directorySchema, registrationSchema, accountSchema, keyServerSchema].join('\n'))
    db.prepare('INSERT INTO users (code, ecdh_key, eddsa_key, created_at) VALUES (?, ?, ?, 1)').run(
      'E011T7D',
      Buffer.alloc(32, 1),
      Buffer.alloc(32, 2),
    )
    db.pragma('user_version = 1')
  })
  for (const time of ['first', 'second']) {
    const db = openAccounts(dir)
    expect([time, createUserStore(db).byCode('E011T7D')?.createdAt]).toEqual([time, 1])
    const quotas = createQuotaStore(db)
    expect(quotas.all()).toEqual(time === 'first' ? [] : [{ kind: 'user', name: 'E011T7D', factor: 2 }])
    db.transaction(() => quotas.set({ kind: 'user', name: 'E011T7D', factor: 2 }))
    db.close()
  }
})

test('one of a later version is refused and left as it is', () => {
  const dir = withDatabase((db) => {
    db.exec('CREATE TABLE later (a INTEGER) STRICT')
    db.pragma('user_version = 1000')
  })
  expect(() => openAccounts(dir)).toThrow('keystore.newer-version')
  const db = new Database(join(dir, 'accounts.db'), { readonly: true })
  onTestFinished(() => void db.close())
  expect(db.pragma('user_version', { simple: true })).toBe(1000)
  expect(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()).toEqual(['later'])
})

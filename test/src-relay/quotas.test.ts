/** Whose rates differ: by client_id, by code, by the id of an account. */
import { expect, onTestFinished, test } from 'vitest'
import { quota } from '#relay/adminQuota.ts'
import { readQuotas } from '#relay/quotas.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { createAccountStore } from '#relay/storage/accountStore.ts'
import { createKeyStore } from '#relay/storage/keyStore.ts'
import { createUserStore } from '#relay/storage/userStore.ts'

const [ours, elsewhere] = ['a1'.repeat(16), 'b2'.repeat(16)]

/** A user with an account, and a key of an account of which only another process knows the code. */
function open() {
  const db = openAccounts(':memory:')
  onTestFinished(() => db.close())
  const user = createUserStore(db).insert('E011T7D', new Uint8Array(32).fill(1), new Uint8Array(32).fill(2), 1)
  const auth = { authSalt: Buffer.alloc(16), authHash: Buffer.alloc(32) }
  createAccountStore(db).insert({ userID: ours, directoryUser: user?.id ?? 0, host: 'relay.example', ...auth }, 1)
  createKeyStore(db).insert(elsewhere, { encryptedPrivateKey: Buffer.alloc(100), iv: Buffer.alloc(24), salt: Buffer.alloc(16) })
  return db
}

test('what is set for a user counts for their account, and for nobody else', () => {
  const db = open()
  quota(db, 'user e0iit7d 0.5')
  const { user, account, device } = readQuotas(db)
  expect([user('E011T7D'), account(ours), account(elsewhere), device('E011T7D')]).toEqual([0.5, 0.5, 1, 1])
})

test('a key server of its own has them by the id of the account', () => {
  const db = open()
  expect(quota(db, `user ${elsewhere} off`)).toEqual([`user ${elsewhere}: off; from the next start on`])
  const { account } = readQuotas(db)
  expect([account(elsewhere), account(ours), account('c3'.repeat(16))]).toEqual([0, 1, 1])
  expect(() => quota(db, `user ${'c3'.repeat(16)} off`)).toThrow('nobody has the code')
  expect(quota(db, `user ${elsewhere} default`)).toEqual([`user ${elsewhere}: as everybody again`])
  expect(quota(db, `user ${elsewhere} default`)).toEqual([`user ${elsewhere}: nothing was set`])
})

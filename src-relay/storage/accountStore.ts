/** Accounts, their sessions and access tokens. Everything in the caller's transaction. */
import type { AccountDatabase } from './accounts.ts'

export interface Account {
  id: number
  userID: string
  directoryUser: number
  host: string
  authSalt: Uint8Array
  authHash: Uint8Array
  publicKey: Uint8Array | null
  changeAnnounced: Uint8Array | null
  changeApplied: Uint8Array | null
}

interface AccountRow {
  id: number
  user_id: string
  directory_user: number
  host: string
  auth_salt: Buffer
  auth_hash: Buffer
  public_key: Buffer | null
  change_announced: Buffer | null
  change_applied: Buffer | null
}

const toAccount = (row: AccountRow): Account => ({
  ...{ id: row.id, userID: row.user_id, directoryUser: row.directory_user, host: row.host },
  ...{ authSalt: row.auth_salt, authHash: row.auth_hash, publicKey: row.public_key },
  ...{ changeAnnounced: row.change_announced, changeApplied: row.change_applied },
})

type NewAccount = Pick<Account, 'userID' | 'directoryUser' | 'host' | 'authSalt' | 'authHash'>

export function createAccountStore(db: AccountDatabase) {
  const sql = {
    insert: db.prepare('INSERT INTO accounts (user_id, directory_user, host, auth_salt, auth_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)'),
    byId: db.prepare<AccountRow>('SELECT * FROM accounts WHERE id = ?'),
    byUserID: db.prepare<AccountRow>('SELECT * FROM accounts WHERE user_id = ?'),
    byDirectoryUser: db.prepare<AccountRow>('SELECT * FROM accounts WHERE directory_user = ?'),
    setPublicKey: db.prepare('UPDATE accounts SET public_key = ? WHERE id = ?'),
    announce: db.prepare('UPDATE accounts SET change_announced = ? WHERE id = ?'),
    setAuth: db.prepare('UPDATE accounts SET auth_salt = ?, auth_hash = ?, change_applied = ?, change_announced = NULL WHERE id = ?'),
    remove: db.prepare('DELETE FROM accounts WHERE id = ?'),
    useNonce: db.prepare('INSERT OR IGNORE INTO account_nonces (nonce, expires) VALUES (?, ?)'),
    endNonces: db.prepare('DELETE FROM account_nonces WHERE expires <= ?'),
  }
  const one = (row: AccountRow | undefined): Account | null => (row ? toAccount(row) : null)

  return {
    insert: ({ userID, directoryUser, host, authSalt, authHash }: NewAccount, now: number) =>
      void sql.insert.run(userID, directoryUser, host, authSalt, authHash, now),
    byId: (id: number) => one(sql.byId.get(id)),
    byUserID: (userID: string) => one(sql.byUserID.get(userID)),
    byDirectoryUser: (id: number) => one(sql.byDirectoryUser.get(id)),
    setPublicKey: (id: number, publicKey: Uint8Array) => void sql.setPublicKey.run(publicKey, id),
    /** The change that the next new password must belong to. */
    announceChange: (id: number, change: Uint8Array) => void sql.announce.run(change, id),
    setAuth: (id: number, auth: Pick<Account, 'authSalt' | 'authHash'>, change: Uint8Array) =>
      void sql.setAuth.run(auth.authSalt, auth.authHash, change, id),
    /** With sessions and tokens. */
    remove: (id: number) => void sql.remove.run(id),
    /** False where it was used before. */
    useNonce: (nonce: Uint8Array, expires: number) => sql.useNonce.run(nonce, expires).changes === 1,
    sweep: (now: number) => void sql.endNonces.run(now),
  }
}

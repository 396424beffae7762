/** Sessions and access tokens of accounts, by the hash of what their holder shows. Everything in the caller's transaction. */
import type { AccountDatabase } from './accounts.ts'

export interface Session {
  hash: Uint8Array
  account: number
  isSecured: boolean
  challengeHash: Uint8Array | null
  challengeExpires: number
  createdAt: number
  usedAt: number
}

interface SessionRow {
  hash: Buffer
  account: number
  secured: number
  challenge_hash: Buffer | null
  challenge_expires: number | null
  created_at: number
  used_at: number
}

interface TokenRow {
  account: number
  operation: string
  expires: number
}

const toSession = (row: SessionRow): Session => ({
  ...{ hash: row.hash, account: row.account, isSecured: row.secured === 1, createdAt: row.created_at, usedAt: row.used_at },
  ...{ challengeHash: row.challenge_hash, challengeExpires: row.challenge_expires ?? 0 },
})

export function createSessionStore(db: AccountDatabase) {
  const sql = {
    insert: db.prepare('INSERT INTO account_sessions (hash, account, created_at, used_at) VALUES (?, ?, ?, ?)'),
    // the oldest beyond so many of one account
    trim: db.prepare(
      'DELETE FROM account_sessions WHERE hash IN (SELECT hash FROM account_sessions WHERE account = ? ORDER BY used_at DESC, created_at DESC LIMIT -1 OFFSET ?)',
    ),
    byHash: db.prepare<SessionRow>('SELECT * FROM account_sessions WHERE hash = ?'),
    touch: db.prepare('UPDATE account_sessions SET used_at = ? WHERE hash = ?'),
    challenge: db.prepare('UPDATE account_sessions SET challenge_hash = ?, challenge_expires = ? WHERE hash = ?'),
    answered: db.prepare('UPDATE account_sessions SET challenge_hash = NULL, challenge_expires = NULL, secured = ? WHERE hash = ?'),
    remove: db.prepare('DELETE FROM account_sessions WHERE hash = ?'),
    removeOthers: db.prepare('DELETE FROM account_sessions WHERE account = ? AND hash <> ?'),
    end: db.prepare('DELETE FROM account_sessions WHERE created_at <= ? OR used_at <= ?'),
    insertToken: db.prepare('INSERT INTO access_tokens (hash, account, operation, expires) VALUES (?, ?, ?, ?)'),
    takeToken: db.prepare<TokenRow>('DELETE FROM access_tokens WHERE hash = ? RETURNING account, operation, expires'),
    removeTokens: db.prepare('DELETE FROM access_tokens WHERE account = ?'),
    endTokens: db.prepare('DELETE FROM access_tokens WHERE expires <= ?'),
  }

  return {
    insert(hash: Uint8Array, account: number, now: number, most: number): void {
      sql.insert.run(hash, account, now, now)
      sql.trim.run(account, most)
    },
    byHash(hash: Uint8Array): Session | null {
      const row = sql.byHash.get(hash)
      return row ? toSession(row) : null
    },
    touch: (hash: Uint8Array, now: number) => void sql.touch.run(now, hash),
    challenge: (hash: Uint8Array, challengeHash: Uint8Array, expires: number) => void sql.challenge.run(challengeHash, expires, hash),
    /** The challenge is gone, whatever came of it. */
    answered: (hash: Uint8Array, isSecured: boolean) => void sql.answered.run(isSecured ? 1 : 0, hash),
    remove: (hash: Uint8Array) => void sql.remove.run(hash),
    /** Every other session of the account, and every access token. */
    removeOthers(account: number, hash: Uint8Array): void {
      sql.removeOthers.run(account, hash)
      sql.removeTokens.run(account)
    },
    insertToken: (hash: Uint8Array, account: number, operation: string, expires: number) =>
      void sql.insertToken.run(hash, account, operation, expires),
    /** Gone with the asking, whatever it was for. */
    takeToken: (hash: Uint8Array): TokenRow | null => sql.takeToken.get(hash) ?? null,
    sweep(now: number, createdBefore: number, usedBefore: number): void {
      sql.end.run(createdBefore, usedBefore)
      sql.endTokens.run(now)
    },
  }
}

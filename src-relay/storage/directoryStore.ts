/** Frames that wait for their recipients, and nonces that were used. Each call belongs into a transaction of the caller's. */
import type { AccountDatabase } from './accounts.ts'

export interface WaitingFrame {
  id: number
  /** As it came. */
  frame: string
}

export function createDirectoryStore(db: AccountDatabase) {
  const sql = {
    add: db.prepare('INSERT INTO directory_frames (sender, recipient, frame, stored_at) VALUES (?, ?, ?, ?)'),
    waiting: db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM directory_frames WHERE recipient = ?'),
    waitingFrom: db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM directory_frames WHERE sender = ? AND recipient = ?'),
    total: db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM directory_frames'),
    after: db.prepare<WaitingFrame>('SELECT id, frame FROM directory_frames WHERE recipient = ? AND id > ? ORDER BY id LIMIT ?'),
    confirm: db.prepare('DELETE FROM directory_frames WHERE recipient = ? AND id <= ?'),
    expireFrames: db.prepare('DELETE FROM directory_frames WHERE stored_at < ?'),
    takeNonce: db.prepare('INSERT OR IGNORE INTO directory_nonces (user, nonce, expires_at) VALUES (?, ?, ?)'),
    expireNonces: db.prepare('DELETE FROM directory_nonces WHERE expires_at < ?'),
    signsFresh: db.prepare('SELECT 1 FROM directory_fresh_signers WHERE user = ?'),
    setSignsFresh: db.prepare('INSERT OR IGNORE INTO directory_fresh_signers (user) VALUES (?)'),
    forget: [
      db.prepare('DELETE FROM directory_frames WHERE recipient = ?'),
      db.prepare('DELETE FROM directory_frames WHERE sender = ?'),
      db.prepare('DELETE FROM directory_nonces WHERE user = ?'),
      db.prepare('DELETE FROM directory_fresh_signers WHERE user = ?'),
      db.prepare("DELETE FROM quotas WHERE kind = 'user' AND name = (SELECT code FROM users WHERE id = ?)"),
    ],
  }
  /** Counted anew with each expiry; what a transaction takes back stays counted until then. */
  let total: number | null = null
  const count = (): number => (total ??= sql.total.get()?.n ?? 0)

  return {
    add(sender: number, recipient: number, frame: string, now: number): void {
      total = count() + 1
      sql.add.run(sender, recipient, frame, now)
    },
    /** Of this recipient; of this sender for this recipient. */
    waiting: (recipient: number) => sql.waiting.get(recipient)?.n ?? 0,
    waitingFrom: (sender: number, recipient: number) => sql.waitingFrom.get(sender, recipient)?.n ?? 0,
    total: count,
    /** The oldest first. */
    after: (recipient: number, id: number, limit: number) => sql.after.all(recipient, id, limit),
    confirm(recipient: number, upTo: number): void {
      total = count() - sql.confirm.run(recipient, upTo).changes
    },
    /** False: it was taken before. */
    takeNonce: (user: number, nonce: Uint8Array, expiresAt: number) => sql.takeNonce.run(user, nonce, expiresAt).changes === 1,
    signsFresh: (user: number) => sql.signsFresh.get(user) !== undefined,
    setSignsFresh: (user: number) => void sql.setSignsFresh.run(user),
    expire(framesBefore: number, now: number): void {
      sql.expireFrames.run(framesBefore)
      sql.expireNonces.run(now)
      total = null
    },
    /** What the user sent and what waits for it, and what was set for it. */
    forget(user: number): void {
      for (const statement of sql.forget) statement.run(user)
      total = null
    },
  }
}

export type DirectoryStore = ReturnType<typeof createDirectoryStore>

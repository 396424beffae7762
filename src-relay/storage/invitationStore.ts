/** Invitations that were used. No user stands beside them. */
import type { AccountDatabase } from './accounts.ts'

export function createInvitationStore(db: AccountDatabase) {
  const sql = {
    use: db.prepare('INSERT OR IGNORE INTO used_invitations (hash, expires) VALUES (?, ?)'),
    expire: db.prepare('DELETE FROM used_invitations WHERE expires <= ?'),
  }
  return {
    /** False where it was used before; in the caller's transaction. */
    use: (hash: Uint8Array, expires: number): boolean => sql.use.run(hash, expires).changes === 1,
    expire: (now: number) => void sql.expire.run(now),
  }
}

export type InvitationStore = ReturnType<typeof createInvitationStore>

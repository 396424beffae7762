/** What an operator has set for single devices and users. */
import type { AccountDatabase } from './accounts.ts'

export interface Quota {
  kind: 'device' | 'user'
  name: string
  /** Of the usual rates; 0: nothing at all. */
  factor: number
}

export function createQuotaStore(db: AccountDatabase) {
  const sql = {
    all: db.prepare<Quota>('SELECT kind, name, factor FROM quotas ORDER BY kind, name'),
    set: db.prepare(
      'INSERT INTO quotas (kind, name, factor) VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET factor = excluded.factor',
    ),
    remove: db.prepare('DELETE FROM quotas WHERE kind = ? AND name = ?'),
    codeOf: db.prepare<{ code: string }>('SELECT u.code FROM accounts a JOIN users u ON u.id = a.directory_user WHERE a.user_id = ?'),
    hasKey: db.prepare('SELECT 1 FROM private_keys WHERE user_id = ?'),
  }
  return {
    all: (): Quota[] => sql.all.all(),
    set: ({ kind, name, factor }: Quota) => void sql.set.run(kind, name, factor),
    /** False: there was none. */
    remove: (kind: Quota['kind'], name: string): boolean => sql.remove.run(kind, name).changes > 0,
    /** Of the user whose account has this id; null at a key server of another process. */
    codeOf: (userID: string): string | null => sql.codeOf.get(userID)?.code ?? null,
    hasKey: (userID: string): boolean => sql.hasKey.get(userID) !== undefined,
  }
}

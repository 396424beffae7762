/** What an operator looks at and ends, over all services. */
import type { AccountDatabase } from './accounts.ts'

export interface ListedUser {
  code: string
  name: string | null
  created_at: number
  /** The account's id; null: none. */
  account: string | null
  /** Bytes; null: none at this key server. */
  backup: number | null
  /** Frames that wait. */
  waiting: number
}

export interface ListedDevice {
  client_id: string
  registered_at: number
  last_seen: number | null
}

export function createAdminStore(db: AccountDatabase) {
  const sql = {
    users: db.prepare<ListedUser>(
      `SELECT u.code, u.name, u.created_at, a.user_id AS account, length(b.blob) AS backup,
       (SELECT count(*) FROM directory_frames WHERE recipient = u.id) AS waiting
       FROM users u LEFT JOIN accounts a ON a.directory_user = u.id LEFT JOIN backups b ON b.user_id = a.user_id
       WHERE u.deleted_at IS NULL ORDER BY u.id`,
    ),
    devices: db.prepare<ListedDevice>(
      'SELECT client_id, registered_at, last_seen FROM devices WHERE client_key IS NOT NULL ORDER BY registered_at, client_id',
    ),
    endSessions: db.prepare('DELETE FROM account_sessions WHERE account = (SELECT id FROM accounts WHERE directory_user = ?)'),
    endTokens: db.prepare('DELETE FROM access_tokens WHERE account = (SELECT id FROM accounts WHERE directory_user = ?)'),
    dropDevice: db.prepare('DELETE FROM devices WHERE client_id = ?'),
  }
  return {
    users: (): ListedUser[] => sql.users.all(),
    devices: (): ListedDevice[] => sql.devices.all(),
    /** How many sessions there were. */
    endSessions(user: number): number {
      sql.endTokens.run(user)
      return sql.endSessions.run(user).changes
    },
    dropDevice: (clientId: string): boolean => sql.dropDevice.run(clientId).changes > 0,
  }
}

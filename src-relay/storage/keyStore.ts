/** Encrypted private keys and backups of the key server. Everything in the caller's transaction. */
import type { AccountDatabase } from './accounts.ts'

export interface EncryptedKey {
  encryptedPrivateKey: Uint8Array
  iv: Uint8Array
  salt: Uint8Array
}

export interface StoredKey extends EncryptedKey {
  /** Hash of the change that brought it. */
  change: Uint8Array | null
  pendingChange: Uint8Array | null
}

interface KeyRow {
  encrypted_private_key: Buffer
  iv: Buffer
  salt: Buffer
  change: Buffer | null
  pending_change: Buffer | null
}

interface BackupRow {
  counter: number
  blob: Buffer | null
}

export function createKeyStore(db: AccountDatabase) {
  const noPending = 'pending_key = NULL, pending_iv = NULL, pending_salt = NULL, pending_change = NULL'
  const sql = {
    insert: db.prepare('INSERT OR IGNORE INTO private_keys (user_id, encrypted_private_key, iv, salt) VALUES (?, ?, ?, ?)'),
    get: db.prepare<KeyRow>('SELECT * FROM private_keys WHERE user_id = ?'),
    setPending: db.prepare(
      'UPDATE private_keys SET pending_key = ?, pending_iv = ?, pending_salt = ?, pending_change = ? WHERE user_id = ?',
    ),
    apply: db.prepare(
      `UPDATE private_keys SET encrypted_private_key = pending_key, iv = pending_iv, salt = pending_salt, change = pending_change, ${noPending}
       WHERE user_id = ? AND pending_change IS NOT NULL`,
    ),
    remove: db.prepare('DELETE FROM private_keys WHERE user_id = ?'),
    backup: db.prepare<BackupRow>('SELECT counter, blob FROM backups WHERE user_id = ?'),
    putBackup: db.prepare(
      'INSERT INTO backups (user_id, counter, blob) VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET counter = excluded.counter, blob = excluded.blob',
    ),
    emptyBackup: db.prepare('UPDATE backups SET blob = NULL WHERE user_id = ?'),
    removeBackup: db.prepare('DELETE FROM backups WHERE user_id = ?'),
  }

  return {
    /** False where there is one already. */
    insert: (userID: string, { encryptedPrivateKey, iv, salt }: EncryptedKey) =>
      sql.insert.run(userID, encryptedPrivateKey, iv, salt).changes === 1,
    get(userID: string): StoredKey | null {
      const row = sql.get.get(userID)
      if (!row) return null
      const { encrypted_private_key, iv, salt, change, pending_change } = row
      return { encryptedPrivateKey: encrypted_private_key, iv, salt, change, pendingChange: pending_change }
    },
    setPending: (userID: string, { encryptedPrivateKey, iv, salt }: EncryptedKey, change: Uint8Array) =>
      void sql.setPending.run(encryptedPrivateKey, iv, salt, change, userID),
    /** The pending key takes the present one's place. */
    apply: (userID: string) => void sql.apply.run(userID),
    /** Null: there was never one; with a blob of null: it was deleted. */
    backup: (userID: string) => sql.backup.get(userID) ?? null,
    putBackup: (userID: string, counter: number, blob: Uint8Array) => void sql.putBackup.run(userID, counter, blob),
    emptyBackup: (userID: string) => void sql.emptyBackup.run(userID),
    remove(userID: string): void {
      sql.remove.run(userID)
      sql.removeBackup.run(userID)
    },
  }
}

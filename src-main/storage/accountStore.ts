/** The own account with its backup, directory users, and this computer as a device of sealed APIs. */
import type { Database } from './database.ts'
import { assignments, blob, blobOrNull, type Row } from './rows.ts'

export interface DirectoryUser {
  relay: string
  code: string
  /** Handed out, and what an account stands on. */
  own: boolean
  /** Ed25519 seed. */
  eddsa: Uint8Array
  /** X25519 secret. */
  ecdh: Uint8Array
  since: number
}

export interface DeviceRow {
  address: string
  clientId: string
  secret: Uint8Array
  serverKey: Uint8Array
  apiKey: string
}

export interface AccountRow {
  key_server: string
  /** Empty until the server has said it. */
  user_id: string
  kem_key: Uint8Array
  kem_secret: Uint8Array
  dh_secret: Uint8Array
  auth_key: Uint8Array
  state: 'making' | 'open' | 'signed-out'
  /** Only while it is made. */
  enc_key: Uint8Array | null
  salt: Uint8Array | null
  /** CBOR of a change of the password under way. */
  change: Uint8Array | null
  counter: number
  digest: Uint8Array | null
  saved_at: number | null
  saved_contacts: number
}

const toUser = (row: Row): DirectoryUser => ({
  ...{ relay: row['relay'] as string, code: row['code'] as string, own: row['own'] === 1, since: row['since'] as number },
  ...{ eddsa: blob(row['eddsa']), ecdh: blob(row['ecdh']) },
})

const toDevice = (row: Row): DeviceRow => ({
  ...{ address: row['address'] as string, clientId: row['client_id'] as string, apiKey: row['api_key'] as string },
  ...{ secret: blob(row['secret']), serverKey: blob(row['server_key']) },
})

const toAccount = (row: Row): AccountRow => ({
  ...(row as unknown as AccountRow),
  ...{ kem_key: blob(row['kem_key']), kem_secret: blob(row['kem_secret']), dh_secret: blob(row['dh_secret']) },
  ...{ auth_key: blob(row['auth_key']), enc_key: blobOrNull(row['enc_key']), salt: blobOrNull(row['salt']) },
  ...{ change: blobOrNull(row['change']), digest: blobOrNull(row['digest']) },
})

export function createAccountStore(db: Database) {
  const sql = {
    users: db.prepare('SELECT * FROM directory_users ORDER BY own DESC, since'),
    user: db.prepare('SELECT * FROM directory_users WHERE relay = ?'),
    own: db.prepare('SELECT * FROM directory_users WHERE own = 1'),
    addUser: db.prepare('INSERT INTO directory_users (relay, code, own, eddsa, ecdh, since) VALUES (?, ?, ?, ?, ?, ?)'),
    ownUser: db.prepare('UPDATE directory_users SET own = ? WHERE relay = ?'),
    removeUser: db.prepare('DELETE FROM directory_users WHERE relay = ?'),
    device: db.prepare('SELECT * FROM devices WHERE address = ?'),
    putDevice: db.prepare('INSERT OR REPLACE INTO devices (address, client_id, secret, server_key, api_key) VALUES (?, ?, ?, ?, ?)'),
    removeDevice: db.prepare('DELETE FROM devices WHERE address = ?'),
    account: db.prepare('SELECT * FROM account'),
    addAccount: db.prepare(
      `INSERT INTO account (one, key_server, user_id, kem_key, kem_secret, dh_secret, auth_key, state, enc_key, salt, counter)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    removeAccount: db.prepare('DELETE FROM account'),
  }
  const user = (row: unknown) => (row ? toUser(row as Row) : null)

  return {
    /** The own first. */
    users: () => (sql.users.all() as Row[]).map(toUser),
    user: (relay: string) => user(sql.user.get(relay)),
    own: () => user(sql.own.get()),
    addUser: ({ relay, code, own, eddsa, ecdh, since }: DirectoryUser) =>
      void sql.addUser.run(relay, code, own ? 1 : 0, eddsa, ecdh, since),
    /** One that has only asked is handed out from now on, or no more. */
    setOwn: (relay: string, own: boolean) => void sql.ownUser.run(own ? 1 : 0, relay),
    removeUser: (relay: string) => void sql.removeUser.run(relay),

    device(address: string): DeviceRow | null {
      const row = sql.device.get(address)
      return row ? toDevice(row) : null
    },
    putDevice: ({ address, clientId, secret, serverKey, apiKey }: DeviceRow) =>
      void sql.putDevice.run(address, clientId, secret, serverKey, apiKey),
    removeDevice: (address: string) => void sql.removeDevice.run(address),

    account(): AccountRow | null {
      const row = sql.account.get()
      return row ? toAccount(row) : null
    },
    addAccount: (
      row: Pick<AccountRow, 'key_server' | 'user_id' | 'kem_key' | 'kem_secret' | 'dh_secret' | 'auth_key' | 'state'> &
        Pick<AccountRow, 'enc_key' | 'salt' | 'counter'>,
    ) =>
      void sql.addAccount.run(
        ...([row.key_server, row.user_id, row.kem_key, row.kem_secret, row.dh_secret, row.auth_key, row.state] as const),
        ...([row.enc_key, row.salt, row.counter] as const),
      ),
    updateAccount(changes: Partial<AccountRow>): void {
      const { set, values } = assignments(changes)
      db.prepare(`UPDATE account SET ${set}`).run(...values)
    },
    removeAccount: () => void sql.removeAccount.run(),
  }
}

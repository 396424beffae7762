/** Devices registered for the sealed API, and registrations that are begun. */
import type { AccountDatabase } from './accounts.ts'

/** The relay's pair for one client_id; who has not completed has nothing else. */
export interface ServerPair {
  clientId: string
  /** X25519, 32 bytes. */
  serverKey: Uint8Array
  /** Encrypted under the master key. */
  serverSecret: Uint8Array
  createdAt: number
}

export interface Device extends ServerPair {
  /** X25519, 32 bytes. */
  clientKey: Uint8Array
  /** SHA-256, 32 bytes. */
  apiKeyHash: Uint8Array
  registeredAt: number
  lastSeen: number
}

interface PairRow {
  client_id: string
  server_key: Buffer
  server_secret: Buffer
  created_at: number
}

interface Row extends PairRow {
  client_key: Buffer
  api_key_hash: Buffer
  registered_at: number
  last_seen: number
}

const toPair = (row: PairRow): ServerPair => ({
  ...{ clientId: row.client_id, createdAt: row.created_at },
  ...{ serverKey: new Uint8Array(row.server_key), serverSecret: new Uint8Array(row.server_secret) },
})

const toDevice = (row: Row): Device => ({
  ...toPair(row),
  ...{ clientKey: new Uint8Array(row.client_key), apiKeyHash: new Uint8Array(row.api_key_hash) },
  ...{ registeredAt: row.registered_at, lastSeen: row.last_seen },
})

export function createRegistrationStore(db: AccountDatabase) {
  const pair = 'client_id, server_key, server_secret, created_at'
  const all = `${pair}, client_key, api_key_hash, registered_at, last_seen`
  const sql = {
    begin: db.prepare(`INSERT INTO devices (${pair}) VALUES (?, ?, ?, ?)`),
    begun: db.prepare<PairRow>(`SELECT ${pair} FROM devices WHERE client_id = ? AND client_key IS NULL`),
    countBegun: db.prepare<{ n: number }>('SELECT count(*) AS n FROM devices WHERE client_key IS NULL'),
    forget: db.prepare('DELETE FROM devices WHERE client_key IS NULL AND created_at < ?'),
    forgetOne: db.prepare('DELETE FROM devices WHERE client_key IS NULL AND client_id = ?'),
    insert: db.prepare(`INSERT INTO devices (${all}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    device: db.prepare<Row>(`SELECT ${all} FROM devices WHERE client_id = ? AND client_key IS NOT NULL`),
    devices: db.prepare<Row>(`SELECT ${all} FROM devices WHERE client_key IS NOT NULL ORDER BY client_id`),
    seen: db.prepare('UPDATE devices SET last_seen = ? WHERE client_id = ? AND last_seen < ?'),
    remove: db.prepare('DELETE FROM devices WHERE client_id = ?'),
  }

  return {
    /** In the caller's transaction, as everything that changes something. */
    begin: (of: ServerPair) => void sql.begin.run(of.clientId, of.serverKey, of.serverSecret, of.createdAt),
    /** What was begun, and neither completed nor forgotten. */
    begun(clientId: string): ServerPair | null {
      const row = sql.begun.get(clientId)
      return row ? toPair(row) : null
    },
    countBegun: () => sql.countBegun.get()?.n ?? 0,
    /** Of those begun the ones from before `time`, or that of one device. */
    forgetBegunBefore: (time: number) => void sql.forget.run(time),
    forgetBegun: (clientId: string) => void sql.forgetOne.run(clientId),
    /** A registered device, in place of what it may have begun. */
    insert(of: Device): void {
      sql.forgetOne.run(of.clientId)
      const { clientId, serverKey, serverSecret, createdAt, clientKey, apiKeyHash, registeredAt, lastSeen } = of
      sql.insert.run(clientId, serverKey, serverSecret, createdAt, clientKey, apiKeyHash, registeredAt, lastSeen)
    },
    device(clientId: string): Device | null {
      const row = sql.device.get(clientId)
      return row ? toDevice(row) : null
    },
    devices: () => sql.devices.all().map(toDevice),
    /** Never back. */
    seen: (clientId: string, time: number) => void sql.seen.run(time, clientId, time),
    remove: (clientId: string) => void sql.remove.run(clientId),
  }
}

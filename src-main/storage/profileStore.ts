/** The profile itself: identity, relays where it is met, refusals counted, and the quarantine. */
import { utf8 } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, type Row } from './rows.ts'

export interface OwnRelay {
  address: string
  local: boolean
  since: number
  retired_at: number | null
}

/** Blobs kept aside for a contact at most; a relay that serves noise without end does not fill the disk. */
const keptAside = 64

export function createProfileStore(db: Database) {
  const sql = {
    meta: db.prepare('SELECT value FROM meta WHERE key = ?'),
    setMeta: db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)'),
    relays: db.prepare('SELECT * FROM relays ORDER BY since'),
    addRelay: db.prepare('INSERT OR REPLACE INTO relays VALUES (?, ?, ?, NULL)'),
    removeRelay: db.prepare('DELETE FROM relays WHERE address = ?'),
    retireRelay: db.prepare('UPDATE relays SET retired_at = ? WHERE address = ?'),
    countRefusal: db.prepare('INSERT INTO refusals VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count'),
    refusals: db.prepare('SELECT name, count FROM refusals WHERE contact = ?'),
    dropRefusals: db.prepare('DELETE FROM refusals WHERE contact = ?'),
    quarantine: db.prepare(
      `INSERT OR IGNORE INTO quarantine (contact, relay, rv, blob, at)
       SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM quarantine WHERE contact = ?) < ${keptAside}`,
    ),
    dropMeta: db.prepare('DELETE FROM meta WHERE key = ?'),
  }

  return {
    meta: (key: string): Uint8Array | null => {
      const row = sql.meta.get(key) as Row | undefined
      return row ? blob(row['value']) : null
    },
    setMeta: (key: string, value: Uint8Array | string) => void sql.setMeta.run(key, typeof value === 'string' ? utf8(value) : value),

    relays: (): OwnRelay[] =>
      (sql.relays.all() as Row[]).map((row) => ({
        ...(row as unknown as OwnRelay),
        local: row['local'] === 1,
      })),
    addRelay: (address: string, local: boolean, since: number) => void sql.addRelay.run(address, local ? 1 : 0, since),
    removeRelay: (address: string) => void sql.removeRelay.run(address),
    retireRelay: (address: string, at: number) => void sql.retireRelay.run(at, address),

    countRefusal: (contact: number | null, name: string, times = 1) => void sql.countRefusal.run(contact ?? 0, name, times),
    refusals: (contact: number): Record<string, number> =>
      Object.fromEntries((sql.refusals.all(contact) as { name: string; count: number }[]).map((r) => [r.name, r.count])),

    /** They name no contact by a key of the database's own, so they do not go with it. */
    dropRefusals: (contact: number) => void sql.dropRefusals.run(contact),

    quarantine: (contact: number, relay: string, rv: string, bytes: Uint8Array, at: number) =>
      void sql.quarantine.run(contact, relay, rv, bytes, at, contact),

    dropMeta: (key: string): boolean => sql.dropMeta.run(key).changes === 1,
  }
}

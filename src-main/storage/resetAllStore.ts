/** A reset of all sessions, contact by contact, so that it goes on after a restart. */
import type { Database } from './database.ts'

export interface ResetAllRow {
  contact: number
  begun: number
  /** When the request was made; null while it waits for its turn. */
  asked_at: number | null
  done_at: number | null
}

export function createResetAllStore(db: Database) {
  const sql = {
    rows: db.prepare('SELECT * FROM reset_all ORDER BY contact'),
    add: db.prepare('INSERT OR IGNORE INTO reset_all (contact, begun) VALUES (?, ?)'),
    setAsked: db.prepare('UPDATE reset_all SET asked_at = ? WHERE contact = ?'),
    setDone: db.prepare('UPDATE reset_all SET done_at = ? WHERE contact = ? AND done_at IS NULL'),
    drop: db.prepare('DELETE FROM reset_all WHERE contact = ?'),
    clear: db.prepare('DELETE FROM reset_all'),
  }

  return {
    rows: () => sql.rows.all() as unknown as ResetAllRow[],
    add: (contact: number, begun: number) => void sql.add.run(contact, begun),
    setAsked: (contact: number, at: number) => void sql.setAsked.run(at, contact),
    /** True where the contact belongs to it and was not done yet. */
    setDone: (contact: number, at: number): boolean => sql.setDone.run(at, contact).changes === 1,
    drop: (contact: number) => void sql.drop.run(contact),
    clear: () => void sql.clear.run(),
  }
}

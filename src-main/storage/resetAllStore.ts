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
  return {
    rows: () => db.prepare('SELECT * FROM reset_all ORDER BY contact').all() as unknown as ResetAllRow[],
    add: (contact: number, begun: number) =>
      void db.prepare('INSERT OR IGNORE INTO reset_all (contact, begun) VALUES (?, ?)').run(contact, begun),
    setAsked: (contact: number, at: number) => void db.prepare('UPDATE reset_all SET asked_at = ? WHERE contact = ?').run(at, contact),
    /** True where the contact belongs to it and was not done yet. */
    setDone: (contact: number, at: number): boolean =>
      db.prepare('UPDATE reset_all SET done_at = ? WHERE contact = ? AND done_at IS NULL').run(at, contact).changes === 1,
    drop: (contact: number) => void db.prepare('DELETE FROM reset_all WHERE contact = ?').run(contact),
    clear: () => void db.prepare('DELETE FROM reset_all').run(),
  }
}

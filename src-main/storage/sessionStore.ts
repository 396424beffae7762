import { unhex } from '../protocol/bytes.ts'
import { maxSkippedPerSession, type RatchetState, type SkippedKey } from '../protocol/doubleRatchet.ts'
import { decodeRatchetState, encodeRatchetState } from '../protocol/ratchetState.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
import { blob, blobOrNull, hexId, type Row } from './rows.ts'

export interface Session {
  /** The transcript hash. */
  id: string
  contact: number
  kind: 'first' | 'reset'
  by: By
  epoch: number
  state: RatchetState
  created: number
  confirmed_at: number | null
  sent: number
  received: number
  /** 1 once the peer has said on it what it has. */
  synced: number
  /** CBOR of what confirmation applies; null afterwards. */
  offer: Uint8Array | null
}

/** Keys of messages that have not come live 31 days. */
export const skippedLifetime = 31 * 24 * 3600 * 1000

/** The row's state as it lies on disk; `decodeSession` may throw `keystore.damaged` for one session without hiding the others. */
export interface SessionRow extends Omit<Session, 'state'> {
  bytes: Uint8Array
}

export const decodeSession = ({ bytes, ...row }: SessionRow): Session => ({ ...row, state: decodeRatchetState(bytes) })

const toRow = (row: Row): SessionRow => {
  const { state, id, offer, ...rest } = row
  return { ...(rest as unknown as SessionRow), id: hexId(id), bytes: blob(state), offer: blobOrNull(offer) }
}

const toSkipped = (row: Row): SkippedKey => ({
  headerKey: blob(row['header_key']),
  n: row['n'] as number,
  messageKey: blob(row['message_key']),
})

export function createSessionStore(db: Database) {
  const sql = {
    rowsOf: db.prepare('SELECT * FROM sessions WHERE contact = ?'),
    contactOf: db.prepare('SELECT contact FROM sessions WHERE id = ?'),
    contacts: db.prepare('SELECT DISTINCT contact FROM sessions'),
    insert: db.prepare(
      'INSERT INTO sessions (id, contact, kind, by, epoch, state, created, confirmed_at, offer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    saveState: db.prepare('UPDATE sessions SET state = ?, sent = ?, received = ? WHERE id = ?'),
    confirm: db.prepare('UPDATE sessions SET confirmed_at = ?, offer = NULL WHERE id = ?'),
    setSynced: db.prepare('UPDATE sessions SET synced = 1 WHERE id = ?'),
    remove: db.prepare('DELETE FROM sessions WHERE id = ?'),
    leaveAll: db.prepare(`DELETE FROM sessions WHERE contact IN (SELECT no FROM contacts WHERE state = 'open')`),
    leaveExchanges: db.prepare(`DELETE FROM exchanges WHERE contact IN (SELECT no FROM contacts WHERE state = 'open')`),
    skipped: db.prepare('SELECT * FROM skipped WHERE session = ?'),
    addSkipped: db.prepare('INSERT INTO skipped (session, header_key, n, message_key, created) VALUES (?, ?, ?, ?, ?)'),
    removeSkipped: db.prepare('DELETE FROM skipped WHERE session = ? AND header_key = ? AND n = ?'),
    pruneSkipped: db.prepare('DELETE FROM skipped WHERE session = ? AND created < ?'),
    keepNewest: db.prepare(
      'DELETE FROM skipped WHERE rowid IN (SELECT rowid FROM skipped WHERE session = ? ORDER BY created DESC, n DESC LIMIT -1 OFFSET ?)',
    ),
    addEvent: db.prepare('INSERT INTO session_events (contact, kind, by, at, recovered) VALUES (?, ?, ?, ?, ?)'),
    events: db.prepare('SELECT kind, by, at, recovered FROM session_events WHERE contact = ? ORDER BY id DESC LIMIT 100'),
    addResetAttempt: db.prepare('INSERT INTO reset_attempts VALUES (?, ?)'),
    resetAttempts: db.prepare('SELECT at FROM reset_attempts WHERE contact = ? AND at >= ? ORDER BY at DESC'),
    rememberRequest: db.prepare('INSERT OR IGNORE INTO seen_requests VALUES (?, ?)'),
    forgetResetAttempts: db.prepare('DELETE FROM reset_attempts WHERE at < ?'),
    forgetRequests: db.prepare('DELETE FROM seen_requests WHERE at < ?'),
  }

  return {
    rowsOf: (contact: number): SessionRow[] => (sql.rowsOf.all(contact) as Row[]).map(toRow),
    contactOf(id: string): number | null {
      const row = sql.contactOf.get(unhex(id))
      return row ? (row['contact'] as number) : null
    },
    /** Those with a session. */
    contacts: (): number[] => (sql.contacts.all() as Row[]).map((row) => row['contact'] as number),

    insert(session: Session): void {
      sql.insert.run(
        unhex(session.id),
        session.contact,
        session.kind,
        session.by,
        session.epoch,
        encodeRatchetState(session.state),
        session.created,
        session.confirmed_at,
        session.offer,
      )
    },

    saveState(session: Session): void {
      sql.saveState.run(encodeRatchetState(session.state), session.sent, session.received, unhex(session.id))
    },

    confirm: (id: string, at: number) => void sql.confirm.run(at, unhex(id)),

    setSynced: (id: string) => void sql.setSynced.run(unhex(id)),

    /** Sessions of everybody with whom one talks already, their keys, and exchanges that would make others. */
    leaveAll(): void {
      sql.leaveExchanges.run()
      sql.leaveAll.run()
    },

    remove: (id: string) => void sql.remove.run(unhex(id)),

    skipped: (id: string): SkippedKey[] => (sql.skipped.all(unhex(id)) as Row[]).map(toSkipped),

    addSkipped(id: string, keys: SkippedKey[], now: number): void {
      const insert = sql.addSkipped
      for (const key of keys) insert.run(unhex(id), key.headerKey, key.n, key.messageKey, now)
    },

    removeSkipped: (id: string, key: SkippedKey) => void sql.removeSkipped.run(unhex(id), key.headerKey, key.n),

    /** Drops keys over age, and the oldest beyond 2,000 a session; true where something went. */
    pruneSkipped(id: string, now: number): boolean {
      const old = sql.pruneSkipped.run(unhex(id), now - skippedLifetime)
      const many = sql.keepNewest.run(unhex(id), maxSkippedPerSession)
      return old.changes + many.changes > 0
    },

    addEvent(contact: number, event: { kind: 'connected' | 'reset'; by: By; at: number; recovered: number }): void {
      sql.addEvent.run(contact, event.kind, event.by, event.at, event.recovered)
    },

    events: (contact: number) =>
      sql.events.all(contact) as {
        kind: 'connected' | 'reset'
        by: By
        at: number
        recovered: number
      }[],

    addResetAttempt: (contact: number, at: number) => void sql.addResetAttempt.run(contact, at),
    /** Newest first. */
    resetAttempts: (contact: number, since: number): number[] =>
      (sql.resetAttempts.all(contact, since) as { at: number }[]).map(({ at }) => at),

    /** False where this request was seen before. */
    rememberRequest: (hash: Uint8Array, at: number): boolean => sql.rememberRequest.run(hash, at).changes === 1,
    forgetResetAttempts: (before: number) => void sql.forgetResetAttempts.run(before),
    forgetRequests: (before: number) => void sql.forgetRequests.run(before),
  }
}

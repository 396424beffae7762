import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { assignments, blob, hexId, strings, type Row } from './rows.ts'

export type By = 'you' | 'them' | 'program'

export interface Contact {
  /** How other tables name the contact. */
  no: number
  id: string
  public: Uint8Array
  /** What the contact calls itself. */
  name: string
  /** What the person calls it; empty: its own name. */
  label: string
  created: number
  state: 'connecting' | 'open'
  blocked_at: number | null
  /** Muted until then; null: not. */
  muted_until: number | null
  verified_at: number | null
  /** When a scanned code last did not match; null once one has, or the person says that the numbers do. */
  mismatch_at: number | null
  relays: string[]
  stream: Uint8Array
  draft: string
  unread: number
  activity: number
  trouble: 'broken' | 'resetting' | null
  trouble_since: number | null
  trouble_by: By | null
  heard_at: number
  /** 1 while something arrived that no receipt of ours has named. */
  receipt_due: number
  restored_at: number | null
  pong_due: Uint8Array | null
  /** When the contact wrote the name and relays we have. */
  profile_at: number
}

export interface ContactKey {
  key: Uint8Array
  my_reset: Uint8Array
  peer_reset: Uint8Array
}

/** The name in use for a contact. */
export const shownName = ({ label, name }: Pick<Contact, 'label' | 'name'>): string => label || name

export interface Blocked {
  id: string
  name: string
  at: number
}

export type ContactChanges = Partial<Omit<Contact, 'no' | 'id' | 'created'>>

/** The newest four contactKeys are kept (docs/protocol.md section 6). */
const keptContactKeys = 4

const toContact = (row: Row): Contact => ({
  ...(row as unknown as Contact),
  id: hexId(row['id']),
  public: blob(row['public']),
  stream: blob(row['stream']),
  relays: strings(row['relays']),
})

export function createContactStore(db: Database) {
  const one = (row: unknown) => (row ? toContact(row as Row) : null)
  return {
    byId: (id: string) => one(db.prepare('SELECT * FROM contacts WHERE id = ?').get(unhex(id))),
    byNo: (no: number) => one(db.prepare('SELECT * FROM contacts WHERE no = ?').get(no)),
    all: () => (db.prepare('SELECT * FROM contacts').all() as Row[]).map(toContact),

    insert(contact: Pick<Contact, 'id' | 'public' | 'name' | 'relays' | 'stream'> & { now: number }): Contact {
      db.prepare(
        `INSERT INTO contacts (id, public, name, created, state, relays, stream, activity) VALUES (?, ?, ?, ?, 'connecting', ?, ?, ?)`,
      ).run(unhex(contact.id), contact.public, contact.name, contact.now, JSON.stringify(contact.relays), contact.stream, contact.now)
      const made = this.byId(contact.id) as Contact
      db.prepare('INSERT INTO own_streams VALUES (?, ?, 0)').run(made.no, made.stream)
      return made
    },

    update(no: number, changes: ContactChanges): void {
      const { relays, ...rest } = changes
      const { set, values } = assignments({ ...rest, ...(relays ? { relays: JSON.stringify(relays) } : {}) })
      db.prepare(`UPDATE contacts SET ${set} WHERE no = ?`).run(...values, no)
    },

    remove: (no: number) => void db.prepare('DELETE FROM contacts WHERE no = ?').run(no),

    /** Those who were deleted and blocked, newest first. */
    blocked: (): Blocked[] =>
      (db.prepare('SELECT * FROM blocked ORDER BY at DESC').all() as Row[]).map((row) => ({
        id: hexId(row['id']),
        name: row['name'] as string,
        at: row['at'] as number,
      })),
    isBlocked: (id: string): boolean =>
      db
        .prepare('SELECT 1 FROM blocked WHERE id = ? UNION SELECT 1 FROM contacts WHERE id = ? AND blocked_at IS NOT NULL')
        .get(unhex(id), unhex(id)) !== undefined,
    keepBlocked: ({ id, name, at }: Blocked) => void db.prepare('INSERT OR REPLACE INTO blocked VALUES (?, ?, ?)').run(unhex(id), name, at),
    dropBlocked: (id: string): boolean => db.prepare('DELETE FROM blocked WHERE id = ?').run(unhex(id)).changes === 1,

    keys: (no: number): ContactKey[] =>
      (db.prepare('SELECT * FROM contact_keys WHERE contact = ? ORDER BY created DESC, rowid DESC').all(no) as Row[]).map((row) => ({
        key: blob(row['key']),
        my_reset: blob(row['my_reset']),
        peer_reset: blob(row['peer_reset']),
      })),

    addKey(no: number, { key, my_reset, peer_reset }: ContactKey, now: number): void {
      db.prepare('INSERT OR REPLACE INTO contact_keys (contact, key, my_reset, peer_reset, created) VALUES (?, ?, ?, ?, ?)').run(
        no,
        key,
        my_reset,
        peer_reset,
        now,
      )
      db.prepare(
        `DELETE FROM contact_keys WHERE contact = ? AND key NOT IN
         (SELECT key FROM contact_keys WHERE contact = ? ORDER BY created DESC, rowid DESC LIMIT ${keptContactKeys})`,
      ).run(no, no)
    },

    /** Every stream we have used towards the contact, with the last seq given out. */
    ownStreams: (no: number): { stream: Uint8Array; last: number }[] =>
      (db.prepare('SELECT stream, last FROM own_streams WHERE contact = ? ORDER BY rowid DESC').all(no) as Row[]).map((row) => ({
        stream: blob(row['stream']),
        last: row['last'] as number,
      })),

    nextSeq(no: number, stream: Uint8Array): number {
      const row = db.prepare('UPDATE own_streams SET last = last + 1 WHERE contact = ? AND stream = ? RETURNING last').get(no, stream)
      return (row as { last: number }).last
    },

    /** A stream of its own for what we send from now on: after a restore, numbers of the old one may be taken. */
    newStream(no: number, stream: Uint8Array, now: number): void {
      db.prepare('INSERT INTO own_streams VALUES (?, ?, 0)').run(no, stream)
      db.prepare('UPDATE contacts SET stream = ?, restored_at = ? WHERE no = ?').run(stream, now, no)
    },

    /**
     * A stream we had used before a restore, learnt of again: `last` goes on as far as its texts are here without a gap, so that
     * what is missing between them is returned too if the next copy needs it.
     */
    recallStream(no: number, stream: Uint8Array): void {
      db.prepare('INSERT OR IGNORE INTO own_streams VALUES (?, ?, 0)').run(no, stream)
      const has = db.prepare('SELECT 1 FROM items WHERE contact = ? AND stream = ? AND seq = ?')
      const row = db.prepare('SELECT last FROM own_streams WHERE contact = ? AND stream = ?').get(no, stream) as { last: number }
      let { last } = row
      while (has.get(no, stream, last + 1) !== undefined) last++
      db.prepare('UPDATE own_streams SET last = ? WHERE contact = ? AND stream = ?').run(last, no, stream)
    },
  }
}

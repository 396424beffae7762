import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { assignments, blob, hexId, hexIdOrNull, strings, type Row } from './rows.ts'

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
  /** 1 where they came to know each other by a code of a directory. */
  by_code: number
  pinned_at: number | null
  archived_at: number | null
  /** Seconds that new messages stay; 0: for good. */
  timer: number
  /** When either side chose that, by its own clock. */
  timer_at: number
  /** A group's conversation has the group's id, no keys, no relays and no session. */
  kind: 'person' | 'group'
  /** Who introduced the person; hex. */
  introduced_by: string | null
  /** 1 where it is known by a group alone and nothing was said yet: the list leaves it out. */
  quiet: number
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

export type ContactChanges = Partial<Omit<Contact, 'no' | 'id' | 'created' | 'kind'>>

/** The newest four contactKeys are kept (docs/protocol.md section 6). */
const keptContactKeys = 4

const toKey = (row: Row): ContactKey => ({ key: blob(row['key']), my_reset: blob(row['my_reset']), peer_reset: blob(row['peer_reset']) })

const toContact = (row: Row): Contact => ({
  ...(row as unknown as Contact),
  id: hexId(row['id']),
  public: blob(row['public']),
  stream: blob(row['stream']),
  relays: strings(row['relays']),
  introduced_by: hexIdOrNull(row['introduced_by']),
})

export function createContactStore(db: Database) {
  const sql = {
    byId: db.prepare('SELECT * FROM contacts WHERE id = ?'),
    byNo: db.prepare('SELECT * FROM contacts WHERE no = ?'),
    all: db.prepare(`SELECT * FROM contacts WHERE kind = 'person'`),
    shown: db.prepare('SELECT * FROM contacts WHERE quiet = 0'),
    newest: db.prepare('SELECT * FROM contacts WHERE quiet = 0 ORDER BY activity DESC LIMIT ?'),
    openNumbers: db.prepare(`SELECT no FROM contacts WHERE state = 'open' AND kind = 'person' ORDER BY activity DESC`),
    count: db.prepare(`SELECT count(*) AS n FROM contacts WHERE kind = 'person'`),
    insert: db.prepare(
      `INSERT INTO contacts (id, public, name, created, state, relays, stream, activity) VALUES (?, ?, ?, ?, 'connecting', ?, ?, ?)`,
    ),
    insertGroup: db.prepare(
      `INSERT INTO contacts (id, public, name, created, state, relays, stream, activity, heard_at, kind)
       VALUES (?, x'', ?, ?, 'open', '[]', zeroblob(8), ?, ?, 'group')`,
    ),
    firstStream: db.prepare('INSERT INTO own_streams (contact, stream, last) VALUES (?, ?, 0)'),
    remove: db.prepare('DELETE FROM contacts WHERE no = ?'),
    blocked: db.prepare('SELECT * FROM blocked ORDER BY at DESC'),
    isBlocked: db.prepare('SELECT 1 FROM blocked WHERE id = ? UNION SELECT 1 FROM contacts WHERE id = ? AND blocked_at IS NOT NULL'),
    keepBlocked: db.prepare('INSERT OR REPLACE INTO blocked VALUES (?, ?, ?)'),
    dropBlocked: db.prepare('DELETE FROM blocked WHERE id = ?'),
    allKeys: db.prepare('SELECT * FROM contact_keys ORDER BY created DESC, rowid DESC'),
    keys: db.prepare('SELECT * FROM contact_keys WHERE contact = ? ORDER BY created DESC, rowid DESC'),
    addKey: db.prepare('INSERT OR REPLACE INTO contact_keys (contact, key, my_reset, peer_reset, created) VALUES (?, ?, ?, ?, ?)'),
    ownStreams: db.prepare('SELECT stream, last FROM own_streams WHERE contact = ? ORDER BY rowid DESC'),
    nextSeq: db.prepare('UPDATE own_streams SET last = last + 1 WHERE contact = ? AND stream = ? RETURNING last'),
    newStream: db.prepare('UPDATE contacts SET stream = ?, restored_at = ? WHERE no = ?'),
    recallStream: db.prepare('INSERT OR IGNORE INTO own_streams (contact, stream, last) VALUES (?, ?, 0)'),
    hasText: db.prepare('SELECT 1 FROM items WHERE contact = ? AND stream = ? AND seq = ?'),
    lastOf: db.prepare('SELECT last FROM own_streams WHERE contact = ? AND stream = ?'),
    keepNewestKeys: db.prepare(
      `DELETE FROM contact_keys WHERE contact = ? AND key NOT IN
       (SELECT key FROM contact_keys WHERE contact = ? ORDER BY created DESC, rowid DESC LIMIT ${keptContactKeys})`,
    ),
    setLast: db.prepare('UPDATE own_streams SET last = ? WHERE contact = ? AND stream = ?'),
    peerRead: db.prepare('SELECT last, read FROM own_streams WHERE contact = ? AND stream = ?'),
    setPeerRead: db.prepare('UPDATE own_streams SET read = ? WHERE contact = ? AND stream = ?'),
  }

  const one = (row: unknown) => (row ? toContact(row as Row) : null)
  return {
    byId: (id: string) => one(sql.byId.get(unhex(id))),
    byNo: (no: number) => one(sql.byNo.get(no)),
    /** People; a group's conversation is none of them. */
    all: () => (sql.all.all() as Row[]).map(toContact),
    /** What the list shows: people and groups. */
    shown: () => (sql.shown.all() as Row[]).map(toContact),
    newest: (most: number) => (sql.newest.all(most) as Row[]).map(toContact),
    /** Whom one talked with last comes first. */
    openNumbers: (): number[] => (sql.openNumbers.all() as { no: number }[]).map(({ no }) => no),
    count: (): number => (sql.count.get() as { n: number }).n,

    insert(contact: Pick<Contact, 'id' | 'public' | 'name' | 'relays' | 'stream'> & { now: number }): Contact {
      sql.insert.run(
        unhex(contact.id),
        contact.public,
        contact.name,
        contact.now,
        JSON.stringify(contact.relays),
        contact.stream,
        contact.now,
      )
      const made = this.byId(contact.id) as Contact
      sql.firstStream.run(made.no, made.stream)
      return made
    },

    /** The conversation of a group. */
    insertGroup({ id, name, now }: { id: string; name: string; now: number }): Contact {
      sql.insertGroup.run(unhex(id), name, now, now, now)
      return this.byId(id) as Contact
    },

    update(no: number, changes: ContactChanges): void {
      const { relays, introduced_by, ...rest } = changes
      const { set, values } = assignments({
        ...rest,
        ...(relays ? { relays: JSON.stringify(relays) } : {}),
        ...(introduced_by ? { introduced_by: unhex(introduced_by) } : {}),
      })
      db.prepare(`UPDATE contacts SET ${set} WHERE no = ?`).run(...values, no)
    },

    remove: (no: number) => void sql.remove.run(no),

    /** Those who were deleted and blocked, newest first. */
    blocked: (): Blocked[] =>
      (sql.blocked.all() as Row[]).map((row) => ({
        id: hexId(row['id']),
        name: row['name'] as string,
        at: row['at'] as number,
      })),
    isBlocked: (id: string): boolean => sql.isBlocked.get(unhex(id), unhex(id)) !== undefined,
    keepBlocked: ({ id, name, at }: Blocked) => void sql.keepBlocked.run(unhex(id), name, at),
    dropBlocked: (id: string): boolean => sql.dropBlocked.run(unhex(id)).changes === 1,

    /** The newest first. */
    keys: (no: number): ContactKey[] => (sql.keys.all(no) as Row[]).map(toKey),
    /** Everybody's at once, by contact. */
    allKeys(): Map<number, ContactKey[]> {
      const keys = new Map<number, ContactKey[]>()
      for (const row of sql.allKeys.all() as Row[])
        keys.set(row['contact'] as number, [...(keys.get(row['contact'] as number) ?? []), toKey(row)])
      return keys
    },

    addKey(no: number, { key, my_reset, peer_reset }: ContactKey, now: number): void {
      sql.addKey.run(no, key, my_reset, peer_reset, now)
      sql.keepNewestKeys.run(no, no)
    },

    /** Every stream we have used towards the contact, with the last seq given out. */
    ownStreams: (no: number): { stream: Uint8Array; last: number }[] =>
      (sql.ownStreams.all(no) as Row[]).map((row) => ({
        stream: blob(row['stream']),
        last: row['last'] as number,
      })),

    /** How far the contact has read one of our streams; 0 where it does not say. */
    peerRead: (no: number, stream: Uint8Array): number => (sql.peerRead.get(no, stream)?.['read'] as number | undefined) ?? 0,

    /** Null where that is nothing new. `upTo` is no more than was ever sent. */
    setPeerRead(no: number, stream: Uint8Array, read: number): { from: number; upTo: number } | null {
      const row = sql.peerRead.get(no, stream) as { last: number; read: number } | undefined
      const upTo = Math.min(read, row?.last ?? 0)
      if (!row || upTo <= row.read) return null
      sql.setPeerRead.run(upTo, no, stream)
      return { from: row.read, upTo }
    },

    nextSeq(no: number, stream: Uint8Array): number {
      const row = sql.nextSeq.get(no, stream)
      return (row as { last: number }).last
    },

    /** A stream of its own for what we send from now on: after a restore, numbers of the old one may be taken. */
    newStream(no: number, stream: Uint8Array, now: number): void {
      sql.firstStream.run(no, stream)
      sql.newStream.run(stream, now, no)
    },

    /**
     * A stream we had used before a restore, learnt of again: `last` goes on as far as its texts are here without a gap, so that
     * what is missing between them is returned too if the next copy needs it.
     */
    recallStream(no: number, stream: Uint8Array): void {
      sql.recallStream.run(no, stream)
      const row = sql.lastOf.get(no, stream) as { last: number }
      let { last } = row
      while (sql.hasText.get(no, stream, last + 1) !== undefined) last++
      sql.setLast.run(last, no, stream)
    },
  }
}

/**
 * Messages of groups between this person and each member: how far own ones have come, what waits for a session, and what came under a
 * change of the group that is not here yet. Ids are hex.
 */
import type { GroupDelivery } from '#shared/contract/groupModels.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, hexId, hexIdOrNull, type Row } from './rows.ts'

type Status = GroupDelivery['status']

interface Place {
  /** The group's conversation. */
  group: number
  id: string
}

/** Said by a member under a change that is not here yet. */
export interface KeptMessage {
  group: number
  member: string
  id: Uint8Array
  head: Uint8Array
  body: Uint8Array
  at: number
  /** Whoever passed it on. */
  passedBy: string | null
}

const toPlace = (row: Row): Place => ({ group: row['contact'] as number, id: hexId(row['id']) })

export function createDeliveryStore(db: Database) {
  const sql = {
    add: db.prepare('INSERT OR IGNORE INTO group_deliveries (contact, id, member, body, status, at) VALUES (?, ?, ?, ?, ?, ?)'),
    of: db.prepare('SELECT member, status, passed, at FROM group_deliveries WHERE id = ? AND contact = ?'),
    counts: db.prepare(
      `SELECT count(*) AS every, sum(status IN ('sent', 'delivered', 'read')) AS sent, sum(status IN ('delivered', 'read')) AS delivered,
       sum(status = 'read') AS read FROM group_deliveries WHERE id = ? AND contact = ?`,
    ),
    setSeq: db.prepare('UPDATE group_deliveries SET stream = ?, seq = ? WHERE id = ? AND member = ?'),
    advance: db.prepare(
      `UPDATE group_deliveries SET status = ?, at = ? WHERE id = ? AND member = ? AND status IN (SELECT value FROM json_each(?))
       RETURNING contact, id, stream, seq`,
    ),
    readUpTo: db.prepare(
      `UPDATE group_deliveries SET status = 'read', at = ? WHERE member = ? AND stream = ? AND seq > ? AND seq <= ? AND status = 'delivered'
       RETURNING contact, id`,
    ),
    unconnected: db.prepare(`SELECT contact, id, body FROM group_deliveries WHERE member = ? AND status = 'unconnected' ORDER BY at, id`),
    unpassedMembers: db.prepare(
      `SELECT DISTINCT member FROM group_deliveries WHERE contact = ? AND status = 'unconnected' AND passed = 0 ORDER BY member`,
    ),
    unpassed: db.prepare(
      `SELECT id, body FROM group_deliveries
       WHERE contact = ? AND member = ? AND status = 'unconnected' AND passed = 0 AND at <= ? ORDER BY at, id LIMIT ?`,
    ),
    waitingSince: db.prepare(
      `SELECT 1 FROM group_deliveries WHERE contact = ? AND status = 'unconnected' AND passed = 0 AND at > ? LIMIT 1`,
    ),
    setPassed: db.prepare('UPDATE group_deliveries SET passed = 1 WHERE id = ? AND member = ?'),
    queued: db.prepare(`UPDATE group_deliveries SET status = 'waiting', body = NULL WHERE id = ? AND member = ?`),
    remove: db.prepare('DELETE FROM group_deliveries WHERE id = ? AND member = ?'),
    members: db.prepare('SELECT DISTINCT member FROM group_deliveries WHERE contact = ?'),
    open: db.prepare(`SELECT id FROM group_deliveries WHERE contact = ? AND member = ? AND status IN ('unconnected', 'waiting', 'sent')`),
    keep: db.prepare('INSERT OR IGNORE INTO group_waiting (contact, member, id, head, body, at, passed_by) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    countKept: db.prepare('SELECT count(*) AS n FROM group_waiting WHERE contact = ? AND member = ?'),
    kept: db.prepare(
      `SELECT w.member, w.id, w.body, w.passed_by FROM group_waiting w JOIN group_changes c ON c.contact = w.contact AND c.hash = w.head
       WHERE w.contact = ? ORDER BY w.rowid`,
    ),
    keptOf: db.prepare(
      'SELECT member, id, body, passed_by FROM group_waiting WHERE contact = ? AND member = ? AND passed_by IS NULL ORDER BY rowid',
    ),
    dropKept: db.prepare('DELETE FROM group_waiting WHERE contact = ? AND member = ? AND id = ?'),
    forgetKept: db.prepare('DELETE FROM group_waiting WHERE at < ?'),
  }

  const dropped = (group: number, rows: Row[]): { member: string; body: Uint8Array; passedBy: string | null }[] => {
    for (const row of rows) sql.dropKept.run(group, blob(row['member']), blob(row['id']))
    return rows.map((row) => ({ member: hexId(row['member']), body: blob(row['body']), passedBy: hexIdOrNull(row['passed_by']) }))
  }

  return {
    /** An own message for one member; with its body where that has to wait for a session. */
    add: (one: Place & { member: string; body: Uint8Array | null; at: number }) =>
      void sql.add.run(one.group, unhex(one.id), unhex(one.member), one.body, one.body === null ? 'waiting' : 'unconnected', one.at),

    of: ({ group, id }: Place): { member: string; status: Status; at: number }[] =>
      sql.of.all(unhex(id), group).map((row) => ({
        member: hexId(row['member']),
        status: row['status'] === 'unconnected' && row['passed'] === 1 ? 'passed' : (row['status'] as Status),
        at: row['at'] as number,
      })),

    /** To how many it went, and how many of them have come so far at least. */
    counts({ group, id }: Place): { every: number; sent: number; delivered: number; read: number } {
      const row = sql.counts.get(unhex(id), group) as Record<'every' | 'sent' | 'delivered' | 'read', number | null>
      return { every: row.every ?? 0, sent: row.sent ?? 0, delivered: row.delivered ?? 0, read: row.read ?? 0 }
    },

    setSeq: (id: string, member: string, stream: Uint8Array, seq: number) => void sql.setSeq.run(stream, seq, unhex(id), unhex(member)),

    /** Never back. Null where that is nothing new, or no message of a group's. */
    advance(id: string, member: string, status: 'sent' | 'delivered' | 'read', now: number) {
      const before = {
        sent: ['unconnected', 'waiting'],
        delivered: ['unconnected', 'waiting', 'sent'],
        read: ['unconnected', 'waiting', 'sent', 'delivered'],
      }
      const [row] = sql.advance.all(status, now, unhex(id), unhex(member), JSON.stringify(before[status]))
      return row ? { ...toPlace(row), stream: row['stream'] as Uint8Array | null, seq: row['seq'] as number | null } : null
    },

    /** A member has read these numbers of one of our streams: what was only delivered before. */
    readUpTo: (member: string, stream: Uint8Array, from: number, upTo: number, now: number): Place[] =>
      sql.readUpTo.all(now, unhex(member), stream, from, upTo).map(toPlace),

    /** What waits for a session with a member, in the order in which it was written. */
    unconnected: (member: string): (Place & { body: Uint8Array })[] =>
      sql.unconnected.all(unhex(member)).map((row) => ({ ...toPlace(row), body: blob(row['body']) })),
    /** For whom something waits that no other member was given to pass on. */
    unpassedMembers: (group: number): string[] => sql.unpassedMembers.all(group).map((row) => hexId(row['member'])),
    /** That, of what was written up to `before`; the oldest first. */
    unpassed: (group: number, member: string, before: number, limit: number): { id: string; body: Uint8Array }[] =>
      sql.unpassed.all(group, unhex(member), before, limit).map((row) => ({ id: hexId(row['id']), body: blob(row['body']) })),
    /** Whether something of that was written after `since`. */
    isWaitingSince: (group: number, since: number): boolean => sql.waitingSince.get(group, since) !== undefined,
    setPassed: (id: string, member: string) => void sql.setPassed.run(unhex(id), unhex(member)),
    queued: (id: string, member: string) => void sql.queued.run(unhex(id), unhex(member)),
    remove: (id: string, member: string) => void sql.remove.run(unhex(id), unhex(member)),
    members: (group: number): string[] => sql.members.all(group).map((row) => hexId(row['member'])),
    /** What a member has not got for certain; ids. */
    open: (group: number, member: string): string[] => sql.open.all(group, unhex(member)).map((row) => hexId(row['id'])),

    /** False where too much of this member waits already. */
    keep(one: KeptMessage, most: number): boolean {
      const { n } = sql.countKept.get(one.group, unhex(one.member)) as { n: number }
      if (n >= most) return false
      sql.keep.run(one.group, unhex(one.member), one.id, one.head, one.body, one.at, one.passedBy === null ? null : unhex(one.passedBy))
      return true
    },
    /** What waited for changes that are here by now; it waits no more. */
    takeKept: (group: number) => dropped(group, sql.kept.all(group)),
    /** What waited of one member and came from itself, whatever for. */
    takeKeptOf: (group: number, member: string) => dropped(group, sql.keptOf.all(group, unhex(member))),
    forgetKept: (before: number) => void sql.forgetKept.run(before),
  }
}

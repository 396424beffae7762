/** What of each contact's streams has arrived: the last contiguous seq and the ones beyond it. */
import type { Database } from './database.ts'
import { blob, type Row } from './rows.ts'

export interface Arrived {
  stream: Uint8Array
  upTo: number
  beyond: number[]
  /** How far the person has read it, where that may be told; else 0. */
  read: number
}

export function createStreamStore(db: Database) {
  const sql = {
    beyond: db.prepare('SELECT seq FROM stream_beyond WHERE contact = ? AND stream = ? ORDER BY seq LIMIT 1024'),
    all: db.prepare('SELECT * FROM streams WHERE contact = ? ORDER BY touched DESC LIMIT ?'),
    record: db.prepare(
      'INSERT INTO streams (contact, stream, up_to, touched) VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE SET touched = excluded.touched',
    ),
    upTo: db.prepare('SELECT up_to FROM streams WHERE contact = ? AND stream = ?'),
    addBeyond: db.prepare('INSERT OR IGNORE INTO stream_beyond VALUES (?, ?, ?)'),
    advance: db.prepare('DELETE FROM stream_beyond WHERE contact = ? AND stream = ? AND seq = ?'),
    setRead: db.prepare('UPDATE streams SET read = ? WHERE contact = ? AND stream = ? AND read < ?'),
    dropBeyond: db.prepare('DELETE FROM stream_beyond WHERE contact = ? AND stream = ? AND seq <= ?'),
    setUpTo: db.prepare('UPDATE streams SET up_to = ? WHERE contact = ? AND stream = ?'),
  }

  const beyond = (contact: number, stream: Uint8Array) =>
    (
      sql.beyond.all(contact, stream) as {
        seq: number
      }[]
    ).map(({ seq }) => seq)

  return {
    /** Newest streams first. */
    all: (contact: number, limit: number): Arrived[] =>
      (sql.all.all(contact, limit) as Row[]).map((row) => ({
        stream: blob(row['stream']),
        upTo: row['up_to'] as number,
        beyond: beyond(contact, blob(row['stream'])),
        read: row['read'] as number,
      })),

    setRead: (contact: number, stream: Uint8Array, seq: number): boolean => sql.setRead.run(seq, contact, stream, seq).changes === 1,

    skip,

    /** Records one seq; repeating is harmless. */
    record(contact: number, stream: Uint8Array, seq: number, now: number): void {
      sql.record.run(contact, stream, now)
      const { up_to } = sql.upTo.get(contact, stream) as { up_to: number }
      if (seq <= up_to) return
      sql.addBeyond.run(contact, stream, seq)
      if (seq === up_to + 1) advance(contact, stream, up_to)
    },
  }

  /** Everything up to here counts as arrived. Nothing where numbers are missing before `from`. */
  function skip(contact: number, stream: Uint8Array, from: number, upTo: number): void {
    const row = sql.upTo.get(contact, stream) as { up_to: number } | undefined
    if (!row || from > row.up_to + 1 || upTo <= row.up_to) return
    sql.dropBeyond.run(contact, stream, upTo)
    advance(contact, stream, upTo)
  }

  function advance(contact: number, stream: Uint8Array, from: number): void {
    let upTo = from
    const next = sql.advance
    while (next.run(contact, stream, upTo + 1).changes === 1) upTo++
    sql.setUpTo.run(upTo, contact, stream)
  }
}

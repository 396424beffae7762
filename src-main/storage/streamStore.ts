/** What of each contact's streams has arrived: the last contiguous seq and the ones beyond it. */
import type { Database } from './database.ts'
import { blob, type Row } from './rows.ts'

export interface Arrived {
  stream: Uint8Array
  upTo: number
  beyond: number[]
}

export function createStreamStore(db: Database) {
  const beyond = (contact: number, stream: Uint8Array) =>
    (
      db.prepare('SELECT seq FROM stream_beyond WHERE contact = ? AND stream = ? ORDER BY seq LIMIT 1024').all(contact, stream) as {
        seq: number
      }[]
    ).map(({ seq }) => seq)

  return {
    /** Newest streams first. */
    all: (contact: number, limit: number): Arrived[] =>
      (db.prepare('SELECT * FROM streams WHERE contact = ? ORDER BY touched DESC LIMIT ?').all(contact, limit) as Row[]).map((row) => ({
        stream: blob(row['stream']),
        upTo: row['up_to'] as number,
        beyond: beyond(contact, blob(row['stream'])),
      })),

    /** Records one seq; repeating is harmless. */
    record(contact: number, stream: Uint8Array, seq: number, now: number): void {
      db.prepare('INSERT INTO streams VALUES (?, ?, 0, ?) ON CONFLICT DO UPDATE SET touched = excluded.touched').run(contact, stream, now)
      const { up_to } = db.prepare('SELECT up_to FROM streams WHERE contact = ? AND stream = ?').get(contact, stream) as { up_to: number }
      if (seq <= up_to) return
      db.prepare('INSERT OR IGNORE INTO stream_beyond VALUES (?, ?, ?)').run(contact, stream, seq)
      if (seq === up_to + 1) advance(contact, stream, up_to)
    },
  }

  function advance(contact: number, stream: Uint8Array, from: number): void {
    let upTo = from
    const has = db.prepare('DELETE FROM stream_beyond WHERE contact = ? AND stream = ? AND seq = ?')
    while (has.run(contact, stream, upTo + 1).changes === 1) upTo++
    db.prepare('UPDATE streams SET up_to = ? WHERE contact = ? AND stream = ?').run(upTo, contact, stream)
  }
}

/** Where an item stands among the others: receivers show each stream in the order of its numbers (docs/protocol.md section 5). */
import type { Database } from './database.ts'
import { hexId } from './rows.ts'

interface Arriving {
  own: boolean
  stream: Uint8Array | null
  seq: number | null
  sentAt: number
}

interface Place {
  position: number
  /** Ids, in hex, of items that had to move on. */
  moved: string[]
}

interface Next {
  position: number
  seq: number
  sameStream: 0 | 1
}

/** How far what stands in the way moves: so many then fit without moving anything again. */
const room = 1024

export function createItemPlaces(db: Database) {
  const sql = {
    endOf: db.prepare('SELECT max(position) AS last FROM items WHERE contact = ?'),
    before: db.prepare('SELECT max(position) AS at FROM items WHERE contact = ? AND position < ?'),
    makeRoom: db.prepare('UPDATE items SET position = position + ? WHERE contact = ? AND position >= ? RETURNING id'),
    nextOf: db.prepare(
      'SELECT position, seq, 1 AS sameStream FROM items WHERE contact = ? AND stream = ? AND seq > ? ORDER BY seq LIMIT 1',
    ),
    laterOwn:
      db.prepare(`SELECT position, seq, 0 AS sameStream FROM items WHERE contact = ? AND kind = 'text' AND own = 1 AND stream IS NOT ?
         AND sent_at > ? ORDER BY position LIMIT 1`),
  }

  /** After everything shown, and not before the clock. */
  function endOf(contact: number, now: number): number {
    const row = sql.endOf.get(contact) as { last: number | null }
    return Math.max(now, (row.last ?? 0) + 1)
  }

  /**
   * A seq that comes late stands right before the next higher one of its stream. One of our own that comes back after a restore also
   * stands before what was written on this computer later. Positions never repeat, or pages would lose items: where there is no room
   * between two, everything after them moves on.
   */
  function placeOf(contact: number, item: Arriving, now: number): Place {
    const next = nextOf(contact, item)
    if (next === null) return { position: endOf(contact, now), moved: [] }
    const before = (sql.before.get(contact, next.position) as { at: number | null }).at ?? next.position - room
    const free = between(before, next, item)
    if (free !== null) return { position: free, moved: [] }
    const moved = sql.makeRoom.all(room, contact, next.position).map((row) => hexId(row['id']))
    return { position: between(before, { ...next, position: next.position + room }, item) ?? before + 1, moved }
  }

  /** As far before the next one of its stream as its number says, or else right after the one before. */
  function between(before: number, next: Next, { seq }: Arriving): number | null {
    const kept = next.sameStream === 1 ? next.position - (next.seq - (seq ?? 0)) : -Infinity
    if (kept > before) return kept
    return before + 1 < next.position ? before + 1 : null
  }

  function nextOf(contact: number, { own, stream, seq, sentAt }: Arriving): Next | null {
    if (stream === null || seq === null) return null
    const inStream = sql.nextOf.get(contact, stream, seq) as Next | undefined
    const ofLater = own ? laterOwn(contact, stream, sentAt) : undefined
    const [first] = [inStream, ofLater].filter((next) => next !== undefined).sort((a, b) => a.position - b.position)
    return first ?? null
  }

  /** What was written here after it, on another stream. Asked only for what comes back after a restore. */
  const laterOwn = (contact: number, stream: Uint8Array, sentAt: number): Next | undefined =>
    sql.laterOwn.get(contact, stream, sentAt) as Next | undefined

  return { endOf, placeOf }
}

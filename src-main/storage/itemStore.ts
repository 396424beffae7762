/** Messages and system lines of a conversation, in the order they are shown. */
import type { Item, MessageStatus, SystemLine, TextMessage } from '#shared/contract/models.ts'
import { unhex } from '../protocol/bytes.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
import { blobOrNull, hexId, type Row } from './rows.ts'

export interface StoredText {
  id: string
  own: boolean
  stream: Uint8Array | null
  seq: number | null
  text: string
  sentAt: number
  status: MessageStatus
  late: boolean
}

/** The id as people's programs write it: 8-4-4-4-12. */
export const uuidText = (idHex: string): string => idHex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
export const uuidHex = (uuid: string): string => uuid.replaceAll('-', '')

const toItem =
  (contactId: string) =>
  (row: Row): Item => {
    const common = { id: uuidText(hexId(row['id'])), conversationId: contactId, position: row['position'] as number }
    if (row['kind'] === 'system') {
      return {
        ...common,
        kind: 'system',
        event: row['event'] as SystemLine['event'],
        by: row['by'] as By,
        at: row['sent_at'] as number,
        count: row['count'] as number,
        text: row['text'] as string,
      }
    }
    return {
      ...common,
      kind: 'text',
      own: row['own'] === 1,
      text: row['text'] as string,
      sentAt: row['sent_at'] as number,
      status: row['status'] as MessageStatus,
      late: row['late'] === 1,
    }
  }

/** What the list shows of a conversation's newest text. */
export type LastText = Pick<TextMessage, 'text' | 'own' | 'sentAt' | 'status'>

const toLastText = (row: Row): LastText => ({
  text: row['text'] as string,
  own: row['own'] === 1,
  sentAt: row['sent_at'] as number,
  status: row['status'] as MessageStatus,
})

interface Place {
  position: number
  moved: string[]
}

interface Next {
  position: number
  seq: number
  sameStream: 0 | 1
}

/** How far what stands in the way moves: so many then fit without moving anything again. */
const room = 1024

export function createItemStore(db: Database) {
  const sql = {
    createItemStore:
      db.prepare(`INSERT INTO items (id, contact, kind, own, stream, seq, text, sent_at, position, status, late, event, by, count)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    endOf: db.prepare('SELECT max(position) AS last FROM items WHERE contact = ?'),
    placeOf: db.prepare('SELECT max(position) AS at FROM items WHERE contact = ? AND position < ?'),
    makeRoom: db.prepare('UPDATE items SET position = position + ? WHERE contact = ? AND position >= ? RETURNING id'),
    nextOf: db.prepare(
      'SELECT position, seq, 1 AS sameStream FROM items WHERE contact = ? AND stream = ? AND seq > ? ORDER BY seq LIMIT 1',
    ),
    laterOwn:
      db.prepare(`SELECT position, seq, 0 AS sameStream FROM items WHERE contact = ? AND kind = 'text' AND own = 1 AND stream IS NOT ?
         AND sent_at > ? ORDER BY position LIMIT 1`),
    has: db.prepare('SELECT 1 FROM items WHERE contact = ? AND id = ?'),
    get: db.prepare('SELECT * FROM items WHERE contact = ? AND id = ?'),
    setCount: db.prepare('UPDATE items SET count = ? WHERE contact = ? AND id = ?'),
    setStatus: db.prepare('UPDATE items SET status = ? WHERE contact = ? AND id = ? AND status <> ?'),
    setSeq: db.prepare('UPDATE items SET stream = ?, seq = ? WHERE contact = ? AND id = ?'),
    keepForeign: db.prepare('INSERT OR IGNORE INTO foreign_messages VALUES (?, ?, ?, ?)'),
    lastEvent: db.prepare('SELECT event FROM items WHERE contact = ? ORDER BY position DESC LIMIT 1'),
    page: db.prepare('SELECT * FROM items WHERE contact = ? AND position < ? ORDER BY position DESC, seq DESC LIMIT ?'),
    lastText: db.prepare(
      `SELECT text, own, sent_at, status FROM items WHERE contact = ? AND kind = 'text' ORDER BY position DESC, seq DESC LIMIT 1`,
    ),
    lastTexts: db.prepare(
      `SELECT c.no, i.text, i.own, i.sent_at, i.status FROM contacts c JOIN items i ON i.rowid =
       (SELECT rowid FROM items WHERE contact = c.no AND kind = 'text' ORDER BY position DESC, seq DESC LIMIT 1)`,
    ),
    textsAfter: db.prepare(`SELECT id, stream, seq, text, sent_at, position FROM items
             WHERE contact = ? AND stream = ? AND seq > ? AND own = ? AND kind = 'text' ORDER BY position, seq LIMIT ?`),
  }

  const insert = sql.createItemStore

  /** After everything shown, and not before the clock. */
  function endOf(contact: number, now: number): number {
    const row = sql.endOf.get(contact) as { last: number | null }
    return Math.max(now, (row.last ?? 0) + 1)
  }

  /**
   * A seq that comes late stands right before the next higher one of its stream: receivers show in seq order. One of our own that
   * comes back after a restore also stands before what was written on this computer later. Positions never repeat, or pages
   * would lose items: where there is no room between two, everything after them moves on.
   */
  function placeOf(contact: number, text: StoredText, now: number): Place {
    const next = nextOf(contact, text)
    if (next === null) return { position: endOf(contact, now), moved: [] }
    const row = sql.placeOf.get(contact, next.position)
    const before = (row as { at: number | null }).at ?? next.position - room
    const free = between(before, next, text)
    if (free !== null) return { position: free, moved: [] }
    const after = sql.makeRoom
    const moved = after.all(room, contact, next.position).map((item) => hexId((item as Row)['id']))
    return { position: between(before, { ...next, position: next.position + room }, text) ?? before + 1, moved }
  }

  /** As far before the next one of its stream as its number says, or else right after the one before. */
  function between(before: number, next: Next, { seq }: StoredText): number | null {
    const kept = next.sameStream === 1 ? next.position - (next.seq - (seq ?? 0)) : -Infinity
    if (kept > before) return kept
    return before + 1 < next.position ? before + 1 : null
  }

  function nextOf(contact: number, { own, stream, seq, sentAt }: StoredText): Next | null {
    if (stream === null || seq === null) return null
    const inStream = sql.nextOf.get(contact, stream, seq) as Next | undefined
    const ofLater = own ? laterOwn(contact, stream, sentAt) : undefined
    const [first] = [inStream, ofLater].filter((next) => next !== undefined).sort((a, b) => a.position - b.position)
    return first ?? null
  }

  /** What was written here after it, on another stream. Asked only for what comes back after a restore. */
  const laterOwn = (contact: number, stream: Uint8Array, sentAt: number): Next | undefined =>
    sql.laterOwn.get(contact, stream, sentAt) as Next | undefined

  return {
    has: (contact: number, id: string): boolean => sql.has.get(contact, unhex(id)) !== undefined,

    get(contact: number, id: string, contactId: string): Item | null {
      const row = sql.get.get(contact, unhex(id))
      return row ? toItem(contactId)(row) : null
    },

    /** Ids, in hex, of shown items that had to move on. */
    insertText(contact: number, text: StoredText, now: number): string[] {
      const { position, moved } = placeOf(contact, text, now)
      insert.run(
        unhex(text.id),
        contact,
        'text',
        text.own ? 1 : 0,
        text.stream,
        text.seq,
        text.text,
        text.sentAt,
        position,
        text.status,
        text.late ? 1 : 0,
        null,
        null,
        0,
      )
      return moved
    },

    insertSystem(contact: number, line: { id: string; event: SystemLine['event']; by: By; at: number; count: number; text: string }): void {
      const at = endOf(contact, line.at)
      insert.run(unhex(line.id), contact, 'system', 0, null, null, line.text, line.at, at, 'received', 0, line.event, line.by, line.count)
    },

    setCount: (contact: number, id: string, count: number) => void sql.setCount.run(count, contact, unhex(id)),

    setStatus: (contact: number, id: string, status: MessageStatus): boolean =>
      sql.setStatus.run(status, contact, unhex(id), status).changes === 1,

    setSeq: (contact: number, id: string, stream: Uint8Array, seq: number) => void sql.setSeq.run(stream, seq, contact, unhex(id)),

    /** False where it is kept already. */
    keepForeign: (contact: number, id: Uint8Array, body: Uint8Array, at: number): boolean =>
      sql.keepForeign.run(contact, id, body, at).changes === 1,

    /** The event of the newest item, where that is a system line. */
    lastEvent: (contact: number): string | null => (sql.lastEvent.get(contact) as { event: string | null } | undefined)?.event ?? null,

    page(contact: number, contactId: string, before: number, limit: number): { items: Item[]; more: boolean } {
      const rows = sql.page.all(contact, before, limit + 1) as Row[]
      const items = rows.slice(0, limit).reverse().map(toItem(contactId))
      return { items, more: rows.length > limit }
    },

    lastText(contact: number): LastText | null {
      const row = sql.lastText.get(contact)
      return row ? toLastText(row) : null
    },

    /** The same for all contacts. */
    lastTexts: () => new Map(sql.lastTexts.all().map((row) => [row['no'] as number, toLastText(row)])),

    /** Texts of a contact's or our own stream above `seq`, as shown; for a restored peer. */
    textsAfter: (contact: number, own: boolean, stream: Uint8Array, seq: number, limit: number) =>
      (sql.textsAfter.all(contact, stream, seq, own ? 1 : 0, limit) as Row[]).map((row) => ({
        id: hexId(row['id']),
        stream: blobOrNull(row['stream']) as Uint8Array,
        seq: row['seq'] as number,
        text: row['text'] as string,
        sentAt: row['sent_at'] as number,
        position: row['position'] as number,
        own,
      })),
  }
}

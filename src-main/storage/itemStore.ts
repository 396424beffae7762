/** Messages and system lines of a conversation, in the order they are shown. */
import type { FileLabel, Item, ItemPage, Mention, MessageStatus, SystemLine, TextMessage, Writer } from '#shared/contract/itemModels.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { createItemModel, labelOf, mentionsOf } from './itemModel.ts'
import { createItemPlaces } from './itemPlaces.ts'
import { blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'
import { createWordIndex, type Indexed, type WordIndex } from './wordIndex.ts'

export interface NewText {
  id: string
  own: boolean
  stream: Uint8Array | null
  seq: number | null
  text: string
  sentAt: number
  status: MessageStatus
  late: boolean
  unread?: boolean
  /** Of a group's message that is not own: the member's id, in hex. */
  author?: string | null
  /** The member it came through, where it did not come from its author; hex. */
  passedBy?: string | null
  /** Hex id of the message it answers. */
  reply?: string | null
  forwarded?: boolean
  mentions?: Mention[]
  /** Seconds; 0: for good. */
  ttl?: number
  /** Of the file that comes with it, to be found by. */
  fileName?: string | null
}

export interface NewLine extends Pick<SystemLine, 'event' | 'by' | 'at' | 'count' | 'text'> {
  id: string
  /** In a group, who did it, where that was somebody else; hex. */
  author: string | null
}

/** What the list shows of a conversation's newest text. */
export type LastText = Pick<TextMessage, 'text' | 'own' | 'author' | 'sentAt' | 'status' | 'deleted'> & { file: FileLabel | null }

const toLastText = (row: Row, author: Writer | null): LastText => ({
  text: row['text'] as string,
  own: row['own'] === 1,
  author,
  sentAt: row['sent_at'] as number,
  status: row['status'] as MessageStatus,
  deleted: row['deleted_at'] !== null,
  file: labelOf(row),
})

/** A text as the services work with it; `id` in hex. */
export type StoredText = Indexed &
  Required<Pick<NewText, 'id' | 'reply' | 'mentions' | 'ttl' | 'unread' | 'late' | 'stream' | 'seq' | 'author'>> & {
    editedAt: number | null
    deletedAt: number | null
    deleted: boolean
  }

const toStored = (row: Row): StoredText => ({
  ...{ no: row['no'] as number, contact: row['contact'] as number, id: hexId(row['id']), own: row['own'] === 1 },
  ...{ text: row['text'] as string, sentAt: row['sent_at'] as number, reply: hexIdOrNull(row['reply_to']), mentions: mentionsOf(row) },
  ...{ ttl: row['ttl'] as number, unread: row['unread'] === 1, late: row['late'] === 1, editedAt: row['edited_at'] as number | null },
  ...{ stream: blobOrNull(row['stream']), seq: row['seq'] as number | null, author: hexIdOrNull(row['author']) },
  fileName: (row['file_name'] ?? null) as string | null,
  ...{ deletedAt: row['deleted_at'] as number | null, deleted: row['deleted_at'] !== null },
})

/** As `toStored`, of what has a number. */
const toLost = (row: Row) => ({
  ...(toStored(row) as StoredText & { stream: Uint8Array; seq: number }),
  ...{ forwarded: row['forwarded'] === 1, position: row['position'] as number },
})

const toJson = (mentions: readonly Mention[] | undefined) => (mentions?.length ? JSON.stringify(mentions) : null)

export function createItemStore(db: Database, index: WordIndex = createWordIndex(db)) {
  const model = createItemModel(db)
  const places = createItemPlaces(db)
  const named = 'SELECT i.*, f.name AS file_name FROM items i LEFT JOIN files f ON f.contact = i.contact AND f.id = i.id'
  const last = 'i.text, i.own, i.author, i.contact, i.sent_at, i.status, i.deleted_at, f.kind AS file_kind, f.name AS file_name'
  const newestText = `SELECT rowid FROM items WHERE contact = c.no AND kind = 'text' ORDER BY position DESC, seq DESC LIMIT 1`
  /** Words or a file. */
  const says = `(i.text <> '' OR EXISTS (SELECT 1 FROM files f WHERE f.contact = i.contact AND f.id = i.id))`
  const sql = {
    insertText: db.prepare(
      `INSERT INTO items (id, contact, kind, own, stream, seq, text, sent_at, position, status, late, unread, reply_to, forwarded, mentions, ttl, author, passed_by)
       VALUES (?, ?, 'text', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertSystem: db.prepare(
      `INSERT INTO items (id, contact, kind, own, text, sent_at, position, status, event, by, count, author)
       VALUES (?, ?, 'system', 0, ?, ?, ?, 'received', ?, ?, ?, ?)`,
    ),
    has: db.prepare('SELECT 1 FROM items WHERE contact = ? AND id = ? UNION ALL SELECT 1 FROM gone WHERE contact = ? AND id = ?'),
    get: db.prepare(`${named} WHERE i.contact = ? AND i.id = ?`),
    setCount: db.prepare('UPDATE items SET count = ? WHERE contact = ? AND id = ?'),
    setStatus: db.prepare('UPDATE items SET status = ? WHERE contact = ? AND id = ? AND status <> ?'),
    setSeq: db.prepare('UPDATE items SET stream = ?, seq = ? WHERE contact = ? AND id = ?'),
    confirm: db.prepare('UPDATE items SET stream = ?, seq = ?, passed_by = NULL WHERE contact = ? AND id = ? AND passed_by IS NOT NULL'),
    setText: db.prepare('UPDATE items SET text = ?, mentions = ?, edited_at = ? WHERE no = ?'),
    setDeleted: db.prepare(
      `UPDATE items SET text = '', mentions = NULL, edited_at = NULL, pinned_at = NULL, unread = 0, deleted_at = ? WHERE no = ?`,
    ),
    setExpiry: db.prepare('UPDATE items SET expires_at = ? WHERE contact = ? AND id = ? AND ttl > 0 AND expires_at IS NULL'),
    setPinned: db.prepare('UPDATE items SET pinned_at = ? WHERE contact = ? AND id = ?'),
    remove: db.prepare('DELETE FROM items WHERE no = ?'),
    pinned: db.prepare('SELECT * FROM items WHERE contact = ? AND pinned_at IS NOT NULL ORDER BY pinned_at DESC'),
    markRead: db.prepare(
      `UPDATE items SET unread = 0, expires_at = CASE WHEN ttl > 0 THEN ? + ttl * 1000 END WHERE contact = ? AND unread = 1 RETURNING id, ttl`,
    ),
    ownChanged: db.prepare('SELECT * FROM items WHERE contact = ? AND own = 1 AND (edited_at > ? OR deleted_at > ?)'),
    sentAt: db.prepare('SELECT sent_at FROM items WHERE contact = ? AND stream = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'),
    lastRead: db.prepare('SELECT max(seq) AS seq FROM items WHERE contact = ? AND stream = ? AND own = 0'),
    firstUnread: db.prepare('SELECT min(seq) AS seq FROM items WHERE stream = ? AND unread = 1'),
    unreadAuthors: db.prepare('SELECT DISTINCT author FROM items WHERE contact = ? AND unread = 1 AND author IS NOT NULL'),
    readByPeer: db.prepare(
      `UPDATE items SET status = 'read' WHERE contact = ? AND stream = ? AND seq > ? AND seq <= ? AND own = 1 AND status = 'delivered' RETURNING id`,
    ),
    expired: db.prepare(`${named} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?`),
    nextExpiry: db.prepare('SELECT min(expires_at) AS at FROM items WHERE expires_at IS NOT NULL'),
    texts: db.prepare(`${named} WHERE i.contact = ? AND i.kind = 'text' AND (text <> '' OR f.name IS NOT NULL)`),
    keepForeign: db.prepare('INSERT OR IGNORE INTO foreign_messages VALUES (?, ?, ?, ?)'),
    foreign: db.prepare('SELECT * FROM foreign_messages ORDER BY rowid'),
    dropForeign: db.prepare('DELETE FROM foreign_messages WHERE contact = ? AND id = ?'),
    lastEvent: db.prepare('SELECT event FROM items WHERE contact = ? ORDER BY position DESC LIMIT 1'),
    before: db.prepare('SELECT * FROM items WHERE contact = ? AND position < ? ORDER BY position DESC, seq DESC LIMIT ?'),
    after: db.prepare('SELECT * FROM items WHERE contact = ? AND position > ? ORDER BY position, seq LIMIT ?'),
    lastText: db.prepare(
      `SELECT ${last} FROM items i LEFT JOIN files f USING (contact, id)
       WHERE contact = ? AND i.kind = 'text' ORDER BY position DESC, seq DESC LIMIT 1`,
    ),
    lastTexts: db.prepare(
      `SELECT c.no, ${last} FROM contacts c JOIN items i ON i.rowid = (${newestText})
       LEFT JOIN files f ON f.contact = i.contact AND f.id = i.id`,
    ),
    groupTextsBy: db.prepare(
      `SELECT * FROM items i WHERE contact IN (SELECT contact FROM groups) AND stream = ? AND seq > ? AND author = ? AND ${says}
       ORDER BY seq LIMIT ?`,
    ),
    groupTextsAfter: db.prepare(
      `SELECT i.*, d.stream AS stream, d.seq AS seq FROM group_deliveries d JOIN items i ON i.contact = d.contact AND i.id = d.id
       WHERE d.member = ? AND d.stream = ? AND d.seq > ? AND i.kind = 'text' AND ${says} ORDER BY d.seq LIMIT ?`,
    ),
    textsAfter: db.prepare(
      `SELECT * FROM items i WHERE contact = ? AND stream = ? AND seq > ? AND own = ? AND kind = 'text' AND ${says}
       ORDER BY position, seq LIMIT ?`,
    ),
  }

  const stored = (contact: number, id: string): StoredText | null => {
    const row = sql.get.get(contact, unhex(id))
    return row?.['kind'] === 'text' ? toStored(row) : null
  }

  return {
    /** Also what was here and is no more. */
    has: (contact: number, id: string): boolean => sql.has.get(contact, unhex(id), contact, unhex(id)) !== undefined,

    get(contact: number, id: string, contactId: string): Item | null {
      const row = sql.get.get(contact, unhex(id))
      return row ? model.toItem(row, contactId) : null
    },

    /** A text; null for what is not here or none. */
    text: stored,
    /** A person as a conversation calls it. */
    writer: model.writer,

    /** Ids, in hex, of shown items that had to move on. */
    insertText(contact: number, item: NewText, now: number): string[] {
      const { position, moved } = places.placeOf(contact, item, now)
      const { lastInsertRowid } = sql.insertText.run(
        ...[unhex(item.id), contact, item.own ? 1 : 0, item.stream, item.seq, item.text, item.sentAt, position, item.status],
        ...[item.late ? 1 : 0, item.unread ? 1 : 0, item.reply ? unhex(item.reply) : null, item.forwarded ? 1 : 0],
        ...[toJson(item.mentions), item.ttl ?? 0, item.author ? unhex(item.author) : null],
        item.passedBy ? unhex(item.passedBy) : null,
      )
      index.add({ ...item, contact, no: Number(lastInsertRowid) })
      return moved
    },

    insertSystem(contact: number, line: NewLine): void {
      const position = places.endOf(contact, line.at)
      sql.insertSystem.run(
        unhex(line.id),
        contact,
        line.text,
        line.at,
        position,
        line.event,
        line.by,
        line.count,
        line.author ? unhex(line.author) : null,
      )
    },

    setText(item: StoredText, text: string, mentions: readonly Mention[], at: number): void {
      index.remove(item)
      sql.setText.run(text, toJson(mentions), at, item.no)
      index.add({ ...item, text })
    },

    /** Another file is to be found by its name, or a first one. */
    renameFile(item: StoredText, fileName: string): void {
      index.remove(item)
      index.add({ ...item, fileName })
    },

    /** Its place stays; nothing else does. */
    setDeleted(item: StoredText, at: number): void {
      index.remove(item)
      sql.setDeleted.run(at, item.no)
    },

    remove(item: StoredText | { no: number }): void {
      if ('text' in item) index.remove(item)
      sql.remove.run(item.no)
    },

    /** Before a contact's rows, and those of its files, go: the index has no idea whose words are whose. */
    forgetWords(contact: number): void {
      for (const row of sql.texts.all(contact)) index.remove(toStored(row))
    },

    /** Of files that were here before names were looked for; true while there are more. */
    addFileNames: () => index.addNames(),

    setCount: (contact: number, id: string, count: number) => void sql.setCount.run(count, contact, unhex(id)),

    setStatus: (contact: number, id: string, status: MessageStatus): boolean =>
      sql.setStatus.run(status, contact, unhex(id), status).changes === 1,

    /** False where that is no text of the conversation. */
    setSeq: (contact: number, id: string, stream: Uint8Array, seq: number): boolean =>
      sql.setSeq.run(stream, seq, contact, unhex(id)).changes === 1,
    /** It has come from its author as well, and has a number now. False where that is nothing new. */
    confirm: (contact: number, id: string, stream: Uint8Array, seq: number): boolean =>
      sql.confirm.run(stream, seq, contact, unhex(id)).changes === 1,
    setPinned: (contact: number, id: string, at: number | null) => void sql.setPinned.run(at, contact, unhex(id)),
    /** True where it is one that disappears, and its time was not known yet. */
    setExpiry: (contact: number, id: string, at: number): boolean => sql.setExpiry.run(at, contact, unhex(id)).changes === 1,

    /** Ids, in hex, of what was read now and disappears. */
    markRead: (contact: number, now: number): string[] =>
      sql.markRead
        .all(now, contact)
        .filter((row) => row['ttl'] !== 0)
        .map((row) => hexId(row['id'])),
    /** Own messages that were changed or taken back since. */
    ownChanged: (contact: number, since: number): StoredText[] => sql.ownChanged.all(contact, since, since).map(toStored),
    /** When the last message of a stream up to `seq` was written; 0 where none is here. */
    sentAt: (contact: number, stream: Uint8Array, seq: number): number =>
      (sql.sentAt.get(contact, stream, seq)?.['sent_at'] as number | undefined) ?? 0,
    /** The highest seq of a stream of the contact's that is here; 0 for none. */
    lastSeq: (contact: number, stream: Uint8Array): number => (sql.lastRead.get(contact, stream)?.['seq'] as number | null) ?? 0,
    /** The lowest seq of a stream that was not read, in whichever conversation; null where all was. */
    firstUnread: (stream: Uint8Array): number | null => sql.firstUnread.get(stream)?.['seq'] as number | null,
    /** Members whose messages were not read; ids. */
    unreadAuthors: (contact: number): string[] => sql.unreadAuthors.all(contact).map((row) => hexId(row['author'])),
    /** Own messages with numbers above `from` and up to `upTo` were read over there; ids of those that were only delivered before. */
    readByPeer: (contact: number, stream: Uint8Array, from: number, upTo: number): string[] =>
      sql.readByPeer.all(contact, stream, from, upTo).map((row) => hexId(row['id'])),

    /** Those that should have disappeared, the first ones first. */
    expired: (now: number, limit: number): StoredText[] => sql.expired.all(now, limit).map(toStored),
    nextExpiry: (): number | null => (sql.nextExpiry.get()?.['at'] as number | null) ?? null,

    /** False where it is kept already. */
    keepForeign: (contact: number, id: Uint8Array, body: Uint8Array, at: number): boolean =>
      sql.keepForeign.run(contact, id, body, at).changes === 1,
    foreign: () => sql.foreign.all() as { contact: number; id: Uint8Array; body: Uint8Array }[],
    dropForeign: (contact: number, id: Uint8Array) => void sql.dropForeign.run(contact, id),

    /** The event of the newest item, where that is a system line. */
    lastEvent: (contact: number): string | null => (sql.lastEvent.get(contact) as { event: string | null } | undefined)?.event ?? null,

    /** Oldest first: the newest before a position. */
    before(contact: number, contactId: string, position: number, limit: number): Pick<ItemPage, 'items' | 'more'> {
      const rows = sql.before.all(contact, position, limit + 1)
      const items = rows.slice(0, limit).reverse()
      return { items: items.map((row) => model.toItem(row, contactId)), more: rows.length > limit }
    },

    /** Oldest first: the oldest after a position. */
    after(contact: number, contactId: string, position: number, limit: number): Pick<ItemPage, 'items' | 'newer'> {
      const rows = sql.after.all(contact, position, limit + 1)
      return { items: rows.slice(0, limit).map((row) => model.toItem(row, contactId)), newer: rows.length > limit }
    },

    pinned: (contact: number, contactId: string): Item[] => sql.pinned.all(contact).map((row) => model.toItem(row, contactId)),

    lastText(contact: number): LastText | null {
      const row = sql.lastText.get(contact)
      return row ? toLastText(row, model.writerOf(row)) : null
    },

    /** The same for all contacts. */
    lastTexts: () => new Map(sql.lastTexts.all().map((row) => [row['no'] as number, toLastText(row, model.writerOf(row))])),

    /** Texts and files of a contact's or our own stream above `seq`, as shown; for a restored peer. */
    textsAfter: (contact: number, own: boolean, stream: Uint8Array, seq: number, limit: number) =>
      sql.textsAfter.all(contact, stream, seq, own ? 1 : 0, limit).map(toLost),

    /** The same of a member's in groups. */
    groupTextsBy: (member: string, stream: Uint8Array, seq: number, limit: number) =>
      sql.groupTextsBy.all(stream, seq, unhex(member), limit).map(toLost),
    /** The same of own ones in groups, with their numbers on the way to this member. */
    groupTextsAfter: (member: string, stream: Uint8Array, seq: number, limit: number) =>
      sql.groupTextsAfter.all(unhex(member), stream, seq, limit).map(toLost),
  }
}

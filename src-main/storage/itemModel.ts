/** Rows of `items` as windows see them. */
import type {
  FileLabel,
  Item,
  Mention,
  MessageFile,
  MessageStatus,
  Quote,
  Reaction,
  SystemLine,
  Writer,
} from '#shared/contract/itemModels.ts'
import { shownFileName, type FileKind } from '#shared/files.ts'
import { unhex } from '../protocol/bytes.ts'
import { authorOf } from './changeStore.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
import { fileModel } from './fileModel.ts'
import { toFile } from './fileStore.ts'
import { blob, hexId, type Row } from './rows.ts'

/** The id as people's programs write it: 8-4-4-4-12. */
export const uuidText = (idHex: string): string => idHex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
export const uuidHex = (uuid: string): string => uuid.replaceAll('-', '')

/** A quotation names its message; more of it than this is read where it stands. */
const quoteChars = 200

export function createItemModel(db: Database) {
  const sql = {
    reactions: db.prepare(`SELECT author, emoji FROM reactions WHERE contact = ? AND id = ? AND emoji <> '' ORDER BY at`),
    quote: db.prepare(
      `SELECT i.own, i.author, i.contact, substr(text, 1, ${String(quoteChars)}) AS text, deleted_at, f.kind AS file_kind, f.name AS file_name
       FROM items i LEFT JOIN files f USING (contact, id) WHERE contact = ? AND id = ? AND i.kind = 'text'`,
    ),
    file: db.prepare('SELECT * FROM files WHERE contact = ? AND id = ?'),
    writer: db.prepare(
      `SELECT CASE label WHEN '' THEN name ELSE label END AS name, 0 AS rank FROM contacts WHERE id = ?
       UNION ALL SELECT name, 1 FROM group_members WHERE contact = ? AND member = ? ORDER BY rank LIMIT 1`,
    ),
  }

  const reactions = (contact: number, id: Uint8Array): Reaction[] =>
    sql.reactions.all(contact, id).map((row) => {
      const author = authorOf(blob(row['author']))
      const whose = typeof author === 'object' ? { author: writer(contact, author.member) } : {}
      return { emoji: row['emoji'] as string, own: author === 'me', ...whose }
    })

  /** A member as it is called here: by this person, by itself, or by the group. */
  function writer(contact: number, id: string): Writer {
    const row = sql.writer.get(unhex(id), contact, unhex(id))
    return { id, name: (row?.['name'] as string | undefined) ?? id.slice(0, 8) }
  }

  const writerOf = (row: Row): Writer | null => (row['author'] === null ? null : writer(row['contact'] as number, hexId(row['author'])))

  function quote(contact: number, id: Uint8Array | null): Quote | null {
    if (id === null) return null
    const row = sql.quote.get(contact, id)
    const author = row ? writerOf(row) : null
    const about = { id: uuidText(hexId(id)), own: row?.['own'] === 1, ...(author && { author }) }
    if (!row) return { ...about, state: 'missing', text: '', file: null }
    return { ...about, state: row['deleted_at'] === null ? 'here' : 'deleted', text: row['text'] as string, file: labelOf(row) }
  }

  function file(row: Row): MessageFile | null {
    const found = sql.file.get(row['contact'] as number, row['id'] as Uint8Array)
    return found ? fileModel(toFile(found)) : null
  }

  const systemLine = (row: Row) => ({
    kind: 'system' as const,
    event: row['event'] as SystemLine['event'],
    by: row['by'] as By,
    at: row['sent_at'] as number,
    count: row['count'] as number,
    text: row['text'] as string,
    author: writerOf(row),
  })

  const textMessage = (row: Row) => ({
    kind: 'text' as const,
    own: row['own'] === 1,
    author: writerOf(row),
    passedBy: row['passed_by'] === null ? null : writer(row['contact'] as number, hexId(row['passed_by'])),
    text: row['text'] as string,
    sentAt: row['sent_at'] as number,
    status: row['status'] as MessageStatus,
    late: row['late'] === 1,
    reply: quote(row['contact'] as number, row['reply_to'] as Uint8Array | null),
    forwarded: row['forwarded'] === 1,
    mentions: mentionsOf(row),
    editedAt: row['edited_at'] as number | null,
    deleted: row['deleted_at'] !== null,
    reactions: reactions(row['contact'] as number, row['id'] as Uint8Array),
    pinned: row['pinned_at'] !== null,
    ttl: row['ttl'] as number,
    expiresAt: row['expires_at'] as number | null,
    file: file(row),
  })

  return {
    writer,
    writerOf,
    toItem(row: Row, contactId: string): Item {
      const common = { id: uuidText(hexId(row['id'])), conversationId: contactId, position: row['position'] as number }
      return { ...common, ...(row['kind'] === 'system' ? systemLine(row) : textMessage(row)) }
    },
  }
}

/** Of a row that names a file beside its own columns. */
export const labelOf = (row: Row): FileLabel | null =>
  row['file_kind'] === null ? null : { kind: row['file_kind'] as FileKind, name: shownFileName(row['file_name'] as string) }

/** As they were stored: checked when they came. */
export const mentionsOf = (row: Row): Mention[] => (row['mentions'] === null ? [] : (JSON.parse(row['mentions'] as string) as Mention[]))

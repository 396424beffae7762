/** Rows of `items` as windows see them. */
import type { FileLabel, Item, Mention, MessageFile, MessageStatus, Quote, Reaction, SystemLine } from '#shared/contract/models.ts'
import { shownFileName, type FileKind } from '#shared/files.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
import { fileModel } from './fileModel.ts'
import { toFile } from './fileStore.ts'
import { hexId, type Row } from './rows.ts'

/** The id as people's programs write it: 8-4-4-4-12. */
export const uuidText = (idHex: string): string => idHex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
export const uuidHex = (uuid: string): string => uuid.replaceAll('-', '')

/** A quotation names its message; more of it than this is read where it stands. */
const quoteChars = 200

export function createItemModel(db: Database) {
  const sql = {
    reactions: db.prepare(`SELECT own, emoji FROM reactions WHERE contact = ? AND id = ? AND emoji <> '' ORDER BY at`),
    quote: db.prepare(
      `SELECT i.own, substr(text, 1, ${String(quoteChars)}) AS text, deleted_at, f.kind AS file_kind, f.name AS file_name
       FROM items i LEFT JOIN files f USING (contact, id) WHERE contact = ? AND id = ? AND i.kind = 'text'`,
    ),
    file: db.prepare('SELECT * FROM files WHERE contact = ? AND id = ?'),
  }

  const reactions = (contact: number, id: Uint8Array): Reaction[] =>
    sql.reactions.all(contact, id).map((row) => ({ emoji: row['emoji'] as string, own: row['own'] === 1 }))

  function quote(contact: number, id: Uint8Array | null): Quote | null {
    if (id === null) return null
    const row = sql.quote.get(contact, id)
    const about = { id: uuidText(hexId(id)), own: row?.['own'] === 1 }
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
  })

  const textMessage = (row: Row) => ({
    kind: 'text' as const,
    own: row['own'] === 1,
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

/** Rows of `items` as windows see them. */
import type { Item, Mention, MessageStatus, Quote, Reaction, SystemLine } from '#shared/contract/models.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
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
      `SELECT own, substr(text, 1, ${String(quoteChars)}) AS text, deleted_at FROM items WHERE contact = ? AND id = ? AND kind = 'text'`,
    ),
  }

  const reactions = (contact: number, id: Uint8Array): Reaction[] =>
    sql.reactions.all(contact, id).map((row) => ({ emoji: row['emoji'] as string, own: row['own'] === 1 }))

  function quote(contact: number, id: Uint8Array | null): Quote | null {
    if (id === null) return null
    const row = sql.quote.get(contact, id)
    const about = { id: uuidText(hexId(id)), own: row?.['own'] === 1 }
    if (!row) return { ...about, state: 'missing', text: '' }
    return { ...about, state: row['deleted_at'] === null ? 'here' : 'deleted', text: row['text'] as string }
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
  })

  return {
    toItem(row: Row, contactId: string): Item {
      const common = { id: uuidText(hexId(row['id'])), conversationId: contactId, position: row['position'] as number }
      return { ...common, ...(row['kind'] === 'system' ? systemLine(row) : textMessage(row)) }
    },
  }
}

/** As they were stored: checked when they came. */
export const mentionsOf = (row: Row): Mention[] => (row['mentions'] === null ? [] : (JSON.parse(row['mentions'] as string) as Mention[]))

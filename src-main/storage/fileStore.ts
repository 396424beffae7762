/** Files of messages: what they are, what opens them, how far they have come. Ids are hex. */
import type { MessageFile } from '#shared/contract/itemModels.ts'
import type { FileKind } from '#shared/files.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Database, SqlValue } from './database.ts'
import { assignments, blob, blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface FileRow {
  contact: number
  /** Of its message. */
  id: string
  file: string
  own: boolean
  kind: FileKind
  name: string
  type: string
  size: number
  secret: Uint8Array
  relay: string | null
  preview: Uint8Array | null
  width: number | null
  height: number | null
  seconds: number | null
  state: MessageFile['state']
  /** An error code. */
  error: string | null
  /** Bits: which chunks are at the relay (own), or here. */
  chunks: Uint8Array
  settled: boolean
  /** Of a copy for one reader alone, the id of who is at the other end: whom an own one is for, who made another. */
  peer: string | null
  /** All chunks of an own one are on the disk, and will be what they are. */
  sealed: boolean
}

export type FileChanges = Partial<Pick<FileRow, 'state' | 'error' | 'chunks' | 'settled' | 'sealed'>>

export const toFile = (row: Row): FileRow => ({
  ...(row as unknown as FileRow),
  ...{ id: hexId(row['id']), file: hexId(row['file']), own: row['own'] === 1, settled: row['settled'] === 1, sealed: row['sealed'] === 1 },
  ...{ secret: blob(row['secret']), preview: blobOrNull(row['preview']), chunks: blob(row['chunks']) },
  peer: hexIdOrNull(row['peer']),
})

export function createFileStore(db: Database) {
  const isCopy = 'own = 1 AND peer IS NOT NULL' // as the index says it
  const sql = {
    insert: db.prepare(
      `INSERT INTO files (contact, id, file, own, kind, name, type, size, secret, relay, preview, width, height, seconds, state, error, chunks, settled, peer, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    get: db.prepare('SELECT * FROM files WHERE contact = ? AND id = ?'),
    byFile: db.prepare('SELECT * FROM files WHERE file = ?'),
    ofContact: db.prepare('SELECT * FROM files WHERE contact = ?'),
    underWay: db.prepare(`SELECT * FROM files WHERE state IN ('sending', 'receiving') OR (state = 'sent' AND settled = 0) ORDER BY rowid`),
    names: db.prepare('SELECT file FROM files'),
    readers: db.prepare(`SELECT DISTINCT peer FROM files INDEXED BY files_copies WHERE contact = ? AND ${isCopy}`),
    copiesFor: db.prepare(`SELECT * FROM files INDEXED BY files_copies WHERE peer = ? AND ${isCopy}`),
    remove: db.prepare('DELETE FROM files WHERE contact = ? AND id = ?'),
    page: db.prepare(
      `SELECT i.id FROM files f JOIN items i ON i.contact = f.contact AND i.id = f.id
       WHERE f.contact = ? AND f.kind = ? AND i.position < ? ORDER BY i.position DESC LIMIT ?`,
    ),
  }

  return {
    insert(row: FileRow): void {
      const { contact, id, file, own, kind, name, type, size, secret, relay, preview, width, height, seconds, state, error, chunks } = row
      sql.insert.run(
        ...[contact, unhex(id), unhex(file), own ? 1 : 0, kind, name, type, size, secret, relay, preview, width, height, seconds],
        ...[state, error, chunks, row.settled ? 1 : 0, row.peer === null ? null : unhex(row.peer), row.sealed ? 1 : 0],
      )
    },
    get(contact: number, id: string): FileRow | null {
      const row = sql.get.get(contact, unhex(id))
      return row ? toFile(row) : null
    },
    byFile(file: string): FileRow | null {
      const row = sql.byFile.get(unhex(file))
      return row ? toFile(row) : null
    },
    ofContact: (contact: number): FileRow[] => sql.ofContact.all(contact).map(toFile),
    /** What goes on after a start, in the order in which it was begun. */
    underWay: (): FileRow[] => sql.underWay.all().map(toFile),
    /** Whom there are copies for in a conversation; ids. */
    readers: (contact: number): string[] => sql.readers.all(contact).map((row) => hexId(row['peer'])),
    /** Copies for a contact, in whichever conversations. */
    copiesFor: (reader: string): FileRow[] => sql.copiesFor.all(unhex(reader)).map(toFile),
    /** Every file there is. */
    names: (): string[] => sql.names.all().map((row) => hexId(row['file'])),

    update(contact: number, id: string, { settled, sealed, ...changes }: FileChanges): void {
      const columns: Record<string, SqlValue> = {
        ...changes,
        ...(settled === undefined ? {} : { settled: settled ? 1 : 0 }),
        ...(sealed === undefined ? {} : { sealed: sealed ? 1 : 0 }),
      }
      const { set, values } = assignments(columns)
      db.prepare(`UPDATE files SET ${set} WHERE contact = ? AND id = ?`).run(...values, contact, unhex(id))
    },

    remove: (contact: number, id: string) => void sql.remove.run(contact, unhex(id)),
    /** Ids of messages with files of a kind, the newest first, before a position. */
    page: (contact: number, kind: FileKind, before: number, limit: number): string[] =>
      sql.page.all(contact, kind, before, limit).map((row) => hexId(row['id'])),
  }
}

/** What was done to messages: reactions, earlier versions, what is no more, and what came too early. Ids are hex. */
import { hex, unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, blobOrNull } from './rows.ts'

/** Who did something to a message: this person, the contact of a conversation of two, or a group's member, by its id in hex. */
export type Author = 'me' | 'contact' | { member: string }

export const authorBytes = (author: Author): Uint8Array =>
  author === 'me' ? new Uint8Array() : author === 'contact' ? new Uint8Array(1) : unhex(author.member)

export const authorOf = (bytes: Uint8Array | null): Author =>
  bytes === null || bytes.length === 1 ? 'contact' : bytes.length === 0 ? 'me' : { member: hex(bytes) }

export function createChangeStore(db: Database) {
  const sql = {
    reactedAt: db.prepare('SELECT at FROM reactions WHERE contact = ? AND id = ? AND author = ?'),
    react: db.prepare('INSERT OR REPLACE INTO reactions VALUES (?, ?, ?, ?, ?)'),
    ownReactions: db.prepare('SELECT id, emoji, at FROM reactions WHERE contact = ? AND author = zeroblob(0) AND at > ?'),
    addVersion: db.prepare('INSERT OR REPLACE INTO edits VALUES (?, ?, ?, ?)'),
    versions: db.prepare('SELECT at, text FROM edits WHERE contact = ? AND id = ? ORDER BY at'),
    dropVersions: db.prepare('DELETE FROM edits WHERE contact = ? AND id = ?'),
    dropReactions: db.prepare('DELETE FROM reactions WHERE contact = ? AND id = ?'),
    isGone: db.prepare('SELECT 1 FROM gone WHERE contact = ? AND id = ?'),
    addGone: db.prepare('INSERT OR IGNORE INTO gone VALUES (?, ?, ?)'),
    forgetGone: db.prepare('DELETE FROM gone WHERE at < ?'),
    early: db.prepare('SELECT count(*) AS n FROM early_events WHERE contact = ?'),
    keep: db.prepare('INSERT OR IGNORE INTO early_events (contact, target, id, body, at, author) VALUES (?, ?, ?, ?, ?, ?)'),
    take: db.prepare('DELETE FROM early_events WHERE contact = ? AND target = ? RETURNING body, author'),
    forgetEarly: db.prepare('DELETE FROM early_events WHERE at < ?'),
  }

  return {
    /** 0 for never. */
    reactedAt: (contact: number, id: string, author: Author): number =>
      (sql.reactedAt.get(contact, unhex(id), authorBytes(author))?.['at'] as number | undefined) ?? 0,
    react: (contact: number, id: string, { author, emoji, at }: { author: Author; emoji: string; at: number }) =>
      void sql.react.run(contact, unhex(id), authorBytes(author), emoji, at),

    ownReactions: (contact: number, since: number) =>
      sql.ownReactions.all(contact, since) as { id: Uint8Array; emoji: string; at: number }[],

    /** What a message said since `at`, before it is changed. */
    addVersion: (contact: number, id: string, version: { at: number; text: string }) =>
      void sql.addVersion.run(contact, unhex(id), version.at, version.text),
    versions: (contact: number, id: string) => sql.versions.all(contact, unhex(id)) as { at: number; text: string }[],

    /** Nothing that was done to it is left. */
    forget(contact: number, id: string): void {
      sql.dropVersions.run(contact, unhex(id))
      sql.dropReactions.run(contact, unhex(id))
    },

    isGone: (contact: number, id: string): boolean => sql.isGone.get(contact, unhex(id)) !== undefined,
    addGone: (contact: number, id: string, at: number) => void sql.addGone.run(contact, unhex(id), at),

    countEarly: (contact: number): number => sql.early.get(contact)?.['n'] as number,
    keepEarly: (contact: number, event: { target: Uint8Array; id: Uint8Array; body: Uint8Array; at: number; author: Author }) =>
      void sql.keep.run(contact, event.target, event.id, event.body, event.at, authorBytes(event.author)),
    /** What came before the message; it is kept no more. */
    takeEarly: (contact: number, target: string): { body: Uint8Array; author: Author }[] =>
      sql.take.all(contact, unhex(target)).map((row) => ({ body: blob(row['body']), author: authorOf(blobOrNull(row['author'])) })),

    /** What is older than these moments is of no use any more. */
    prune({ gone, early }: { gone: number; early: number }): void {
      sql.forgetGone.run(gone)
      sql.forgetEarly.run(early)
    },
  }
}

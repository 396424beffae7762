/**
 * The words of every message in SQLite's FTS5 (docs/keystore.md). The index keeps no texts: what goes out of it must be said exactly as
 * it went in, so both directions are made here, from the same columns.
 */
import type { Database } from './database.ts'

/** What the index knows of a message. */
export interface Indexed {
  no: number
  contact: number
  own: boolean
  text: string
  sentAt: number
}

const ideograph = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}]/gu

/** Scripts that write words without spaces: each character is a word of its own, and a word in a question is a phrase of them. */
export const spaced = (text: string): string => text.replaceAll(ideograph, ' $& ')

/** The month in UTC, as the index has it: `m202611`. */
export const monthWord = (at: number): string => `m${new Date(at).toISOString().slice(0, 7).replace('-', '')}`

/** Words about the message, so that a question for one author or some months reads nothing else. */
const aboutOf = ({ contact, own, sentAt }: Indexed): string => `c${String(contact)} ${own ? 'own' : 'peer'} ${monthWord(clamped(sentAt))}`

/** The author's clock may say anything; a date has limits. */
const clamped = (at: number): number => Math.min(Math.max(0, at), 8.64e15)

export function createWordIndex(db: Database) {
  const add = db.prepare('INSERT INTO words (rowid, text, about) VALUES (?, ?, ?)')
  const remove = db.prepare(`INSERT INTO words (words, rowid, text, about) VALUES ('delete', ?, ?, ?)`)

  return {
    add: (item: Indexed) => void (item.text !== '' && add.run(item.no, spaced(item.text), aboutOf(item))),
    remove: (item: Indexed) => void (item.text !== '' && remove.run(item.no, spaced(item.text), aboutOf(item))),
  }
}

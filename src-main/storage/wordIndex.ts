/**
 * The words of every message in SQLite's FTS5 (docs/keystore.md). The index keeps no texts: what goes out of it must be said exactly as
 * it went in, so both directions are made here, from the same columns. Words are found and folded by `wordsIn`; SQLite parts them at spaces.
 */
import { wordsIn } from '#shared/search/words.ts'
import type { Database } from './database.ts'

/** What the index knows of a message. */
export interface Indexed {
  no: number
  contact: number
  own: boolean
  text: string
  sentAt: number
}

/**
 * Facts about a message are words too, so that a question for one author or some months reads nothing else. They are single characters of
 * Unicode's private use, which no text has as a word, and which are too short for the index of beginnings.
 */
export const authorWord = (own: boolean): string => (own ? '\ue000' : '\ue001')
export const monthWord = (month: number): string => String.fromCodePoint(0xe100 + Math.min(Math.max(0, month), 5000))
export const contactWord = (contact: number): string =>
  contact < planeSize
    ? String.fromCodePoint(0xf0000 + contact)
    : contactWord(Math.floor(contact / planeSize)) + contactWord(contact % planeSize)

const planeSize = 0xff00

/** Months since January 1970, in UTC. The author's clock may say anything; a date has limits. */
export function monthOf(at: number): number {
  const date = new Date(Math.min(Math.max(0, at), 8.64e15))
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

const aboutOf = ({ contact, own, sentAt }: Indexed): string => `${contactWord(contact)} ${authorWord(own)} ${monthWord(monthOf(sentAt))}`

const textOf = ({ text }: Indexed): string =>
  wordsIn(text)
    .map((word) => word.text)
    .join(' ')

export type WordIndex = ReturnType<typeof createWordIndex>

export function createWordIndex(db: Database) {
  const add = db.prepare('INSERT INTO words (rowid, text, about) VALUES (?, ?, ?)')
  const remove = db.prepare(`INSERT INTO words (words, rowid, text, about) VALUES ('delete', ?, ?, ?)`)

  return {
    add: (item: Indexed) => void (item.text !== '' && add.run(item.no, textOf(item), aboutOf(item))),
    remove: (item: Indexed) => void (item.text !== '' && remove.run(item.no, textOf(item), aboutOf(item))),
  }
}

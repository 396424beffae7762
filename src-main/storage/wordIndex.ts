/**
 * The words of every message in SQLite's FTS5 (docs/keystore.md). The index keeps no texts: what goes out of it must be said exactly as
 * it went in, so both directions are made here, from the same columns. Words are found and folded by `wordsIn`; SQLite parts them at spaces.
 */
import { wordsIn } from '#shared/search/words.ts'
import type { Database } from './database.ts'
import type { Row } from './rows.ts'

/** What the index knows of a message. */
export interface Indexed {
  no: number
  contact: number
  own: boolean
  text: string
  sentAt: number
  /** Of its file, as it was sent. */
  fileName?: string | null | undefined
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

const textOf = ({ text, fileName }: Indexed, isNamed: boolean): string =>
  [...(isNamed ? wordsIn(fileName ?? '') : []), ...wordsIn(text)].map((word) => word.text).join(' ')

/** In `meta`: up to this number of a message, names of files are not in the index. Where it is absent none are: once they were not put in. */
const unnamedKey = 'words.unnamed'
const unnamedBatch = 50

export type WordIndex = ReturnType<typeof createWordIndex>

export function createWordIndex(db: Database) {
  const add = db.prepare('INSERT INTO words (rowid, text, about) VALUES (?, ?, ?)')
  const remove = db.prepare(`INSERT INTO words (words, rowid, text, about) VALUES ('delete', ?, ?, ?)`)
  const unnamed = db.prepare('SELECT CAST(CAST(value AS TEXT) AS INTEGER) AS no FROM meta WHERE key = ?')

  const lastUnnamed = (): number => (unnamed.get(unnamedKey)?.['no'] as number | undefined) ?? Infinity
  const isNamed = ({ fileName, no }: Indexed): boolean => (fileName ?? null) !== null && no > lastUnnamed()

  function run(change: typeof add, item: Indexed, named: boolean): void {
    if (item.text !== '' || named) change.run(item.no, textOf(item, named), aboutOf(item))
  }

  /** Some names that are not in it yet, the newest first; false once all are. In the caller's transaction. */
  function addNames(): boolean {
    const known = lastUnnamed()
    if (known === 0) return false
    const last = Number.isFinite(known) ? known : ((db.prepare('SELECT max(no) AS no FROM items').get()?.['no'] as number | null) ?? 0)
    const rows = db
      .prepare(
        `SELECT i.no, i.contact, i.own, i.text, i.sent_at, f.name FROM files f JOIN items i ON i.contact = f.contact AND i.id = f.id
         WHERE i.no <= ? ORDER BY i.no DESC LIMIT ${String(unnamedBatch)}`,
      )
      .all(last)
    for (const row of rows) {
      const item = { ...indexedOf(row), fileName: row['name'] as string }
      run(remove, item, false)
      run(add, item, true)
    }
    const rest = rows.length < unnamedBatch ? 0 : (rows.at(-1)?.['no'] as number) - 1
    db.prepare('INSERT OR REPLACE INTO meta VALUES (?, CAST(? AS BLOB))').run(unnamedKey, rest)
    return rest > 0
  }

  return {
    add: (item: Indexed) => run(add, item, isNamed(item)),
    remove: (item: Indexed) => run(remove, item, isNamed(item)),
    addNames,
  }
}

/** Out of columns of `items`. */
export const indexedOf = (row: Row): Indexed => ({
  ...{ no: row['no'] as number, contact: row['contact'] as number, own: row['own'] === 1 },
  ...{ text: row['text'] as string, sentAt: row['sent_at'] as number },
})

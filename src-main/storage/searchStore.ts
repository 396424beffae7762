/** Messages by their words, newest first: in the order in which they came to this computer. */
import type { Writer } from '#shared/contract/itemModels.ts'
import type { Term } from '#shared/search/query.ts'
import type { Database } from './database.ts'
import { createItemModel } from './itemModel.ts'
import { hexId, type Row } from './rows.ts'
import { authorWord, contactWord, monthOf, monthWord } from './wordIndex.ts'

export interface Wanted {
  terms: readonly Term[]
  contact: number | null
  own: boolean | null
  /** By the author's clock: from then on, and before then. */
  since: number | null
  until: number | null
  /** Numbers of items: only those that came before. */
  before: number | null
  limit: number
}

export interface Found {
  no: number
  id: string
  contactId: string
  own: boolean
  /** Of a group's message that is not own. */
  author: Writer | null
  sentAt: number
  text: string
  /** As it was sent. */
  fileName: string | null
}

/** More months than these are not asked for one by one: then so much lies between that the dates alone decide fast enough. */
const mostMonths = 120
/** Clocks that go ahead of ours by more than this are not looked for by their date. */
const monthsAhead = 12

/** A phrase of words that `wordsIn` has made: letters and digits, in quotation marks, and so nothing that FTS5 would read as anything else. */
const phrase = ({ words, prefix }: Term): string => `"${words.join(' ')}"${prefix ? ' *' : ''}`
const anyMonth = (from: number, to: number): string => {
  const months = Array.from({ length: to - from + 1 }, (_, i) => `"${monthWord(from + i)}"`)
  return `(${months.join(' OR ')})`
}

/**
 * Months that may hold what is wanted, or others that do not; `sent_at` itself decides. Without this, a common word of years ago would
 * only be found after all that came since has been read.
 */
function months({ since, until }: Wanted, now: number): { and: string[]; not: string | null } {
  const last = monthOf(now) + monthsAhead
  const [from, to] = [since === null ? null : monthOf(since), until === null ? last : Math.min(last, monthOf(until))]
  if (from !== null && to >= from && to - from < mostMonths) return { and: [anyMonth(from, to)], not: null }
  if (from === null && until !== null && last > to && last - to <= mostMonths) return { and: [], not: anyMonth(to + 1, last) }
  return { and: [], not: null }
}

export function matchOf(wanted: Wanted, now: number): string {
  const about = [
    ...(wanted.contact === null ? [] : [`"${contactWord(wanted.contact)}"`]),
    ...(wanted.own === null ? [] : [`"${authorWord(wanted.own)}"`]),
  ]
  const { and, not } = months(wanted, now)
  const all = [...wanted.terms.map(phrase), ...about, ...and].join(' AND ')
  return not === null ? all : `(${all}) NOT ${not}`
}

export function createSearchStore(db: Database) {
  const model = createItemModel(db)
  const find = db.prepare(
    `SELECT i.no, i.id, c.id AS contact_id, i.contact, i.author, i.own, i.sent_at, i.text, f.name AS file_name
     FROM words w CROSS JOIN items i ON i.no = w.rowid CROSS JOIN contacts c ON c.no = i.contact
     LEFT JOIN files f ON f.contact = i.contact AND f.id = i.id
     WHERE words MATCH ? AND w.rowid < ? AND i.sent_at >= ? AND i.sent_at < ? ORDER BY w.rowid DESC LIMIT ?`,
  )
  const toFound = (row: Row): Found => ({
    ...{ no: row['no'] as number, id: hexId(row['id']), contactId: hexId(row['contact_id']) },
    ...{ author: model.writerOf(row), own: row['own'] === 1, sentAt: row['sent_at'] as number, text: row['text'] as string },
    fileName: row['file_name'] as string | null,
  })

  return {
    find(wanted: Wanted, now: number): Found[] {
      if (wanted.terms.length === 0) return []
      const { before, since, until, limit } = wanted
      return find.all(matchOf(wanted, now), before ?? Infinity, since ?? -Infinity, until ?? Infinity, limit).map(toFound)
    },
  }
}

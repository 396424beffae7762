/** Looking for messages by their words. */
import type { Parsed } from '#shared/contract/contract.ts'
import type { SearchHit, SearchPage } from '#shared/contract/itemModels.ts'
import { parseQuery, type Term } from '#shared/search/query.ts'
import { rangesIn, type Range } from '#shared/search/ranges.ts'
import { plainOf } from '#shared/text/plain.ts'
import { shownFileName } from '#shared/files.ts'
import { uuidText } from '../storage/itemModel.ts'
import type { Found } from '../storage/searchStore.ts'
import type { Core } from './core.ts'
import type { Conversations } from './conversations.ts'

/** A row shows about two lines; so much stands before the first word that was found. */
const snippetChars = 160
const leadChars = 30

export function createSearch(core: Core, { conversations }: { conversations: Conversations }) {
  /** Errors: `contact.unknown`. */
  function messages({ query, conversationId, from, since, until, before, limit }: Parsed<'search.messages'>): SearchPage {
    const terms = parseQuery(query)
    const contact = conversationId === undefined ? null : conversations.byId(conversationId).no
    const own = from === undefined ? null : from === 'me'
    const place = { since: since ?? null, until: until ?? null, before: before ?? null, limit: limit + 1 }
    const found = core.stores.search.find({ terms, contact, own, ...place }, core.now())
    const shown = found.slice(0, limit)
    return { hits: shown.map((one) => hitOf(one, terms)), next: found.length > limit ? (shown.at(-1)?.no ?? null) : null }
  }

  /** Files that came before their names were looked for. */
  function* addFileNames(): Generator<void> {
    while (core.commit(() => core.stores.items.addFileNames())) yield
  }

  return { messages, start: () => core.guard('search.names-not-added', () => core.inSlices(addFileNames())) }
}

function hitOf({ id, contactId, own, author, sentAt, text, fileName }: Found, terms: readonly Term[]): SearchHit {
  return { item: { id: uuidText(id), conversationId: contactId, own, author, sentAt }, ...shownSnippet(text, fileName, terms) }
}

/** Of a message as the index knows it: the name of its file before its text, and the text with what marks it. */
export function shownSnippet(text: string, fileName: string | null, terms: readonly Term[]): { snippet: string; ranges: Range[] } {
  const lead = fileName === null ? '' : `${shownFileName(fileName)}${text === '' ? '' : ' · '}`
  const plain = plainOf(text)
  const places = [...Array.from(lead, (_, i) => i), ...plain.places.map((at) => at + lead.length)]
  return snippetOf(lead + plain.text, shownRanges(rangesIn(lead + text, terms) ?? [], places))
}

/** Where the characters of these ranges stand among those at `places`; some may not be shown at all. */
function shownRanges(ranges: readonly Range[], places: readonly number[]): Range[] {
  const indexOf = (at: number): number => {
    const index = places.findIndex((place) => place >= at)
    return index === -1 ? places.length : index
  }
  return ranges.map(([from, length]): Range => [indexOf(from), indexOf(from + length) - indexOf(from)]).filter(([, length]) => length > 0)
}

/** The part of a text around the first words that were found, on one line, and where they stand in it. */
export function snippetOf(text: string, ranges: readonly Range[]): { snippet: string; ranges: Range[] } {
  const start = startOf(text, ranges[0]?.[0] ?? 0)
  const end = endOf(text, start + snippetChars)
  const lead = start > 0 ? '…' : ''
  const inside = ranges.filter(([from, length]) => from >= start && from + length <= end)
  return {
    snippet: `${lead}${text.slice(start, end).replaceAll(/\s/gu, ' ')}${end < text.length ? '…' : ''}`,
    ranges: inside.map(([from, length]) => [from - start + lead.length, length]),
  }
}

/** Behind a space where there is one, so that no word is cut, and never inside of a character. */
function startOf(text: string, first: number): number {
  if (first <= leadChars) return 0
  const space = text.slice(first - leadChars, first).search(/\s\S/u)
  return whole(text, space === -1 ? first - leadChars : first - leadChars + space + 1)
}

const endOf = (text: string, end: number): number => (end >= text.length ? text.length : whole(text, end))

/** A place between two characters: the second half of a pair goes with its first. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at)

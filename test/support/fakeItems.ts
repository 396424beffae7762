/** Pages of a scripted conversation, and what is found in all of them: by a plain look at each. */
import type { Input } from '#shared/contract/contract.ts'
import type { Item, ItemPage, SearchHit, SearchPage } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'
import { parseQuery } from '#shared/search/query.ts'
import { rangesIn } from '#shared/search/ranges.ts'

export function pageOf(all: readonly Item[], { before, after, around, limit }: Input<'conversations.items'>): ItemPage {
  const slice = (from: number, end: number): ItemPage => ({
    ...{ items: all.slice(Math.max(0, from), end), more: from > 0, newer: end < all.length },
  })
  if (around !== undefined) {
    const at = all.findIndex(({ id }) => id === around)
    if (at === -1) throw new CairnError('message.unknown')
    return slice(at - Math.floor(limit / 2), at + Math.ceil(limit / 2))
  }
  if (after !== undefined) {
    const at = all.findLastIndex(({ position }) => position <= after) + 1
    return slice(at, at + limit)
  }
  const end = before === undefined ? all.length : all.filter(({ position }) => position < before).length
  return slice(end - limit, end)
}

/** A cursor is how many hits were told before. */
export function searchIn(items: Readonly<Record<string, Item[]>>, wanted: Input<'search.messages'>): SearchPage {
  const { query, conversationId, from, since = -Infinity, until = Infinity, before = 0, limit } = wanted
  const terms = parseQuery(query)
  const hits = Object.values(items)
    .flat()
    .flatMap((item): SearchHit[] => {
      if (item.kind !== 'text' || item.deleted) return []
      const ranges = rangesIn(item.text, terms)
      if (ranges === null || (conversationId ?? item.conversationId) !== item.conversationId) return []
      if ((from !== undefined && (from === 'me') !== item.own) || item.sentAt < since || item.sentAt >= until) return []
      return [{ item, snippet: item.text, ranges }]
    })
    .toSorted((a, b) => b.item.sentAt - a.item.sentAt)
  return { hits: terms.length === 0 ? [] : hits.slice(before, before + limit), next: hits.length > before + limit ? before + limit : null }
}

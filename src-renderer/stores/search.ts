import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { SearchHit } from '#shared/contract/itemModels.ts'

const pageHits = 20

export interface Filters {
  from: 'anyone' | 'me' | 'them'
  /** Only in this conversation. */
  conversationId: string | null
  /** Days as the fields have them, `2026-05-21`, in the time zone of this computer; empty: any. */
  since: string
  until: string
}

interface State {
  query: string
  filters: Filters
  hits: SearchHit[]
  /** Where the next page begins. */
  next: number | null
  loading: boolean
  /** An answer to this query is there. */
  answered: string | null
  error: unknown
  /** The conversation that has a search of its own open, and what is looked for there. */
  inside: string | null
  insideQuery: string
  /** Counts questions: an answer that was overtaken by the next one is dropped. */
  turn: number
}

const noFilters = (): Filters => ({ from: 'anyone', conversationId: null, since: '', until: '' })

/** Midnight, here, `days` later. */
const dayStart = (date: string, days: number): number => {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  return new Date(year, month - 1, day + days).getTime()
}

export function questionOf({ from, conversationId, since, until }: Filters): Partial<Input<'search.messages'>> {
  return {
    ...(from === 'anyone' ? {} : { from }),
    ...(conversationId === null ? {} : { conversationId }),
    ...(since === '' ? {} : { since: dayStart(since, 0) }),
    ...(until === '' ? {} : { until: dayStart(until, 1) }),
  }
}

/** What somebody looks for in all conversations, and in one. */
export const useSearch = defineStore('search', {
  state: (): State => ({
    ...{ query: '', filters: noFilters(), hits: [], next: null, loading: false, answered: null, error: null },
    ...{ inside: null, insideQuery: '', turn: 0 },
  }),
  getters: {
    active: ({ query }): boolean => query.trim() !== '',
    /** Whose words are marked in a conversation. */
    marks:
      ({ query, inside, insideQuery }) =>
      (conversationId: string): string =>
        inside === conversationId ? insideQuery : query,
  },
  actions: {
    async look() {
      await this.ask(undefined)
    },
    async more() {
      if (this.next !== null && !this.loading) await this.ask(this.next)
    },
    async ask(before: number | undefined) {
      const { query } = this
      const turn = ++this.turn
      if (query.trim() === '') return this.end()
      this.loading = true
      this.error = null
      try {
        const place = before === undefined ? {} : { before }
        const page = await this.api['search.messages']({ query, ...questionOf(this.filters), ...place, limit: pageHits })
        if (turn !== this.turn) return
        this.hits = before === undefined ? page.hits : [...this.hits, ...page.hits]
        this.next = page.next
        this.answered = query
      } catch (error) {
        if (turn === this.turn) this.error = error
      } finally {
        if (turn === this.turn) this.loading = false
      }
    },
    /** Filters are kept for as long as something is looked for. */
    end() {
      const { inside, insideQuery, turn } = this
      this.$reset()
      Object.assign(this, { inside, insideQuery, turn: turn + 1 })
    },
    openInside(conversationId: string) {
      this.inside = conversationId
    },
    endInside() {
      this.inside = null
      this.insideQuery = ''
    },
    /** Deleted, or disappeared. */
    remove(conversationId: string, ids: readonly string[]) {
      this.hits = this.hits.filter(({ item }) => item.conversationId !== conversationId || !ids.includes(item.id))
    },
  },
})

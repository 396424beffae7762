import { defineStore } from 'pinia'
import { toRaw } from 'vue'
import type { Input } from '#shared/contract/contract.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import type { Item, ItemPage, Mention, Quote, TextMessage } from '#shared/contract/itemModels.ts'
import { newId } from '../lib/uuid.ts'

/** Items fetched with each step: few enough to be drawn between two frames. */
const pageSize = 30
/** Around a message that is jumped to. */
const aroundSize = 60
/** Fetched first, with what is unread: more than most windows show, few enough to be there at once. */
const firstPage = 30
const firstMost = 60
/** No more than this many items are kept, and so drawn, for one conversation. */
export const maxItems = 300

export interface Log {
  items: Item[]
  /** Older items exist. */
  more: boolean
  /** Newer items exist that are not kept: this is a window somewhere in the middle. */
  detached: boolean
  loading: boolean
  /** Own messages that the app does not have, while the end is not shown. */
  aside: Item[]
}

/** What a message of one's own may have beside its words. */
interface About {
  reply?: Quote | null
  mentions?: Mention[]
}

interface State {
  logs: Record<string, Log>
  /** Messages shown before the app has confirmed them; an event or the answer replaces them. */
  pending: Record<string, true>
  /** Why a message could not be handed to the app. */
  failed: Record<string, unknown>
  /** What events have brought since each page that is still on its way was asked for: it may not be in the page. */
  awaited: { id: string; came: Item[] }[]
}

export const useMessages = defineStore('messages', {
  state: (): State => ({ logs: {}, pending: {}, failed: {}, awaited: [] }),
  actions: {
    /** Loads the newest page, with all that is unread if that is not too much, keeping what could not be handed over. */
    async open(id: string, unread = 0) {
      await this.replace(id, { limit: Math.min(firstMost, firstPage + unread) })
    },
    /** Loads a message with what stands before and after it. Errors: `message.unknown`; then everything is as it was. */
    async around(id: string, messageId: string) {
      await this.replace(id, { around: messageId, limit: aroundSize })
    },
    async replace(id: string, which: { around?: string; limit: number }) {
      const { page, came } = await this.fetch(id, which)
      const log = fromPage(page, this.unsent(id))
      for (const item of came) place(log, item)
      this.logs[id] = log
    },
    /** A page, and what events have brought meanwhile. */
    async fetch(id: string, which: Omit<Input<'conversations.items'>, 'id'>) {
      const came: Item[] = []
      this.awaited.push({ id, came })
      try {
        return { page: await this.api['conversations.items']({ id, ...which }), came }
      } finally {
        this.awaited = this.awaited.filter((one) => toRaw(one.came) !== came)
      }
    },
    /** Own messages that the app does not have: they are at the end, whichever part of a conversation is shown. */
    unsent(id: string): Item[] {
      const log = this.logs[id]
      return [...(log?.aside ?? []), ...(log?.items ?? [])].filter((item) => item.id in this.pending || item.id in this.failed)
    },
    async older(id: string) {
      const log = this.logs[id]
      const first = log?.items[0]
      if (!log || !first || !log.more || log.loading) return
      log.loading = true
      try {
        const page = await this.api['conversations.items']({ id, before: first.position, limit: pageSize })
        const items = merge(page.items, log.items)
        if (items.length > maxItems) {
          log.aside = this.unsent(id)
          log.detached = true
        }
        log.items = items.slice(0, maxItems)
        log.more = page.more
      } finally {
        log.loading = false
      }
    },
    async newer(id: string) {
      const log = this.logs[id]
      const last = log?.items.at(-1)
      if (!log || !last || !log.detached || log.loading) return
      log.loading = true
      try {
        const { page, came } = await this.fetch(id, { after: last.position, limit: pageSize })
        const items = merge(log.items, page.newer ? page.items : [...page.items, ...log.aside])
        if (!page.newer) log.aside = []
        log.more ||= items.length > maxItems
        log.items = items.slice(-maxItems)
        log.detached = page.newer
        for (const item of came) place(log, item)
      } finally {
        log.loading = false
      }
    },
    /** An event is the truth: it ends whatever was shown in its place. */
    apply(item: Item) {
      delete this.pending[item.id]
      delete this.failed[item.id]
      for (const { id, came } of this.awaited) if (id === item.conversationId) toRaw(came).push(item)
      const log = this.logs[item.conversationId]
      if (log) place(log, item)
    },
    /** A file moves, or has come to rest. */
    applyFile({ conversationId, messageId, file }: Extract<AppEvent, { type: 'file' }>) {
      const item = this.logs[conversationId]?.items.find(({ id }) => id === messageId)
      if (item?.kind === 'text' && item.file !== null) item.file = file
    },
    /** Deleted here, or disappeared; what quotes them says so from now on. */
    remove(id: string, gone: readonly string[]) {
      const log = this.logs[id]
      if (!log) return
      log.items = log.items
        .filter((item) => !gone.includes(item.id))
        .map((item) =>
          item.kind === 'text' && item.reply && gone.includes(item.reply.id)
            ? { ...item, reply: { ...item.reply, state: 'missing' as const, text: '', file: null } }
            : item,
        )
    },
    async send(id: string, text: string, about: About = {}) {
      if (this.logs[id]?.detached) await this.open(id)
      const message = this.optimistic(id, text, about)
      this.pending[message.id] = true
      const log = (this.logs[id] ??= emptyLog())
      log.items = merge(log.items, [message])
      await this.hand(message)
    },
    /** Sends a message that failed once more; its id stays, so it can never be sent twice. */
    async retry(message: TextMessage) {
      delete this.failed[message.id]
      this.pending[message.id] = true
      await this.hand(message)
    },
    async hand(message: TextMessage) {
      const mentions = message.mentions.map((mention) => ({ ...mention })) // plain: what Vue watches does not cross the bridge
      try {
        const answer = await this.api['conversations.send']({
          ...{ id: message.conversationId, messageId: message.id, text: message.text },
          ...{ replyTo: message.reply?.id ?? null, mentions },
        })
        if (this.pending[message.id]) this.apply(answer)
      } catch (error) {
        if (!this.pending[message.id]) return
        delete this.pending[message.id]
        this.failed[message.id] = error
      }
    },
    optimistic(conversationId: string, text: string, { reply = null, mentions = [] }: About): TextMessage {
      const about = { reply, mentions, sentAt: Date.now(), status: 'waiting' as const }
      const id = newId()
      const position = (this.logs[conversationId]?.items.at(-1)?.position ?? 0) + 1
      return { ...plain, kind: 'text', id, conversationId, own: true, text, position, late: false, ...about }
    },
  },
})

/** A text with nothing beside its words. */
const plain = {
  ...{ author: null, passedBy: null, reply: null, forwarded: false, mentions: [], editedAt: null, deleted: false, reactions: [] },
  ...{ pinned: false, ttl: 0, expiresAt: null, file: null },
} satisfies Partial<TextMessage>

const emptyLog = (): Log => ({ items: [], more: false, detached: false, loading: false, aside: [] })
const fromPage = ({ items, more, newer }: ItemPage, unsent: Item[]): Log => ({
  ...{ more, detached: newer, loading: false },
  ...(newer ? { items, aside: unsent } : { items: merge(items, unsent), aside: [] }),
})

/** Both lists as one, each id once (the second list wins), in order of position. */
function merge(first: readonly Item[], second: readonly Item[]): Item[] {
  const byId = new Map([...first, ...second].map((item) => [item.id, item]))
  return [...byId.values()].sort((a, b) => a.position - b.position)
}

/** What an event has brought, if it belongs to what is kept. */
function place(log: Log, item: Item): void {
  log.aside = log.aside.filter(({ id }) => id !== item.id) // the app has it now
  const known = log.items.some(({ id }) => id === item.id)
  if (!known && log.detached && item.position > (log.items.at(-1)?.position ?? 0)) return
  const first = log.items[0]
  if (!known && log.more && first && item.position < first.position) return
  log.items = merge(log.items, [item])
  if (log.items.length > maxItems + pageSize) {
    log.items = log.items.slice(-maxItems)
    log.more = true
  }
}

import { defineStore } from 'pinia'
import { limits } from '#shared/contract/limits.ts'
import type { Item, Mention, TextMessage } from '#shared/contract/itemModels.ts'
import { newId } from '../lib/uuid.ts'
import { useMessages } from './messages.ts'

/** What lies over the conversation for one message, and where. */
export interface Float {
  kind: 'menu' | 'react'
  message: TextMessage
  x: number
  y: number
}

interface State {
  /** What the next message answers, for each conversation. */
  replies: Record<string, TextMessage>
  /** The own message that is being changed. */
  editing: TextMessage | null
  selection: { conversationId: string; ids: string[] } | null
  /** Those pinned last come first; absent until it was asked for. */
  pinned: Record<string, TextMessage[]>
  float: Float | null
}

/** What is done with messages. The app's events show the outcome; nothing is shown before. */
export const useTalk = defineStore('talk', {
  state: (): State => ({ replies: {}, editing: null, selection: null, pinned: {}, float: null }),
  actions: {
    reply(message: TextMessage) {
      this.editing = null
      this.replies[message.conversationId] = message
    },
    edit(message: TextMessage) {
      delete this.replies[message.conversationId]
      this.editing = message
    },
    /** Takes back what the composer was asked for; false where that was nothing. */
    cancel(conversationId: string): boolean {
      const had = this.editing !== null || conversationId in this.replies
      this.editing = null
      delete this.replies[conversationId]
      return had
    },
    async save({ conversationId, id }: TextMessage, text: string, mentions: Mention[]) {
      await this.api['conversations.edit']({ id: conversationId, messageId: id, text, mentions })
    },
    /** The same emoji once more takes it back. */
    async react({ conversationId, id, reactions }: TextMessage, emoji: string) {
      const isOwn = reactions.some((one) => one.own && one.emoji === emoji)
      await this.api['conversations.react']({ id: conversationId, messageId: id, emoji: isOwn ? '' : emoji })
    },
    async pin({ conversationId, id }: TextMessage, pinned: boolean) {
      await this.api['conversations.pinMessage']({ id: conversationId, messageId: id, pinned })
    },
    async loadPinned(conversationId: string) {
      this.pinned[conversationId] = await this.api['conversations.pinnedMessages']({ id: conversationId })
    },
    async remove(conversationId: string, ids: string[], forWhom: 'me' | 'both') {
      await this.api['conversations.delete']({ id: conversationId, messageIds: [...ids], for: forWhom })
      const messages = useMessages()
      const failed = ids.filter((id) => id in messages.failed) // the app never had them, so it tells of none
      messages.remove(conversationId, failed)
      for (const id of failed) delete messages.failed[id]
      this.endSelection()
    },
    async forward(conversationId: string, ids: string[], to: string[]) {
      const targets = to.map((id) => ({ id, messageIds: ids.map(() => newId()) }))
      await this.api['conversations.forward']({ id: conversationId, items: [...ids], to: targets })
      this.endSelection()
    },
    versions({ conversationId, id }: TextMessage) {
      return this.api['conversations.versions']({ id: conversationId, messageId: id })
    },
    select(message: TextMessage) {
      this.cancel(message.conversationId)
      this.selection = { conversationId: message.conversationId, ids: [message.id] }
    },
    /** False where no more fit. */
    toggle(id: string): boolean {
      const ids = this.selection?.ids ?? []
      if (ids.includes(id)) ids.splice(ids.indexOf(id), 1)
      else if (ids.length < limits.selectedItems) ids.push(id)
      else return false
      return true
    },
    endSelection() {
      this.selection = null
    },
    /** An event has brought this message as it is now. */
    apply(item: Item) {
      if (item.kind !== 'text') return
      const { conversationId, id, deleted } = item
      if (deleted) this.letGo(conversationId, [id])
      const list = this.pinned[conversationId]
      if (!list) return
      const isKnown = list.some((one) => one.id === id)
      if (!item.pinned || deleted) this.pinned[conversationId] = list.filter((one) => one.id !== id)
      else this.pinned[conversationId] = isKnown ? list.map((one) => (one.id === id ? item : one)) : [item, ...list]
    },
    /** Deleted here, or disappeared. */
    gone(conversationId: string, ids: readonly string[]) {
      this.letGo(conversationId, ids)
      const list = this.pinned[conversationId]
      if (list) this.pinned[conversationId] = list.filter(({ id }) => !ids.includes(id))
      if (this.selection?.conversationId === conversationId) this.selection.ids = this.selection.ids.filter((id) => !ids.includes(id))
    },
    /** Nothing more can be done with these. */
    letGo(conversationId: string, ids: readonly string[]) {
      const reply = this.replies[conversationId]
      if (reply && ids.includes(reply.id)) delete this.replies[conversationId]
      if (this.editing && ids.includes(this.editing.id)) this.editing = null
      if (this.float && ids.includes(this.float.message.id)) this.float = null
    },
  },
})

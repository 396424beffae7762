import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { Language } from '#shared/contract/appModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Writer } from '#shared/contract/itemModels.ts'

interface State {
  byId: Record<string, Conversation>
  /** How many events each conversation has had: an answer that was overtaken by an event is dropped. */
  revisions: Record<string, number>
  loaded: boolean
  /** Who is writing where, by id (empty: the contact), and until when that is to be believed. */
  typing: Record<string, Record<string, Typist>>
}

export interface Typist {
  /** Empty: the contact. */
  name: string
  until: number
}

const shownFirst = 40
/** Milliseconds. */
const drawnWithin = 300

export const useConversations = defineStore('conversations', {
  state: (): State => ({ byId: {}, revisions: {}, loaded: false, typing: {} }),
  getters: {
    /** As in the list: what is pinned comes first. */
    sorted: (store): Conversation[] =>
      Object.values(store.byId).sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.activity - a.activity || a.id.localeCompare(b.id)),
    /** Who can be asked something: everybody with a session. */
    reachable: (store): Conversation[] =>
      Object.values(store.byId)
        .filter(({ group, self, state }) => group === null && !self && state === 'open')
        .sort((a, b) => a.name.localeCompare(b.name)),
    self: (store): Conversation | undefined => Object.values(store.byId).find(({ self }) => self),
    /** What is muted does not count. */
    unread: (store): number =>
      Object.values(store.byId).reduce((sum, { unread, mutedUntil }) => sum + (mutedUntil === null ? unread : 0), 0),
  },
  actions: {
    /** A page to read elsewhere, ready to be fetched. */
    async export(id: string, language: Language) {
      return this.api['conversations.export']({ id, language })
    },
    apply(conversation: Conversation) {
      this.byId[conversation.id] = conversation
      this.revisions[conversation.id] = (this.revisions[conversation.id] ?? 0) + 1
    },
    remove(id: string) {
      this.revisions[id] = (this.revisions[id] ?? 0) + 1 // an answer that is still on its way does not bring it back
      delete this.byId[id]
    },
    setTyping(id: string, until: number, { id: who, name }: Writer = { id: '', name: '' }) {
      this.typing[id] = { ...this.typing[id], [who]: { name, until } }
      const end = () => {
        const here = this.typing[id]
        if (here?.[who]?.until !== until) return
        const { [who]: _, ...others } = here
        if (Object.keys(others).length > 0) this.typing[id] = others
        else delete this.typing[id]
      }
      setTimeout(end, Math.max(0, until - Date.now()))
    },
    /** What stands at the top comes first: with a thousand people the list is there as soon as with ten. Shown unless it is empty. */
    async loadTop(): Promise<Conversation[]> {
      const top = await this.api['conversations.list']({ newest: shownFirst })
      if (top.length > 0 && (top.length < shownFirst || !this.loaded)) this.replace(top)
      return top
    },
    /** The rest when the top is drawn; nothing is asked where that was all. */
    async loadRest(top: Conversation[]) {
      if (top.length === 0) this.replace(top)
      if (top.length < shownFirst) return
      await new Promise((resolve) => setTimeout(resolve, drawnWithin))
      this.replace(await this.api['conversations.list']({}))
    },
    replace(list: Conversation[]) {
      this.byId = Object.fromEntries(list.map((conversation) => [conversation.id, conversation]))
      this.loaded = true
    },
    async settle(id: string, answer: Promise<Conversation>) {
      const before = this.revisions[id]
      const conversation = await answer
      if (this.revisions[id] === before) this.apply(conversation)
    },
    async setDraft(id: string, text: string) {
      await this.api['conversations.setDraft']({ id, text })
      const known = this.byId[id]
      if (known) known.draft = text
    },
    async markRead(id: string) {
      await this.api['conversations.markRead']({ id })
      const known = this.byId[id]
      if (known) known.unread = 0
    },
    /** Notes to oneself; made when they are first asked for. */
    async openSelf(): Promise<string> {
      const conversation = await this.api['conversations.self']({})
      if (!this.byId[conversation.id]) this.apply(conversation)
      return conversation.id
    },
    /** The person is writing. */
    async writing(id: string) {
      await this.api['conversations.typing']({ id })
    },
    pin(id: string, pinned: boolean) {
      return this.settle(id, this.api['conversations.pin']({ id, pinned }))
    },
    archive(id: string, archived: boolean) {
      return this.settle(id, this.api['conversations.archive']({ id, archived }))
    },
    setTimer(id: string, seconds: number) {
      return this.settle(id, this.api['conversations.setTimer']({ id, seconds }))
    },
    rename(id: string, label: string) {
      return this.settle(id, this.api['contacts.rename']({ id, label }))
    },
    mute(id: string, time: Input<'contacts.mute'>['time']) {
      return this.settle(id, this.api['contacts.mute']({ id, time }))
    },
    returnHistory(id: string, give: boolean) {
      return this.settle(id, this.api['conversations.returnHistory']({ id, give }))
    },
    reset(id: string) {
      return this.settle(id, this.api['sessions.reset']({ id }))
    },
    cancelReset(id: string) {
      return this.settle(id, this.api['sessions.cancelReset']({ id }))
    },
    allowRelay(contactId: string, allow: boolean) {
      return this.settle(contactId, this.api['exchanges.allowRelay']({ contactId, allow }))
    },
    async cancelExchange(contactId: string) {
      await this.api['exchanges.cancel']({ contactId })
    },
  },
})

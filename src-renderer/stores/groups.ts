import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { GroupDetails, GroupRole } from '#shared/contract/groupModels.ts'
import { useConversations } from './conversations.ts'

interface State {
  /** The pages of groups that were looked at. */
  byId: Record<string, GroupDetails>
  /** How often each was asked for: an answer that was overtaken is dropped. */
  asked: Record<string, number>
}

/** What is known of groups beside their conversations, and everything that is done to them. */
export const useGroups = defineStore('groups', {
  state: (): State => ({ byId: {}, asked: {} }),
  actions: {
    async keep(id: string, answer: Promise<GroupDetails>) {
      const turn = (this.asked[id] = (this.asked[id] ?? 0) + 1)
      const details = await answer
      if (this.asked[id] === turn) this.byId[id] = details
    },
    load(id: string) {
      return this.keep(id, this.api['groups.details']({ id }))
    },
    /** An event: whoever looks at the group's page sees it as it is now. Fails quietly: the next event or look asks again. */
    async changed(id: string) {
      if (id in this.byId) await this.load(id).catch(() => undefined)
    },
    /** Its id. */
    async create(about: Input<'groups.create'>): Promise<string> {
      const conversation = await this.api['groups.create'](about)
      const conversations = useConversations()
      if (!conversations.byId[conversation.id]) conversations.apply(conversation)
      return conversation.id
    },
    answer(id: string, accept: boolean) {
      return useConversations().settle(id, this.api['groups.answer']({ id, accept }))
    },
    rename(id: string, name: string) {
      return useConversations().settle(id, this.api['groups.rename']({ id, name }))
    },
    setPicture(id: string, picture: string | null) {
      return useConversations().settle(id, this.api['groups.setPicture']({ id, picture }))
    },
    leave(id: string) {
      return useConversations().settle(id, this.api['groups.leave']({ id }))
    },
    dissolve(id: string) {
      return useConversations().settle(id, this.api['groups.dissolve']({ id }))
    },
    async forget(id: string) {
      await this.api['groups.forget']({ id })
      delete this.byId[id]
    },
    invite(id: string, members: string[]) {
      return this.keep(id, this.api['groups.invite']({ id, members: [...members] }))
    },
    withdraw(id: string, member: string) {
      return this.keep(id, this.api['groups.withdraw']({ id, member }))
    },
    remove(id: string, member: string) {
      return this.keep(id, this.api['groups.remove']({ id, member }))
    },
    setRole(id: string, member: string, role: GroupRole) {
      return this.keep(id, this.api['groups.setRole']({ id, member, role }))
    },
    block(id: string, member: string, blocked: boolean) {
      return this.keep(id, this.api['groups.blockMember']({ id, member, blocked }))
    },
    connect(id: string, member: string) {
      return this.keep(id, this.api['groups.connect']({ id, member }))
    },
    setPassing(id: string, passing: boolean) {
      return this.keep(id, this.api['groups.setPassing']({ id, passing }))
    },
    deliveries(id: string, messageId: string) {
      return this.api['groups.deliveries']({ id, messageId })
    },
    /** Somebody known by a group alone gets a row in the list. */
    async openMember(member: string) {
      const conversation = await this.api['conversations.open']({ id: member })
      useConversations().apply(conversation)
    },
  },
})

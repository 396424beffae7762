import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { Invite } from '#shared/contract/inviteModels.ts'

/** An expired invite stays in the list for this long, so that it does not vanish without a word. */
const expiredFor = 3 * 86_400_000

interface State {
  byId: Record<string, Invite>
}

/** Whether an invite has a row of its own: afterwards its conversation stands for it. */
export const hasRow = (invite: Invite, now: number): boolean => {
  if (invite.uses === 'many' || invite.contactId !== null) return false
  if (invite.state === 'expired') return now - invite.expires < expiredFor
  return invite.state === 'preparing' || invite.state === 'open' || invite.state === 'answered'
}

/** Invites this person made, and the questions about invites of others. */
export const useInvites = defineStore('invites', {
  state: (): State => ({ byId: {} }),
  getters: {
    /** The public address, also for a while after it has expired. */
    address: (store): Invite | undefined => Object.values(store.byId).find(({ uses, state }) => uses === 'many' && state !== 'cancelled'),
  },
  actions: {
    apply(invite: Invite) {
      this.byId[invite.id] = invite
    },
    async load() {
      const list = await this.api['invites.list']({})
      this.byId = Object.fromEntries(list.map((invite) => [invite.id, invite]))
    },
    async create(wish: Input<'invites.create'>): Promise<string> {
      const invite = await this.api['invites.create'](wish)
      this.byId[invite.id] ??= invite // an event may have brought a newer one already
      return invite.id
    },
    async cancel(id: string) {
      this.apply(await this.api['invites.cancel']({ id }))
    },
    inspect(text: string) {
      return this.api['invites.inspect']({ text })
    },
    fetch(text: string) {
      return this.api['invites.fetch']({ text })
    },
    accept(text: string) {
      return this.api['invites.accept']({ text })
    },
  },
})

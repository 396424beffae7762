import { defineStore } from 'pinia'
import type { BlockedContact, ContactDetails } from '#shared/contract/contactModels.ts'

/** What the details drawer shows. */
export const useContacts = defineStore('contacts', {
  state: (): { byId: Record<string, ContactDetails>; blocked: BlockedContact[] | null } => ({ byId: {}, blocked: null }),
  actions: {
    async load(id: string) {
      this.byId[id] = await this.api['contacts.details']({ id })
    },
    async verify(id: string, verified: boolean) {
      this.byId[id] = await this.api['contacts.verify']({ id, verified })
    },
    /** A code from the other computer's screen; how it compares is in the answer's `verified`. */
    async compare(id: string, code: string) {
      return (this.byId[id] = await this.api['contacts.compare']({ id, code }))
    },
    async block(id: string, blocked: boolean) {
      this.byId[id] = await this.api['contacts.block']({ id, blocked })
    },
    async remove(id: string, block: boolean) {
      await this.api['contacts.remove']({ id, block })
      delete this.byId[id]
    },
    async loadBlocked() {
      this.blocked = await this.api['contacts.blocked']({})
    },
    async unblock(id: string) {
      this.blocked = await this.api['contacts.unblock']({ id })
    },
  },
})

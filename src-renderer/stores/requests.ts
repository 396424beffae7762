import { defineStore } from 'pinia'
import type { Requests } from '#shared/contract/inviteModels.ts'

/** Who has answered the public address and waits for this person to agree. */
export const useRequests = defineStore('requests', {
  state: (): Requests => ({ list: [], more: false }),
  actions: {
    apply({ list, more }: Requests) {
      this.list = list
      this.more = more
    },
    async load() {
      this.apply(await this.api['requests.list']({}))
    },
    /** The conversation to be. */
    async accept(id: string): Promise<string> {
      return (await this.api['requests.accept']({ id })).id
    },
    async decline(id: string) {
      await this.api['requests.decline']({ id })
    },
    async block(id: string) {
      await this.api['requests.block']({ id })
    },
  },
})

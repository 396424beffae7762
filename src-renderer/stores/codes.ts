import { defineStore } from 'pinia'
import type { Codes, FoundCode } from '#shared/contract/accountModels.ts'

/** Whom this person has asked by code, and who asks. */
export const useCodes = defineStore('codes', {
  state: (): Codes => ({ asked: [], requests: [] }),
  actions: {
    apply({ asked, requests }: Codes) {
      this.asked = asked
      this.requests = requests
    },
    async load() {
      this.apply(await this.api['codes.list']({}))
    },
    /** Who has this code; `relay` is null at the relay of the own code. */
    find(code: string, relay: string | null): Promise<FoundCode> {
      return this.api['codes.find']({ code, relay })
    },
    async ask(code: string, relay: string) {
      this.apply(await this.api['codes.ask']({ code, relay }))
    },
    async cancel(id: string) {
      this.apply(await this.api['codes.cancel']({ id }))
    },
    async accept(id: string) {
      this.apply(await this.api['codes.accept']({ id }))
    },
    async decline(id: string) {
      this.apply(await this.api['codes.decline']({ id }))
    },
  },
})

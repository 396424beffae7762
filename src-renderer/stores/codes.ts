import { defineStore } from 'pinia'
import type { Codes, FoundCode } from '#shared/contract/accountModels.ts'

/** Whom this person has asked by code, and who asks. */
export const useCodes = defineStore('codes', {
  state: (): Codes & { revision: number } => ({ asked: [], requests: [], revision: 0 }),
  actions: {
    apply({ asked, requests }: Codes) {
      this.asked = asked
      this.requests = requests
      this.revision++
    },
    /** An answer that an event has overtaken says nothing new. */
    async settle(answer: Promise<Codes>) {
      const before = this.revision
      const codes = await answer
      if (this.revision === before) this.apply(codes)
    },
    load() {
      return this.settle(this.api['codes.list']({}))
    },
    /** Who has this code; `relay` is null at the relay of the own code. */
    find(code: string, relay: string | null): Promise<FoundCode> {
      return this.api['codes.find']({ code, relay })
    },
    ask(code: string, relay: string) {
      return this.settle(this.api['codes.ask']({ code, relay }))
    },
    cancel(id: string) {
      return this.settle(this.api['codes.cancel']({ id }))
    },
    accept(id: string) {
      return this.settle(this.api['codes.accept']({ id }))
    },
    decline(id: string) {
      return this.settle(this.api['codes.decline']({ id }))
    },
  },
})

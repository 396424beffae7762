import { defineStore } from 'pinia'
import type { Account } from '#shared/contract/accountModels.ts'
import type { Input } from '#shared/contract/contract.ts'

/** This person's code and its backup; null where there is none. */
export const useAccount = defineStore('account', {
  state: (): { value: Account | null; revision: number } => ({ value: null, revision: 0 }),
  actions: {
    apply(account: Account | null) {
      this.value = account
      this.revision++
    },
    /** An answer that an event has overtaken says nothing new. */
    async settle(answer: Promise<Account | null>) {
      const before = this.revision
      const account = await answer
      if (this.revision === before) this.apply(account)
    },
    load() {
      return this.settle(this.api['account.get']({}))
    },
    create(wish: Input<'account.create'>) {
      return this.settle(this.api['account.create'](wish))
    },
    protect(password: string, keyServer: string | null) {
      return this.settle(this.api['account.protect']({ password, keyServer }))
    },
    backUp() {
      return this.settle(this.api['account.backUp']({}))
    },
    signIn(password: string) {
      return this.settle(this.api['account.signIn']({ password }))
    },
    changePassword(current: string, next: string) {
      return this.settle(this.api['account.changePassword']({ current, next }))
    },
    remove() {
      return this.settle(this.api['account.remove']({}))
    },
  },
})

import { defineStore } from 'pinia'
import type { Account } from '#shared/contract/accountModels.ts'
import type { Input } from '#shared/contract/contract.ts'

/** This person's code and its backup; null where there is none. */
export const useAccount = defineStore('account', {
  state: (): { value: Account | null } => ({ value: null }),
  actions: {
    apply(account: Account | null) {
      this.value = account
    },
    async load() {
      this.apply(await this.api['account.get']({}))
    },
    async create(wish: Input<'account.create'>) {
      this.apply(await this.api['account.create'](wish))
    },
    async protect(password: string, keyServer: string | null) {
      this.apply(await this.api['account.protect']({ password, keyServer }))
    },
    async backUp() {
      this.apply(await this.api['account.backUp']({}))
    },
    async signIn(password: string) {
      this.apply(await this.api['account.signIn']({ password }))
    },
    async changePassword(current: string, next: string) {
      this.apply(await this.api['account.changePassword']({ current, next }))
    },
    async remove() {
      this.apply(await this.api['account.remove']({}))
    },
  },
})

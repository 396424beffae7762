import { defineStore } from 'pinia'
import type { Introduction } from '#shared/contract/inviteModels.ts'

/** Who brings whom together, as far as this person has to do with it. */
export const useIntroductions = defineStore('introductions', {
  state: (): { list: Introduction[] } => ({ list: [] }),
  getters: {
    /** Those that wait for this person's word. */
    asks: ({ list }): Introduction[] => list.filter(({ state }) => state === 'asks'),
    /** What a contact has to do with; what members of a group are brought together by is no news. */
    of:
      ({ list }) =>
      (id: string): Introduction[] =>
        list.filter(({ reason, via, other, target }) => reason !== 'group' && [via?.id, other.id, target?.id].includes(id)),
  },
  actions: {
    apply(list: Introduction[]) {
      this.list = list
    },
    async load() {
      this.apply(await this.api['introductions.list']({}))
    },
    /** Brings a contact together with each of these. */
    async offer(id: string, to: readonly string[]) {
      for (const one of to) await this.api['introductions.offer']({ id, to: one })
    },
    async ask(via: string, person: string) {
      await this.api['introductions.ask']({ via, person })
    },
    async answer(introductionId: string, accept: boolean) {
      await this.api['introductions.answer']({ introductionId, accept })
    },
    async cancel(introductionId: string) {
      await this.api['introductions.cancel']({ introductionId })
    },
  },
})

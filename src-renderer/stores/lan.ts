import { defineStore } from 'pinia'
import type { LanState } from '#shared/contract/networkModels.ts'

/** Talking on this network without a relay. */
export const useLan = defineStore('lan', {
  state: (): LanState => ({ on: false, announced: false, error: null, port: null, addresses: [], people: [] }),
  getters: {
    /** Whether that contact is on this network now. */
    isHere: (lan) => (id: string) => lan.people.some((person) => person.id === id),
  },
  actions: {
    apply(lan: LanState) {
      Object.assign(this, lan)
    },
    async load() {
      this.apply(await this.api['lan.state']({}))
    },
    async set(on: boolean, announced?: boolean) {
      this.apply(await this.api['lan.set']({ on, ...(announced === undefined ? {} : { announced }) }))
    },
    async connect(address: string) {
      this.apply(await this.api['lan.connect']({ address }))
    },
  },
})

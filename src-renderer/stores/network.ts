import { defineStore } from 'pinia'
import type { NetworkState, RelayState } from '#shared/contract/models.ts'

export type NetSummary = 'connected' | 'part' | 'connecting' | 'offline' | 'none'

const isUp = (relay: RelayState) => relay.state === 'connected'

/** Relays and how they do. */
export const useNetwork = defineStore('network', {
  state: (): NetworkState => ({ relays: [], localRelay: null }),
  getters: {
    own: (net): RelayState[] => net.relays.filter((relay) => relay.own),
    /** What the dot shows: our own relays decide, a contact's can only make it partial. */
    summary(): NetSummary {
      if (this.relays.length === 0) return 'none'
      if (this.relays.every(isUp)) return 'connected'
      if (this.relays.some(isUp)) return 'part'
      return this.relays.some((relay) => relay.state === 'connecting') ? 'connecting' : 'offline'
    },
    up: (net): number => net.relays.filter(isUp).length,
  },
  actions: {
    apply(network: NetworkState) {
      this.relays = network.relays
      this.localRelay = network.localRelay
    },
    async load() {
      this.apply(await this.api['network.state']({}))
    },
    async retry() {
      this.apply(await this.api['network.retry']({}))
    },
    check(address: string) {
      return this.api['network.checkRelay']({ address })
    },
  },
})

import { defineStore } from 'pinia'
import type { Input } from '#shared/contract/contract.ts'
import type { NetworkState, RelayState } from '#shared/contract/networkModels.ts'

export type NetSummary = 'connected' | 'part' | 'connecting' | 'offline' | 'none'

const isUp = (relay: RelayState) => relay.state === 'connected'

/** Relays and how they do. */
export const useNetwork = defineStore('network', {
  state: (): NetworkState => ({ relays: [], localRelay: null }),
  getters: {
    own: (net): RelayState[] => net.relays.filter((relay) => relay.own),
    /** Our own that are not on this computer: where codes and backups can be. */
    elsewhere: (net): string[] => net.relays.filter(({ own, local }) => own && !local).map(({ address }) => address),
    /** What the dot shows: our own relays decide, a contact's can only make it partial. */
    summary(): NetSummary {
      if (this.inUse.length === 0) return 'none'
      if (this.inUse.every(isUp)) return 'connected'
      if (this.inUse.some(isUp)) return 'part'
      return this.inUse.some((relay) => relay.state === 'connecting') ? 'connecting' : 'offline'
    },
    /** One that was left and is only listened to need not answer. */
    inUse: (net): RelayState[] => net.relays.filter((relay) => relay.until === null),
    left: (net): RelayState[] => net.relays.filter((relay) => relay.until !== null),
    up(): number {
      return this.inUse.filter(isUp).length
    },
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
    async add(relay: Input<'relays.add'>['relay']) {
      this.apply(await this.api['relays.add']({ relay }))
    },
    async move(from: string, to: Input<'relays.move'>['to']) {
      this.apply(await this.api['relays.move']({ from, to }))
    },
    async setReach(reach: Input<'relays.setReach'>['reach']) {
      this.apply(await this.api['relays.setReach']({ reach }))
    },
    setProxy(proxy: Input<'network.setProxy'>['proxy']) {
      return this.api['network.setProxy']({ proxy })
    },
    async leave(address: string) {
      this.apply(await this.api['relays.leave']({ address }))
    },
    async forget(address: string) {
      this.apply(await this.api['relays.forget']({ address }))
    },
    check(address: string) {
      return this.api['network.checkRelay']({ address })
    },
  },
})

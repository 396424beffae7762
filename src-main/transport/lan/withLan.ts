import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import type { Transport } from '../../ports.ts'
import type { LanRendezvous } from './rendezvous.ts'

/** Leads to places on this network where one is named, and to relays otherwise. */
export const withLan = (transport: Transport, rendezvous: Pick<LanRendezvous, 'open' | 'check'>): Transport => ({
  ...transport,
  open(address, events) {
    const id = idOfLanPlace(address)
    return id === null ? transport.open(address, events) : rendezvous.open(id, events)
  },
  check(address) {
    const id = idOfLanPlace(address)
    return id === null ? transport.check(address) : rendezvous.check(id)
  },
})

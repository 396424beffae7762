/** The relay on this computer as an app uses it: it runs while the profile that chose it is open, and its addresses are followed. */
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { LocalRelayReach, Ports } from './ports.ts'
import { createStores } from './services/core.ts'
import { retiredFor } from './services/links.ts'
import type { LocalRelayControl } from './services/relays.ts'
import { readReach } from './services/settings.ts'
import type { Database } from './storage/database.ts'

export interface OwnedLocalRelay extends LocalRelayControl {
  /** Starts it where the profile needs it, and notes where it is met now. */
  follow(db: Database): Promise<void>
}

export function createLocalRelayControl({ localRelay, clock }: Pick<Ports, 'localRelay' | 'clock'>): OwnedLocalRelay {
  let address: string | null = null

  async function start(reach: LocalRelayReach): Promise<string[]> {
    if (!localRelay) throw new CairnError('input.invalid', { details: { path: 'relay.kind' } })
    const place = await localRelay.start({ reach })
    address = normalizeRelayAddress(place.address)
    return place.addresses.map(normalizeRelayAddress)
  }

  return {
    address: () => address,
    start,
    async stop() {
      await localRelay?.stop()
      address = null
    },
    /** Where a port was taken, or the network is another one, contacts are told. Without a network it is met where it was. */
    async follow(db) {
      const stores = createStores(db)
      const { profile } = stores
      const now = clock.now()
      const own = profile.relays().filter(({ local, retired_at }) => local && (retired_at ?? Infinity) > now - retiredFor)
      if (own.length === 0) return
      const addresses = await start(readReach(stores))
      const used = own.filter(({ retired_at }) => retired_at === null).map((relay) => relay.address)
      if (used.length === 0 || addresses.length === 0) return // what was left is listened to for a while, at the place it was
      const elsewhere = profile.relays().filter(({ local, retired_at }) => !local && retired_at === null).length
      const named = addresses.slice(0, limits.ownRelays - elsewhere)
      if (named.length === 0 || named.toSorted().join() === used.toSorted().join()) return
      db.transaction(() => {
        for (const gone of used.filter((one) => !named.includes(one))) profile.retireRelay(gone, now)
        for (const come of named.filter((one) => !used.includes(one))) profile.addRelay(come, true, now)
        profile.setMeta('tell-relays', Uint8Array.of(1))
      })
    },
  }
}

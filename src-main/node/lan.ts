/** The LAN link of this computer: real sockets, and a mailbox in the profile's folder. */
import { lookup } from 'node:dns/promises'
import { CairnError } from '#shared/errors.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import type { LanPort } from '../lanPort.ts'
import type { Clock, Logger, Random } from '../ports.ts'
import { createLanRendezvous } from '../transport/lan/rendezvous.ts'
import { openUdpSocket } from '../transport/lan/udpSocket.ts'
import { networkAddresses } from './networkAddresses.ts'

export function createLanPort({ dir, clock, random, logger }: { dir: string; clock: Clock; random: Random; logger: Logger }): LanPort {
  return {
    rendezvous: createLanRendezvous({ clock, random, logger }),
    bind: openUdpSocket,
    async resolve(host) {
      try {
        return (await lookup(host)).address
      } catch (cause) {
        throw new CairnError('lan.unreachable', { cause })
      }
    },
    addresses: networkAddresses,
    async mailbox() {
      // only who uses the LAN link waits for this to be loaded
      const [{ createRelayCore }, { createSqliteStorage }] = await Promise.all([
        import('#relay/core.ts'),
        import('#relay/storage/sqlite.ts'),
      ])
      const storage = createSqliteStorage({ dir, clock, limits: defaultStorageLimits })
      const core = createRelayCore({ storage, limits: defaultLimits, clock, logger })
      return { accept: core.accept, close: core.close }
    },
  }
}

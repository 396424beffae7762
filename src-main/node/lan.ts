/** The LAN link of this computer: a real socket, and a mailbox in the profile's folder. */
import { lookup } from 'node:dns/promises'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { defaultLanPort } from '#shared/wire/lanAddress.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import type { LanPort, LanSelf, Mailbox } from '../lanPort.ts'
import type { Clock, Logger, Random } from '../ports.ts'
import type { Primitives } from '../protocol/primitives.ts'
import type { DatagramSocket } from '../transport/lan/datagram.ts'
import { createLanNode } from '../transport/lan/node.ts'
import { createLanRendezvous, type LanRendezvous } from '../transport/lan/rendezvous.ts'
import { openUdpSocket } from '../transport/lan/udpSocket.ts'
import { announce, type Announcements } from './announcements.ts'
import { networkAddresses } from './networkAddresses.ts'

/** Beside what the app needs: where `lan:` addresses lead. */
export type HostLan = LanPort & Pick<LanRendezvous, 'open' | 'check'>

/** Contacts alone put something there, and it is read at once: room for a few large files. */
const mailboxBytes = 1024 ** 3

interface World {
  /** For its mailbox. */
  dir: string
  clock: Clock
  random: Random
  primitives: Primitives
  logger: Logger
}

export function createLanPort({ dir, ...world }: World): HostLan {
  const rendezvous = createLanRendezvous(world)

  async function join({ id, ...self }: LanSelf, port: number | null) {
    const mailbox = await openMailbox(dir, world)
    try {
      const socket = await bindFirst([port ?? defaultLanPort, defaultLanPort, 0])
      rendezvous.serve({ id, mailbox })
      const node = createLanNode({ ...world, ...self, socket, places: rendezvous, me: () => id })
      let announcements: Announcements | null = null
      return {
        port: socket.local.port,
        present: node.present,
        connect: async ({ host, port }: { host: string; port: number }) => node.connect({ address: await resolve(host), port }),
        announce(onFound: ((place: { host: string; port: number }) => void) | null) {
          void announcements?.close()
          announcements = onFound && announce({ ...world, port: socket.local.port, onFound })
        },
        async close() {
          await announcements?.close()
          node.close()
          rendezvous.serve(null)
          await mailbox.close()
        },
      }
    } catch (error) {
      await mailbox.close()
      throw error
    }
  }

  return { join, addresses: networkAddresses, open: rendezvous.open, check: rendezvous.check }
}

/** What others put there is kept until it is read, and the number of what was read for as long as a relay would. */
async function openMailbox(dir: string, { clock, logger }: World | Omit<World, 'dir'>): Promise<Mailbox & { close(): Promise<void> }> {
  // only who uses the LAN link waits for this to be loaded
  const [{ createRelayCore }, { createSqliteStorage }] = await Promise.all([import('#relay/core.ts'), import('#relay/storage/sqlite.ts')])
  const storage = createSqliteStorage({ dir, clock, limits: { ...defaultStorageLimits, bytes: mailboxBytes } })
  const core = createRelayCore({ storage, limits: defaultLimits, clock, logger })
  return { accept: core.accept, close: core.close }
}

/** On the first of these that no other program has, by IPv6 and IPv4. */
async function bindFirst([port = 0, ...others]: number[]): Promise<DatagramSocket> {
  try {
    return await bindBoth(port)
  } catch (error) {
    if (others.length === 0 || !isCairnError(error, 'lan.port-in-use')) throw error
    return bindFirst(others)
  }
}

async function bindBoth(port: number): Promise<DatagramSocket> {
  try {
    return await openUdpSocket({ address: '::', port })
  } catch (error) {
    if (!isCairnError(error, 'lan.address-invalid')) throw error
    return openUdpSocket({ address: '0.0.0.0', port }) // a computer without IPv6
  }
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host, { order: 'ipv4first' })).address // a link-local IPv6 address would lack its zone
  } catch (cause) {
    throw new CairnError('lan.unreachable', { cause })
  }
}

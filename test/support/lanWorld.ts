/** Endpoints of the LAN link on a network of a test's own, under a manual clock and with randomness that repeats. */
import type { CairnError } from '#shared/errors.ts'
import { createLanEndpoint, type LanEndpoint } from '#main/transport/lan/endpoint.ts'
import type { LanSession } from '#main/transport/lan/datagram.ts'
import { defaultLimits, type LanLimits } from '#main/transport/lan/limits.ts'
import { profiles, type ProfileName } from '#main/transport/lan/profiles.ts'
import { createDatagramNetwork } from './datagramNetwork.ts'
import { createManualClock } from './manualClock.ts'
import { node } from './providers.ts'
import { createDice, seededRandom } from './seeded.ts'

/** A session, and all that came of it. */
export interface Seen {
  session: LanSession
  received: Uint8Array[]
  closed: CairnError[]
}

export interface LanParty {
  endpoint: LanEndpoint
  seen: Seen[]
  /** `connect`, as something to look at later. */
  connect(to: { address: string; port: number }): { session?: LanSession; error?: CairnError }
}

export function createLanWorld(seed: string) {
  const clock = createManualClock()
  const network = createDatagramNetwork(clock, createDice(seed))
  const random = seededRandom(seed)
  const party = (address: string, port = 6711, profile: ProfileName = 'cairn', limits: Partial<LanLimits> = {}): LanParty => {
    const seen: Seen[] = []
    const endpoint = createLanEndpoint({
      ...{ socket: network.socket(address, port), clock, random, primitives: node, accepts: true },
      ...{ profile: profiles[profile], limits: { ...defaultLimits[profile], ...limits } },
      onSession(session) {
        const one: Seen = { session, received: [], closed: [] }
        seen.push(one)
        return { onDatagram: (payload) => void one.received.push(payload.slice()), onClose: (error) => void one.closed.push(error) }
      },
    })
    return {
      ...{ endpoint, seen },
      connect(to) {
        const outcome: { session?: LanSession; error?: CairnError } = {}
        endpoint.connect(to).then(
          (session) => (outcome.session = session),
          (error: CairnError) => (outcome.error = error),
        )
        return outcome
      },
    }
  }
  /** Lets so many ms pass, and what was promised meanwhile be kept. */
  const pass = async (ms: number): Promise<void> => {
    const until = clock.now() + ms
    await Promise.resolve() // what was asked for just now begins
    while (clock.step(until)) continue
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { clock, network, random, party, pass }
}

export type LanWorld = ReturnType<typeof createLanWorld>

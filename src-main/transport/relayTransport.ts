import { encodeRvs } from '#shared/wire/frames.ts'
import { formatRelayAddress, parseRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Clock, Logger, Random, ServiceTransport, Transport } from '../ports.ts'
import { askOnce } from './dial.ts'
import type { Dial, DialOne } from './dial.ts'
import type { LinkSettings } from './healing.ts'
import { createRelayLink } from './relayLink.ts'
import type { HealingLink } from './relayLink.ts'
import type { Router } from './route.ts'

export interface RelayTransportOptions {
  clock: Clock
  random: Random
  logger: Logger
  settings?: LinkSettings
}

const checkMs = 10_000

/** One connection, one status, gone; the round trip in ms. Errors: what the dial ends with. */
export async function checkOver(dial: DialOne, { clock, random }: RelayTransportOptions): Promise<{ ms: number }> {
  const question = encodeRvs('status', 1, random(32)) // a random number: it says nothing of whom we know
  const startedAt = clock.now()
  await askOnce({
    ...{ dial, clock, timeoutMs: checkMs, question },
    judge: (frame) => (frame.type === 'statuses' && frame.requestId === 1 && frame.statuses.length === 1 ? { value: null } : null),
  })
  return { ms: clock.now() - startedAt }
}

/** The `Transport` of src-main/ports.ts over any `Dial`; `router` decides which way that goes. */
export const createRelayTransport = (dial: Dial, services: ServiceTransport, options: RelayTransportOptions, router: Router): Transport => {
  const links = new Set<HealingLink>()
  const dialTo =
    (address: RelayAddress): DialOne =>
    (events) =>
      dial(address, events)
  return {
    services,
    open(text, events) {
      const address = parseRelayAddress(text)
      const named = { address: formatRelayAddress(address), dial: dialTo(address), events }
      const link = createRelayLink({ ...options, ...named, onClosed: () => links.delete(link) })
      links.add(link)
      return link
    },
    check: async (address) => checkOver(dialTo(parseRelayAddress(address)), options),
    useProxy: (settings) => router.use(settings, () => links.forEach((link) => link.redial())),
  }
}

/**
 * Announcements on the network by mDNS and DNS-SD (RFC 6762, 6763), through the bonjour-service package: that at this address there is a Cairn
 * that can be connected to, under a name that means nothing and is another in each run. Whoever listens on the network sees that much.
 */
import { isIPv4 } from 'node:net'
import { Bonjour, type Service } from 'bonjour-service'
import type { Logger, Random } from '../ports.ts'

export interface Announcements {
  /** Resolves when it was said that this is over. */
  close(): Promise<void>
}

const type = { type: 'cairn', protocol: 'udp' } as const
const goodbyeMs = 1_000

export function announce(options: {
  port: number
  random: Random
  logger: Logger
  /** Somebody else announces itself there. May repeat. */
  onFound(place: { host: string; port: number }): void
}): Announcements {
  const { port, random, logger, onFound } = options
  const name = Buffer.from(random(8)).toString('hex')
  const failed = (error: unknown): void =>
    logger.warn('lan.announcing-failed', { code: (error as NodeJS.ErrnoException).code ?? 'unknown' })
  // without a host of its own the computer's name would be told
  const bonjour = new Bonjour({}, failed)
  bonjour.publish({ ...type, name, port, host: `${name}.local`, disableIPv6: true })
  const browser = bonjour.find(type)
  browser.on('up', found)

  /** It comes from anybody on the network. */
  function found(service: Service): void {
    const host = [...(service.addresses ?? []), service.referer?.address ?? ''].find((address) => isIPv4(address))
    const isPlace = Number.isInteger(service.port) && service.port >= 1 && service.port <= 65_535
    if (service.name !== name && host !== undefined && isPlace) onFound({ host, port: service.port })
  }

  return {
    close: () =>
      new Promise((resolve) => {
        browser.stop()
        const end = (): void => {
          clearTimeout(timer)
          bonjour.destroy(() => resolve())
        }
        const timer = setTimeout(end, goodbyeMs)
        bonjour.unpublishAll(end)
      }),
  }
}

/**
 * The relay on this computer, inside this process. It always listens on 127.0.0.1, plain, for this computer; with the reach `network`
 * also on every interface, with TLS and a certificate of its own, on a port of its own.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isCairnError } from '#shared/errors.ts'
import { formatRelayAddress, normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import { ownTls } from '#relay/certificate.ts'
import type { Tls } from '#relay/certificate.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import type { ListenOptions } from '#relay/listener.ts'
import type { Relay } from '#relay/relay.ts'
import type { Clock, LocalRelay, LocalRelayPlace, LocalRelayReach, Logger } from '../ports.ts'
import { createOneByOne } from '../oneByOne.ts'
import { networkAddresses } from './networkAddresses.ts'

const usualPort = 7443
const usualNetworkPort = 7444
const loopback = '127.0.0.1'
/** As many as an invite may name. */
const maxAddresses = 4

interface Running {
  relay: Relay
  port: number
  /** Of the reach `network`. */
  network: { port: number; pin: string } | null
}

export interface NodeLocalRelay extends LocalRelay {
  /** Where on loopback the relay of this address is, if it is this one. */
  here(address: RelayAddress): { host: string; port: number } | null
}

/** Its data, its ports and its key are kept in `dir`: contacts have the address, so it should come back at the same one. */
export function createLocalRelay(options: {
  dir: string
  clock: Clock
  logger: Logger
  /** The addresses of this computer; for tests. */
  addresses?: () => string[]
}): NodeLocalRelay {
  const { dir, clock, logger, addresses = networkAddresses } = options
  let reach: LocalRelayReach = 'computer'
  let running: Promise<Running> | null = null
  let current: Running | null = null
  /** Starts and stops one after another. */
  const inTurn = createOneByOne()

  const begin = async (): Promise<Running> => {
    // only who has such a relay waits for its program to be loaded
    const [{ createRelay }, { createSqliteStorage }] = await Promise.all([import('#relay/relay.ts'), import('#relay/storage/sqlite.ts')])
    const storage = createSqliteStorage({ dir, clock, limits: defaultStorageLimits })
    const relay = createRelay({ storage, limits: defaultLimits, clock, logger })
    try {
      const port = await listenAt(relay, 'port', usualPort, { host: loopback })
      const network = reach === 'network' ? await listenOnNetwork(relay, await ownTls(dir, clock.now())) : null
      return { relay, port, network }
    } catch (error) {
      await relay.close()
      throw error
    }
  }

  const listenOnNetwork = async (relay: Relay, tls: Tls): Promise<{ port: number; pin: string }> => {
    const at = (host: string) => listenAt(relay, 'network-port', usualNetworkPort, { host, tls })
    try {
      return { port: await at('::'), pin: tls.pin }
    } catch (error) {
      if (!isCairnError(error, 'relay.refused')) throw error
      return { port: await at('0.0.0.0'), pin: tls.pin } // a computer without IPv6
    }
  }

  /** On the port of the last time, or the usual one, or any. */
  const listenAt = async (relay: Relay, file: string, usual: number, where: Omit<ListenOptions, 'port'>): Promise<number> => {
    const port = await listenOnFirst(relay, where, [await readPort(join(dir, file)), usual, 0])
    await writeFile(join(dir, file), `${port}\n`)
    return port
  }

  const place = ({ port, network }: Running): LocalRelayPlace => {
    const address = `ws://${loopback}:${port}`
    if (network === null) return { address, addresses: [address] }
    const named = (host: string): string =>
      normalizeRelayAddress(formatRelayAddress({ secure: true, host, port: network.port, pin: network.pin }))
    return { address, addresses: addresses().slice(0, maxAddresses).map(named) }
  }

  const stop = async (): Promise<void> => {
    const stopping = running
    running = null
    current = null
    await (await stopping?.catch(() => null))?.relay.close()
  }

  return {
    start: (wanted = {}) =>
      inTurn(async () => {
        if (wanted.reach !== undefined && wanted.reach !== reach) {
          reach = wanted.reach
          await stop()
        }
        running ??= begin()
        try {
          current = await running
          return place(current)
        } catch (error) {
          running = null // the next call may have more luck
          throw error
        }
      }),
    stop: () => inTurn(stop),
    here({ secure, host, port, pin }) {
      if (current === null) return null
      if (!secure) return host === loopback && port === current.port ? { host, port } : null
      return current.network !== null && pin === current.network.pin ? { host: loopback, port: current.network.port } : null
    },
  }
}

async function listenOnFirst(relay: Relay, where: Omit<ListenOptions, 'port'>, [port, ...others]: (number | null)[]): Promise<number> {
  if (port === null || port === undefined) return listenOnFirst(relay, where, others)
  try {
    return (await relay.listen({ ...where, port })).port
  } catch (error) {
    if (others.length === 0 || !isCairnError(error, 'relay.port-in-use')) throw error
    return listenOnFirst(relay, where, others)
  }
}

/** The port of the last time; null at the first, and for a file that says something else. */
async function readPort(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const port = Number(/^(\d{1,5})\n$/.exec(text)?.[1])
  return port > 0 && port < 65536 ? port : null
}

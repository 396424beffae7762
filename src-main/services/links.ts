/** Connections to every relay in use: ours, where we are met, and our contacts', where we write. */
import { CairnError } from '#shared/errors.ts'
import type { NetworkState } from '#shared/contract/networkModels.ts'
import { idOfLanPlace, lanPlace } from '#shared/wire/lanPlace.ts'
import type { RelayLink, RelayLinkEvents, RvStatus } from '../ports.ts'
import type { Core } from './core.ts'

export interface LinkListeners {
  onBlob(relay: string, rv: string, blob: Uint8Array): void
  onStatus(relay: string, rv: string, status: RvStatus): void
  onConnected(relay: string): void
  /** It was connected. */
  onLost(relay: string): void
}

interface Entry {
  link: RelayLink
  state: 'connected' | 'connecting' | 'offline'
  since: number
  error: string | null
}

/** Retired relays are polled for 30 days more (docs/protocol.md section 4). */
export const retiredFor = 30 * 24 * 3600 * 1000

export type Links = ReturnType<typeof createLinks>

/** @param places of the relay on this computer, and of this person on its network, where there are such now */
export function createLinks(core: Core, listeners: LinkListeners, places: { local(): string | null; lan(): string | null }) {
  const entries = new Map<string, Entry>()
  const waiters = new Map<string, Set<() => void>>()

  const events = (address: string): RelayLinkEvents => ({
    onBlob: (rv, blob) => core.guard('inbox.failed', () => listeners.onBlob(address, rv, blob)),
    onStatus: (rv, status) => core.guard('inbox.failed', () => listeners.onStatus(address, rv, status)),
    onState(state, error) {
      const entry = entries.get(address)
      if (!entry || !core.open) return
      const wasConnected = entry.state === 'connected'
      Object.assign(entry, { state, error, since: core.now() })
      core.guard('links.failed', () => core.emit({ type: 'network', network: network() }))
      if (wasConnected && state !== 'connected') core.guard('links.failed', () => listeners.onLost(address))
      if (state !== 'connected') return
      for (const wake of waiters.get(address) ?? []) wake()
      core.guard('links.failed', () => listeners.onConnected(address))
    },
  })

  /** Opens the link on first use. Throws `relay.address-invalid`. */
  function get(address: string): RelayLink {
    const known = entries.get(address)
    if (known) return known.link
    const link = core.ports.transport.open(address, events(address))
    entries.set(address, { link, state: 'connecting', since: core.now(), error: null })
    return link
  }

  /** Where we are met: what invites and profiles name. Our place on this network, on or not, only where there is no other. */
  const own = (): string[] => {
    const named = relays()
      .filter((relay) => relay.retired_at === null)
      .map((relay) => relay.address)
    return named.length > 0 ? named : [lanPlace(core.identity().id)]
  }
  /** Where we listen: also what we have left lately. */
  const listening = (): string[] => [...relays().map((relay) => relay.address), ...lanPlaces()]
  const lanPlaces = (): string[] => [places.lan() ?? []].flat()
  const relays = () =>
    core.stores.profile.relays().filter((relay) => relay.retired_at === null || relay.retired_at > core.now() - retiredFor)

  const network = (): NetworkState => {
    const ours = new Map(relays().map((relay) => [relay.address, relay]))
    const local = places.local()
    return {
      relays: [...entries]
        .filter(([address]) => idOfLanPlace(address) === null)
        .map(([address, { state, since, error }]) => {
          const relay = ours.get(address)
          const left = relay?.retired_at ?? null
          const whose = {
            own: relay !== undefined && left === null,
            local: relay?.local ?? false,
            until: left === null ? null : left + retiredFor,
          }
          return { address, ...whose, state, since, error }
        }),
      localRelay: local === null ? null : { address: local },
    }
  }

  /** Opens the link and waits for it. Errors: `relay.unreachable` after `ms`, and at once for the place of somebody who is not on this network. */
  async function connected(address: string, ms: number): Promise<RelayLink> {
    const link = get(address)
    if (entries.get(address)?.state === 'connected') return link
    if (idOfLanPlace(address) !== null) throw new CairnError('relay.unreachable', { details: { relay: address } })
    return new Promise((resolve, reject) => {
      const waiting = waiters.get(address) ?? new Set()
      waiters.set(address, waiting)
      const settle = (done: () => void) => () => {
        cancel()
        waiting.delete(wake)
        done()
      }
      const wake = settle(() => resolve(link))
      const cancel = core.after(
        ms,
        settle(() => reject(new CairnError('relay.unreachable', { details: { relay: address } }))),
      )
      waiting.add(wake)
    })
  }

  return {
    get,
    connected,
    own,
    listening,
    network,
    /** Closes what nobody needs any more. */
    retain(needed: ReadonlySet<string>): void {
      for (const [address, { link }] of entries) {
        if (needed.has(address) || waiters.get(address)?.size) continue
        entries.delete(address)
        link.close()
      }
    },
    connectedRelays: () => [...entries].filter(([, entry]) => entry.state === 'connected').map(([address]) => address),
    isConnected: (address: string) => entries.get(address)?.state === 'connected',
    retry: () => entries.forEach(({ link }) => link.retry()),
    close: () => entries.forEach(({ link }) => link.close()),
  }
}

/** Where this profile is met: several relays at once, and moving while contacts follow (docs/protocol.md section 4). */
import { limits } from '#shared/contract/limits.ts'
import type { NetworkState } from '#shared/contract/networkModels.ts'
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { LocalRelayReach } from '../ports.ts'
import type { OwnRelay } from '../storage/profileStore.ts'
import type { Core } from './core.ts'
import { retiredFor, type Links } from './links.ts'
import type { SettingsService } from './settings.ts'

export type RelayChoice = { kind: 'address'; address: string } | { kind: 'local' }

/** The relay on this computer, as far as it is this profile's. */
export interface LocalRelayControl {
  /** On loopback; null while it does not run. */
  address(): string | null
  /** Where others are told that it is; empty on no network. Errors: `input.invalid` without such a relay, `relay.port-in-use`. */
  start(reach: LocalRelayReach): Promise<string[]>
  stop(): Promise<void>
}

export interface RelaysParts {
  links: Links
  settings: SettingsService
  local: LocalRelayControl
  tellEverybody(): void
  /** Where this person is met is another now: watches everywhere, and closes connections nobody needs. */
  watchAnew(): void
  /** The backup is another now. */
  touch(): void
}

export function createRelays(core: Core, parts: RelaysParts) {
  const { links, settings, local, tellEverybody, watchAnew, touch } = parts
  const { profile } = core.stores

  const find = (address: string): OwnRelay => {
    const found = profile.relays().find((relay) => relay.address === address)
    if (!found) throw new CairnError('relay.unknown')
    return found
  }

  /** Only what answers is taken: contacts are about to be sent there. */
  async function reached(choice: RelayChoice): Promise<string[]> {
    if (choice.kind === 'local') return started(settings.get().reach)
    const address = normalizeRelayAddress(choice.address)
    await core.untilClosed(core.ports.transport.check(address))
    return [address]
  }

  async function started(reach: LocalRelayReach): Promise<string[]> {
    const addresses = await core.untilClosed(local.start(reach))
    if (addresses.length === 0) throw new CairnError('relay.no-network')
    return addresses
  }

  /** The relay on this computer may have several addresses; those are named that there is room for. */
  function put(addresses: readonly string[], isLocal: boolean): void {
    const fresh = addresses.filter((address) => !links.own().includes(address))
    const room = limits.ownRelays - links.own().length
    if (fresh.length > 0 && fresh.length === addresses.length && room <= 0) throw new CairnError('relay.too-many')
    for (const address of fresh.slice(0, room)) profile.addRelay(address, isLocal, core.now())
  }

  /** With the relay on this computer, all of its addresses. */
  const together = ({ address, local: isLocal }: OwnRelay): string[] => (isLocal ? usedLocal() : [address])
  const usedLocal = (): string[] =>
    profile
      .relays()
      .filter((relay) => relay.local && relay.retired_at === null)
      .map((relay) => relay.address)

  /** In the caller's transaction: what is watched and whom it concerns. */
  function changed(told: boolean): void {
    if (told) tellEverybody()
    touch()
    core.later(() => {
      watchAnew()
      core.emit({ type: 'network', network: links.network() })
    })
  }

  async function add(choice: RelayChoice): Promise<NetworkState> {
    const addresses = await reached(choice)
    core.commit(() => {
      put(addresses, choice.kind === 'local')
      changed(true)
    })
    return links.network()
  }

  async function move(from: string, choice: RelayChoice): Promise<NetworkState> {
    const left = find(normalizeRelayAddress(from))
    const addresses = await reached(choice)
    core.commit(() => {
      for (const gone of together(left).filter((one) => !addresses.includes(one))) profile.retireRelay(gone, core.now())
      put(addresses, choice.kind === 'local')
      changed(true)
    })
    return links.network()
  }

  function leave(address: string): NetworkState {
    const left = find(normalizeRelayAddress(address))
    if (left.retired_at !== null) return links.network()
    if (links.own().length === together(left).length) throw new CairnError('relay.last')
    core.commit(() => {
      for (const gone of together(left)) profile.retireRelay(gone, core.now())
      changed(true)
    })
    return links.network()
  }

  async function forget(address: string): Promise<NetworkState> {
    const gone = find(normalizeRelayAddress(address))
    if (gone.retired_at === null) throw new CairnError('relay.unknown')
    core.commit(() => {
      profile.removeRelay(gone.address)
      changed(false)
    })
    if (gone.local && !profile.relays().some((relay) => relay.local)) await local.stop()
    return links.network()
  }

  /** Whom the relay on this computer is for. Its addresses become others, and contacts are told. */
  async function setReach(reach: LocalRelayReach): Promise<NetworkState> {
    const before = settings.get().reach
    const used = usedLocal()
    if (reach === before) return links.network()
    if (used.length === 0) throw new CairnError('relay.unknown')
    try {
      const addresses = await started(reach)
      core.commit(() => {
        for (const gone of used.filter((one) => !addresses.includes(one))) profile.retireRelay(gone, core.now())
        put(addresses, true)
        settings.setReach(reach)
        changed(true)
      })
    } catch (error) {
      if (core.open) await local.start(before)
      throw error
    }
    return links.network()
  }

  return {
    add,
    setReach,
    move,
    leave,
    forget,
    /** What was left 30 days ago is listened to no more. */
    expire(): void {
      const over = profile.relays().filter(({ retired_at }) => retired_at !== null && retired_at + retiredFor <= core.now())
      if (over.length === 0) return
      core.commit(() => {
        over.forEach(({ address }) => profile.removeRelay(address))
        changed(false)
      })
    },
  }
}

/** Where this profile is met: several relays at once, and moving while contacts follow (docs/protocol.md section 4). */
import { limits } from '#shared/contract/limits.ts'
import type { NetworkState } from '#shared/contract/models.ts'
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { OwnRelay } from '../storage/profileStore.ts'
import type { Core } from './core.ts'
import { retiredFor, type Links } from './links.ts'
import type { Series } from './series.ts'
import type { Sessions } from './sessions.ts'

export type RelayChoice = { kind: 'address'; address: string } | { kind: 'local' }

/** The relay on this computer, as far as it is this profile's. */
export interface LocalRelayControl {
  address(): string | null
  start(): Promise<string>
  stop(): Promise<void>
}

export interface RelaysParts {
  links: Links
  series: Series
  sessions: Sessions
  local: LocalRelayControl
  tellEverybody(): void
  /** Closes connections nobody needs. */
  retain(): void
}

export function createRelays(core: Core, parts: RelaysParts) {
  const { links, series, sessions, local, tellEverybody, retain } = parts
  const { profile } = core.stores

  const find = (address: string): OwnRelay => {
    const found = profile.relays().find((relay) => relay.address === address)
    if (!found) throw new CairnError('relay.unknown')
    return found
  }

  /** Only what answers is taken: contacts are about to be sent there. */
  async function reached(choice: RelayChoice): Promise<string> {
    if (choice.kind === 'local') return core.untilClosed(local.start())
    const address = normalizeRelayAddress(choice.address)
    await core.untilClosed(core.ports.transport.check(address))
    return address
  }

  function put(address: string, isLocal: boolean): void {
    if (links.own().includes(address)) return
    if (links.own().length >= limits.ownRelays) throw new CairnError('relay.too-many')
    profile.addRelay(address, isLocal, core.now())
  }

  /** In the caller's transaction: what is watched and whom it concerns. */
  function changed(told: boolean): void {
    if (told) tellEverybody()
    core.later(() => {
      links.listening().forEach(links.get)
      series.refreshAll()
      sessions.watchAll()
      retain()
      core.emit({ type: 'network', network: links.network() })
    })
  }

  async function add(choice: RelayChoice): Promise<NetworkState> {
    const address = await reached(choice)
    core.commit(() => {
      put(address, choice.kind === 'local')
      changed(true)
    })
    return links.network()
  }

  async function move(from: string, choice: RelayChoice): Promise<NetworkState> {
    const left = find(normalizeRelayAddress(from))
    const address = await reached(choice)
    core.commit(() => {
      if (address !== left.address) profile.retireRelay(left.address, core.now())
      put(address, choice.kind === 'local')
      changed(true)
    })
    return links.network()
  }

  function leave(address: string): NetworkState {
    const { address: left, retired_at } = find(normalizeRelayAddress(address))
    if (retired_at !== null) return links.network()
    if (links.own().length === 1) throw new CairnError('relay.last')
    core.commit(() => {
      profile.retireRelay(left, core.now())
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

  return {
    add,
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

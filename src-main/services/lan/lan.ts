/** The LAN link as the person sees it: whether this app listens on its network, and who is there (docs/protocol.md section 10). */
import { CairnError, isCairnError, type ErrorCode } from '#shared/errors.ts'
import type { LanState } from '#shared/contract/networkModels.ts'
import { formatLanAddress, parseLanAddress } from '#shared/wire/lanAddress.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import { describeError } from '../../errorFacts.ts'
import type { LanPresence } from '../../lanPort.ts'
import { createOneByOne } from '../../oneByOne.ts'
import { utf8 } from '../../protocol/bytes.ts'
import type { Core } from '../core.ts'
import type { Links } from '../links.ts'
import type { SettingsService } from '../settings.ts'
import { createAcquaintances } from './acquaintances.ts'
import { createReturning } from './returning.ts'

export interface LanParts {
  links: Links
  settings: SettingsService
  /** This person is met on its network now, or no more: what is watched there is another. */
  onPlaces(): void
}

export function createLan(core: Core, { links, settings, onPlaces }: LanParts) {
  const port = core.ports.lan
  const acquaintances = createAcquaintances(core)
  const isHere = (id: string): boolean => present().some((one) => one.id === id)
  const returning = createReturning(core, () => ({ connect: presence?.connect ?? null, isHere }))
  let presence: LanPresence | null = null
  let isTelling = false
  let error: ErrorCode | null = null
  /** Starts and stops one after another. */
  const inTurn = createOneByOne()

  const present = () => presence?.present() ?? []
  const isOn = (): boolean => port !== null && settings.get().lan

  function state(): LanState {
    const at = presence?.port ?? null
    return {
      ...{ on: isOn(), announced: settings.get().lanAnnounced, error, port: at },
      addresses: at === null ? [] : (port?.addresses() ?? []).map((host) => formatLanAddress({ host, port: at })),
      people: present().map(({ id, remote }) => ({
        id: core.stores.contacts.byId(id) === null ? null : id,
        address: formatLanAddress({ host: remote.address, port: remote.port }),
      })),
    }
  }

  const changed = (): void => core.emit({ type: 'lan', lan: state() })

  /** Links to those who are there open by themselves. */
  function onChange(): void {
    if (!core.open) return
    for (const { id } of present()) links.get(lanPlace(id))
    core.guard('lan.failed', () => returning.seen(present()))
    returning.look()
    changed()
  }

  async function begin(): Promise<void> {
    if (port === null || presence !== null || !core.open) return
    const { profile } = core.stores
    const last = Number(new TextDecoder().decode(profile.meta('lan-port') ?? new Uint8Array())) || null
    presence = await port.join({ id: core.identity().id, ...acquaintances, onChange }, last)
    if (!core.open) return end()
    const at = String(presence.port)
    core.commit(() => profile.setMeta('lan-port', utf8(at))) // who knows this place should find it again
    returning.look()
  }

  /** Somebody who announces itself is looked at once: a stranger again only after a while. */
  function tell(): void {
    const isWanted = presence !== null && settings.get().lanAnnounced
    if (isWanted === isTelling) return
    isTelling = isWanted
    presence?.announce(isWanted ? (place) => returning.found(place) : null)
  }

  async function end(): Promise<void> {
    const ending = presence
    returning.stop()
    presence = null
    isTelling = false
    await ending?.close()
  }

  async function follow(): Promise<void> {
    try {
      await (isOn() ? begin() : end())
      tell()
      error = null
    } catch (cause) {
      error = isCairnError(cause) ? cause.code : 'internal'
      core.ports.logger.warn('lan.failed', describeError(cause))
    }
    if (!core.open) return
    onPlaces()
    changed()
  }

  return {
    state,
    /** `lan:` and this person's id while it is met here. */
    place: (): string | null => (isOn() ? lanPlace(core.identity().id) : null),
    /** Whose places are there. */
    here: (): string[] => present().map(({ id }) => lanPlace(id)),
    start: () => void inTurn(follow),
    /** A key exchange has begun: whoever it is with may have been a stranger here until now. */
    expect: returning.expect,
    /** Errors: `lan.off` where this host has no such link; those of `LanPort.join`. */
    async set({ on, announced = settings.get().lanAnnounced }: { on: boolean; announced?: boolean | undefined }): Promise<LanState> {
      if (port === null) throw new CairnError('lan.off')
      settings.setLan({ on, announced })
      await inTurn(follow)
      if (on && error !== null) throw new CairnError(error)
      return state()
    },
    /** Errors: `lan.off`, `lan.address-invalid`, `lan.unreachable`, `lan.wrong-key`, `lan.stranger` for somebody who is none of ours. */
    async connect(address: string): Promise<LanState> {
      const to = parseLanAddress(address)
      await inTurn(() => Promise.resolve()) // it may be starting
      if (presence === null) throw new CairnError('lan.off')
      if ((await core.untilClosed(presence.connect(to))) === null) throw new CairnError('lan.stranger')
      return state()
    },
    close: (): Promise<void> => inTurn(end),
  }
}

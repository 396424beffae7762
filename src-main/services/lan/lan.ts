/** The LAN link as the person sees it: whether this app listens on its network, and who is there (docs/protocol.md section 10). */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { LanState } from '#shared/contract/models.ts'
import { defaultLanPort, formatLanAddress, parseLanAddress } from '#shared/wire/lanAddress.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import { describeError } from '../../errorFacts.ts'
import type { Mailbox } from '../../lanPort.ts'
import { createLanNode, type LanNode } from '../../transport/lan/node.ts'
import type { Core } from '../core.ts'
import type { Links } from '../links.ts'
import type { SettingsService } from '../settings.ts'
import { createAcquaintances } from './acquaintances.ts'

export interface LanParts {
  links: Links
  settings: SettingsService
  /** This person is met on its network now, or no more: what is watched there is another. */
  onPlaces(): void
}

interface Running {
  node: LanNode
  mailbox: Mailbox & { close(): Promise<void> }
  port: number
}

export type Lan = ReturnType<typeof createLan>

export function createLan(core: Core, { links, settings, onPlaces }: LanParts) {
  const port = core.ports.lan
  const acquaintances = createAcquaintances(core)
  let running: Running | null = null
  let error: string | null = null
  /** Starts and stops one after another. */
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work)
    turn = next.catch(() => undefined)
    return next
  }

  const isOn = (): boolean => port !== null && settings.get().lan

  function state(): LanState {
    const present = running?.node.present() ?? []
    return {
      ...{ on: isOn(), error, port: running?.port ?? null },
      addresses: running ? (port?.addresses() ?? []).map((host) => formatLanAddress({ host, port: (running as Running).port })) : [],
      people: present.map(({ id, remote }) => ({
        id: core.stores.contacts.byId(id) === null ? null : id,
        address: formatLanAddress({ host: remote.address, port: remote.port }),
      })),
    }
  }

  const changed = (): void => core.emit({ type: 'lan', lan: state() })

  /** Somebody came or went: links to those who are there open by themselves. */
  function onChange(): void {
    if (!core.open) return
    for (const { id } of running?.node.present() ?? []) links.get(lanPlace(id))
    changed()
  }

  async function begin(): Promise<void> {
    if (port === null || running !== null || !core.open) return
    const { clock, random, primitives, logger } = core.ports
    const mailbox = await port.mailbox()
    try {
      const socket = await bindFirst([defaultLanPort, 0])
      port.rendezvous.serve({ id: core.identity().id, mailbox })
      const node = createLanNode({
        ...{ socket, clock, random, primitives, logger, rendezvous: port.rendezvous, onChange },
        ...{ known: acquaintances.known, mayBe: acquaintances.mayBe, me: () => core.identity().id },
      })
      running = { node, mailbox, port: socket.local.port }
      if (!core.open) return await end()
    } catch (cause) {
      await mailbox.close()
      throw cause
    }
  }

  /** On the usual port, or where another program has that, on any. */
  async function bindFirst([at, ...others]: number[]) {
    if (port === null) throw new CairnError('lan.off')
    try {
      return await port.bind({ address: '0.0.0.0', port: at ?? 0 })
    } catch (cause) {
      if (others.length === 0 || !isCairnError(cause, 'lan.port-in-use')) throw cause
      return bindFirst(others)
    }
  }

  async function end(): Promise<void> {
    const ending = running
    running = null
    port?.rendezvous.serve(null)
    ending?.node.close()
    await ending?.mailbox.close()
  }

  async function follow(): Promise<void> {
    try {
      await (isOn() ? begin() : end())
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
    start: () => void inTurn(follow),
    async set(on: boolean): Promise<LanState> {
      settings.setLan(on)
      await inTurn(follow)
      if (on && error !== null) throw new CairnError(error as 'lan.port-in-use')
      return state()
    },
    /** Errors: `lan.off`, `lan.address-invalid`, `lan.unreachable`, `lan.wrong-key`, `lan.stranger` for somebody who is none of ours. */
    async connect(address: string): Promise<LanState> {
      const { host, port: at } = parseLanAddress(address)
      if (running === null || port === null) throw new CairnError('lan.off')
      const found = await port.resolve(host)
      const id = await core.untilClosed(running.node.connect({ address: found, port: at }))
      if (id === null) throw new CairnError('lan.stranger')
      return state()
    },
    close: (): Promise<void> => inTurn(end),
  }
}

/** What scenarios of troublesome relays share: two apps that talk, and a Bob whose relay moves, is silent for a while, or forgets. */
import { CairnError } from '#shared/errors.ts'
import type { RelayLink, Transport } from '#main/ports.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { eventually } from './eventually.ts'
import { primitives } from './puppet.ts'
import { silentLogger } from './relayFixtures.ts'
import { localRelayAt, testTransport, untilDelivered, untilOpen, type TestApp, type TestRelay, type TestWorld } from './testApp.ts'

/** `acceptor` takes an invite; `inviter` agrees to use its relay. */
export async function connectAcross(inviter: TestApp, acceptor: TestApp): Promise<void> {
  await acceptor.call('invites.accept', { text: (await inviter.call('invites.create', {})).file.text })
  await inviter.untilConversation(acceptor.id, 'asks about the relay', ({ exchange }) => exchange?.askRelay !== null)
  await inviter.call('exchanges.allowRelay', { contactId: acceptor.id, allow: true })
  await untilOpen(inviter, acceptor)
}

/** Each says something that the other shows, and nothing of it waits for a receipt. */
export async function talk(one: TestApp, other: TestApp, when: string): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.send(to.id, `${from.name} ${when}`)
    await to.untilShown(from.id, [`${from.name} ${when}`])
  }
  await untilDelivered(one, other.id)
  await untilDelivered(other, one.id)
}

/** The app is at its own relay. */
export const untilConnected = (app: TestApp): Promise<unknown> =>
  eventually(
    `${app.name} is at its own relay`,
    async () => (await app.call('network.state', {})).relays,
    (relays) => relays.some(({ own, state }) => own && state === 'connected'),
  )

/** How sessions with this contact came about, in no particular order. */
export const sessionEvents = async (app: TestApp, of: string): Promise<string[]> =>
  (await app.call('contacts.details', { id: of })).session.history.map(({ kind }) => kind).toSorted()

/** Bob with a relay on his own computer: `move` ends the first, and the next start has the second. */
export async function bobWhoMoves(world: TestWorld) {
  const relays = [await world.relay(), await world.relay()] as const
  let at = 0
  const localRelay = localRelayAt(() => relays[at]?.address ?? '')
  const bob = await world.app({ name: 'Bob', relay: 'local', localRelay })
  const move = async (): Promise<void> => {
    at = 1
    await relays[0].close()
  }
  return { bob, relays, move }
}

/** Real links, of which `change` replaces something. */
function changedLinks(change: (link: RelayLink, address: string) => Partial<RelayLink>): Transport {
  const transport = testTransport(silentLogger)
  return {
    services: transport.services,
    check: transport.check,
    useProxy: transport.useProxy,
    open(address, listener) {
      const link = transport.open(address, listener)
      return { ...link, ...change(link, address) }
    },
  }
}

/** Links that bring blobs but no answer about numbers from `relay` while `isMute` says so. */
export const muteTransport = (relay: TestRelay, isMute: () => boolean): Transport =>
  changedLinks((link, address) => ({
    async status(rvs) {
      if (isMute() && address === relay.address) throw new CairnError('relay.unreachable', { details: { relay: address } })
      return link.status(rvs)
    },
  }))

/** Links that publish nothing before `released`. */
export const heldTransport = (released: Promise<void>): Transport =>
  changedLinks((link) => ({
    async publish(publication) {
      await released
      return link.publish(publication)
    },
  }))

/** A Bob whose session.confirm the relay loses the first time it is published; only what is encrypted while `losing`. */
export async function bobWhoseConfirmIsLost(world: TestWorld, relay: TestRelay) {
  const confirms: Buffer[] = []
  const state = { losing: true, lost: 0 }
  const { seal } = primitives.xchacha20poly1305
  const noting: Primitives['xchacha20poly1305'] = {
    ...primitives.xchacha20poly1305,
    seal(key, nonce, plaintext, associatedData) {
      const sealed = seal(key, nonce, plaintext, associatedData)
      if (state.losing && Buffer.from(plaintext).includes('session.confirm')) confirms.push(Buffer.from(sealed))
      return sealed
    },
  }
  const transport = changedLinks((link) => ({
    async publish(publication) {
      const at = confirms.findIndex((sealed) => Buffer.from(publication.blob).includes(sealed))
      if (at < 0) return link.publish(publication)
      confirms.splice(at, 1)
      state.lost += 1
      return 'stored'
    },
  }))
  const bob = await world.app({
    ...{ name: 'Bob', relay: relay.address, transport },
    primitives: { ...primitives, xchacha20poly1305: noting },
  })
  return { bob, state }
}

/** Several relays at once, and moving while contacts follow. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NetworkState } from '#shared/contract/networkModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { connect, createTestWorld, untilDelivered, untilOpen, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

const day = 24 * 3_600_000
let world: TestWorld
let [first, second]: [TestRelay, TestRelay] = [null as never, null as never]
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  ;[first, second] = [await world.relay(), await world.relay()]
  alice = await world.app({ name: 'Alice', relay: first.address })
  bob = await world.app({ name: 'Bob', relay: first.address })
})
afterEach(() => world.end())

const at = (address: string) => ({ kind: 'address' as const, address })
const own = ({ relays }: NetworkState) => relays.filter((relay) => relay.own).map(({ address }) => address)
const relaysOf = async (app: TestApp, peer: TestApp) => (await app.call('contacts.details', { id: peer.id })).technical.relays
const untilKnown = (app: TestApp, peer: TestApp, addresses: string[]) =>
  eventually(
    `${app.name} knows where ${peer.name} is met`,
    () => relaysOf(app, peer),
    (known) => JSON.stringify(known) === JSON.stringify(addresses),
  )

async function talk(what: string): Promise<void> {
  await alice.send(bob.id, `Alice ${what}`)
  await bob.untilShown(alice.id, [`Alice ${what}`], 30_000)
  await bob.send(alice.id, `Bob ${what}`)
  await alice.untilShown(bob.id, [`Bob ${what}`], 30_000)
}

describe('several relays', () => {
  it('invites and profile name all of them; each message comes once; one may fail', async () => {
    await connect(alice, bob)
    expect(own(await alice.call('relays.add', { relay: at(second.address) }))).toEqual([first.address, second.address])
    expect((await alice.call('invites.create', {})).relays).toEqual([first.address, second.address])
    await untilKnown(bob, alice, [first.address, second.address])
    await talk('at both')
    await untilDelivered(bob, alice.id)
    expect(await alice.shown(bob.id)).toEqual(['Alice at both', 'Bob at both'])
    // Bob is met at the first alone: from there he can be reached no more, but he reaches Alice
    await bob.call('relays.add', { relay: at(second.address) })
    await untilKnown(alice, bob, [first.address, second.address])
    await first.close()
    await talk('without the first')
    expect(await alice.shown(bob.id)).toEqual(['Alice at both', 'Bob at both', 'Alice without the first', 'Bob without the first'])
    await alice.lock()
    await alice.unlock()
    expect(own(await alice.call('network.state', {}))).toEqual([first.address, second.address])
  })

  it('an invite made before is answered by what it names, and whoever answers learns the rest', async () => {
    const { file } = await alice.call('invites.create', {})
    await alice.call('relays.add', { relay: at(second.address) })
    await bob.call('invites.accept', { text: file.text })
    await untilOpen(alice, bob)
    await untilKnown(bob, alice, [first.address, second.address])
  })

  it('one that does not answer is not taken, nor a fifth, nor one twice', async () => {
    const dead = await world.relay()
    await dead.close()
    const before = await alice.tables()
    expect(await alice.codeOf('relays.add', { relay: at(dead.address) })).toBe('relay.unreachable')
    expect(await alice.codeOf('relays.add', { relay: at('not an address!') })).toBe('relay.address-invalid')
    expect(await alice.codeOf('relays.move', { from: first.address, to: at(dead.address) })).toBe('relay.unreachable')
    expect(await alice.tables()).toEqual(before)
    await alice.call('relays.add', { relay: at(first.address) })
    for (const relay of [second, await world.relay(), await world.relay()]) await alice.call('relays.add', { relay: at(relay.address) })
    const fifth = await world.relay()
    expect(await alice.codeOf('relays.add', { relay: at(fifth.address) })).toBe('relay.too-many')
    expect(own(await alice.call('network.state', {}))).toHaveLength(4)
    expect(own(await alice.call('relays.move', { from: first.address, to: at(fifth.address) }))).toHaveLength(4)
  })

  it('without a relay on this computer there is none to add', async () => {
    expect(await alice.codeOf('relays.add', { relay: { kind: 'local' } })).toBe('input.invalid')
  })
})

describe('moving', () => {
  it('contacts follow; what still comes to the old one is read for 30 days, and no longer', async () => {
    await connect(alice, bob)
    await talk('before')
    await untilDelivered(bob, alice.id)
    await bob.lock()
    const now = alice.clock.now()
    const state = await alice.call('relays.move', { from: first.address, to: at(second.address) })
    expect(own(state)).toEqual([second.address])
    const left = state.relays.find(({ address }) => address === first.address)
    expect(left?.until).toBeGreaterThanOrEqual(now + 30 * day)
    await bob.unlock()
    await bob.send(alice.id, 'from somebody who was away')
    await alice.untilShown(bob.id, ['from somebody who was away'])
    await untilKnown(bob, alice, [second.address])
    await talk('after')
    await alice.clock.advance(30 * day + 11 * 60_000)
    await eventually(
      'the old one is gone',
      () => alice.call('network.state', {}),
      ({ relays }) => relays.every(({ until }) => until === null),
    )
    const { relays } = await alice.tables()
    expect(relays?.map((row) => (JSON.parse(row as string) as { address: string }).address)).toEqual([second.address])
    await talk('much later')
  })

  it('the only relay cannot be left, one of two can; a left one can be used again or forgotten', async () => {
    await connect(alice, bob)
    expect(await alice.codeOf('relays.leave', { address: first.address })).toBe('relay.last')
    expect(await alice.codeOf('relays.leave', { address: second.address })).toBe('relay.unknown')
    await alice.call('relays.add', { relay: at(second.address) })
    expect(await alice.codeOf('relays.forget', { address: second.address })).toBe('relay.unknown')
    await alice.call('relays.leave', { address: first.address })
    await untilKnown(bob, alice, [second.address])
    await alice.call('relays.add', { relay: at(first.address) })
    await untilKnown(bob, alice, [second.address, first.address])
    await alice.call('relays.leave', { address: first.address })
    await untilKnown(bob, alice, [second.address])
    const { relays } = await alice.call('relays.forget', { address: first.address })
    // Bob is met there: the connection stays, as a contact's
    expect(relays.find(({ address }) => address === first.address)).toMatchObject({ own: false, until: null })
    await talk('at the second')
  })
})

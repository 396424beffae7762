/** Two whole apps on one network, over real UDP sockets: with no relay at all, and with one that goes. */
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { announce } from '#main/node/announcements.ts'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile } from '#test/support/files.ts'
import { eventually } from '#test/support/eventually.ts'
import { lanPeople, meet, placeOf, untilTheySee } from '#test/support/lanApps.ts'
import { random } from '#test/support/profileFolder.ts'
import { connect, createTestWorld, untilOpen, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
beforeEach(() => {
  world = createTestWorld()
})
afterEach(() => world.end())

/** Of this computer, for itself. */
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))

const turnOn = (app: TestApp) => app.call('lan.set', { on: true })
/** The ports that are announced here, until all of these are: false where multicast does not come through. */
async function areAnnounced(...ports: number[]): Promise<boolean> {
  const missing = new Set(ports)
  const heard = Promise.withResolvers<boolean>()
  const found = ({ port }: { port: number }) => missing.delete(port) && missing.size === 0 && heard.resolve(true)
  const listener = announce({ random, logger: { info: () => undefined, warn: () => undefined }, port: 1, onFound: found })
  const timer = setTimeout(() => heard.resolve(false), 5_000)
  const answer = await heard.promise
  clearTimeout(timer)
  await listener.close()
  return answer
}

describe('with no relay at all', () => {
  it('two people meet by an invite, talk, and go on after a restart', async () => {
    const [alice, bob] = await lanPeople(world, 'Alice', 'Bob')
    const invite = await alice.call('invites.create', { label: 'Bob', uses: 'one' })
    expect(invite).toMatchObject({ state: 'open', short: null, relays: [`lan:${alice.id}`] })
    await bob.call('invites.accept', { text: invite.file.text })
    const [host, port] = (await placeOf(alice)).split(':')
    await bob.call('lan.connect', { address: `${hasIpv6 ? '[::1]' : host}:${port}` })
    await untilOpen(alice, bob)
    if (hasIpv6) expect((await alice.call('lan.state', {})).people[0]?.address).toMatch(/^\[::1\]:/)
    await bob.send(alice.id, 'over the wire')
    await alice.untilShown(bob.id, ['over the wire'])
    await alice.send(bob.id, 'and back')
    await bob.untilShown(alice.id, ['and back'])

    await alice.lock()
    await bob.send(alice.id, 'while you were away')
    await alice.unlock()
    await alice.untilShown(bob.id, ['while you were away']) // who met there look for each other by themselves
    expect(await alice.shown(bob.id)).toEqual(['over the wire', 'and back', 'while you were away'])
  })
})

describe('beside a relay', () => {
  it('who is on the network is reached there, and by the relay when the network is gone; nothing twice', async () => {
    const relay = await world.relay()
    const [alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
    await connect(alice, bob)
    await turnOn(alice)
    await turnOn(bob)
    await meet(alice, bob)
    const before = (await relay.storage.size()).blobs
    await alice.send(bob.id, 'one')
    await bob.untilShown(alice.id, ['one'])
    await bob.send(alice.id, 'two')
    await alice.untilShown(bob.id, ['two'])
    expect((await relay.storage.size()).blobs).toBe(before)

    await bob.call('lan.set', { on: false })
    await alice.send(bob.id, 'three')
    await bob.untilShown(alice.id, ['three'])
    await bob.send(alice.id, 'four')
    await alice.untilShown(bob.id, ['four'])

    await relay.close()
    await bob.send(alice.id, 'five')
    await turnOn(bob)
    await meet(bob, alice)
    await alice.untilShown(bob.id, ['five'])
    const bytes = someBytes(300_000)
    await sendFile(alice, bob.id, { bytes })
    const { file } = await untilFile(bob, alice.id, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
    expect((await bob.shown(alice.id)).filter(Boolean)).toEqual(['one', 'two', 'three', 'four', 'five'])
  })

  it('who announces itself is found: contacts are met, and strangers once one has answered the other’s invite', async ({ skip }) => {
    const relay = await world.relay()
    const [alice, cleo] = [
      await world.app({ name: 'Alice', relay: relay.address }),
      await world.app({ name: 'Cleo', relay: relay.address }),
    ]
    await connect(alice, cleo)
    const [bob] = await lanPeople(world, 'Bob')
    const all = [alice, bob, cleo]
    for (const app of all) expect((await app.call('lan.set', { on: true, announced: true })).announced).toBe(true)
    const ports = await Promise.all(all.map(async (app) => (await app.call('lan.state', {})).port ?? 0))
    if (!(await areAnnounced(...ports))) return skip('this computer’s network carries no multicast')
    await untilTheySee(alice, cleo)
    expect(await bob.codeOf('lan.connect', { address: await placeOf(alice) })).toBe('lan.stranger')
    await bob.call('invites.accept', { text: (await alice.call('invites.create', {})).file.text })
    await untilTheySee(alice, bob)
    await alice.call('lan.set', { on: true, announced: false })
    expect((await alice.call('lan.state', {})).people.length).toBe(2)
  })

  it('who has no relay can answer a public address, and is connected once both are on the network; it has none of its own', async () => {
    const relay = await world.relay()
    const alice = await world.app({ name: 'Alice', relay: relay.address })
    const [bob] = await lanPeople(world, 'Bob')
    await turnOn(alice)
    expect(await bob.codeOf('invites.create', { uses: 'many' })).toBe('invite.needs-relay')
    await bob.call('invites.accept', { text: (await alice.call('invites.create', { uses: 'many' })).file.text })
    await eventually('Bob asks', () => alice.call('requests.list', {}), ({ list }) => list.some(({ id }) => id === bob.id)) // prettier-ignore
    await alice.call('requests.accept', { id: bob.id })
    for (const [app, other] of [[alice, bob], [bob, alice]] as const) expect((await app.conversation(other.id)).exchange).toMatchObject({ onLan: true }) // prettier-ignore
    await bob.call('lan.connect', { address: await placeOf(alice) })
    await untilOpen(alice, bob)
  })

  it('strangers learn nothing of each other', async () => {
    const [alice, bob] = await lanPeople(world, 'Alice', 'Bob')
    expect(await bob.codeOf('lan.connect', { address: await placeOf(alice) })).toBe('lan.stranger')
    for (const app of [alice, bob]) expect((await app.call('lan.state', {})).people).toEqual([])
    expect(await bob.codeOf('lan.connect', { address: '127.0.0.1:9' })).toBe('lan.unreachable')
    expect(await bob.codeOf('lan.connect', { address: 'not an address' })).toBe('lan.address-invalid')
    await bob.call('lan.set', { on: false })
    expect(await bob.codeOf('lan.connect', { address: '127.0.0.1:9' })).toBe('lan.off')
  })
})

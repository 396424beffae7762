/** A proxy for everything, and the relay on this computer for others. Transport, proxy and relays are the real ones. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalRelay } from '#main/node/localRelay.ts'
import { createTransport } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnSocks } from '#test/support/processes.ts'
import { random } from '#test/support/profileFolder.ts'
import { silentLogger } from '#test/support/relayFixtures.ts'
import { connect, createTestWorld, untilOpen, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let relay: TestRelay

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
})
afterEach(() => world.end())

const socks = async (...args: string[]) => {
  const proxy = await spawnSocks(...args)
  world.defer(() => proxy.dispose())
  return { ...proxy, address: `127.0.0.1:${proxy.port}` }
}
/** An app that reaches relays as the program does. */
async function realApp(name: string, dir = join(world.folder(), 'profile'), addresses: () => string[] = () => []): Promise<TestApp> {
  const localRelay = createLocalRelay({ dir: join(dir, 'relay'), clock: systemClock, logger: silentLogger, addresses })
  const transport = createTransport({ clock: systemClock, random, logger: silentLogger, here: (address) => localRelay.here(address) })
  return world.app({ name, relay: relay.address, dir, transport, localRelay })
}

describe('a proxy', () => {
  it('carries everything from the moment it is chosen, also after a restart and before anything else is connected', async () => {
    const proxy = await socks()
    const alice = await realApp('Alice')
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    expect(await alice.call('network.setProxy', { proxy: { address: `socks5://${proxy.address}`, credentials: null } })).toEqual({
      address: proxy.address,
      username: null,
    })
    await eventually('it is asked', () => proxy.asked().length, Boolean)
    await connect(alice, bob)
    await alice.send(bob.id, 'through it')
    await bob.untilShown(alice.id, ['through it'])
    const before = proxy.asked().length
    await alice.lock()
    const connections = relay.connections()
    await alice.unlock()
    await eventually(
      'it is asked again',
      () => proxy.asked().length,
      (count) => count > before,
    )
    await bob.send(alice.id, 'and back')
    await alice.untilShown(bob.id, ['and back'])
    expect(relay.connections() - connections).toBe(proxy.asked().length - before)
  })

  it('that is gone stops everything; nothing goes around it', async () => {
    const proxy = await socks()
    const alice = await realApp('Alice')
    await alice.call('network.setProxy', { proxy: { address: proxy.address, credentials: null } })
    await alice.lock()
    await proxy.dispose()
    const connections = relay.connections()
    await alice.unlock()
    await eventually(
      'it says so',
      () => alice.call('network.state', {}),
      ({ relays }) => relays.every(({ error }) => error === 'proxy.unreachable'),
    )
    expect(await alice.codeOf('network.checkRelay', { address: relay.address })).toBe('proxy.unreachable')
    expect(relay.connections()).toBe(connections)
    expect(await alice.call('network.setProxy', { proxy: null })).toBeNull()
    await eventually(
      'it is direct again',
      () => alice.call('network.state', {}),
      ({ relays }) => relays.every(({ state }) => state === 'connected'),
    )
  })

  it('may have a user and a password, which no window is told', async () => {
    const proxy = await socks('--password', 'open sesame')
    const alice = await realApp('Alice')
    const credentials = { username: 'ali', password: 'open sesame' }
    expect(await alice.call('network.setProxy', { proxy: { address: proxy.address, credentials } })).toEqual({
      address: proxy.address,
      username: 'ali',
    })
    expect((await alice.call('network.checkRelay', { address: relay.address })).address).toBe(relay.address)
    expect(JSON.stringify([await alice.call('settings.get', {}), alice.events, alice.log])).not.toContain('sesame')
  })

  it('that is none is refused, and the one before stays; a locked profile’s is not gone around', async () => {
    const proxy = await socks()
    const alice = await realApp('Alice')
    await alice.call('network.setProxy', { proxy: { address: proxy.address, credentials: null } })
    for (const address of ['', 'nonsense', '127.0.0.1', '127.0.0.1:0', 'http://127.0.0.1:9050'])
      expect(await alice.codeOf('network.setProxy', { proxy: { address, credentials: null } })).toBe('proxy.address-invalid')
    expect((await alice.call('settings.get', {})).proxy).toEqual({ address: proxy.address, username: null })
    await alice.lock()
    expect(await alice.codeOf('network.setProxy', { proxy: null })).toBe('profile.locked')
    await alice.unlock()
    expect((await alice.call('settings.get', {})).proxy).toEqual({ address: proxy.address, username: null })
  })
})

describe('the relay on this computer', () => {
  /** An address of this computer that others would use. */
  const lan = () => ['192.0.2.17']

  it('is opened to the network only when it is said, and then invites name the computer’s addresses', async () => {
    const alice = await realApp('Alice', undefined, lan)
    expect(await alice.codeOf('relays.setReach', { reach: 'network' })).toBe('relay.unknown') // it is not in use
    await alice.call('relays.move', { from: relay.address, to: { kind: 'local' } })
    const own = async () => (await alice.call('network.state', {})).relays.filter((one) => one.own)
    expect((await own()).map(({ address }) => address)).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/)])
    const { relays } = await alice.call('relays.setReach', { reach: 'network' })
    const [there] = relays.filter((one) => one.own)
    expect(there).toMatchObject({ local: true, address: expect.stringMatching(/^wss:\/\/192\.0\.2\.17:\d+#[\w-]{43}$/) as unknown })
    expect((await alice.call('invites.create', {})).relays).toEqual([there?.address])
    await eventually('it reaches itself', own, ([one]) => one?.state === 'connected')
    await alice.lock()
    await alice.unlock()
    expect((await own()).map(({ address }) => address)).toEqual([there?.address])
    expect(await alice.call('settings.get', {})).toMatchObject({ reach: 'network' })
    await alice.call('relays.setReach', { reach: 'computer' })
    expect((await own()).map(({ address }) => address)).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/)])
  })

  it('stays as it is on no network', async () => {
    const alice = await realApp('Alice', undefined, () => [])
    await alice.call('relays.move', { from: relay.address, to: { kind: 'local' } })
    const before = await alice.call('network.state', {})
    expect(await alice.codeOf('relays.setReach', { reach: 'network' })).toBe('relay.no-network')
    expect((await alice.call('network.state', {})).localRelay).toEqual(before.localRelay)
    expect(await alice.call('settings.get', {})).toMatchObject({ reach: 'computer' })
  })

  it('on another network contacts learn the new address', async () => {
    let addresses = ['192.0.2.17']
    const alice = await realApp('Alice', undefined, () => addresses)
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    await alice.call('relays.add', { relay: { kind: 'local' } })
    await alice.call('relays.setReach', { reach: 'network' })
    await connect(alice, bob)
    await alice.lock()
    addresses = ['198.51.100.3', '192.0.2.17']
    await alice.unlock()
    await eventually(
      'Bob knows',
      async () => (await bob.call('contacts.details', { id: alice.id })).technical.relays.map((one) => new URL(one).hostname),
      (hosts) => hosts.includes('198.51.100.3') && hosts.includes('192.0.2.17'),
    )
    await untilOpen(alice, bob)
  })

  it('that was left runs on while it is listened to, and ends when it is forgotten', async () => {
    const alice = await realApp('Alice')
    await alice.call('relays.add', { relay: { kind: 'local' } })
    const { localRelay } = await alice.call('network.state', {})
    const address = localRelay?.address ?? ''
    await alice.call('relays.leave', { address })
    await alice.lock()
    await alice.unlock()
    await eventually(
      'it is listened to',
      () => alice.call('network.state', {}),
      ({ relays }) => relays.find((one) => one.address === address)?.state === 'connected',
    )
    const state = await alice.call('relays.forget', { address })
    expect(state.localRelay).toBeNull()
    expect(state.relays.map((one) => one.address)).toEqual([relay.address])
  })
})

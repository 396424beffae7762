/** With a proxy set nothing goes any other way, and its failures have names. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ProxySettings, Transport } from '#main/ports.ts'
import { usualTimeouts } from '#main/transport/openSocket.ts'
import { createTransport } from '#main/transport/transport.ts'
import type { TransportOptions } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { eventually } from '../../support/eventually.ts'
import { spawnRelay, spawnSocks } from '../../support/processes.ts'
import type { RelayProcess, SocksProcess } from '../../support/processes.ts'
import { newBlob, newRendezvous, publicationOf, random, recordLink, silentLogger } from '../../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const startRelay = async (): Promise<RelayProcess> => {
  const relay = await spawnRelay()
  cleanUps.push(() => relay.dispose())
  return relay
}
const startSocks = async (...args: string[]): Promise<SocksProcess> => {
  const socks = await spawnSocks(...args)
  cleanUps.push(() => socks.dispose())
  return socks
}
const make = (options: Partial<TransportOptions> = {}): Transport =>
  createTransport({ clock: systemClock, random, logger: silentLogger, ...options })
const at = (port: number, credentials: ProxySettings['credentials'] = null): ProxySettings => ({ host: '127.0.0.1', port, credentials })

/** A port that counts who comes. */
const startTrap = async () => {
  let visits = 0
  const server = createServer((socket) => {
    visits += 1
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => void server.close())
  return { port: (server.address() as AddressInfo).port, visits: () => visits }
}

describe('with a proxy', () => {
  it('names go to it as they are, and each relay is shown another user', async () => {
    const [one, two, socks] = [await startRelay(), await startRelay(), await startSocks()]
    const transport = make()
    transport.useProxy(at(socks.port))
    const addresses = [`ws://one.onion:${one.port}`, `ws://two.onion:${two.port}`]
    for (const address of [...addresses, ...addresses]) await transport.check(address)
    const asked = socks.asked()
    expect(asked.map(({ kind, host }) => [kind, host])).toEqual(
      ['one.onion', 'two.onion', 'one.onion', 'two.onion'].map((host) => ['name', host]),
    )
    const users = asked.map(({ username }) => username)
    expect(users.every((user) => (user ?? '').length >= 20)).toBe(true)
    expect(users[0]).not.toBe(users[1])
    expect(users.slice(2)).toEqual(users.slice(0, 2))
    // Set anew, it is somebody else who asks.
    transport.useProxy(at(socks.port))
    await transport.check(addresses[0] ?? '')
    expect(socks.asked().at(-1)?.username).not.toBe(users[0])
  })

  it('its own user and password are used where there are some', async () => {
    const [relay, socks] = [await startRelay(), await startSocks('--password', 'open sesame')]
    const transport = make()
    const address = `ws://relay.onion:${relay.port}`
    transport.useProxy(at(socks.port, { username: 'ali', password: 'open sesame' }))
    await transport.check(address)
    expect(socks.asked().at(-1)?.username).toBe('ali')
    transport.useProxy(at(socks.port, { username: 'ali', password: 'open barley' }))
    await expect(transport.check(address)).rejects.toMatchObject({ code: 'proxy.refused' })
  })

  it.each(['websocket', 'polling', undefined] as const)('nothing goes directly, whatever the proxy does (%s)', async (only) => {
    const [trap, socks] = [await startTrap(), await startSocks('--mode', 'refuses')]
    const transport = make(only === undefined ? {} : { only })
    transport.useProxy(at(socks.port))
    const seen = recordLink()
    const link = transport.open(`ws://127.0.0.1:${trap.port}`, seen)
    cleanUps.push(() => link.close())
    link.watch([newRendezvous().rv], [])
    link.refetch(newRendezvous().rv)
    await eventually('offline', () => seen.states.some(({ error }) => error === 'proxy.refused'), Boolean)
    await expect(transport.check(`ws://127.0.0.1:${trap.port}`)).rejects.toMatchObject({ code: 'proxy.refused' })
    await socks.dispose()
    link.retry()
    await eventually('gone', () => seen.states.some(({ error }) => error === 'proxy.unreachable'), Boolean)
    expect(trap.visits()).toBe(0)
  })

  it('a change cuts what goes the other way and connects anew', async () => {
    const [relay, socks] = [await startRelay(), await startSocks()]
    const transport = make()
    const seen = recordLink()
    const link = transport.open(relay.address, seen)
    cleanUps.push(() => link.close())
    const point = newRendezvous()
    link.watch([point.rv], [])
    const connected = (count: number) =>
      eventually(
        'connected',
        () => seen.states.filter(({ state }) => state === 'connected').length,
        (times) => times === count,
      )
    await connected(1)
    expect(socks.asked()).toEqual([])
    transport.useProxy(at(socks.port))
    await connected(2)
    expect(socks.asked()).toHaveLength(1)
    await socks.dispose() // the link has no other way
    await eventually(
      'offline',
      () => seen.states.at(-1)?.state,
      (state) => state === 'offline',
    )
    transport.useProxy(null)
    await connected(3)
    expect(await link.publish(publicationOf(point, newBlob()))).toBe('stored')
    await eventually(
      'the blob',
      () => seen.blobs.length,
      (count) => count === 1,
    )
  })

  it('a check that is under way directly is cut when a proxy is set', async () => {
    const trap = await startTrap() // accepts and says nothing
    const transport = make()
    const check = transport.check(`ws://127.0.0.1:${trap.port}`)
    await eventually('it is on its way', trap.visits, (count) => count === 1)
    const socks = await startSocks('--mode', 'refuses')
    transport.useProxy(at(socks.port))
    await expect(check).rejects.toMatchObject({ family: 'Transport' })
    expect(trap.visits()).toBe(1)
  })

  it('the relay of this very process is reached without it', async () => {
    const [relay, socks] = [await startRelay(), await startSocks('--mode', 'refuses')]
    const transport = make({ here: ({ host }) => (host === 'mine.invalid' ? { host: '127.0.0.1', port: relay.port } : null) })
    transport.useProxy(at(socks.port))
    await transport.check('ws://mine.invalid:7443')
    await expect(transport.check('ws://other.invalid:7443')).rejects.toMatchObject({ code: 'proxy.refused' })
    expect(socks.asked()).toHaveLength(1)
  })

  it.each([
    ['garbage', 'proxy.refused'],
    ['refuses', 'proxy.refused'],
    ['unreachable', 'relay.unreachable'],
  ])('a proxy that answers with %s: %s', async (mode, code) => {
    const socks = await startSocks('--mode', mode)
    const transport = make()
    transport.useProxy(at(socks.port))
    await expect(transport.check('ws://relay.onion:7443')).rejects.toMatchObject({ code })
  })

  it('a slow one is waited for', async () => {
    const [relay, socks] = [await startRelay(), await startSocks('--mode', 'slow')]
    const transport = make()
    transport.useProxy(at(socks.port))
    await transport.check(`ws://relay.onion:${relay.port}`)
    expect(socks.asked()).toHaveLength(1)
  })

  it.each([
    ['silent', 'proxy.unreachable'],
    ['hangs', 'relay.unreachable'],
  ])('one in the mode “%s” is given up: %s', async (mode, code) => {
    const socks = await startSocks('--mode', mode)
    const transport = make({ timeouts: { ...usualTimeouts, throughProxyMs: 600 } })
    transport.useProxy(at(socks.port))
    await expect(transport.check('ws://relay.onion:7443')).rejects.toMatchObject({ code })
  })
})

it.each([
  ['a host that is none', { host: 'not a host', port: 9050, credentials: null }],
  ['a port that is none', { host: '127.0.0.1', port: 0, credentials: null }],
  ['a user that is too long', { host: '127.0.0.1', port: 9050, credentials: { username: 'x'.repeat(256), password: 'x' } }],
  ['a password that is empty', { host: '127.0.0.1', port: 9050, credentials: { username: 'x', password: '' } }],
])('%s is refused, and changes nothing', async (_name, settings) => {
  const [relay, socks] = [await startRelay(), await startSocks()]
  const transport = make()
  transport.useProxy(at(socks.port))
  expect(() => transport.useProxy(settings)).toThrow(expect.objectContaining({ code: 'proxy.address-invalid' }))
  await transport.check(`ws://relay.onion:${relay.port}`)
  expect(socks.asked()).toHaveLength(1)
})

/** Long polling as the app does it: over networks that lose answers, against relays that lie, and in turn with WebSocket. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeBatch, pollHeaders, pollLimits, pollPaths } from '#shared/wire/polling.ts'
import type { RelayLink } from '#main/ports.ts'
import { usualTimeouts } from '#main/transport/openSocket.ts'
import { createTransport } from '#main/transport/transport.ts'
import type { TransportOptions } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { startBlockingProxy } from '../../support/blockingProxy.ts'
import type { BlockingProxy } from '../../support/blockingProxy.ts'
import { eventually } from '../../support/eventually.ts'
import { spawnRelay } from '../../support/processes.ts'
import type { RelayProcess } from '../../support/processes.ts'
import { newBlob, newRendezvous, publicationOf, random, recordLink, silentLogger } from '../../support/relayFixtures.ts'
import type { LinkRecorder } from '../../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const openLink = (address: string, options: Partial<TransportOptions> = {}): { link: RelayLink; seen: LinkRecorder } => {
  const transport = createTransport({ clock: systemClock, random, logger: silentLogger, ...options })
  const seen = recordLink()
  const link = transport.open(address, seen)
  cleanUps.push(() => link.close())
  return { link, seen }
}

const start = async (): Promise<{ relay: RelayProcess; proxy: BlockingProxy }> => {
  const relay = await spawnRelay()
  cleanUps.push(() => relay.dispose())
  const proxy = await startBlockingProxy(relay.port)
  cleanUps.push(() => proxy.close())
  return { relay, proxy }
}

const untilState = (seen: LinkRecorder, state: string) =>
  eventually(
    `state ${state}`,
    () => seen.states.at(-1)?.state,
    (now) => now === state,
    30_000,
  )
const untilLost = (seen: LinkRecorder, error: string) =>
  eventually('lost', () => seen.states.some((one) => one.state === 'offline' && one.error === error), Boolean, 30_000)

describe('an answer that is lost on the way', () => {
  it('costs no blob and doubles none', async () => {
    const { relay, proxy } = await start()
    let answers = 0
    proxy.losesAnswer = (path) => path !== pollPaths.open && ++answers % 2 === 1
    const { link, seen } = openLink(proxy.address, { only: 'polling' })
    const points = Array.from({ length: 60 }, newRendezvous)
    const blobs = points.map(() => newBlob())
    link.watch(
      points.map(({ rv }) => rv),
      [],
    )
    await eventually(
      'watched',
      () => seen.statuses.length,
      (count) => count === points.length,
    )
    const writer = openLink(relay.address)
    for (const [i, point] of points.entries()) expect(await writer.link.publish(publicationOf(point, blobs[i] ?? newBlob()))).toBe('stored')
    await eventually(
      'all',
      () => new Set(seen.blobs.map(({ rv }) => rv)).size,
      (count) => count === points.length,
      30_000,
    )
    // A publish whose answer was lost is asked again with the same number: the relay has not seen two.
    const own = newRendezvous()
    expect(await link.publish(publicationOf(own, newBlob()))).toBe('stored')
    expect(seen.blobs.map(({ rv }) => rv).toSorted()).toEqual(points.map(({ rv }) => rv).toSorted())
    expect(seen.states.map(({ state }) => state)).toEqual(['connecting', 'connected'])
    expect(answers).toBeGreaterThan(6)
  }, 90_000)

  it('every time is a lost connection', async () => {
    const { proxy } = await start()
    proxy.losesAnswer = (path) => path === pollPaths.send
    const { link, seen } = openLink(proxy.address, { only: 'polling' })
    link.watch([newRendezvous().rv], [])
    await untilLost(seen, 'relay.unreachable')
    proxy.losesAnswer = () => false
    await eventually('again', () => (link.retry(), link.status([newRendezvous().rv]).catch(() => null)), Boolean)
  })
})

describe('WebSocket and polling in turn', () => {
  it.each(['refuse', 'reset', 'swallow'] as const)(
    'a network that does this to an upgrade is polled: %s',
    async (upgrades) => {
      const { proxy } = await start()
      proxy.upgrades = upgrades
      const { link, seen } = openLink(proxy.address, { timeouts: { ...usualTimeouts, upgradeMs: 1_000 } })
      expect(await link.publish(publicationOf(newRendezvous(), newBlob()))).toBe('stored')
      expect(seen.states.map(({ state }) => state)).toEqual(['connecting', 'connected'])
      expect(proxy.paths).toContain(pollPaths.receive)
    },
    60_000,
  )

  it('goes back when WebSocket gets through again, and loses nothing over it', async () => {
    const { relay, proxy } = await start()
    proxy.upgrades = 'refuse'
    const { link, seen } = openLink(proxy.address, { tryAgainAfterMs: 200 })
    const [early, late] = [newRendezvous(), newRendezvous()]
    link.watch([early.rv, late.rv], [])
    await eventually(
      'watched',
      () => seen.statuses.length,
      (count) => count === 2,
    )
    proxy.upgrades = 'pass'
    await eventually(
      'connected anew',
      () => seen.states.filter(({ state }) => state === 'connected').length,
      (count) => count === 2,
    )
    expect(seen.states.some(({ state }) => state === 'offline')).toBe(false)
    await eventually('closed behind it', () => proxy.paths.includes(pollPaths.close), Boolean)
    const polls = proxy.paths.length
    const writer = openLink(relay.address)
    for (const point of [early, late]) await writer.link.publish(publicationOf(point, newBlob()))
    await eventually(
      'both',
      () => new Set(seen.blobs.map(({ rv }) => rv)).size,
      (count) => count === 2,
    )
    expect(proxy.paths.length).toBe(polls)
  })

  it('remembers where polling was needed', async () => {
    const { proxy } = await start()
    proxy.upgrades = 'refuse'
    const transport = createTransport({ clock: systemClock, random, logger: silentLogger })
    await transport.check(proxy.address)
    await transport.check(proxy.address)
    expect(proxy.upgradesAsked()).toBe(1)
  })

  it('another kind of server is named for what it is, in either way', async () => {
    const server = createServer((_request, response) => response.writeHead(200).end('hello')).listen(0, '127.0.0.1')
    cleanUps.push(() => void server.close())
    await eventually('listening', () => server.listening, Boolean)
    const transport = createTransport({ clock: systemClock, random, logger: silentLogger })
    await expect(transport.check(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toMatchObject({
      code: 'relay.refused',
    })
  })
})

/** A relay that opens sessions and answers `receive` with whatever the test says. */
const lie = async (receive: (request: IncomingMessage, response: ServerResponse) => void, id = randomBytes(32).toString('base64url')) => {
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === pollPaths.open) response.writeHead(200).end(id)
    else if (request.url === pollPaths.receive) receive(request, response)
    else response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return openLink(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { only: 'polling' })
}

describe('relays that lie', () => {
  const batch = (first: number | string, body: Uint8Array) => (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(200, { [pollHeaders.first]: first }).end(body)

  it.each([
    ['a body that is no batch', batch(1, randomBytes(100))],
    ['a batch of frames that are none', batch(1, encodeBatch([randomBytes(20)]))],
    ['a number that was never asked for', batch(7, new Uint8Array())],
    ['a number that is none', batch('one', new Uint8Array())],
    ['a body longer than any', batch(1, Buffer.alloc(pollLimits.bodyMax + 1))],
    [
      'a status that nobody knows',
      (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(302, { location: '/' }).end(),
    ],
    [
      'the end, for a violation',
      (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(410, { [pollHeaders.close]: 1008 }).end(),
    ],
  ])('%s', async (_name, receive) => {
    const { seen } = await lie(receive)
    await untilLost(seen, 'relay.refused')
    expect(seen.blobs).toEqual([])
  })

  it.each([
    ['a session it no longer knows', 404, 'relay.unreachable'],
    ['the end, because it stops', 410, 'relay.unreachable'],
    ['too busy', 503, 'relay.busy'],
  ])('%s', async (_name, status, code) => {
    const { seen } = await lie((_request, response) => void response.writeHead(status).end())
    await untilLost(seen, code)
  })

  it('an id that is none', async () => {
    const { seen } = await lie(() => undefined, 'x'.repeat(43) + '\n')
    await untilLost(seen, 'relay.refused')
    await untilState(seen, 'connecting')
  })
})

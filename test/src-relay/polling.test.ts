/** Long polling as a relay does it, asked by hand: what is kept, what is refused, and that nothing is lost or done twice. */
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { encodePublish, encodeRvs } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import { encodeBatch, pollHeaders, pollLimits, pollPaths } from '#shared/wire/polling.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import type { RelayLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import type { Clock } from '#relay/ports.ts'
import { createRelay } from '#relay/relay.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { eventually } from '../support/eventually.ts'
import { createManualClock } from '../support/manualClock.ts'
import { connectRaw } from '../support/rawRelayClient.ts'
import { openRawPoll, rawRequest } from '../support/rawPollClient.ts'
import { newBlob, newRendezvous, silentLogger } from '../support/relayFixtures.ts'
import type { Rendezvous } from '../support/relayFixtures.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const start = async (options: { limits?: Partial<RelayLimits>; clock?: Clock; trustProxy?: boolean } = {}) => {
  const clock = options.clock ?? systemClock
  const storage = createMemoryStorage({ clock, limits: defaultStorageLimits })
  const limits = { ...defaultLimits, ...options.limits }
  const relay = createRelay({ storage, limits, clock, logger: silentLogger, trustProxy: options.trustProxy ?? false })
  const { port } = await relay.listen({ host: '127.0.0.1', port: 0 })
  cleanUps.push(() => relay.close())
  return { relay, port, client: () => openRawPoll(port) }
}

const publishFrame = (id: number, point: Rendezvous, blob: Uint8Array): Uint8Array => encodePublish(id, point.write, point.deleteHash, blob)
const subscribeFrame = (id: number, ...points: Rendezvous[]): Uint8Array =>
  encodeRvs('subscribe', id, Buffer.concat(points.map(({ rvBytes }) => rvBytes)))
const blobsOf = (frames: ServerFrame[]): Buffer[] => frames.flatMap((frame) => (frame.type === 'blob' ? [Buffer.from(frame.blob)] : []))

describe('a session', () => {
  it('has an id that nobody guesses, and carries what a WebSocket carries', async () => {
    const { relay, port, client } = await start()
    const [one, two] = [await client(), await client()]
    expect(one.session).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(one.session).not.toBe(two.session)
    const [point, blob] = [newRendezvous(), newBlob()]
    expect((await one.send(1, subscribeFrame(1, point))).status).toBe(204)
    expect(await one.receive(0)).toMatchObject({ first: 1, frames: [{ type: 'subscribed', statuses: ['empty'] }] })
    const waiting = one.receive(1)
    const socket = await connectRaw(`ws://127.0.0.1:${port}`)
    cleanUps.push(() => socket.close())
    expect(await socket.publish(point, blob)).toBe('stored')
    const { first, frames } = await waiting
    expect(first).toBe(2)
    expect(blobsOf(frames)).toEqual([blob])
    expect(relay.stats()).toMatchObject({ connections: 3, polling: 2 })
    expect((await two.close()).status).toBe(204)
    expect(relay.stats().polling).toBe(1)
    expect((await two.receive(0)).status).toBe(404)
  })

  it('says again what was not acknowledged, and forgets what was', async () => {
    const { client } = await start()
    const one = await client()
    const points = Array.from({ length: 3 }, newRendezvous)
    await one.send(1, ...points.map((point, i) => publishFrame(i + 1, point, newBlob())))
    const lost = await eventually(
      'three answers',
      () => one.receive(0),
      ({ frames }) => frames.length === 3,
    )
    const again = await one.receive(0)
    expect(again.frames).toEqual(lost.frames)
    expect(again.first).toBe(1)
    const rest = await one.receive(2)
    expect(rest).toMatchObject({ first: 3, frames: [lost.frames[2]] })
    for (const impossible of [1, 4, 1_000_000]) expect((await one.receive(impossible)).status).toBe(409)
    expect((await one.receive(2)).frames).toEqual([lost.frames[2]])
  })

  it('does nothing twice that is sent twice, and refuses a gap', async () => {
    const { relay, client } = await start()
    const one = await client()
    const [a, b] = [newRendezvous(), newRendezvous()]
    const [first, second] = [publishFrame(1, a, newBlob()), publishFrame(2, b, newBlob())]
    for (let i = 0; i < 3; i++) expect((await one.send(1, first)).status).toBe(204)
    expect((await one.send(1, first, second)).status).toBe(204)
    expect((await one.send(4, first)).status).toBe(409)
    expect((await one.send(0, first)).status).toBe(409)
    await eventually(
      'both',
      () => relay.stats().counts.stored,
      (count) => count === 2,
    )
    expect(relay.stats().counts.same).toBeUndefined()
  })

  it('gives way when it is asked for a second time', async () => {
    const { client } = await start()
    const one = await client()
    const [first, second] = [one.receive(0), eventually('a second', () => one.receive(0), Boolean)]
    expect((await first).frames).toEqual([])
    await one.send(1, encodeRvs('status', 1, randomBytes(32)))
    expect((await second).frames).toMatchObject([{ type: 'statuses', statuses: ['empty'] }])
  })

  it('is held for 25 seconds, and gone after a minute of silence', async () => {
    const clock = createManualClock()
    const pass = (ms: number): void => {
      const until = clock.now() + ms
      while (clock.step(until));
    }
    const { relay, client } = await start({ clock })
    const [held, silent] = [await client(), await client()]
    const receiving = held.receive(0)
    await eventually(
      'asked',
      () => held.send(1, encodeRvs('unsubscribe', 1, new Uint8Array())),
      ({ status }) => status === 204,
    )
    pass(pollLimits.holdMs)
    expect(await receiving).toMatchObject({ status: 200, first: 1, frames: [] })
    pass(pollLimits.idleMs - pollLimits.holdMs)
    expect((await silent.receive(0)).status).toBe(404)
    expect(relay.stats()).toMatchObject({ polling: 1, counts: { silent: 1 } })
    const again = held.receive(0)
    await held.send(2, encodeRvs('status', 2, randomBytes(32)))
    expect((await again).frames).toHaveLength(1)
  })

  it('takes no more from who does not read, and goes on when it has read', async () => {
    const { client } = await start({ limits: { pauseReadingAbove: 2_000, sendLowWater: 500 } })
    const one = await client()
    const ask = (number: number) => one.send(number, encodeRvs('status', number, randomBytes(32 * 1000)))
    let number = 1
    await eventually('paused', async () => (await ask(number)).status === 429 || void number++, Boolean)
    let cursor = 0
    await eventually(
      'read',
      async () => {
        const { frames } = await one.receive(cursor)
        return (cursor += frames.length)
      },
      (read) => read === number - 1,
    )
    const waiting = one.receive(cursor)
    expect((await ask(number)).status).toBe(204)
    expect((await waiting).frames).toHaveLength(1)
  })

  it('ends with a frame that breaks the protocol: its error first, then the end', async () => {
    const { relay, client } = await start()
    const one = await client()
    expect((await one.send(1, Buffer.from('not a frame'))).status).toBe(204)
    expect((await one.receive(0)).frames).toMatchObject([{ type: 'error', code: 'malformed' }])
    expect((await one.send(2, encodeRvs('status', 1, randomBytes(32)))).status).toBe(410)
    const ended = await one.receive(1)
    expect(ended).toMatchObject({ status: 410, headers: { [pollHeaders.close]: '1008' } })
    expect(relay.stats()).toMatchObject({ connections: 0, counts: { malformed: 1 } })
  })

  it('hears that the relay stops', async () => {
    const { relay, client } = await start()
    const one = await client()
    const waiting = one.receive(0)
    await eventually(
      'asked',
      () => one.send(1, encodeRvs('unsubscribe', 1, new Uint8Array())),
      ({ status }) => status === 204,
    )
    await relay.close()
    expect(await waiting).toMatchObject({ status: 410, headers: { [pollHeaders.close]: '1001' } })
  })
})

describe('what is refused', () => {
  it('bodies that are no batch, or too long, with the session as it was', async () => {
    const { relay, client } = await start()
    const one = await client()
    for (const garbage of [randomBytes(3), Buffer.from([0, 0, 0, 0]), Buffer.from([0, 0, 0, 9, 1]), Buffer.from([0, 1, 0xff, 0xff])])
      expect((await one.sendBytes(1, garbage)).status).toBe(400)
    expect((await one.sendBytes(1, encodeBatch([randomBytes(70_000)]))).status).toBe(413)
    expect((await one.sendBytes(1, encodeBatch(Array.from({ length: 5000 }, () => randomBytes(5))))).status).toBe(413)
    const tooLong = await one.sendBytes(1, Buffer.alloc(pollLimits.bodyMax + 1)).catch(() => ({ status: 413 }))
    expect(tooLong.status).toBe(413)
    for (const number of ['', 'x', '-1', '1.5', '01', '9'.repeat(20)])
      expect((await one.sendBytes(number, Buffer.alloc(0))).status).toBe(400)
    expect((await one.receive('x')).status).toBe(400)
    const receiving = one.receive(0)
    expect((await one.send(1, encodeRvs('status', 1, randomBytes(32)))).status).toBe(204)
    expect((await receiving).frames).toHaveLength(1)
    expect(relay.stats().counts).toMatchObject({ malformed: 4, 'too-large': 2 })
  })

  it('sessions that are none', async () => {
    const { relay, port } = await start()
    for (const path of [pollPaths.send, pollPaths.receive, pollPaths.close]) {
      expect((await rawRequest(port, path)).status).toBe(404)
      expect((await rawRequest(port, path, { headers: { [pollHeaders.session]: randomBytes(32).toString('base64url') } })).status).toBe(404)
    }
    expect(relay.stats().counts['unknown-session']).toBe(6)
    expect((await rawRequest(port, pollPaths.open, { method: 'GET' })).status).toBe(400)
    expect((await rawRequest(port, pollPaths.open, { body: randomBytes(10) })).status).toBe(400)
    expect((await rawRequest(port, '/poll/other')).status).toBe(426)
  })

  it('web pages', async () => {
    const { relay, port } = await start()
    expect((await rawRequest(port, pollPaths.open, { headers: { origin: 'https://example.org' } })).status).toBe(403)
    expect(relay.stats().counts['web-page']).toBe(1)
  })

  it('more than there is room for, counted together with WebSockets', async () => {
    const { relay, port, client } = await start({ limits: { connections: 2 } })
    const socket = await connectRaw(`ws://127.0.0.1:${port}`)
    cleanUps.push(() => socket.close())
    const one = await client()
    expect((await rawRequest(port, pollPaths.open)).status).toBe(503)
    await one.close()
    await client()
    expect(relay.stats()).toMatchObject({ connections: 2, counts: { 'connections-full': 1 } })
  })

  it('more than one address may have; behind a proxy by the address that the proxy has seen', async () => {
    const direct = await start({ limits: { connectionsPerAddress: 1 } })
    const behind = await start({ limits: { connectionsPerAddress: 1 }, trustProxy: true })
    const open = async (port: number, forwarded: string): Promise<number> =>
      (await rawRequest(port, pollPaths.open, { headers: { 'x-forwarded-for': forwarded } })).status
    expect(await open(direct.port, '192.0.2.1')).toBe(200)
    expect(await open(direct.port, '192.0.2.2')).toBe(503) // a client's word counts for nothing
    expect(await open(behind.port, '192.0.2.1')).toBe(200)
    expect(await open(behind.port, '192.0.2.2')).toBe(200)
    expect(await open(behind.port, '198.51.100.9, 192.0.2.2')).toBe(503)
    expect(await open(behind.port, 'nonsense')).toBe(200) // counts as the proxy
    expect(await open(behind.port, '')).toBe(503)
  })
})

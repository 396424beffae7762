import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { encodePublish, encodeRvs, subprotocol } from '#shared/wire/frames.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import type { RelayLimits, StorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import type { Clock } from '#relay/ports.ts'
import { createRelay } from '#relay/relay.ts'
import type { Relay } from '#relay/relay.ts'
import { createSqliteStorage } from '#relay/storage/sqlite.ts'
import type { RelayStorage, StorageOperation, StorageOutcome } from '#relay/storage/storage.ts'
import { eventually } from '../support/eventually.ts'
import { connectRaw } from '../support/rawRelayClient.ts'
import type { RawRelayClient } from '../support/rawRelayClient.ts'
import { newBlob, newRendezvous, silentLogger } from '../support/relayFixtures.ts'

interface Started {
  relay: Relay
  address: string
  port: number
  client(): Promise<RawRelayClient>
}

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const start = async (
  options: {
    limits?: Partial<RelayLimits>
    storageLimits?: Partial<StorageLimits>
    clock?: Clock
    wrap?: (storage: RelayStorage) => RelayStorage
  } = {},
): Promise<Started> => {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-server-'))
  const clock = options.clock ?? systemClock
  const storage = createSqliteStorage({ dir, clock, limits: { ...defaultStorageLimits, ...options.storageLimits } })
  const wrapped = options.wrap?.(storage) ?? storage
  const relay = createRelay({ storage: wrapped, limits: { ...defaultLimits, ...options.limits }, clock, logger: silentLogger })
  const { port } = await relay.listen({ host: '127.0.0.1', port: 0 })
  const address = `ws://127.0.0.1:${port}`
  cleanUps.push(async () => {
    await relay.close()
    rmSync(dir, { recursive: true })
  })
  return {
    relay,
    address,
    port,
    client: async () => {
      const client = await connectRaw(address)
      cleanUps.push(() => client.close())
      return client
    },
  }
}

const untilBlob = (client: RawRelayClient, rv: Uint8Array, count = 1) =>
  eventually(
    'a blob',
    () => client.blobsFor(rv),
    (blobs) => blobs.length >= count,
  )

/** What an upgrade with these headers is answered. */
const upgradeStatus = (port: number, options: { path?: string; headers?: Record<string, string> } = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': subprotocol,
      ...options.headers,
    }
    const request = httpRequest({ host: '127.0.0.1', port, path: options.path ?? '/', headers })
    request.on('response', (response) => resolve(response.statusCode ?? 0))
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(101)
    })
    request.on('error', reject)
    request.end()
  })

describe('operations', () => {
  it('publishes, delivers, acknowledges, tells', async () => {
    const { relay, client } = await start()
    const [writer, reader] = [await client(), await client()]
    const point = newRendezvous()
    const blob = newBlob()
    expect(await reader.subscribe(point.rvBytes)).toMatchObject({ type: 'subscribed', statuses: ['empty'] })
    expect(await writer.publish(point, blob)).toBe('stored')
    const [delivered] = await untilBlob(reader, point.rvBytes)
    expect(Buffer.compare(delivered ?? Buffer.alloc(0), blob)).toBe(0)
    expect(await reader.ack([point.rvBytes, point.deleteKey])).toMatchObject({ type: 'acked', results: ['dropped'] })
    expect(await writer.status(point.rvBytes, newRendezvous().rvBytes)).toMatchObject({ statuses: ['consumed', 'empty'] })
    expect(relay.stats()).toMatchObject({ watched: 1, connections: 2, counts: { stored: 1, delivered: 1, dropped: 1 } })
    expect(writer.blobsFor(point.rvBytes)).toEqual([])
  })

  it('names the RV itself: who writes must know w, not the RV', async () => {
    const { client } = await start()
    const writer = await client()
    const point = newRendezvous()
    // Whoever saw the subscription knows the RV; with it as `w` another RV is written.
    expect(await writer.publish({ ...point, write: point.rvBytes }, newBlob())).toBe('stored')
    expect(await writer.status(point.rvBytes)).toMatchObject({ statuses: ['empty'] })
  })

  it('lets nobody delete who has not d: not with the RV, w, or H(d)', async () => {
    const { client } = await start()
    const writer = await client()
    const point = newRendezvous()
    await writer.publish(point, newBlob())
    const keys = [point.rvBytes, point.write, point.deleteHash, randomBytes(32)]
    expect(await writer.ack(...keys.map((key): [Uint8Array, Uint8Array] => [point.rvBytes, key]))).toMatchObject({
      results: ['refused', 'refused', 'refused', 'refused'],
    })
    expect(await writer.status(point.rvBytes)).toMatchObject({ statuses: ['stored'] })
  })

  it('keeps a blob until it is acknowledged: every subscriber, every subscription gets it', async () => {
    const { client } = await start()
    const point = newRendezvous()
    const [writer, first, second] = [await client(), await client(), await client()]
    await first.subscribe(point.rvBytes)
    await second.subscribe(point.rvBytes)
    await writer.publish(point, newBlob())
    await untilBlob(first, point.rvBytes)
    await untilBlob(second, point.rvBytes)
    await first.subscribe(point.rvBytes)
    await untilBlob(first, point.rvBytes, 2)
    await first.ack([point.rvBytes, point.deleteKey])
    await eventually(
      'a change',
      () => second.frames.find((frame) => frame.type === 'changed'),
      (frame) => frame?.type === 'changed' && frame.changes[0]?.status === 'consumed',
    )
    expect(await second.subscribe(point.rvBytes)).toMatchObject({ statuses: ['consumed'] })
    expect(second.blobsFor(point.rvBytes)).toHaveLength(1)
    expect(first.frames.some((frame) => frame.type === 'changed')).toBe(false)
  })

  it('does not send what was unsubscribed, in the order of the frames', async () => {
    const { relay, client } = await start()
    const [writer, reader] = [await client(), await client()]
    const point = newRendezvous()
    reader.send(encodeRvs('subscribe', 1000, point.rvBytes))
    reader.send(encodeRvs('unsubscribe', 1001, point.rvBytes))
    await reader.status(point.rvBytes)
    await writer.publish(point, newBlob())
    await reader.status(point.rvBytes)
    expect(reader.blobsFor(point.rvBytes)).toEqual([])
    expect(relay.stats().watched).toBe(0)
  })

  it('answers requests that come all at once, each by its id', async () => {
    const { client } = await start()
    const one = await client()
    const points = Array.from({ length: 300 }, newRendezvous)
    const results = await Promise.all(points.map((point) => one.publish(point, newBlob())))
    expect(new Set(results)).toEqual(new Set(['stored']))
    const answer = await one.status(...points.map(({ rvBytes }) => rvBytes))
    expect(answer).toMatchObject({ statuses: points.map(() => 'stored') })
  })

  it('forgets what a connection watched when it is gone', async () => {
    const { relay, client } = await start()
    const [staying, leaving] = [await client(), await client()]
    const shared = newRendezvous()
    await staying.subscribe(shared.rvBytes)
    await leaving.subscribe(shared.rvBytes, ...Array.from({ length: 500 }, () => randomBytes(32)))
    expect(relay.stats().watched).toBe(501)
    leaving.socket.terminate()
    await eventually(
      'one connection',
      () => relay.stats(),
      ({ watched, connections }) => watched === 1 && connections === 1,
    )
  })

  it('tells watchers when a blob expires', async () => {
    let now = Date.now()
    const { relay, client } = await start({ clock: { now: () => now, after: (ms, task) => systemClock.after(ms, task) } })
    const [writer, reader] = [await client(), await client()]
    const points = Array.from({ length: 450 }, newRendezvous)
    for (const point of points.slice(0, 2)) await reader.subscribe(point.rvBytes)
    await Promise.all(points.map((point) => writer.publish(point, newBlob())))
    now += 31 * 24 * 60 * 60 * 1000
    await relay.expireNow()
    const changes = await eventually(
      'two changes',
      () => reader.frames.flatMap((frame) => (frame.type === 'changed' ? frame.changes : [])),
      (all) => all.length === 2,
    )
    expect(changes.every(({ status }) => status === 'expired')).toBe(true)
    expect(relay.stats().counts.expired).toBe(450)
    expect(await writer.status(points[449]?.rvBytes ?? Buffer.alloc(32))).toMatchObject({ statuses: ['expired'] })
  })
})

describe('limits', () => {
  it.each([
    ['noise', randomBytes(100), 'malformed'],
    ['nothing', Buffer.alloc(0), 'malformed'],
    ['a server frame', Buffer.from([0x81, 0, 0, 0, 1, 0]), 'malformed'],
    ['too many RVs', Buffer.concat([Buffer.from([2, 0, 0, 0, 1]), randomBytes(1025 * 32)]), 'too-large'],
  ])('closes on %s, with a name', async (_name, frame, code) => {
    if (frame.length === 100) frame[0] = 0x77
    const { relay, client } = await start()
    const one = await client()
    one.send(frame)
    expect(await one.closed).toBe(1008)
    expect(one.frames.at(-1)).toMatchObject({ type: 'error', code })
    expect(relay.stats().counts[code as 'malformed']).toBe(1)
  })

  it('closes on a message longer than any frame and on text', async () => {
    const { relay, client } = await start()
    const [long, text, other] = [await client(), await client(), await client()]
    long.send(Buffer.alloc(70_000))
    expect(await long.closed).toBe(1009)
    text.socket.send('hello')
    expect(await text.closed).toBe(1008)
    expect(relay.stats().counts).toMatchObject({ 'socket-error': 1, 'text-message': 1 })
    expect(await other.status(randomBytes(32))).toMatchObject({ statuses: ['empty'] })
  })

  it('refuses a blob of another size and goes on', async () => {
    const { client } = await start()
    const one = await client()
    for (const size of [0, 1, 4095, 4097, 16383, 65535]) {
      const answer = await one.ask((id) => {
        const frame = Buffer.alloc(69 + size)
        frame[0] = 1
        frame.writeUInt32BE(id, 1)
        return frame
      })
      expect(answer).toMatchObject({ type: 'error', code: 'blob-size' })
    }
    expect(await one.publish(newRendezvous(), newBlob())).toBe('stored')
  })

  it('limits the rate of publishes, of bytes and of lookups, says for how long, and to nobody else', async () => {
    let now = 1_000_000
    const { client } = await start({
      clock: { now: () => now, after: (ms, task) => systemClock.after(ms, task) },
      limits: {
        publishes: { perSecond: 1, burst: 3 },
        publishedBytes: { perSecond: 4096, burst: 65536 + 4096 },
        lookups: { perSecond: 10, burst: 20 },
      },
    })
    const [one, other] = [await client(), await client()]
    expect(await one.publish(newRendezvous(), newBlob(65536))).toBe('stored')
    expect(await one.publish(newRendezvous(), newBlob(4096))).toBe('stored')
    expect(await one.publish(newRendezvous(), newBlob(4096))).toBe('rate')
    expect(await other.publish(newRendezvous(), newBlob(4096))).toBe('stored')
    now += 2000
    expect(await one.publish(newRendezvous(), newBlob(4096))).toBe('stored')
    expect(await one.publish(newRendezvous(), newBlob(4096))).toBe('stored')
    expect(await one.publish(newRendezvous(), newBlob(4096))).toBe('rate')
    const rvs = Array.from({ length: 15 }, () => randomBytes(32))
    expect(await one.status(...rvs)).toMatchObject({ type: 'statuses' })
    expect(await one.status(...rvs)).toMatchObject({ type: 'error', code: 'rate', retryAfterMs: 1000 })
    expect(await one.subscribe(...rvs)).toMatchObject({ type: 'error', code: 'rate' })
    now += 1000
    expect(await one.subscribe(...rvs)).toMatchObject({ type: 'subscribed' })
  })

  it('limits what one connection watches, and counts again what it leaves', async () => {
    const { relay, client } = await start({ limits: { watched: 100 } })
    const one = await client()
    const rvs = Array.from({ length: 101 }, () => randomBytes(32))
    expect(await one.subscribe(...rvs)).toMatchObject({ type: 'error', code: 'subscriptions' })
    expect(await one.subscribe(...rvs.slice(1))).toMatchObject({ type: 'subscribed' })
    expect(await one.subscribe(rvs[0] ?? Buffer.alloc(32))).toMatchObject({ type: 'error', code: 'subscriptions' })
    one.send(encodeRvs('unsubscribe', 99_999, rvs[1] ?? Buffer.alloc(32)))
    expect(await one.subscribe(rvs[0] ?? Buffer.alloc(32))).toMatchObject({ type: 'subscribed' })
    expect(relay.stats().watched).toBe(100)
  })

  it('takes a client that watches 64,000 numbers', async () => {
    const { relay, client } = await start()
    const one = await client()
    for (let i = 0; i < 64_000; i += 1000) await one.subscribe(randomBytes(1000 * 32))
    expect(relay.stats().watched).toBe(64_000)
  })

  it('limits connections in total and for each address, and takes the next when one has gone', async () => {
    const total = await start({ limits: { connections: 2 } })
    const [first] = [await total.client(), await total.client()]
    expect(await upgradeStatus(total.port)).toBe(503)
    first.close()
    await eventually(
      'room',
      () => total.relay.stats().connections,
      (count) => count === 1,
    )
    expect(await upgradeStatus(total.port)).toBe(101)
    const each = await start({ limits: { connectionsPerAddress: 1 } })
    await each.client()
    expect(await upgradeStatus(each.port)).toBe(503)
    expect(each.relay.stats().counts['address-full']).toBe(1)
  })

  it('speaks to no web page, on no other path, in no other protocol', async () => {
    const { relay, port } = await start()
    expect(await upgradeStatus(port, { headers: { origin: 'https://example.org' } })).toBe(403)
    expect(await upgradeStatus(port, { path: '/other' })).toBe(400)
    expect(await upgradeStatus(port, { headers: { 'sec-websocket-protocol': 'chat' } })).toBe(400)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(426)
    expect(relay.stats().counts).toMatchObject({ 'web-page': 1, 'not-relay-protocol': 3 })
  })

  it('says full when it is full, keeps what it has, and takes more after an acknowledgement', async () => {
    const { client } = await start({ storageLimits: { bytes: 1024 * 1024 } })
    const one = await client()
    const kept = []
    let result = 'stored'
    while (result === 'stored') {
      const point = newRendezvous()
      result = await one.publish(point, newBlob(65536))
      if (result === 'stored') kept.push(point)
    }
    expect(result).toBe('full')
    expect(await one.status(...kept.map(({ rvBytes }) => rvBytes))).toMatchObject({ statuses: kept.map(() => 'stored') })
    for (const point of kept.slice(0, 2)) await one.ack([point.rvBytes, point.deleteKey])
    expect(await one.publish(newRendezvous(), newBlob())).toBe('stored')
  })

  it('says busy when storage fails, and goes on when it works again', async () => {
    let isBroken = true
    const { relay, client } = await start({
      wrap: (storage) => ({ ...storage, apply: (operations) => (isBroken ? Promise.reject(new Error('I/O')) : storage.apply(operations)) }),
    })
    const one = await client()
    const point = newRendezvous()
    expect(await one.publish(point, newBlob())).toBe('busy')
    expect(await one.subscribe(point.rvBytes)).toMatchObject({ type: 'error', code: 'busy' })
    isBroken = false
    expect(await one.publish(point, newBlob())).toBe('stored')
    expect(await one.subscribe(point.rvBytes)).toMatchObject({ statuses: ['stored'] })
    expect(relay.stats().counts.busy).toBe(2)
  })

  it.each([{ queuedOperations: 10 }, { queuedBytes: 10 * 4096 }])(
    'says busy when too much waits for a slow storage: %o',
    async (limits) => {
      let release = (): void => undefined
      const gate = new Promise<void>((resolve) => (release = resolve))
      const { relay, client } = await start({
        limits,
        wrap: (storage) => ({ ...storage, apply: (operations) => gate.then(() => storage.apply(operations)) }),
      })
      const one = await client()
      const asked = Array.from({ length: 40 }, () => one.publish(newRendezvous(), newBlob()))
      await eventually(
        'busy',
        () => relay.stats().counts.busy ?? 0,
        (count) => count > 0,
      )
      release()
      const results = await Promise.all(asked)
      expect(results.filter((result) => result === 'stored').length).toBeGreaterThanOrEqual(10)
      expect(results.filter((result) => result === 'busy').length).toBe(relay.stats().counts.busy)
    },
  )
})

const allEmpty = (operation: StorageOperation): StorageOutcome => ({
  kind: 'status',
  statuses: operation.kind === 'status' ? operation.rvs.map(() => 'empty') : [],
})

describe('slow readers', () => {
  it('are not sent more than they take, get everything in the end, and hold nobody up', async () => {
    const { relay, client } = await start({ limits: { sendHighWater: 256 * 1024, sendLowWater: 64 * 1024 } })
    const [writer, slow, quick] = [await client(), await client(), await client()]
    const points = Array.from({ length: 300 }, newRendezvous)
    const rvs = points.map(({ rvBytes }) => rvBytes)
    await slow.subscribe(...rvs)
    await quick.subscribe(...rvs)
    slow.socket.pause()
    for (const point of points) expect(await writer.publish(point, newBlob(65536))).toBe('stored')
    await eventually(
      'all for the quick',
      () => quick.frames.filter((frame) => frame.type === 'blob').length,
      (count) => count === 300,
    )
    expect(relay.stats().counts.deferred).toBeGreaterThan(50)
    slow.socket.resume()
    await eventually(
      'all for the slow',
      () => new Set(slow.frames.flatMap((frame) => (frame.type === 'blob' ? [Buffer.from(frame.rv).toString('hex')] : []))).size,
      (count) => count === 300,
    )
  })

  it('who asks without reading answers is not read from any more', async () => {
    const { relay, client } = await start({
      limits: { pauseReadingAbove: 64 * 1024, sendLowWater: 16 * 1024, lookups: { perSecond: 1e9, burst: 1e9 } },
      wrap: (storage) => ({ ...storage, apply: async (operations) => operations.map(allEmpty) }), // the network is tried here, not the disk
    })
    const [greedy, other] = [await client(), await client()]
    greedy.socket.pause()
    const question = encodeRvs('status', 5, randomBytes(1024 * 32))
    for (let i = 0; i < 12_000 && relay.stats().counts.paused === undefined; i++) {
      greedy.send(question)
      if (i % 50 === 0) await other.status(randomBytes(32))
    }
    await eventually(
      'a pause',
      () => relay.stats().counts.paused ?? 0,
      (count) => count > 0,
      20_000,
    )
    expect(await other.status(randomBytes(32))).toMatchObject({ statuses: ['empty'] })
    greedy.socket.resume()
    expect(await greedy.status(randomBytes(32))).toMatchObject({ statuses: ['empty'] })
  }, 60_000)
})

describe('keep-alive', () => {
  it('drops who does not answer and keeps who does', async () => {
    const { relay, port, client } = await start({ limits: { keepAliveMs: 50 } })
    const alive = await client()
    const deaf = connectTcp(port, '127.0.0.1') // speaks the handshake and never again
    cleanUps.push(() => void deaf.destroy())
    deaf.on('error', () => undefined)
    deaf.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
    )
    await eventually(
      'two',
      () => relay.stats().counts.connected,
      (count) => count === 2,
    )
    await eventually(
      'one',
      () => relay.stats().connections,
      (count) => count === 1,
    )
    expect(relay.stats().counts.silent).toBe(1)
    expect(await alive.status(randomBytes(32))).toMatchObject({ statuses: ['empty'] })
  })
})

describe('stopping', () => {
  it('answers what it has taken, says goodbye and is gone', async () => {
    const { relay, port, client } = await start()
    const one = await client()
    const asked = Array.from({ length: 50 }, () => one.publish(newRendezvous(), newBlob()))
    await eventually(
      'taken',
      () => relay.stats().counts.stored ?? 0,
      (count) => count > 0,
    )
    await relay.close()
    expect(await one.closed).toBe(1001)
    const settled = one.frames.filter((frame) => frame.type === 'published').length
    expect(settled).toBe(relay.stats().counts.stored)
    await expect(upgradeStatus(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await relay.close()
    await Promise.allSettled(asked.map((ask) => Promise.race([ask, one.closed])))
  })

  it('does not wait for who does not answer', async () => {
    const { relay, client } = await start()
    const one = await client()
    one.socket.pause()
    await relay.close()
    expect(relay.stats().connections).toBe(0)
  })

  it('names a port that is taken', async () => {
    const { port } = await start()
    const second = await start()
    await second.relay.close()
    const dir = mkdtempSync(join(tmpdir(), 'cairn-server-'))
    const storage = createSqliteStorage({ dir, clock: systemClock, limits: defaultStorageLimits })
    const relay = createRelay({ storage, limits: defaultLimits, clock: systemClock, logger: silentLogger })
    await expect(relay.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'relay.port-in-use' })
    await relay.close()
    rmSync(dir, { recursive: true })
  })
})

it('publishes that arrive in one packet are one batch', async () => {
  let largest = 0
  const { address } = await start({
    wrap: (storage) => ({
      ...storage,
      apply: (operations) => {
        largest = Math.max(largest, operations.length)
        return storage.apply(operations)
      },
    }),
  })
  const socket = new WebSocket(address, subprotocol)
  cleanUps.push(() => socket.terminate())
  await new Promise((resolve) => socket.once('open', resolve))
  let answers = 0
  socket.on('message', () => (answers += 1))
  for (let i = 1; i <= 64; i++) {
    const point = newRendezvous()
    socket.send(encodePublish(i, point.write, point.deleteHash, newBlob()))
  }
  await eventually(
    '64 answers',
    () => answers,
    (count) => count === 64,
  )
  expect(largest).toBeGreaterThan(4)
})

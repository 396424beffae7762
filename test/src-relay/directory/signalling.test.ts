import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  connectFrame,
  connectUser,
  exchangeFrame,
  frameOf,
  fresh,
  openSocket,
  register,
  signHex,
  type TestUser,
} from '#test/support/directoryClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'

let relay: RelayProcess
let base: string
let alice: TestUser
let bob: TestUser
beforeAll(async () => {
  relay = await spawnRelay(['--trust-proxy'])
  base = relay.address.replace('ws:', 'http:')
})
afterAll(() => relay.dispose())
beforeEach(async () => {
  alice = await register(base)
  bob = await register(base)
})

const several = (from: TestUser, to: TestUser, count: number, size = 10): string[] =>
  Array.from({ length: count }, (_, i) => exchangeFrame(from, to, {}, { number: String(i), padding: 'x'.repeat(size) }))
/** Waits until this many came, and then until whatever the relay has sent is here. */
const received = async (client: Awaited<ReturnType<typeof openSocket>>, count: number): Promise<string[]> => {
  await eventually(
    'the frames',
    () => client.relayed().length,
    (length) => length >= count,
  )
  await client.taken()
  return client.relayed()
}

describe('frames are relayed as they came', () => {
  test('both online, in both directions', async () => {
    const [a, b] = [await connectUser(base, alice), await connectUser(base, bob)]
    expect(a.texts).toEqual([JSON.stringify({ data: { sender: 'server', recipient: alice.code, message: { type: 'connect_ack' } } })])
    const data = {
      message: { payload: { z: 'ü 👋', ecdh_public_key: alice.ecdh, a: '' }, type: 'key_exchange' },
      recipient: bob.code.toLowerCase(),
      sender: alice.code,
    }
    const there = `{ "signature":"${signHex(alice.secret, data)}",\n\t"data": ${JSON.stringify(data, null, 3)} }`
    a.send(there)
    expect(await received(b, 1)).toEqual([there])
    const back = frameOf(bob, {
      recipient: alice.code,
      message: { type: 'key_exchange_ack', payload: { ecdh_public_key: bob.ecdh, invite: '00ff' } },
    })
    b.send(back)
    expect(await received(a, 1)).toEqual([back])
  })

  test('offline: in order, once, though the relay is killed after each step', async () => {
    const sent = several(alice, bob, 16)
    for (const part of [sent.slice(0, 8), sent.slice(8)]) {
      const a = await connectUser(base, alice)
      for (const frame of part) a.send(frame)
      await a.taken()
      expect(a.kinds()).toEqual(['connect_ack'])
      await relay.kill()
      await relay.restart()
    }
    const unread = await connectUser(base, bob, { autoPong: false })
    expect(await received(unread, 16)).toEqual(sent)
    await relay.kill() // nothing was confirmed
    await relay.restart()

    const b = await connectUser(base, bob)
    expect(await received(b, 16)).toEqual(sent)
    await b.taken() // behind the pongs of before
    await relay.kill()
    await relay.restart()
    const later = await connectUser(base, bob)
    await later.taken()
    expect(later.relayed()).toEqual([])
  })

  test('delivered while online they do not come again', async () => {
    const [a, b] = [await connectUser(base, alice), await connectUser(base, bob)]
    const sent = several(alice, bob, 5)
    for (const frame of sent) a.send(frame)
    expect(await received(b, 5)).toEqual(sent)
    await b.taken() // behind the pongs of before
    b.socket.terminate()
    const again = await connectUser(base, bob)
    await again.taken()
    expect(again.relayed()).toEqual([])
  })

  test('a second connection replaces the first, and gets what that one did not confirm', async () => {
    const [a, first] = [await connectUser(base, alice), await connectUser(base, bob, { autoPong: false })]
    const sent = several(alice, bob, 3)
    for (const frame of sent) a.send(frame)
    expect(await received(first, 3)).toEqual(sent)
    const second = await openSocket(base)
    second.send(frameOf(bob, { message: { type: 'connect' } }, alice))
    expect(await second.closed).toBe(1008)
    expect(first.socket.readyState).toBe(first.socket.OPEN)
    const third = await connectUser(base, bob)
    expect(await first.closed).toBe(4001)
    expect(await received(third, 3)).toEqual(sent)
  })

  test('a reader that reads nothing keeps nobody else waiting, and loses nothing', async () => {
    const b = await connectUser(base, bob)
    b.socket.pause()
    const senders = [alice, await register(base), await register(base), await register(base)]
    const sent = new Map<string, string[]>()
    for (const sender of senders) {
      const client = await connectUser(base, sender)
      const frames = several(sender, bob, 16, 15_000)
      for (const frame of frames) client.send(frame)
      await client.taken()
      expect(client.kinds()).toEqual(['connect_ack'])
      sent.set(sender.code, frames)
    }
    b.socket.terminate()
    const again = await connectUser(base, bob)
    const came = await received(again, 64)
    expect(came).toEqual([...sent.values()].flat())
  })
})

describe('refused by name, and relayed to nobody:', () => {
  const afterConnect = async (...frames: string[]): Promise<{ kinds: string[]; relayed: string[] }> => {
    const [a, b] = [await connectUser(base, alice), await connectUser(base, bob)]
    for (const frame of frames) a.send(frame)
    await a.taken()
    await b.taken()
    return { kinds: a.kinds().slice(1), relayed: b.relayed() }
  }
  const only = (code: string) => ({ kinds: [code], relayed: [] })
  const changed = (frame: string, from: string, to: string) => frame.replace(from, to)

  test.each<[string, string, () => string]>([
    [
      'another key',
      'unauthorized',
      () => frameOf(alice, { recipient: bob.code, message: { type: 'key_exchange', payload: { ecdh_public_key: alice.ecdh } } }, bob),
    ],
    ['another sender', 'forbidden', () => exchangeFrame(bob, alice)],
    ['a changed payload', 'unauthorized', () => changed(exchangeFrame(alice, bob, {}, { a: 'one' }), '"one"', '"two"')],
    ['a name twice', 'malformed', () => changed(exchangeFrame(alice, bob, {}, { a: 'one' }), '"a":"one"', '"a":"two","a":"one"')],
    ['nobody', 'not-found', () => exchangeFrame(alice, { ...bob, code: 'ZZZZZZZ' })],
    ['oneself', 'invalid', () => exchangeFrame(alice, alice)],
    [
      'an unknown field',
      'invalid',
      () =>
        frameOf(alice, { recipient: bob.code, admin: true, message: { type: 'key_exchange', payload: { ecdh_public_key: alice.ecdh } } }),
    ],
    ['half a frame', 'malformed', () => exchangeFrame(alice, bob).slice(0, -20)],
    ['nothing', 'malformed', () => ''],
    ['depth', 'malformed', () => '['.repeat(8000) + ']'.repeat(8000)],
    ['connect of another', 'forbidden', () => connectFrame(bob)],
    ['another relay', 'unauthorized', () => exchangeFrame(alice, bob, { ...fresh(base), relay: 'relay.example:7443' })],
    ['stale', 'unauthorized', () => exchangeFrame(alice, bob, fresh(base, Date.now() - 11 * 60_000))],
    ['of the future', 'unauthorized', () => exchangeFrame(alice, bob, fresh(base, Date.now() + 11 * 60_000))],
  ])('%s is %s', async (_, code, frame) => expect(await afterConnect(frame())).toEqual(only(code)))

  test('a replay, also after a restart', async () => {
    const frame = exchangeFrame(alice, bob, fresh(base))
    expect(await afterConnect(frame, frame)).toEqual({ kinds: ['unauthorized'], relayed: [frame] })
    await relay.kill()
    await relay.restart()
    const a = await connectUser(base, alice, {}, fresh(base))
    a.send(frame)
    await a.taken()
    expect(a.kinds()).toEqual(['connect_ack', 'unauthorized'])
  })

  test('once a user has signed ts, nonce and relay, a frame without', async () => {
    const old = connectFrame(alice)
    expect((await connectUser(base, alice, {}, fresh(base))).kinds()).toEqual(['connect_ack'])
    const again = await openSocket(base)
    again.send(old)
    expect(await again.closed).toBe(1008)
    expect(again.kinds()).toEqual(['unauthorized'])
    const a = await connectUser(base, alice, {}, fresh(base, Date.now() - 9 * 60_000))
    a.send(exchangeFrame(alice, bob))
    await a.taken()
    expect(a.kinds()).toEqual(['connect_ack', 'unauthorized'])
  })

  test('whatever comes before connect', async () => {
    const client = await openSocket(base)
    client.send(exchangeFrame(alice, bob))
    expect(await client.closed).toBe(1008)
    expect(client.kinds()).toEqual(['unauthorized'])
  })

  test('too many for one recipient, from one sender', async () => {
    const a = await connectUser(base, alice)
    for (const frame of several(alice, bob, 18)) a.send(frame)
    await a.taken()
    expect(a.kinds()).toEqual(['connect_ack', 'too-many-requests', 'too-many-requests'])
    expect(await received(await connectUser(base, bob), 16)).toHaveLength(16)
  })

  test('a flood from one user', async () => {
    const a = await connectUser(base, alice)
    for (let i = 0; i < 120; i++) a.send(exchangeFrame(alice, { ...bob, code: bob.code }, {}, { number: String(i) }))
    await a.taken()
    const messages = a.texts.map((text) => JSON.parse(text) as { data: { message: { payload?: { retry_after?: number } } } })
    expect(messages.some(({ data }) => (data.message.payload?.retry_after ?? 0) >= 1)).toBe(true)
  })
})

describe('closed:', () => {
  test('a frame over 16 KiB', async () => {
    const a = await connectUser(base, alice)
    a.send(exchangeFrame(alice, bob, {}, { padding: 'x'.repeat(16_384) }))
    expect(await a.closed).toBe(1009)
  })
  test('bytes', async () => {
    const a = await connectUser(base, alice)
    a.socket.send(randomBytes(10))
    expect(await a.closed).toBe(1008)
  })
  test('a web page', async () => {
    await expect(openSocket(base, { headers: { origin: 'https://evil.example' } })).rejects.toThrow()
  })
  test('the relay stops: it says goodbye, and stops', async () => {
    const a = await connectUser(base, alice)
    await relay.stop()
    expect(await a.closed).toBe(1001)
    expect(relay.stderr()).toBe('')
    await relay.restart()
  })
})

/** What takes minutes and days, with a clock that a test moves: the real services on real sockets. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServices, type Services } from '#relay/services.ts'
import { openAccounts, type AccountDatabase } from '#relay/storage/accounts.ts'
import { ask, askSigned, connectUser, exchangeFrame, fresh, newKeys, openSocket, register } from '#test/support/directoryClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { createManualClock, type ManualClock } from '#test/support/manualClock.ts'
import { node as primitives } from '#test/support/providers.ts'

const second = 1000
const day = 24 * 3600 * second
let clock: ManualClock
let db: AccountDatabase
let services: Services
let server: Server
let base: string
const warnings: unknown[] = []

beforeEach(async () => {
  clock = createManualClock()
  db = openAccounts(':memory:')
  warnings.length = 0
  services = createServices({
    ...{
      role: 'server',
      clock,
      db,
      serverUrl: null,
      keyServerToken: null,
      compatOmni: false,
      inviteOnly: false,
      version: '0',
      publicHost: null,
    },
    ...{ primitives, masterKey: new Uint8Array(32), addressOf: () => '192.0.2.1' },
    logger: { info: () => undefined, warn: (event, facts) => warnings.push([event, facts]) },
  })
  server = createServer((request, response) => void services.handle(request, response))
  server.on('upgrade', (request, socket, head) => services.upgrade(request, socket, head))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await services.disconnect()
  server.close()
  await services.close()
})

const goOn = (ms: number): void => {
  const until = clock.now() + ms
  while (clock.step(until));
}
const later = (client: Awaited<ReturnType<typeof openSocket>>, count: number) =>
  eventually(
    'frames',
    () => client.relayed(),
    (frames) => frames.length >= count,
  )

test('who reads nothing is closed with 1013 and gets everything again; who answers stays', async () => {
  const [alice, bob] = [await register(base), await register(base)]
  const [a, b] = [await connectUser(base, alice), await connectUser(base, bob, { autoPong: false })]
  const sent = [exchangeFrame(alice, bob, {}, { n: '1' }), exchangeFrame(alice, bob, {}, { n: '2' })]
  for (const frame of sent) a.send(frame)
  await later(b, 2)
  await a.taken()
  goOn(30 * second)
  await a.taken() // behind its pong
  goOn(30 * second)
  expect(await b.closed).toBe(1013)
  await a.taken()
  expect(a.socket.readyState).toBe(a.socket.OPEN)
  const again = await connectUser(base, bob)
  expect(await later(again, 2)).toEqual(sent)
})

test('who is silent is dropped, and who never says who it is', async () => {
  const silent = await connectUser(base, await register(base), { autoPong: false })
  const stranger = await openSocket(base)
  goOn(30 * second)
  await stranger.taken()
  goOn(30 * second)
  expect(await stranger.closed).toBe(1008)
  expect(await silent.closed).toBe(1006)
})

test('no more than a window goes out unconfirmed', async () => {
  const bob = await register(base)
  for (let i = 0; i < 3; i++) {
    const sender = await register(base)
    const client = await connectUser(base, sender)
    for (let n = 0; n < 8; n++) client.send(exchangeFrame(sender, bob, {}, { n: String(n) }))
    await client.taken()
  }
  const b = await connectUser(base, bob, { autoPong: false })
  await later(b, 16)
  await b.taken()
  expect(b.relayed()).toHaveLength(16)
  const reads = await connectUser(base, bob)
  await later(reads, 24)
})

test('frames wait for thirty days, and no longer', async () => {
  const [alice, bob] = [await register(base), await register(base)]
  const write = async (n: string): Promise<string> => {
    const client = await connectUser(base, alice)
    const frame = exchangeFrame(alice, bob, {}, { n })
    client.send(frame)
    await client.taken()
    client.socket.close()
    await client.closed
    return frame
  }
  const stored = () => db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM directory_frames').get()?.n
  await write('old')
  goOn(29 * day)
  const young = await write('young')
  expect(stored()).toBe(2)
  goOn(day + 2 * 60 * second)
  expect(stored()).toBe(1)
  expect(await later(await connectUser(base, bob), 1)).toEqual([young])
})

test('a nonce is kept as long as its time is good', async () => {
  const user = await register(base)
  const once = { nonce: 'ab'.repeat(16), time: clock.now() + 9 * 60 * second }
  expect((await askSigned(base, user, 'PATCH', { name: 'one' }, once)).status).toBe(200)
  goOn(18 * 60 * second)
  expect((await askSigned(base, user, 'PATCH', { name: 'one' }, once)).body).toMatchObject({ error: { message: /nonce/ } })
  goOn(3 * 60 * second)
  expect((await askSigned(base, user, 'PATCH', { name: 'one' }, once)).body).toMatchObject({ error: { message: /ten minutes/ } })
  expect(db.prepare('SELECT * FROM directory_nonces').all()).toEqual([])
})

test('a full disk is said, and nothing is taken that is not stored', async () => {
  const [alice, bob] = [await register(base), await register(base)]
  const a = await connectUser(base, alice, {}, fresh(base, clock.now()))
  const pages = db.prepare<{ page_count: number }>('PRAGMA page_count').get()?.page_count ?? 0
  db.prepare(`PRAGMA max_page_count = ${pages}`).get()
  const big = exchangeFrame(alice, bob, fresh(base, clock.now()), { padding: 'x'.repeat(15_000) })
  a.send(big)
  await a.taken()
  expect(a.kinds()).toEqual(['connect_ack', 'unavailable'])
  const registering = async () => {
    const keys = newKeys()
    return ask(base, 'POST', '/users', { ecdh_public_key: keys.ecdh, eddsa_public_key: keys.eddsa })
  }
  const answers = []
  for (let i = 0; i < 55; i++) answers.push(await registering())
  expect(answers.at(-1)).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  db.prepare(`PRAGMA max_page_count = ${pages + 1000}`).get()
  a.send(big) // its nonce was not used up
  await a.taken()
  expect(a.kinds()).toEqual(['connect_ack', 'unavailable'])
  expect(await later(await connectUser(base, bob), 1)).toEqual([big])
  expect(warnings).toEqual([])
})

/** A full disk, and clients that send or read slowly: the real services on real sockets, with a clock that the test moves. */
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Backup } from '#main/protocol/accountBackup.ts'
import { generateAccountKeys, type AccountKeys } from '#main/protocol/accountKey.ts'
import { createServices, type Services } from '#relay/services.ts'
import { openAccounts, type AccountDatabase } from '#relay/storage/accounts.ts'
import { createUserStore } from '#relay/storage/userStore.ts'
import { createAccountClient, type AccountClient, type Answer } from '#test/support/accountClient.ts'
import { eventually } from '#test/support/eventually.ts'
import { createManualClock, type ManualClock } from '#test/support/manualClock.ts'
import { node as primitives, testContext } from '#test/support/providers.ts'
import { call, openSession, post, register as registerDevice } from '../registration/device.ts'

const context = testContext()
let clock: ManualClock
let db: AccountDatabase
let services: Services
let server: Server
let base: string
let keys: AccountKeys
let client: AccountClient
const opened: Socket[] = []

const device = () => createAccountClient({ server: base, keyServer: base, host: 'relay.example', code: 'E011T7D' })
const codeOf = ({ status, body }: Answer) => [status, (body['error'] as { code: string } | undefined)?.code]
const backupOf = (counter: number, bytes: number): Backup => ({
  ...{ counter, identity: new Uint8Array(100).fill(counter), contacts: [], relays: [], blocked: [] },
  groups: Array.from({ length: Math.ceil(bytes / 240_000) }, () => new Uint8Array(240_000).fill(counter)),
})

beforeEach(async () => {
  clock = createManualClock()
  db = openAccounts(':memory:')
  services = createServices({
    ...{ role: 'all', clock, db, serverUrl: null, keyServerToken: null, compatOmni: false, inviteOnly: false },
    ...{ version: '0', publicHost: null, primitives, masterKey: new Uint8Array(32) },
    addressOf: ({ headers }) => String(headers['x-test-address'] ?? '192.0.2.1'),
    logger: { info: () => undefined, warn: () => undefined },
  })
  server = createServer((request, response) => void services.handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  keys = generateAccountKeys(context, { eddsaSecret: context.random(32), ecdhSecret: context.random(32) })
  const { x25519, ed25519 } = primitives
  createUserStore(db).insert('E011T7D', x25519.publicKey(keys.ecdhSecret), ed25519.publicKey(keys.eddsaSecret), clock.now())
  client = device()
  await client.toServer('POST', '/register', client.registration('old', keys, { ts: clock.now() }))
  await client.authenticate('old')
  await client.publish(keys)
  await client.newUser('old', keys)
  await client.secure(keys)
})
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy()
  await services.disconnect()
  server.close()
  server.closeAllConnections()
  await services.close()
})

/** No page more may be had. */
const fillDisk = (): void => {
  const pages = db.prepare<{ page_count: number }>('PRAGMA page_count').get()?.page_count ?? 0
  db.prepare(`PRAGMA max_page_count = ${pages}`).get()
}
const makeRoom = (): void => void db.prepare('PRAGMA max_page_count = 1000000').get()

const goOn = (ms: number): void => {
  const until = clock.now() + ms
  while (clock.step(until));
}

/** A request on a connection of its own, whose answer is not read before `resume`. */
const openRaw = async (head: string): Promise<Socket> => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  opened.push(socket)
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.pause()
  socket.write(head)
  return socket
}
const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))

test('on a full disk no backup is acknowledged; the one before it is served whole, and there is room again later', async () => {
  expect((await client.putBackup(keys, backupOf(1, 0))).status).toBe(204)
  fillDisk()
  const refused = await client.putBackup(keys, backupOf(2, 500_000))
  expect([codeOf(refused), refused.headers.get('retry-after')]).toEqual([[503, 'unavailable'], '60'])
  makeRoom() // the tokens of what follows take some
  expect(client.readBackup(keys, await client.getBackup(), 1)).toEqual(backupOf(1, 0))
  expect((await client.putBackup(keys, backupOf(2, 500_000))).status).toBe(204)
  expect(client.readBackup(keys, await client.getBackup(), 2)).toEqual(backupOf(2, 500_000))
})

test('on a full disk no change of password begins, and the old one opens the key', async () => {
  const ticket = await client.ticket('pendingChange')
  const boxed = client.boxed('new', keys)
  const filler = 'A'.repeat(10_880) // 8160 bytes: more than what is left in any page
  fillDisk()
  expect(codeOf(await client.toKeyServer('POST', '/pendingChange', { ...ticket, ...boxed, encryptedPrivateKey: filler }))).toEqual([
    503,
    'unavailable',
  ])
  makeRoom()
  expect((await client.applyPendingChange()).status).toBe(409)
  expect(await device().restore('old')).toEqual(keys)
})

test('on a full disk a device is either registered, with a key that works, or not', async () => {
  const begun: string[] = []
  for (let i = 0; i < 20; i++) {
    const id = `device-${'x'.repeat(50)}-${i}`
    if ((await post(base, '/register/init', { client_id: id })).status === 200) begun.push(id)
  }
  fillDisk()
  const secret = context.random(32)
  const key = Buffer.from(primitives.x25519.publicKey(secret)).toString('base64')
  const statuses = new Map<string, number>()
  for (const id of begun) statuses.set(id, (await post(base, '/register/complete', { client_id: id, public_key: key })).status)
  expect(new Set(statuses.values())).toContain(503)
  makeRoom()
  goOn(5 * 60_000) // what an address may ask
  for (const [id, status] of statuses) {
    const again = await post(base, '/register/complete', { client_id: id, public_key: key })
    expect([id, again.status]).toEqual([id, status === 503 ? 200 : 409])
  }
})

test('of megabytes on their way few are held: four of one address, and all of them let go', async () => {
  const head = (address: string) =>
    `PUT /backup/${client.userID} HTTP/1.1\r\nhost: x\r\nx-test-address: ${address}\r\ncontent-type: application/json\r\ncontent-length: 5000000\r\n\r\n{`
  const slow: Socket[] = []
  for (let i = 0; i < 4; i++) slow.push(await openRaw(head('192.0.2.1')))
  const authorization = { authorization: `Bearer ${'ab'.repeat(32)}` }
  const statusOf = async (address: string) =>
    (await client.toKeyServer('GET', `/backup/${client.userID}`, undefined, { ...authorization, 'x-test-address': address })).status
  await eventually(
    'a refusal',
    () => statusOf('192.0.2.1'),
    (status) => status === 429,
  )
  expect(await statusOf('192.0.2.2')).toBe(403) // taken, and its token found wrong
  for (let i = 4; i < 32; i++) slow.push(await openRaw(head(`192.0.2.${i}`)))
  await eventually(
    'a refusal',
    () => statusOf('192.0.2.2'),
    (status) => status === 503,
  )
  expect((await client.toServer('GET', '/accessToken?operation=getKey')).status).toBe(200) // what is small goes on
  for (const socket of slow) socket.destroy()
  await eventually(
    'room',
    () => statusOf('192.0.2.1'),
    (status) => status === 403,
  )
})

test('who does not read a backup is closed after two minutes; who reads gets it', async () => {
  await client.putBackup(keys, backupOf(1, 3_900_000))
  const get = async () =>
    openRaw(`GET /backup/${client.userID} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await client.token('getBackup')}\r\n\r\n`)
  const before = await connections()
  const silent = await get()
  const used = () => db.prepare<{ n: number }>('SELECT COUNT(*) AS n FROM access_tokens').get()?.n
  await eventually('the token to be used', used, (count) => count === 0)
  goOn(100_000)
  const reader = await get()
  await eventually('the token to be used', used, (count) => count === 0)
  let read = 0
  reader.on('data', (chunk: Buffer) => (read += chunk.length)).resume()
  await eventually(
    'the whole',
    () => read,
    (bytes) => bytes > 5_592_405,
  )
  expect(await connections()).toBe(before + 2)
  goOn(21_000)
  await eventually('the end of one', connections, (count) => count === before + 1)
  const ended = new Promise((resolve) => silent.once('close', resolve))
  silent.resume()
  await ended
  expect(silent.bytesRead).toBeLessThan(5_592_405)
})

test('a sealed backup of 4 MiB goes in and comes out', async () => {
  const registered = await registerDevice(base, 'device-001')
  const session = await openSession(base, registered)
  const source = device()
  await source.restore('old')
  await source.putBackup(keys, backupOf(1, 3_900_000))
  const blob = String((await source.getBackup()).body['blob'])
  await source.deleteKey()
  await source.newUser('old', keys)
  const ask = async (method: string, operation: string, body?: unknown) =>
    call(base, registered, session, {
      ...{ method, target: `/backup/${source.userID}`, body },
      ...{ headers: { authorization: `Bearer ${await source.token(operation)}` } },
    })
  expect(await ask('PUT', 'putBackup', { blob, counter: 1 })).toMatchObject({ status: 204 })
  expect(await ask('GET', 'getBackup')).toMatchObject({ status: 200, isSealed: true, body: { blob, counter: 1 } })
})

import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ask,
  askSigned,
  connectUser,
  exchangeFrame,
  newKeys,
  register,
  type SignedOver,
  type TestUser,
} from '#test/support/directoryClient.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'

let relay: RelayProcess
let base: string
beforeAll(async () => {
  relay = await spawnRelay(['--log-level', 'info'])
  base = relay.address.replace('ws:', 'http:')
})
afterAll(() => relay.dispose())

const errorCode = (answer: { body: Record<string, unknown> }): unknown => (answer.body['error'] as { code: string } | undefined)?.code
const minute = 60_000

describe('POST /users', () => {
  test('answers as the seed does, and a code finds the same', async () => {
    const keys = newKeys()
    const sent = { ecdh_public_key: keys.ecdh, eddsa_public_key: keys.eddsa }
    const { status, body } = await ask(base, 'POST', '/users', sent)
    expect(status).toBe(201)
    expect(Object.keys(body)).toEqual(['id', 'code', 'name', 'ecdh_public_key', 'eddsa_public_key', 'created_at'])
    expect(body).toMatchObject({ name: null, ...sent })
    expect(new Date(String(body['created_at'])).toISOString()).toBe(body['created_at'])
    expect(await ask(base, 'GET', `/users/${String(body['code']).toLowerCase()}`)).toMatchObject({ status: 200, body })
  })

  test('a signing key is registered once, whatever comes with it', async () => {
    const { eddsa } = await register(base)
    const again = await ask(base, 'POST', '/users', { ecdh_public_key: newKeys().ecdh, eddsa_public_key: eddsa.toUpperCase() })
    expect([again.status, again.body]).toEqual([409, { error: { code: 'conflict', message: 'this key is registered' } }])
  })

  test.each([
    ['a key of low order', { ecdh_public_key: '0'.repeat(64), eddsa_public_key: newKeys().eddsa }, 400],
    ['a signing key of low order', { ecdh_public_key: newKeys().ecdh, eddsa_public_key: `01${'0'.repeat(62)}` }, 400],
    ['a short key', { ecdh_public_key: newKeys().ecdh.slice(2), eddsa_public_key: newKeys().eddsa }, 400],
    ['no hex', { ecdh_public_key: 'g'.repeat(64), eddsa_public_key: newKeys().eddsa }, 400],
    ['an unknown field', { ecdh_public_key: newKeys().ecdh, eddsa_public_key: newKeys().eddsa, code: 'E011T7D' }, 400],
    ['half a body', '{"ecdh_public_key": "', 400],
    ['too long a body', `{"a": "${'x'.repeat(17_000)}"}`, 413],
  ])('%s is refused', async (_, body, status) => {
    expect((await ask(base, 'POST', '/users', body)).status).toBe(status)
  })
})

describe('PATCH /users/me', () => {
  let user: TestUser
  beforeAll(async () => {
    user = await register(base)
  })
  const nameOf = async () => (await ask(base, 'GET', `/users/${user.code}`)).body['name']

  test.each(['Ada', 'Zoë Núñez', '李小龍', '👩‍👩‍👧', 'می‌خواهم', 'x'.repeat(64), '𝒳'.repeat(64), null])('%j is a name', async (name) => {
    expect(await askSigned(base, user, 'PATCH', { name })).toMatchObject({ status: 200, body: { name, code: user.code } })
    expect(await nameOf()).toBe(name)
  })
  test('names are in NFC', async () => {
    expect(await askSigned(base, user, 'PATCH', { name: 'Zoe\u0308' })).toMatchObject({ status: 200, body: { name: 'Zo\u00eb' } })
  })
  test.each(['', '   ', '\u200b', 'a\nb', 'a\u0000', 'a\u202eb', '\u2066a', 'x'.repeat(65), 7, '\ufb2c'.repeat(64)])(
    '%j is none',
    async (name) => {
      expect((await askSigned(base, user, 'PATCH', { name })).status).toBe(400)
    },
  )

  test('signed otherwise it is refused, and changes nothing', async () => {
    const other = await register(base)
    await askSigned(base, user, 'PATCH', { name: 'before' })
    const wrong: [string, SignedOver][] = [
      ['by somebody else', { signer: other }],
      ['for another body', { signedBody: { name: 'other' } }],
      ['for another relay', { relay: 'relay.example' }],
      ['eleven minutes ago', { time: Date.now() - 11 * minute }],
      ['in eleven minutes', { time: Date.now() + 11 * minute }],
      ['with half a nonce', { nonce: 'ab'.repeat(8) }],
    ]
    const answers = await Promise.all(wrong.map(([, over]) => askSigned(base, user, 'PATCH', { name: 'after' }, over)))
    expect(answers.map(errorCode)).toEqual(wrong.map(() => 'unauthorized'))
    expect((await ask(base, 'PATCH', '/users/me', { name: 'after' })).status).toBe(401)
    expect(await nameOf()).toBe('before')
    for (const time of [Date.now() - 9 * minute, Date.now() + 9 * minute])
      expect((await askSigned(base, user, 'PATCH', { name: 'late' }, { time })).status).toBe(200)
  })

  test('nobody and a wrong signature answer the same', async () => {
    const nobody = { ...user, code: 'ZZZZZZZ' }
    const [one, two] = [
      await askSigned(base, nobody, 'PATCH', { name: 'a' }),
      await askSigned(base, user, 'PATCH', { name: 'a' }, { signer: await register(base) }),
    ]
    expect(one.body).toEqual(two.body)
    expect(one.status).toBe(401)
  })

  test('a request counts once, also when the relay was killed in between', async () => {
    const again = { nonce: randomBytes(16).toString('hex'), time: Date.now() }
    expect((await askSigned(base, user, 'PATCH', { name: 'once' }, again)).status).toBe(200)
    await relay.kill()
    await relay.restart()
    await askSigned(base, user, 'PATCH', { name: 'newer' })
    expect(errorCode(await askSigned(base, user, 'PATCH', { name: 'once' }, again))).toBe('unauthorized')
    expect(await nameOf()).toBe('newer')
  })
})

test('DELETE /users/me: gone is as if never there, with what waited; the key may come again, the code does not', async () => {
  const [leaving, friend] = [await register(base), await register(base)]
  const connected = await connectUser(base, friend)
  await askSigned(base, leaving, 'PATCH', { name: 'a name to forget' })
  connected.send(exchangeFrame(friend, leaving, {}, { more: 'a frame to forget' }))
  await connected.taken()
  expect(connected.kinds()).toEqual(['connect_ack'])
  const online = await connectUser(base, leaving)
  expect((await askSigned(base, leaving, 'DELETE', undefined)).status).toBe(204)
  expect(await online.closed).toBe(1008)
  const [gone, never] = [await ask(base, 'GET', `/users/${leaving.code}`), await ask(base, 'GET', '/users/ZZZZZZZ')]
  expect([gone.status, gone.body]).toEqual([404, never.body])
  connected.send(exchangeFrame(friend, leaving))
  await connected.taken()
  expect(connected.kinds()).toEqual(['connect_ack', 'not-found'])
  const back = await ask(base, 'POST', '/users', { ecdh_public_key: leaving.ecdh, eddsa_public_key: leaving.eddsa })
  expect(back.status).toBe(201)
  expect(back.body['code']).not.toBe(leaving.code)
  connected.socket.terminate()

  await relay.stop()
  for (const file of readdirSync(relay.dataDir)) expect(readFileSync(join(relay.dataDir, file)).includes('to forget')).toBe(false)
  expect(relay.stderr()).not.toMatch(/forget|E011|ecdh/)
  await relay.restart()
})

test('GET /ws without an upgrade says so, bodies are JSON, and the description names all of it', async () => {
  expect(await ask(base, 'GET', '/ws')).toMatchObject({ status: 426, body: { error: { code: 'upgrade-required' } } })
  expect((await ask(base, 'POST', '/users', '{}', { 'content-type': 'text/plain' })).status).toBe(415)
  const { paths } = (await ask(base, 'GET', '/openapi.json')).body as { paths: Record<string, object> }
  expect(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))).toEqual(
    expect.arrayContaining(['post /users', 'get /users/{code}', 'patch /users/me', 'delete /users/me', 'get /ws']),
  )
})

test('guessing codes is slowed down by address, over HTTP and WebSocket together', async () => {
  const user = await register(base)
  const answers = await Promise.all(Array.from({ length: 80 }, () => ask(base, 'GET', '/users/ZZZZZZ0')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404, 429]))
  expect(refused.map(({ headers }) => Number(headers.get('retry-after'))).every((seconds) => seconds >= 1)).toBe(true)
  const client = await connectUser(base, user)
  for (let i = 0; i < 20; i++) client.send(exchangeFrame(user, { ...user, code: `ZZZZZZ${i % 10}` }))
  await client.taken()
  expect(client.kinds()).toContain('too-many-requests')
  client.socket.terminate()
})

test('registering is slowed down by address', async () => {
  const answers = await Promise.all(
    Array.from({ length: 80 }, () => {
      const keys = newKeys()
      return ask(base, 'POST', '/users', { ecdh_public_key: keys.ecdh, eddsa_public_key: keys.eddsa })
    }),
  )
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true)
})

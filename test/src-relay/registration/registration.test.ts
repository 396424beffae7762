/** Registration and sealed requests against the relay as a process. */
import { readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeviceSecrets } from '#relay/registration/deviceSecrets.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { createRegistrationStore } from '#relay/storage/registrationStore.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { node } from '#test/support/providers.ts'
import { askSession, base64, call, codeOf, openSession, post, random, register, unbase64, type Device, type Session } from './device.ts'

let relay: RelayProcess
let origin: string
const start = async (...args: string[]) => {
  relay = await spawnRelay(['--log-level', 'info', ...args])
  origin = relay.address.replace('ws', 'http')
}
afterAll(() => relay.dispose())

const show = { method: 'GET', target: '/session' }

describe('registration', () => {
  beforeAll(() => start())

  test('follows the steps of the seed', async () => {
    const begun = await post(origin, '/register/init', { client_id: 'device-001' })
    expect(begun).toMatchObject({ status: 200, body: { server_public_key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) } })
    const public_key = base64(node.x25519.publicKey(random(32)))
    const done = await post(origin, '/register/complete', { client_id: 'device-001', public_key })
    expect(done).toMatchObject({ status: 200, body: { api_key: expect.stringMatching(/^[\w-]{43}$/), registered: true } })
    expect(Object.keys(done.body)).toHaveLength(2)
  })

  test('gives the same key until it is completed, and another to each device', async () => {
    const [first, again, other] = await Promise.all(
      ['dev-a', 'dev-a', 'dev-b'].map((client_id) => post(origin, '/register/init', { client_id })),
    )
    expect(again?.body).toEqual(first?.body)
    expect(other?.body).not.toEqual(first?.body)
  })

  test('a registered client_id is not taken over, and goes on to work', async () => {
    const device = await register(origin, 'mine')
    const public_key = base64(node.x25519.publicKey(random(32)))
    expect(codeOf(await post(origin, '/register/init', { client_id: 'mine' }))).toEqual([409, 'conflict'])
    expect(codeOf(await post(origin, '/register/complete', { client_id: 'mine', public_key }))).toEqual([409, 'conflict'])
    const { body } = await call(origin, device, await openSession(origin, device), show)
    expect(body['client_id']).toBe('mine')
  })

  test('two that complete at once: one has it', async () => {
    await post(origin, '/register/init', { client_id: 'raced' })
    const complete = () => post(origin, '/register/complete', { client_id: 'raced', public_key: base64(node.x25519.publicKey(random(32))) })
    const answers = await Promise.all([complete(), complete()])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
  })

  test('what was not begun is not completed', async () => {
    const public_key = base64(node.x25519.publicKey(random(32)))
    expect(codeOf(await post(origin, '/register/complete', { client_id: 'never', public_key }))).toEqual([404, 'not-found'])
  })

  test.each(['', 'x'.repeat(65), 'with space', '-first', 'a/b', 'é', '\u0000', '__proto__'])(
    'client_id %j is refused',
    async (client_id) => {
      expect(codeOf(await post(origin, '/register/init', { client_id }))).toEqual([400, 'invalid'])
    },
  )

  test.each([
    ['short', base64(new Uint8Array(31))],
    ['long', base64(new Uint8Array(33))],
    ['base64url', '_'.repeat(43) + '='],
    ['a number', -1e300],
    ['of low order', base64(new Uint8Array(32))],
    ['of low order', '4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA='],
  ])('a public key that is %s is refused', async (_, public_key) => {
    await post(origin, '/register/init', { client_id: 'bad-key' })
    expect(codeOf(await post(origin, '/register/complete', { client_id: 'bad-key', public_key }))).toEqual([400, 'invalid'])
  })

  test('unknown fields, other content, halves and too much are refused by name', async () => {
    const path = '/register/init'
    expect(codeOf(await post(origin, path, { client_id: 'a', admin: true }))).toEqual([400, 'invalid'])
    expect(codeOf(await post(origin, path, '{"client_id": "a'))).toEqual([400, 'malformed'])
    expect(codeOf(await post(origin, path, { client_id: 'a' }, { 'content-type': 'text/plain' }))).toEqual([415, 'unsupported-media-type'])
    expect(codeOf(await post(origin, path, 'x'.repeat(100_000)))).toEqual([413, 'too-large'])
  })
})

describe('a session', () => {
  let device: Device
  let session: Session
  beforeAll(async () => {
    await relay.dispose()
    await start()
    device = await register(origin, 'device-1')
    session = await openSession(origin, device)
  })
  const codeOfCall = async (given: Parameters<typeof call>[3], by = device, over = session) => codeOf(await call(origin, by, over, given))

  test('wrong key, no key and unknown device get the same answer', async () => {
    const ephemeral = node.x25519.publicKey(random(32))
    const wrong = await askSession(origin, { ...device, apiKey: device.apiKey.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }, ephemeral)
    const none = await post(origin, '/session', { client_id: device.id, ephemeral: base64(ephemeral) })
    const unknown = await askSession(origin, { ...device, id: 'nobody' }, ephemeral)
    expect(codeOf(wrong)).toEqual([401, 'unauthorized'])
    expect(none).toEqual(wrong)
    expect(unknown).toEqual(wrong)
  })

  test('an ephemeral key of low order is refused', async () => {
    expect(codeOf(await askSession(origin, device, new Uint8Array(32)))).toEqual([400, 'invalid'])
  })

  test('carries requests without a body, and the answer is sealed', async () => {
    const answer = await call(origin, device, session, show)
    expect(answer).toMatchObject({ status: 200, isSealed: true, body: { client_id: 'device-1' } })
    expect(Date.parse(String(answer.body['registered_at']))).toBeGreaterThan(0)
    expect(String(answer.body['last_seen'])).toMatch(/:\d\dZ$/)
  })

  test('carries requests with a body, and refusals are sealed as well', async () => {
    const answer = await call(origin, device, session, { method: 'DELETE', target: '/session', body: { any: 1 } })
    expect(answer.isSealed).toBe(true)
    expect(codeOf(answer)).toEqual([405, 'method-not-allowed'])
  })

  test('without one nothing of a device is told', async () => {
    const response = await fetch(`${origin}/session`)
    expect(response.status).toBe(401)
    const halves = [{ 'x-cairn-client': device.id }, { 'x-cairn-session': session.id }]
    for (const headers of halves) expect((await fetch(`${origin}/session`, { headers })).status).toBe(400)
  })

  test('a replay is refused, whatever came in between', async () => {
    const counter = session.next++
    expect(await codeOfCall({ ...show, counter })).toEqual([200, undefined])
    expect(await codeOfCall({ ...show, counter })).toEqual([409, 'conflict'])
    await call(origin, device, session, show)
    expect(await codeOfCall({ ...show, counter })).toEqual([409, 'conflict'])
  })

  test('requests may overtake one another by 63, not by 64', async () => {
    const own = await openSession(origin, device)
    const statuses = []
    for (const counter of [100, 37, 36, 99, 37, 2 ** 40, 2 ** 40 - 63, 101])
      statuses.push((await call(origin, device, own, { ...show, counter })).status)
    expect(statuses).toEqual([200, 200, 409, 200, 409, 200, 200, 409])
  })

  test('what is refused uses up no counter of the device', async () => {
    const own = await openSession(origin, device)
    const spoilt = { ...show, counter: 500, change: ({ nonce }: { nonce: string }) => ({ nonce, ciphertext: base64(new Uint8Array(16)) }) }
    expect(await codeOfCall(spoilt, device, own)).toEqual([401, 'unauthorized'])
    expect(await codeOfCall({ ...show, counter: 0 }, device, own)).toEqual([200, undefined])
  })

  test('is bound to method, path, query, device and session', async () => {
    const other = await register(origin, 'device-2')
    const otherSession = await openSession(origin, other)
    const second = await openSession(origin, device)
    for (const sent of [
      { target: '/session?a=1' },
      { method: 'DELETE' },
      { target: '/registration', method: 'DELETE' },
      { clientId: other.id },
      { sessionId: second.id },
      { clientId: other.id, sessionId: otherSession.id },
      { sessionId: 'A'.repeat(22) },
    ])
      expect([sent, await codeOfCall({ ...show, sent })]).toEqual([sent, [401, 'unauthorized']])
  })

  test('a client takes no answer with another status', async () => {
    const counter = session.next++
    const { sealRequest, openResponse, decodeSealed } = await import('#main/protocol/sealedApi.ts')
    const exchange = { ...show, clientId: device.id, sessionId: session.id }
    const sealed = JSON.stringify(sealRequest(node, session.keys, exchange, counter, new Uint8Array()))
    const headers = { 'x-cairn-client': device.id, 'x-cairn-session': session.id, 'x-cairn-sealed': sealed }
    const message = decodeSealed(await (await fetch(`${origin}/session`, { headers })).json())
    expect(openResponse(node, session.keys, { ...exchange, counter, status: 200 }, message).length).toBeGreaterThan(0)
    for (const wrong of [{ status: 201 }, { counter: counter + 1 }, { target: '/users/me' }, { sessionId: 'other' }])
      expect(() => openResponse(node, session.keys, { ...exchange, counter, status: 200, ...wrong }, message)).toThrow('crypto.failed')
  })

  test.each([
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['an unknown field', '{"nonce":"AAAAAAAAAAAAAAAA","ciphertext":"AAAA","more":1}'],
    ['no base64', '{"nonce":"AAAAAAAAAAAAAAAA","ciphertext":"@@@@"}'],
    ['a number', '{"nonce":7,"ciphertext":"AAAA"}'],
  ])('an envelope that is %s is malformed', async (_, message) => {
    const headers = { 'x-cairn-client': device.id, 'x-cairn-session': session.id }
    const response = await fetch(`${origin}/session`, { headers: { ...headers, 'x-cairn-sealed': message } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'malformed' } })
  })

  test('short nonces and short ciphertexts do not open', async () => {
    for (const message of [
      { nonce: 'AAAA', ciphertext: base64(new Uint8Array(16)) },
      { nonce: base64(new Uint8Array(12)), ciphertext: 'AAAA' },
    ])
      expect(await codeOfCall({ ...show, change: () => message })).toEqual([401, 'unauthorized'])
  })

  test('too large a body is refused before it is read', async () => {
    const headers = { 'x-cairn-client': device.id, 'x-cairn-session': session.id, 'content-type': 'application/json' }
    const response = await fetch(`${origin}/registration`, { method: 'DELETE', headers, body: 'x'.repeat(200_000) })
    expect([response.status, await response.json()]).toMatchObject([413, { error: { code: 'too-large' } }])
  })

  test('a body that ends early costs only its own connection', async () => {
    const headers = { 'x-cairn-client': device.id, 'x-cairn-session': session.id, 'content-length': '100' }
    await new Promise<void>((done) => {
      const cut = httpRequest(`${origin}/registration`, { method: 'DELETE', headers })
      cut.on('error', () => done())
      cut.write('{"nonce"', () => cut.destroy())
    })
    expect(await codeOfCall(show)).toEqual([200, undefined])
  })

  test('the scheme without a session is refused with the reason', async () => {
    const response = await fetch(`${origin}/session`, { headers: { 'x-api-key': device.apiKey, 'x-client-id': device.id } })
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { error: { code: 'forbidden', message: expect.stringContaining('POST /session') } },
    ])
  })

  test('does not survive the process; the registration does, and last_seen with it', async () => {
    const before = await call(origin, device, session, show)
    await relay.stop()
    await relay.restart()
    expect(await codeOfCall(show)).toEqual([401, 'unauthorized'])
    session = await openSession(origin, device)
    const after = await call(origin, device, session, show)
    expect(after.body['registered_at']).toBe(before.body['registered_at'])
    expect(Date.parse(String(after.body['last_seen']))).toBeGreaterThanOrEqual(Date.parse(String(before.body['last_seen'])))
  })

  test('a registration that was answered survives SIGKILL', async () => {
    const killed = await register(origin, 'killed')
    await relay.kill()
    await relay.restart()
    expect((await call(origin, killed, await openSession(origin, killed), show)).status).toBe(200)
  })

  test('killed while registrations are under way, each is whole or not there, and what was answered is', async () => {
    const answered: Device[] = []
    const tried: string[] = []
    const registering = (async () => {
      for (let i = 0; ; i++) {
        tried.push(`under-way-${i}`)
        answered.push(await register(origin, `under-way-${i}`))
      }
    })().catch(() => undefined) // cut off
    await eventually(
      'some',
      () => answered.length,
      (count) => count >= 3,
    )
    await relay.kill()
    await registering
    await relay.restart()
    for (const one of answered) expect((await call(origin, one, await openSession(origin, one), show)).status).toBe(200)
    for (const id of tried.slice(answered.length)) {
      const completed = await post(origin, '/register/complete', { client_id: id, public_key: base64(node.x25519.publicKey(random(32))) })
      expect([200, 404, 409]).toContain(completed.status) // begun; not begun; registered, with an answer that was lost
    }
  })

  test('removal ends the sessions of the device and frees its name', async () => {
    const gone = await register(origin, 'gone')
    const [one, two] = [await openSession(origin, gone), await openSession(origin, gone)]
    const answer = await call(origin, gone, one, { method: 'DELETE', target: '/registration' })
    expect(answer).toEqual({ status: 200, isSealed: true, body: { client_id: 'gone', registered: false } })
    expect(await codeOfCall(show, gone, two)).toEqual([401, 'unauthorized'])
    expect(codeOf(await askSession(origin, gone, random(32)))).toEqual([401, 'unauthorized'])
    expect((await register(origin, 'gone')).apiKey).not.toBe(gone.apiKey)
  })

  test('neither database nor log has a secret', async () => {
    const secret = await register(origin, 'secretive')
    await openSession(origin, secret)
    await relay.kill() // as it lies there, with its WAL
    const files = readdirSync(relay.dataDir).filter((name) => name.startsWith('accounts.db'))
    expect(files).toContain('accounts.db-wal')
    const bytes = Buffer.concat(files.map((name) => readFileSync(join(relay.dataDir, name))))
    const master = readFileSync(join(relay.dataDir, 'master.key'), 'utf8').trim()

    const db = openAccounts(relay.dataDir)
    const stored = createRegistrationStore(db).device('secretive')
    db.close()
    const serverSecret = createDeviceSecrets(new Uint8Array(Buffer.from(master, 'hex'))).unwrap(
      'secretive',
      stored?.serverSecret ?? random(1),
    )
    expect(node.x25519.publicKey(serverSecret ?? random(32))).toEqual(secret.serverKey)

    expect(bytes.includes(Buffer.from(secret.serverKey))).toBe(true) // what is there is found
    const rawSecrets = [serverSecret ?? random(32), secret.secret, unbase64(secret.apiKey.replaceAll('-', '+').replaceAll('_', '/'))]
    for (const raw of [...rawSecrets, Buffer.from(master, 'hex')])
      for (const form of [
        Buffer.from(raw),
        ...(['hex', 'base64', 'base64url'] as const).map((as) => Buffer.from(Buffer.from(raw).toString(as))),
      ])
        expect(bytes.includes(form)).toBe(false)
    const log = relay.stderr()
    expect(log).toContain('relay.started')
    for (const text of [secret.apiKey, master, 'secretive', 'device-1', session.id, base64(secret.serverKey)])
      expect(log).not.toContain(text)
    await relay.restart()
  })
})

describe('floods', () => {
  test('registrations from one address are slowed down; who is registered is not', async () => {
    await relay.dispose()
    await start()
    const device = await register(origin, 'early')
    const statuses: number[] = []
    for (let i = 0; i < 80 && !statuses.includes(429); i++)
      statuses.push((await post(origin, '/register/init', { client_id: `f-${i}` })).status)
    expect(statuses.length).toBeGreaterThan(40)
    expect(statuses.at(-1)).toBe(429)
    expect((await call(origin, device, await openSession(origin, device), show)).status).toBe(200)
  })

  test('guesses at an API key are slowed down', async () => {
    const answers: Awaited<ReturnType<typeof post>>[] = []
    const ephemeral = base64(node.x25519.publicKey(random(32)))
    for (let i = 0; i < 400 && answers.at(-1)?.status !== 429; i++)
      answers.push(
        await post(origin, '/session', { client_id: 'early', ephemeral }, { authorization: `Bearer ${base64(random(32)).slice(0, 43)}` }),
      )
    expect(codeOf(answers.at(-1) as (typeof answers)[number])).toEqual([429, 'too-many-requests'])
    expect(answers[0]?.status).toBe(401)
  })
})

describe('--compat omni', () => {
  let device: Device
  let key: Uint8Array
  const nothing = new Uint8Array()
  beforeAll(async () => {
    await relay.dispose()
    await start('--compat', 'omni')
    device = await register(origin, 'omni-1')
    key = node.x25519.sharedSecret(device.secret, device.serverKey)
  })
  const sealed = (text: string) => {
    const nonce = random(12)
    return { nonce: base64(nonce), ciphertext: base64(node.chacha20poly1305.seal(key, nonce, new TextEncoder().encode(text), nothing)) }
  }
  const opened = (message: Record<string, unknown>) =>
    JSON.parse(
      new TextDecoder().decode(node.chacha20poly1305.open(key, unbase64(message['nonce']), unbase64(message['ciphertext']), nothing)),
    ) as Record<string, unknown>
  const headers = () => ({ 'x-api-key': device.apiKey, 'x-client-id': device.id })

  test('answers a client that knows the seed alone', async () => {
    const response = await fetch(`${origin}/session`, { headers: headers() })
    expect(response.status).toBe(200)
    expect(opened((await response.json()) as Record<string, unknown>)).toMatchObject({ client_id: 'omni-1' })
  })

  test('opens its bodies', async () => {
    const { status, body } = await post(origin, '/registration', sealed('{"x":1}'), headers())
    expect([status, opened(body)]).toMatchObject([405, { error: { code: 'method-not-allowed' } }])
  })

  test('refuses other keys, other devices and what does not open', async () => {
    const wrong = { ...headers(), 'x-api-key': 'A'.repeat(43) }
    expect(codeOf(await post(origin, '/registration', sealed('{}'), wrong))).toEqual([401, 'unauthorized'])
    expect(codeOf(await post(origin, '/registration', sealed('{}'), { ...headers(), 'x-client-id': 'nobody' }))).toEqual([
      401,
      'unauthorized',
    ])
    key = key.toReversed()
    expect(codeOf(await post(origin, '/registration', sealed('{}'), headers()))).toEqual([401, 'unauthorized'])
    key = key.toReversed()
  })

  test('sealed requests of a session go on beside it', async () => {
    expect((await call(origin, device, await openSession(origin, device), show)).status).toBe(200)
  })
})

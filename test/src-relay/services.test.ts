/** The services together, over a real relay: a user of the directory, an account for them, a backup, and all of it gone with them. */
import { expect, onTestFinished, test } from 'vitest'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import canonicalize from 'canonicalize'
import { generateAccountKeys } from '#main/protocol/accountKey.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { ask, newKeys } from '#test/support/directoryClient.ts'
import { spawnRelay } from '#test/support/processes.ts'
import { node, testContext, toHex } from '#test/support/providers.ts'
import { call, openSession, register as registerDevice } from './registration/device.ts'

const context = testContext()

async function start(args: string[] = []) {
  const relay = await spawnRelay(args)
  onTestFinished(() => relay.dispose())
  return { relay, base: `http://127.0.0.1:${relay.port}` }
}

const routesOf = (document: unknown): string[] =>
  Object.entries((document as { paths: Record<string, object> }).paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .toSorted()

test('from POST /users to a backup, and DELETE /users/me takes all of it along', async () => {
  const { relay, base } = await start()
  const keys = generateAccountKeys(context, { eddsaSecret: context.random(32), ecdhSecret: context.random(32) })
  const eddsa = toHex(node.ed25519.publicKey(keys.eddsaSecret))
  const made = await ask(base, 'POST', '/users', {
    ecdh_public_key: toHex(node.x25519.publicKey(keys.ecdhSecret)),
    eddsa_public_key: eddsa,
  })
  const code = String(made.body['code'])
  const device = () => createAccountClient({ server: base, keyServer: base, host: 'relay.example', code })
  const first = device()
  expect((await first.toServer('POST', '/register', first.registration('a password', keys))).status).toBe(200)
  await first.authenticate('a password')
  await first.publish(keys)
  expect((await first.newUser('a password', keys)).status).toBe(204)
  expect(await device().restore('a password')).toEqual(keys)

  const signed = {
    method: 'DELETE',
    target: '/users/me',
    body: null,
    time: Date.now(),
    nonce: randomBytes(16).toString('hex'),
    relay: new URL(base).host,
  }
  const signature = toHex(node.ed25519.sign(keys.eddsaSecret, new TextEncoder().encode(canonicalize(signed) ?? '')))
  const headers = {
    'x-cairn-user': code,
    'x-cairn-time': String(signed.time),
    'x-cairn-nonce': signed.nonce,
    'x-cairn-signature': signature,
  }
  expect((await ask(base, 'DELETE', '/users/me', undefined, headers)).status).toBe(204)
  expect((await ask(base, 'GET', `/users/${code}`)).status).toBe(404)
  expect((await device().authenticate('a password')).status).toBe(401)
  expect((await first.toServer('GET', '/accessToken?operation=getKey')).status).toBe(401) // the open session ends too

  await relay.stop()
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(`${relay.dataDir}/accounts.db`)
  onTestFinished(() => void db.close())
  for (const table of ['accounts', 'account_sessions', 'access_tokens', 'private_keys', 'backups'])
    expect([table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]).toEqual([table, 0])
})

test.each([
  ['all', [], ['POST /users', 'POST /register/init', 'POST /api/user/register', 'POST /newUser'], ['POST /keyserver/user/validate']],
  ['server', ['--keyserver-token', 'x'.repeat(32)], ['POST /users', 'POST /keyserver/user/validate'], ['POST /newUser']],
  [
    'keyserver',
    ['--keyserver-token', 'x'.repeat(32), '--server-url', 'http://127.0.0.1:9'],
    ['POST /newUser', 'POST /register/init'],
    ['POST /users', 'POST /api/user/register'],
  ],
])('as %s its OpenAPI document names what it answers, and nothing else', async (role, args, offered, absent) => {
  const { base } = await start(['--role', role, ...args])
  const { body } = await ask(base, 'GET', '/openapi.json')
  expect(body['openapi']).toBe('3.1.0')
  const routes = routesOf(body)
  expect(routes).toEqual(expect.arrayContaining([...offered, 'GET /openapi.json', 'GET /docs']))
  for (const one of absent) expect(routes).not.toContain(one)
  // every route of the document is there: whatever it says to an empty request, it is not what an unknown path gets
  for (const one of routes) {
    const [method = '', path = ''] = one.split(' ')
    const { status, headers } = await fetch(base + path.replaceAll(/\{\w+\}/g, 'E011T7D'), { method })
    const isUnknown = status === 426 && headers.get('content-type') === 'text/plain'
    expect([one, isUnknown, status < 500]).toEqual([one, false, true])
  }
  for (const one of absent) {
    const [method = '', path = ''] = one.split(' ')
    expect([one, (await fetch(base + path, { method })).status]).toEqual([one, 426])
  }
  const page = await fetch(`${base}/docs`)
  const html = await page.text()
  expect(page.headers.get('content-type')).toContain('text/html')
  for (const one of routes) expect(html).toContain(`<code>${one.split(' ')[1] ?? ''}</code>`)
  expect(html).not.toMatch(/<script|src=|https?:\/\//)
})

test('a device asks the routes of the other services sealed', async () => {
  const { base } = await start()
  const device = await registerDevice(base, 'device-001')
  const session = await openSession(base, device)
  const { ecdh, eddsa } = newKeys()
  const made = await call(base, device, session, {
    method: 'POST',
    target: '/users',
    body: { ecdh_public_key: ecdh, eddsa_public_key: eddsa },
  })
  expect([made.status, made.isSealed]).toEqual([201, true])
  const target = `/users/${String(made.body['code'])}`
  expect(await call(base, device, session, { method: 'GET', target })).toMatchObject({
    status: 200,
    isSealed: true,
    body: { eddsa_public_key: eddsa },
  })
  const unknown = await call(base, device, session, { method: 'GET', target: '/users/0000000' })
  expect(unknown).toMatchObject({ status: 404, isSealed: true, body: { error: { code: 'not-found' } } })
})

test('by invitation only, each for one user, also made while the relay runs', async () => {
  const { relay, base } = await start(['--invite-only', '--trust-proxy'])
  const invite = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['src-relay/main.ts', 'admin', 'invite', '--data', relay.dataDir])
    return stdout.trim()
  }
  const become = async (invitation?: string) => {
    const { ecdh, eddsa } = newKeys()
    const body = { ecdh_public_key: ecdh, eddsa_public_key: eddsa, ...(invitation !== undefined && { invitation }) }
    return (await ask(base, 'POST', '/users', body)).status
  }
  const [first, second] = [await invite(), await invite()]
  const forged = second.slice(0, 10) + (second[10] === 'A' ? 'B' : 'A') + second.slice(11)
  expect([await become(), await become(forged), await become('x')]).toEqual([403, 403, 400])
  expect([await become(first), await become(first)]).toEqual([201, 403])
  await relay.kill()
  await relay.restart()
  expect([await become(first), await become(second), await become(second)]).toEqual([403, 201, 403])
  const other = await start(['--invite-only'])
  const { ecdh, eddsa } = newKeys()
  const elsewhere = await ask(other.base, 'POST', '/users', { ecdh_public_key: ecdh, eddsa_public_key: eddsa, invitation: await invite() })
  expect(elsewhere.status).toBe(403) // an invitation of another relay
})

test('metrics count requests by service and status, and name nobody', async () => {
  const { base } = await start()
  await ask(base, 'GET', '/users/0000000')
  await ask(base, 'GET', '/users/0000000')
  await ask(base, 'POST', '/register/init', { client_id: 'device-001' })
  const text = await (await fetch(`${base}/metrics`)).text()
  expect(text).toContain('cairn_relay_service_requests_total{service="directory",status="404"} 2\n')
  expect(text).toContain('cairn_relay_service_requests_total{service="registration",status="200"} 1\n')
  expect(text).not.toContain('device-001')
})

test('as rendezvous it has no services, and makes no database for them', async () => {
  const { relay, base } = await start(['--role', 'rendezvous'])
  expect((await fetch(`${base}/openapi.json`)).status).toBe(426)
  const { existsSync } = await import('node:fs')
  expect([existsSync(`${relay.dataDir}/relay.db`), existsSync(`${relay.dataDir}/accounts.db`)]).toEqual([true, false])
})

test('web pages may ask nothing of it', async () => {
  const { base } = await start()
  const { status } = await fetch(`${base}/openapi.json`, { headers: { origin: 'https://evil.example' } })
  expect(status).toBe(403)
})

/** The services together, over a real relay: a user of the directory, an account for them, a backup, and all of it gone with them. */
import { expect, onTestFinished, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import { generateAccountKeys } from '#main/protocol/accountKey.ts'
import { createAccountClient } from '#test/support/accountClient.ts'
import { ask } from '#test/support/directoryClient.ts'
import { spawnRelay } from '#test/support/processes.ts'
import { node, testContext, toHex } from '#test/support/providers.ts'

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

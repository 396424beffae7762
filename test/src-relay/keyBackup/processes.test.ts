import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backup } from '#main/protocol/accountBackup.ts'
import { openChallenge, type AccountKeys } from '#main/protocol/accountKey.ts'
import type { AccountClient, Answer } from '#test/support/accountClient.ts'
import { httpOf, spawnAccountProcesses, type AccountProcesses } from '#test/support/accountProcesses.ts'
import { eventually } from '#test/support/eventually.ts'
import { node, toHex } from '#test/support/providers.ts'

const codes = ['E011T7D', 'ABCDEFG', 'HJKMNPQ', 'RSTVWXY', '0000001']
const password = 'korrekt häst batteri'
let all: AccountProcesses
let alice: AccountClient
let bob: AccountClient
const keysOf = (index: number) => all.keys[index] as AccountKeys
const codeOf = ({ status, body }: Answer) => [status, (body['error'] as { code: string } | undefined)?.code]
const backupOf = (counter: number): Backup => ({
  ...{ counter, identity: new Uint8Array(100).fill(counter), contacts: [], relays: ['wss://relay.example:7443'], blocked: [], groups: [] },
})

beforeAll(async () => {
  all = await spawnAccountProcesses(codes)
  alice = await all.account(password, 0)
  bob = await all.account('another', 1)
})
afterAll(() => all.dispose())

describe('an account', () => {
  test('comes back on a fresh device with code and password, and its backup with it', async () => {
    expect((await alice.putBackup(keysOf(0), backupOf(1))).status).toBe(204)
    const fresh = all.device(0)
    const keys = await fresh.restore(password)
    expect(keys).toEqual(keysOf(0))
    expect(fresh.readBackup(keysOf(0), await fresh.getBackup(), 0)).toEqual(backupOf(1))
  })

  test('a session that has only the password reads the key, and alters nothing', async () => {
    const fresh = all.device(0)
    const answer = await fresh.authenticate(password)
    expect(answer.body).toEqual({ userID: alice.userID, secured: false })
    expect(answer.headers.get('set-cookie')).toMatch(/^session=[0-9a-f]{64}; Path=\/api\/user; Max-Age=2592000; HttpOnly; SameSite=Strict$/)
    for (const operation of ['pendingChange', 'applyPendingChange', 'deleteKey', 'putBackup', 'getBackup', 'deleteBackup'])
      expect(codeOf(await fresh.toServer('GET', `/accessToken?operation=${operation}`))).toEqual([403, 'forbidden'])
    expect(codeOf(await fresh.toServer('DELETE', ''))).toEqual([403, 'forbidden'])
    expect(codeOf(await fresh.setPassword('x', 'ab'.repeat(32)))).toEqual([403, 'forbidden'])
    expect(codeOf(await fresh.publish(keysOf(1)))).toEqual([403, 'forbidden'])
    expect((await fresh.publish(keysOf(0))).status).toBe(204) // the same again
  })

  test('an unknown code and a wrong password answer alike', async () => {
    const known = await all.device(1).authenticate('wrong')
    const unknown = await alice.ask(httpOf(all.server), 'POST', '/api/user/authenticate', { code: 'ZZZZZZZ', authKey: 'ab'.repeat(32) })
    expect(codeOf(known)).toEqual([401, 'unauthorized'])
    expect(unknown.body).toEqual(known.body)
  })

  test('the public key is there for everybody, of an unknown user there is none', async () => {
    const { body } = await bob.ask(httpOf(all.server), 'GET', `/api/user/${alice.userID}/publicKey`)
    expect(Buffer.from(String(body['publicKey']), 'base64').equals(Buffer.concat([keysOf(0).kemKey, keysOf(0).dhKey]))).toBe(true)
    expect(codeOf(await bob.toServer('GET', `/${'00'.repeat(16)}/publicKey`))).toEqual([404, 'not-found'])
    expect(codeOf(await bob.toServer('GET', '/E011T7D/publicKey'))).toEqual([400, 'invalid'])
  })

  test('behind a proxy that has TLS the cookie is for TLS only', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    const answer = await bob.ask(httpOf(all.server), 'POST', '/api/user/logout', undefined, { ...headers, cookie: '' })
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure$/)
    await bob.authenticate('another')
    await bob.secure(keysOf(1))
  })

  test('logged out is out, and so is a made-up cookie', async () => {
    const fresh = all.device(0)
    await fresh.authenticate(password)
    const cookie = `session=${'12'.repeat(32)}`
    expect(codeOf(await fresh.ask(httpOf(all.server), 'GET', '/api/user/session-challenge', undefined, { cookie }))).toEqual([
      401,
      'unauthorized',
    ])
    expect((await fresh.toServer('POST', '/logout')).status).toBe(204)
    expect(codeOf(await fresh.toServer('GET', '/session-challenge'))).toEqual([401, 'unauthorized'])
  })
})

describe('registration', () => {
  const register = (over: Record<string, unknown> = {}, index = 2, signer = index) => {
    const device = all.device(index)
    return device.toServer('POST', '/register', device.registration('p', keysOf(signer), over))
  }

  test.each([
    ['signed by another', () => register({}, 2, 1), 403],
    ['of an unknown code', () => register({ code: 'ZZZZZZZ' }), 403],
    ['eleven minutes old', () => register({ ts: Date.now() - 11 * 60_000 }), 400],
    ['eleven minutes early', () => register({ ts: Date.now() + 11 * 60_000 }), 400],
    ['at a negative time', () => register({ ts: -1 }), 400],
    ['at a time beyond numbers', () => register({ ts: 1e300 }), 400],
    ['with a short key', () => register({ authKey: 'ab' }), 400],
    ['with a host that is none', () => register({ relay: 'a/b' }), 400],
    ['with one field more', () => register({ admin: 'yes' }), 400],
    ['of who has an account', () => register({}, 1), 409],
  ])('%s is refused', async (_, attempt, status) => {
    expect((await attempt()).status).toBe(status)
  })

  test('a clock may be nine minutes off; the same registration again is refused, also after the account is deleted', async () => {
    const device = all.device(3)
    const body = device.registration(password, keysOf(3), { ts: Date.now() - 9 * 60_000 })
    expect((await device.toServer('POST', '/register', body)).status).toBe(200)
    expect(codeOf(await device.toServer('POST', '/register', body))).toEqual([409, 'conflict'])
    await device.authenticate(password)
    await device.publish(keysOf(3))
    await device.secure(keysOf(3))
    expect((await device.toServer('DELETE', '')).status).toBe(204)
    expect((await device.authenticate(password)).status).toBe(401)
    expect(codeOf(await device.toServer('POST', '/register', body))).toEqual([409, 'conflict'])
    expect((await device.toServer('POST', '/register', device.registration('new', keysOf(3)))).status).toBe(200)
  })
})

describe('access tokens', () => {
  const getKey = (userAccessToken: string, userID = alice.userID) => alice.toKeyServer('POST', '/getKey', { userAccessToken, userID })

  test('are good once', async () => {
    const token = await alice.token('getKey')
    expect((await getKey(token)).status).toBe(200)
    expect(codeOf(await getKey(token))).toEqual([403, 'forbidden'])
  })

  test('for something else, of another user, or made up: refused alike, and used up', async () => {
    const other = await alice.token('newUser')
    expect(codeOf(await getKey(other))).toEqual([403, 'forbidden'])
    expect(
      (await alice.toKeyServer('POST', '/newUser', { userAccessToken: other, userID: alice.userID, ...alice.boxed('x', keysOf(0)) }))
        .status,
    ).toBe(403)
    expect(codeOf(await getKey(await bob.token('getKey')))).toEqual([403, 'forbidden'])
    expect(codeOf(await getKey('ab'.repeat(32)))).toEqual([403, 'forbidden'])
    expect(codeOf(await alice.toKeyServer('GET', `/backup/${alice.userID}`))).toEqual([401, 'unauthorized'])
  })

  test('are validated for the key server alone', async () => {
    const body = { userID: alice.userID, accessToken: await alice.token('getKey'), operation: 'getKey' }
    const validate = (authorization: string) => alice.ask(httpOf(all.server), 'POST', '/keyserver/user/validate', body, { authorization })
    expect(codeOf(await validate('Bearer wrong'))).toEqual([401, 'unauthorized'])
    expect(codeOf(await validate(''))).toEqual([401, 'unauthorized'])
    expect((await validate(`Bearer ${all.keyServerToken}`)).body).toEqual({ valid: true, change: null })
    expect(codeOf(await validate(`Bearer ${all.keyServerToken}`))).toEqual([403, 'forbidden'])
  })
})

describe('a challenge', () => {
  test('passed on by another host is not answered', async () => {
    const fooled = all.device(0)
    await fooled.authenticate(password)
    const { body } = await fooled.toServer('GET', '/session-challenge')
    const sealed = new Uint8Array(Buffer.from(String(body['encryptedToken']), 'base64'))
    expect(() => openChallenge(node, keysOf(0), 'evil.example', fooled.userID, sealed)).toThrow('challenge.other-host')
    expect(openChallenge(node, keysOf(0), 'relay.example', fooled.userID, sealed)).toMatch(/^[0-9a-f]{64}$/)
  })

  test('has one try', async () => {
    const device = all.device(0)
    await device.authenticate(password)
    const { body } = await device.toServer('GET', '/session-challenge')
    const sealed = new Uint8Array(Buffer.from(String(body['encryptedToken']), 'base64'))
    const decryptedToken = openChallenge(node, keysOf(0), 'relay.example', device.userID, sealed)
    expect((await device.toServer('POST', '/session-challenge', { decryptedToken: 'ab'.repeat(32) })).status).toBe(403)
    expect((await device.toServer('POST', '/session-challenge', { decryptedToken })).status).toBe(403)
    expect((await device.secure(keysOf(0))).status).toBe(200)
  })
})

describe('backups', () => {
  test('go forward only, also after a deletion; the same again is a retry', async () => {
    expect((await bob.getBackup()).status).toBe(404)
    const counters = [
      [5, 204],
      [4, 409],
      [5, 409],
      [7, 204],
      [6, 409],
    ] as const // each 5 is sealed anew
    for (const [counter, status] of counters) expect((await bob.putBackup(keysOf(1), backupOf(counter))).status).toBe(status)
    const { body } = await bob.getBackup()
    const authorization = `Bearer ${await bob.token('putBackup')}`
    expect((await bob.toKeyServer('PUT', `/backup/${bob.userID}`, body, { authorization })).status).toBe(204)
    expect((await bob.deleteBackup()).status).toBe(204)
    expect((await bob.getBackup()).status).toBe(404)
    expect((await bob.putBackup(keysOf(1), backupOf(7))).status).toBe(409)
    expect((await bob.putBackup(keysOf(1), backupOf(8))).status).toBe(204)
  })

  test('a device that has seen a later one does not take an old one', async () => {
    const old = await bob.getBackup()
    expect((await bob.putBackup(keysOf(1), backupOf(9))).status).toBe(204)
    expect(() => bob.readBackup(keysOf(1), old, 9)).toThrow('backup.outdated')
    expect(bob.readBackup(keysOf(1), await bob.getBackup(), 9).counter).toBe(9)
  })

  test.each([
    ['too large', { blob: 'A'.repeat(5_592_412), counter: 100 }, 400],
    ['far too large', { blob: 'A'.repeat(8_000_000), counter: 100 }, 413],
    ['no base64', { blob: '*'.repeat(5464), counter: 100 }, 400],
    ['not the one encoding', { blob: `${'A'.repeat(5462)}B=`, counter: 100 }, 400],
    ['with a counter of zero', { blob: 'A'.repeat(5464), counter: 0 }, 400],
    ['with a negative counter', { blob: 'A'.repeat(5464), counter: -1 }, 400],
    ['with a counter beyond integers', { blob: 'A'.repeat(5464), counter: 2 ** 53 }, 400],
    ['cut short', '{"blob": "AAAA', 400],
  ])('%s is refused', async (_, body, status) => {
    const authorization = `Bearer ${'ab'.repeat(32)}`
    const refused = await bob.toKeyServer('PUT', `/backup/${bob.userID}`, body, { authorization }).catch(() => ({ status: 413 }))
    expect(refused.status).toBe(status)
  })

  test.each([
    [20, 4, 1_048_576],
    [21, 17, 4_194_304],
  ])('numbered %i, of %i large groups, is kept in %i bytes', async (counter, count, bytes) => {
    const groups = Array.from({ length: count }, () => new Uint8Array(240_000).fill(counter))
    const backup = { ...backupOf(counter), groups }
    expect((await alice.putBackup(keysOf(0), backup)).status).toBe(204)
    const served = await alice.getBackup()
    expect(Buffer.from(String(served.body['blob']), 'base64')).toHaveLength(bytes)
    expect(alice.readBackup(keysOf(0), served, counter)).toEqual(backup)
  })

  test('alone may be so large: another route of the key server takes no more than before', async () => {
    const body = { userAccessToken: 'ab'.repeat(32), userID: bob.userID, encryptedPrivateKey: 'A'.repeat(40_000), iv: '', salt: '' }
    const refused = await bob.toKeyServer('POST', '/newUser', body).catch(() => ({ status: 413 }))
    expect(refused.status).toBe(413)
  })
})

describe('the key', () => {
  test('there is one, and nobody puts another over it', async () => {
    expect((await bob.newUser('again', keysOf(1))).status).toBe(409)
    expect(await all.device(1).restore('another')).toEqual(keysOf(1))
  })

  test('deleted it is gone with the backup, and then the account can go', async () => {
    const carol = await all.account('carol', 2)
    await carol.putBackup(keysOf(2), backupOf(1))
    expect((await carol.deleteKey()).status).toBe(204)
    expect((await carol.toKeyServer('POST', '/getKey', await carol.ticket('getKey'))).status).toBe(404)
    expect((await carol.getBackup()).status).toBe(404)
    expect((await carol.toServer('DELETE', '')).status).toBe(204)
    expect((await all.device(2).authenticate('carol')).status).toBe(401)
  })
})

test('killed at any moment they have what they acknowledged', async () => {
  for (const counter of [30, 31, 32]) {
    expect((await alice.putBackup(keysOf(0), backupOf(counter))).status).toBe(204)
    await Promise.all([all.server.kill(), all.keyServer.kill()])
    await Promise.all([all.server.restart(), all.keyServer.restart()])
    expect((await alice.getBackup()).body['counter']).toBe(counter) // in the same session
  }
})

test('killed while backups are under way it has one of them, whole, and none below what it acknowledged', async () => {
  const large = (counter: number): Backup => ({ ...backupOf(counter), groups: [new Uint8Array(200_000).fill(counter)] })
  let counter = 40
  expect((await alice.putBackup(keysOf(0), large(counter))).status).toBe(204)
  for (const wanted of [1, 2, 3]) {
    let acknowledged = counter
    const putting = (async () => {
      for (;;) {
        if ((await alice.putBackup(keysOf(0), large(counter + 1))).status !== 204) return
        acknowledged = ++counter
      }
    })().catch(() => undefined) // cut off
    const begin = counter
    await eventually(
      'some',
      () => counter,
      (now) => now >= begin + wanted,
    )
    await all.keyServer.kill()
    await putting
    await all.keyServer.restart()
    const served = await alice.getBackup()
    const found = alice.readBackup(keysOf(0), served, acknowledged)
    expect(found).toEqual(large(found.counter))
    expect(found.counter).toBeLessThanOrEqual(acknowledged + 1)
    counter = found.counter
  }
})

test('a key server whose server is away says so, and works again when it is back', async () => {
  const ticket = await alice.ticket('getKey')
  await all.server.stop()
  expect(codeOf(await alice.toKeyServer('POST', '/getKey', ticket))).toEqual([503, 'unavailable'])
  await all.server.restart()
  expect((await alice.toKeyServer('POST', '/getKey', await alice.ticket('getKey'))).status).toBe(200)
})

test('a flood of passwords is stopped, right ones too, and says when to come again', async () => {
  const device = all.device(4)
  const answers: Answer[] = []
  for (let i = 0; i < 12; i++) answers.push(await device.authenticate(`guess ${i}`))
  expect(answers.map(({ status }) => status)).toContain(401)
  expect(answers.at(-1)?.status).toBe(429)
  expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('nothing secret lies on the disk or in the logs', async () => {
  const fresh = all.device(0)
  const token = await alice.token('getKey')
  const answer = await fresh.authenticate(password)
  const secrets = [alice.authKey(password), token, all.keyServerToken, toHex(keysOf(0).dhSecret), toHex(keysOf(0).eddsaSecret), password]
  const cookie = answer.headers.get('set-cookie')?.slice(8, 72)
  if (cookie) secrets.push(cookie)
  const places = [all.server, all.keyServer].flatMap(({ dataDir, stdout, stderr }) => [
    ...readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name))),
    Buffer.from(stdout() + stderr()),
  ])
  expect(places.some((bytes) => bytes.includes(createHash('sha256').update(token).digest()))).toBe(true) // the search finds
  for (const secret of secrets)
    for (const form of [Buffer.from(secret), Buffer.from(secret, /^([0-9a-f]{2})+$/.test(secret) ? 'hex' : 'utf8')])
      expect(places.some((bytes) => bytes.includes(form))).toBe(false)
})

/** What ends with time, on a real database with a clock of the test's own. */
import { afterEach, expect, test } from 'vitest'
import { authKeyOf, encodeAccountPublicKey, generateAccountKeys, openChallenge, registrationBytes } from '#main/protocol/accountKey.ts'
import { createAccounts } from '#relay/keyBackup/accounts.ts'
import { createSessions } from '#relay/keyBackup/sessions.ts'
import { readQuotas } from '#relay/quotas.ts'
import { openAccounts } from '#relay/storage/accounts.ts'
import { createUserStore } from '#relay/storage/userStore.ts'
import { createManualClock } from '#test/support/manualClock.ts'
import { node, testContext, toHex } from '#test/support/providers.ts'

const context = testContext()
const hour = 3600_000
const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

async function open(publicHost: string | null = null) {
  const clock = createManualClock()
  const db = openAccounts(':memory:')
  closing.push(() => db.close())
  const keys = generateAccountKeys(context, { eddsaSecret: context.random(32), ecdhSecret: context.random(32) })
  createUserStore(db).insert('E011T7D', node.x25519.publicKey(keys.ecdhSecret), node.ed25519.publicKey(keys.eddsaSecret), clock.now())
  const sessions = createSessions({ db, clock, quotas: readQuotas(db), primitives: node })
  const accounts = createAccounts({ db, clock, quotas: readQuotas(db), sessions, publicHost, primitives: node })
  const authKey = toHex(authKeyOf(node, context.random(32)))
  const body = { code: 'E011T7D', authKey, ts: clock.now(), nonce: toHex(context.random(16)), relay: 'relay.example' }
  const signature = toHex(node.ed25519.sign(keys.eddsaSecret, registrationBytes(body)))
  const register = () => accounts.register({ ...body, signature }, '192.0.2.1')
  const signIn = () => accounts.authenticate('E011T7D', authKey, '192.0.2.1')
  const advance = (ms: number) => {
    const until = clock.now() + ms
    while (clock.step(until));
  }
  const tables = () =>
    ['account_sessions', 'access_tokens', 'account_nonces'].map(
      (table) => db.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n,
    )
  const sweep = () => {
    sessions.sweep()
    accounts.sweep()
  }
  return { accounts, sessions, keys, register, signIn, advance, tables, sweep }
}

test('an access token lives for 60 s', async () => {
  const { sessions, register, signIn, advance } = await open()
  register()
  const { cookie, userID } = signIn()
  const [early, late] = [sessions.accessToken(cookie, 'getKey'), sessions.accessToken(cookie, 'getKey')]
  advance(59_999)
  expect(sessions.validate(userID, early, 'getKey')).toEqual({ change: null })
  advance(1)
  expect(sessions.validate(userID, late, 'getKey')).toBeNull()
})

test('a session lives for 7 days unused and for 30 in use', async () => {
  const { sessions, register, signIn, advance } = await open()
  register()
  const { cookie } = signIn()
  for (let day = 0; day < 29; day++) {
    advance(24 * hour)
    sessions.need(cookie)
  }
  advance(24 * hour)
  expect(() => sessions.need(cookie)).toThrow('it is over')
  const unused = signIn().cookie
  advance(7 * 24 * hour)
  expect(() => sessions.need(unused)).toThrow('it is over')
})

test('a challenge lives for 5 minutes, and each takes the place of the one before', async () => {
  const { accounts, sessions, keys, register, signIn, advance } = await open()
  register()
  const { cookie, userID } = signIn()
  await expect(sessions.challenge(cookie)).rejects.toThrow('no public key')
  accounts.setPublicKey(sessions.need(cookie), encodeAccountPublicKey(keys))
  const ask = async () => openChallenge(node, keys, 'relay.example', userID, await sessions.challenge(cookie))
  const first = await ask()
  advance(5 * 60_000)
  expect(() => sessions.answer(cookie, first)).toThrow('over')
  const [second, third] = [await ask(), await ask()]
  expect(() => sessions.answer(cookie, second)).toThrow('over')
  expect(() => sessions.answer(cookie, third)).toThrow('over') // the try was used
  sessions.answer(cookie, await ask())
  expect(sessions.needSecured(cookie).account.userID).toBe(userID)
})

test('another public key ends every other session and unsecures this one', async () => {
  const { accounts, sessions, keys, register, signIn } = await open()
  register()
  const { cookie, userID } = signIn()
  const other = signIn().cookie
  accounts.setPublicKey(sessions.need(cookie), encodeAccountPublicKey(keys))
  sessions.answer(cookie, openChallenge(node, keys, 'relay.example', userID, await sessions.challenge(cookie)))
  const next = generateAccountKeys(context, keys)
  accounts.setPublicKey(sessions.need(cookie), encodeAccountPublicKey(next))
  expect(() => sessions.needSecured(cookie)).toThrow('not secured')
  expect(() => sessions.need(other)).toThrow('no such session')
  expect(openChallenge(node, next, 'relay.example', userID, await sessions.challenge(cookie))).toMatch(/^[0-9a-f]{64}$/)
})

test('an account has at most 20 sessions; the longest unused goes first', async () => {
  const { sessions, register, signIn, advance } = await open()
  register()
  const cookies: string[] = []
  for (let i = 0; i < 21; i++) {
    advance(hour)
    cookies.push(signIn().cookie)
  }
  expect(() => sessions.need(cookies[0] ?? '')).toThrow('no such session')
  expect(sessions.need(cookies[1] ?? '').session.isSecured).toBe(false)
})

test('an operator who names the host gets registrations for it only', async () => {
  const { register } = await open('other.example')
  expect(register).toThrow('not this server')
})

test('what is over is swept', async () => {
  const { sessions, register, signIn, advance, tables, sweep } = await open()
  register()
  sessions.accessToken(signIn().cookie, 'getKey')
  sweep()
  expect(tables()).toEqual([1, 1, 1])
  advance(31 * 24 * hour)
  sweep()
  expect(tables()).toEqual([0, 0, 0])
})

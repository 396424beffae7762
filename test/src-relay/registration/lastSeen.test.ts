/** The service with a clock of the test's own: what is written when. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRouter } from '#relay/api/router.ts'
import { readQuotas } from '#relay/quotas.ts'
import { createRegistration } from '#relay/registration/registration.ts'
import { openAccounts, type AccountDatabase } from '#relay/storage/accounts.ts'
import { createRegistrationStore } from '#relay/storage/registrationStore.ts'
import { node } from '#test/support/providers.ts'
import { base64, random } from './device.ts'

const minute = 60_000
const begin = 29_166_667 * minute
let now: number
let db: AccountDatabase
beforeEach(() => {
  now = begin
  db = openAccounts(':memory:')
})
afterEach(() => db.close())

const warnings: string[] = []
const logger = { info: () => undefined, warn: (event: string) => void warnings.push(event) }
const serve = (over: AccountDatabase = db) => {
  const service = createRegistration({
    ...{ db: over, logger, masterKey: new Uint8Array(32).fill(7), primitives: node, compatOmni: false, publicHost: null },
    ...{ clock: { now: () => now, after: () => () => undefined }, addressOf: () => '', quotas: readQuotas(over) },
  })
  const router = createRouter(service.routes, { onFailure: () => ({ status: 500 }) })
  const post = async (target: string, body: unknown, authorization = '') => {
    const caller = { address: '192.0.2.1', headers: { authorization }, clientId: null }
    const bytes = new TextEncoder().encode(JSON.stringify(body))
    return (await router.dispatch({ method: 'POST', target, body: bytes, contentType: 'application/json', caller })).body as Record<
      string,
      string
    >
  }
  return { service, post }
}
const key = () => base64(node.x25519.publicKey(random(32)))
const register = async (post: ReturnType<typeof serve>['post']) => {
  await post('/register/init', { client_id: 'a' })
  return (await post('/register/complete', { client_id: 'a', public_key: key() }))['api_key'] ?? ''
}
const written = () => createRegistrationStore(db).device('a')?.lastSeen

test('last_seen is written with the sweep and at the end, not with each request', async () => {
  const { service, post } = serve()
  const apiKey = await register(post)
  now += 5 * minute + 30_000
  await post('/session', { client_id: 'a', ephemeral: key() }, `Bearer ${apiKey}`)
  expect(written()).toBe(begin)
  service.sweep?.()
  expect(written()).toBe(begin + 5 * minute)
  now += 3 * minute
  await post('/session', { client_id: 'a', ephemeral: key() }, `Bearer ${apiKey}`)
  await service.close?.()
  expect(written()).toBe(begin + 8 * minute)
})

test('who does not show the right key was not there', async () => {
  const { service, post } = serve()
  await register(post)
  now += 5 * minute
  expect(await post('/session', { client_id: 'a', ephemeral: key() }, 'Bearer wrong')).toMatchObject({ error: { code: 'unauthorized' } })
  service.sweep?.()
  expect(written()).toBe(begin)
})

test('where the disk is full a sweep fails quietly, and what it had to write is written later', async () => {
  let isFull = false
  const filling: AccountDatabase = {
    ...db,
    transaction(work) {
      if (isFull) throw new Error('full')
      return db.transaction(work)
    },
  }
  const { service, post } = serve(filling)
  const apiKey = await register(post)
  now += 5 * minute
  await post('/session', { client_id: 'a', ephemeral: key() }, `Bearer ${apiKey}`)
  isFull = true
  service.sweep?.()
  expect(warnings).toEqual(['registration.sweep-failed'])
  expect(written()).toBe(begin)
  isFull = false
  service.sweep?.()
  expect(written()).toBe(begin + 5 * minute)
})

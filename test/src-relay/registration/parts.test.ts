/** Bounds and lifetimes, with a clock that stands still until it is moved, on a real database in memory. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDeviceSecrets, isApiKeyOf, apiKeyHash } from '#relay/registration/deviceSecrets.ts'
import { createDevices, unfinishedMs, type Devices } from '#relay/registration/devices.ts'
import { createLastSeen } from '#relay/registration/lastSeen.ts'
import { envelopeOf, sealedReply } from '#relay/registration/sealedEnvelope.ts'
import { createSessions, sessionMs } from '#relay/registration/sessions.ts'
import { openAccounts, type AccountDatabase } from '#relay/storage/accounts.ts'
import { createRegistrationStore } from '#relay/storage/registrationStore.ts'
import { flipBit, node } from '#test/support/providers.ts'
import { random } from './device.ts'

const masterKey = new Uint8Array(randomBytes(32))
const now = 1_750_000_000_000
const key = () => node.x25519.publicKey(random(32))

describe('secrets of devices', () => {
  const secrets = createDeviceSecrets(masterKey)
  const wrapped = secrets.wrap('a', random(32))

  test('open for the same device under the same master key only', () => {
    const secret = random(32)
    expect(secrets.unwrap('a', secrets.wrap('a', secret))).toEqual(secret)
    expect(secrets.unwrap('b', wrapped)).toBeNull()
    expect(createDeviceSecrets(random(32)).unwrap('a', wrapped)).toBeNull()
    for (let at = 0; at < wrapped.length; at++) expect(secrets.unwrap('a', flipBit(wrapped, at))).toBeNull()
    expect(secrets.unwrap('a', wrapped.subarray(1))).toBeNull()
    expect(secrets.wrap('a', secret)).not.toEqual(secrets.wrap('a', secret))
  })

  test('an API key depends on everything', () => {
    const device = { clientId: 'a', serverKey: key(), clientKey: key() }
    const apiKey = secrets.apiKey(device)
    expect(secrets.apiKey(device)).toBe(apiKey)
    const others = [
      { ...device, clientId: 'b' },
      { ...device, serverKey: key() },
      { ...device, clientKey: key() },
    ]
    for (const other of others) expect(secrets.apiKey(other)).not.toBe(apiKey)
    expect(createDeviceSecrets(random(32)).apiKey(device)).not.toBe(apiKey)
    expect(isApiKeyOf({ apiKeyHash: apiKeyHash(apiKey) }, apiKey)).toBe(true)
    expect(isApiKeyOf({ apiKeyHash: apiKeyHash(apiKey) }, `${apiKey}x`)).toBe(false)
    expect(isApiKeyOf(null, apiKey)).toBe(false)
    expect(isApiKeyOf(null, '')).toBe(false)
  })
})

describe('registrations', () => {
  let db: AccountDatabase
  let devices: Devices
  beforeEach(() => {
    db = openAccounts(':memory:')
    devices = createDevices(db, createDeviceSecrets(masterKey), node)
  })
  afterEach(() => db.close())

  test('wait ten minutes to be completed', () => {
    const first = devices.begin('a', now)
    expect(devices.begin('a', now + unfinishedMs - 1)).toEqual(first)
    expect(() => devices.complete('a', key(), now + unfinishedMs)).toThrow('is over')
    expect(devices.begin('a', now + unfinishedMs)).not.toEqual(first)
    expect(devices.complete('a', key(), now + unfinishedMs + 1)).toHaveLength(43)
  })

  test('are forgotten when they are over, and those that are complete are not', () => {
    devices.begin('a', now)
    devices.begin('b', now)
    devices.complete('b', key(), now)
    devices.sweep(now + unfinishedMs + 1)
    expect(createRegistrationStore(db).countBegun()).toBe(0)
    expect(devices.find('b')?.clientId).toBe('b')
  })

  test('are bounded while they are unfinished; who has begun may complete', () => {
    const store = createRegistrationStore(db)
    const begin = (clientId: string) => store.begin({ clientId, serverKey: key(), serverSecret: random(60), createdAt: now })
    devices.begin('a', now)
    db.transaction(() => Array.from({ length: 9_999 }, (_, i) => begin(`n${i}`)))
    expect(() => devices.begin('b', now)).toThrow('too many')
    devices.complete('a', key(), now)
    expect(devices.begin('b', now)).toHaveLength(32)
  })

  test('a key of low order leaves the registration as it was', () => {
    const first = devices.begin('a', now)
    expect(() => devices.complete('a', new Uint8Array(32), now)).toThrow('no key')
    expect(devices.begin('a', now)).toEqual(first)
  })

  test('another master key is named as such', () => {
    devices.begin('a', now)
    devices.complete('a', key(), now)
    const other = createDevices(db, createDeviceSecrets(random(32)), node)
    const device = other.find('a')
    if (device === null) throw new Error('not there')
    expect(() => other.secretOf(device)).toThrow('another master key')
  })

  test('last_seen never goes back', () => {
    devices.begin('a', now)
    devices.complete('a', key(), now)
    devices.noteSeen(
      new Map([
        ['a', now + 60_000],
        ['nobody', now],
      ]),
    )
    devices.noteSeen(new Map([['a', now - 60_000]]))
    expect(devices.find('a')?.lastSeen).toBe(now + 60_000)
  })
})

describe('sessions', () => {
  const keys = () => ({ request: random(32), response: random(32) })

  test('last an hour, and are those of their device', () => {
    const sessions = createSessions()
    sessions.open('a', '1', keys(), now)
    expect(sessions.find('a', '1', now + sessionMs - 1)?.id).toBe('1')
    expect(sessions.find('a', '1', now + sessionMs)).toBeNull()
    expect(sessions.find('b', '1', now)).toBeNull()
    sessions.sweep(now + sessionMs)
    expect(sessions.find('a', '1', now)).toBeNull()
  })

  test('the oldest of a device make way, and nobody else’s', () => {
    const sessions = createSessions({ mostPerClient: 2 })
    sessions.open('b', 'other', keys(), now)
    for (const id of ['1', '2', '3']) sessions.open('a', id, keys(), now)
    expect(['other', '1', '2', '3'].map((id) => sessions.find(id === 'other' ? 'b' : 'a', id, now)?.id)).toEqual([
      'other',
      undefined,
      '2',
      '3',
    ])
  })

  test('the oldest of all make way where there are too many', () => {
    const sessions = createSessions({ most: 2, mostPerClient: 1 })
    for (const id of ['a', 'b', 'c', 'c2']) sessions.open(id.slice(0, 1), id, keys(), now)
    expect(['a', 'b', 'c', 'c2'].map((id) => sessions.find(id.slice(0, 1), id, now)?.id)).toEqual([undefined, 'b', undefined, 'c2'])
  })

  test('all of a device go with it', () => {
    const sessions = createSessions()
    for (const id of ['1', '2']) sessions.open('a', id, keys(), now)
    sessions.open('b', '3', keys(), now)
    sessions.drop('a')
    expect(['1', '2'].map((id) => sessions.find('a', id, now))).toEqual([null, null])
    expect(sessions.find('b', '3', now)?.id).toBe('3')
  })
})

test('when a device was there is kept to the minute, and stays where it could not be written', () => {
  const seen = createLastSeen()
  seen.note('a', 60_000 * 7 + 59_999)
  seen.note('b', 60_000)
  expect(seen.of('a')).toBe(60_000 * 7)
  const full = () => {
    throw new Error('full')
  }
  expect(() => seen.flush(full)).toThrow('full')
  seen.forget('b')
  const written: [string, number][] = []
  seen.flush((all) => written.push(...all))
  expect(written).toEqual([['a', 60_000 * 7]])
  seen.flush(full) // nothing is left to write
})

describe('answers in their envelope', () => {
  const sealing = (plaintext: Uint8Array) => ({ nonce: 'n', ciphertext: new TextDecoder().decode(plaintext) })

  test('stand in the body, or in a header where there is none', () => {
    expect(sealedReply({ status: 200, body: { a: 'é' } }, sealing)).toEqual({ status: 200, body: { nonce: 'n', ciphertext: '{"a":"é"}' } })
    expect(sealedReply({ status: 204, headers: { 'set-cookie': 'x' } }, sealing)).toEqual({
      status: 204,
      headers: { 'set-cookie': 'x', 'x-cairn-sealed': '{"nonce":"n","ciphertext":""}' },
    })
  })

  test('a request has one of the two', () => {
    const request = {
      method: 'POST',
      target: '/',
      contentType: null,
      body: new TextEncoder().encode('{"nonce":"AAAA","ciphertext":"AAAA"}'),
    }
    const caller = (headers: Record<string, string>) => ({ address: '', headers, clientId: null })
    expect(envelopeOf({ ...request, caller: caller({}) })?.nonce).toEqual(new Uint8Array(3))
    expect(envelopeOf({ ...request, body: null, caller: caller({}) })).toBeNull()
    expect(() => envelopeOf({ ...request, caller: caller({ 'x-cairn-sealed': '{}' }) })).toThrow('without a body')
  })
})

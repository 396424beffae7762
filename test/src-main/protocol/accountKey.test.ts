import canonicalize from 'canonicalize'
import { describe, expect, test } from 'vitest'
import { openBackup, sealBackup, type Backup } from '#main/protocol/accountBackup.ts'
import {
  authKeyOf,
  authSalt,
  decodeAccountPublicKey,
  encKeyOf,
  encodeAccountPublicKey,
  generateAccountKeys,
  openAccountKeys,
  openChallenge,
  registrationBytes,
  sealAccountKeys,
  sealChallenge,
} from '#main/protocol/accountKey.ts'
import { utf8 } from '#main/protocol/bytes.ts'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { seal } from '#main/protocol/seal.ts'
import { flipBit, node, testContext, toHex } from '#test/support/providers.ts'

const context = testContext()
const directory = () => ({ eddsaSecret: context.random(32), ecdhSecret: context.random(32) })
const [keys, others] = [generateAccountKeys(context, directory()), generateAccountKeys(context, directory())]
const userID = 'a1'.repeat(16)

describe('what becomes of a password', () => {
  test('the salt is of host and code, and no two of them run together', () => {
    const salt = authSalt(node, 'relay.example', 'E011T7D')
    expect(salt).toEqual(node.sha256(utf8('cairn/1 authrelay.example\0E011T7D')))
    expect(authSalt(node, 'relay.exampleE', '011T7D')).not.toEqual(salt)
  })

  test('what the server is shown tells nothing of what opens the key', () => {
    const stretched = context.random(32)
    expect(authKeyOf(node, stretched)).not.toEqual(encKeyOf(node, stretched))
    expect(authKeyOf(node, stretched)).toEqual(node.hkdf(stretched, utf8('auth'), 32))
  })

  test('what is signed to register is JCS', () => {
    const body = { code: 'E011T7D', authKey: 'ab'.repeat(32), ts: 1_750_000_000_123, nonce: '01'.repeat(16), relay: 'relay.example' }
    expect(Buffer.from(registrationBytes(body)).toString()).toBe(canonicalize({ ...body, purpose: 'register' }))
  })
})

describe('the secrets of an account', () => {
  const encKey = context.random(32)
  const sealed = sealAccountKeys(context, encKey, userID, keys)

  test('come back whole', () => expect(openAccountKeys(node, encKey, userID, sealed)).toEqual(keys))

  test.each([
    ['with another password', context.random(32), userID, sealed],
    ['as another user', encKey, 'b2'.repeat(16), sealed],
    ['when changed', encKey, userID, { ...sealed, encryptedPrivateKey: flipBit(sealed.encryptedPrivateKey, 40) }],
    ['with another iv', encKey, userID, { ...sealed, iv: context.random(24) }],
  ])('do not open %s', (_, key, user, box) => {
    expect(() => openAccountKeys(node, key, user, box)).toThrow('crypto.failed')
  })

  test('an iv of another length is malformed', () => {
    expect(() => openAccountKeys(node, encKey, userID, { ...sealed, iv: new Uint8Array(12) })).toThrow('codec.malformed')
  })

  test('the public half has one form', () => {
    const encoded = encodeAccountPublicKey(keys)
    expect(encoded).toHaveLength(1190)
    expect(decodeAccountPublicKey(encoded)).toEqual({ kemKey: keys.kemKey, dhKey: keys.dhKey })
    expect(() => decodeAccountPublicKey(encoded.subarray(1))).toThrow('codec.malformed')
  })
})

describe('a challenge', () => {
  const token = context.random(32)
  const challenge = sealChallenge(context, keys, 'relay.example', userID, token)

  test('gives its token to the account it was made for', () => {
    expect(openChallenge(node, keys, 'relay.example', userID, challenge)).toBe(toHex(token))
  })

  test('passed on by another host, or another user’s, is not answered', () => {
    expect(() => openChallenge(node, keys, 'evil.example', userID, challenge)).toThrow('challenge.other-host')
    expect(() => openChallenge(node, keys, 'relay.example', 'b2'.repeat(16), challenge)).toThrow('challenge.other-host')
    expect(() => openChallenge(node, keys, 'relay.exampl', `e\0${userID}`, challenge)).toThrow('challenge.other-host')
  })

  test('sealed for something else, or to somebody else, is none', () => {
    const inside = new Uint8Array([...utf8(`relay.example\0${userID}\0`), ...token])
    expect(() => openChallenge(node, keys, 'relay.example', userID, seal(context, keys, 'reset', inside))).toThrow('crypto.failed')
    expect(() => openChallenge(node, others, 'relay.example', userID, challenge)).toThrow('crypto.failed')
    const short = seal(context, keys, 'challenge', new Uint8Array(8))
    expect(() => openChallenge(node, keys, 'relay.example', userID, short)).toThrow('codec.malformed')
  })
})

describe('a backup', () => {
  const key = () => ({ key: context.random(32), myReset: context.random(32), peerReset: context.random(32) })
  const contact = () => ({
    ...{ identity: context.random(1500), keys: [key(), key()], relays: ['wss://relay.example:7443'] },
    ...{ label: 'Ada', verified: 1_750_000_000_123, blocked: null, since: 1_740_000_000_000, byCode: true },
  })
  const backup = (counter: number, contacts = 2): Backup => ({
    ...{ counter, identity: context.random(3000), relays: ['wss://relay.example:7443'], groups: [context.random(100)] },
    contacts: Array.from({ length: contacts }, contact),
    blocked: [{ id: context.random(32), name: 'Mallory', at: 1_750_000_000_000 }],
  })
  const [one] = backup(1).contacts
  if (one === undefined) throw new Error('a backup without a contact')
  const seal5 = sealBackup(context, keys, userID, backup(5))

  test.each([0, 2, 100, 500, 1500])('of %i contacts comes back whole, in one of few sizes', (contacts) => {
    const made = backup(7, contacts)
    const blob = sealBackup(context, keys, userID, made)
    expect([4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304]).toContain(blob.length)
    expect(openBackup(node, keys, userID, { blob, counter: 7 }, 7)).toEqual(made)
  })

  test('larger than 4 MiB is refused before it is sent, and so is what could not be restored', () => {
    expect(() => sealBackup(context, keys, userID, backup(1, 2500))).toThrow('codec.too-large')
    expect(() => sealBackup(context, keys, userID, { ...backup(1), relays: ['x'.repeat(600)] })).toThrow('codec.malformed')
  })

  test.each([
    ['no key', { keys: [] }],
    ['five keys', { keys: Array.from({ length: 5 }, key) }],
    ['a key without its reset series', { keys: [{ key: context.random(32) }] }],
    ['a short reset head', { keys: [{ ...key(), peerReset: context.random(31) }] }],
    ['a label of 65 units', { label: 'x'.repeat(65) }],
    ['a mark that is no time', { verified: true }],
    ['a time before 1970', { blocked: -1 }],
    ['no time of its own', { since: null }],
    ['something of a newer form', { colour: 'blue' }],
  ])('of a contact with %s is refused before it is sent', (_, odd) => {
    const made = { ...backup(1), contacts: [{ ...one, ...odd }] } as Backup
    expect(() => sealBackup(context, keys, userID, made)).toThrow('codec.malformed')
  })

  test('keeps who is blocked and no contact, and refuses a malformed one', () => {
    const made = { ...backup(1), blocked: [{ id: context.random(32), name: '', at: 0 }] }
    expect(openBackup(node, keys, userID, { blob: sealBackup(context, keys, userID, made), counter: 1 }, 0)).toEqual(made)
    const odd = { ...made, blocked: [{ id: context.random(16), name: '', at: 0 }] }
    expect(() => sealBackup(context, keys, userID, odd)).toThrow('codec.malformed')
  })

  test('an old one is noticed, whatever it is labelled', () => {
    expect(() => openBackup(node, keys, userID, { blob: seal5, counter: 5 }, 6)).toThrow('backup.outdated')
    expect(() => openBackup(node, keys, userID, { blob: seal5, counter: 6 }, 6)).toThrow('backup.outdated')
    expect(() => openBackup(node, keys, userID, { blob: seal5, counter: 6 }, 0)).toThrow('backup.outdated')
  })

  test('the key server cannot write one, nor pass on another account’s', () => {
    const { counter, ...rest } = backup(9)
    const body = encodeCbor({ v: 1, counter, ...rest })
    const forged = seal(context, { kemKey: keys.kemKey, dhKey: keys.dhKey }, 'backup', encodeCbor({ body, mac: context.random(32) }))
    expect(() => openBackup(node, keys, userID, { blob: forged, counter }, 0)).toThrow('crypto.failed')
    expect(() => openBackup(node, keys, 'b2'.repeat(16), { blob: seal5, counter: 5 }, 0)).toThrow('crypto.failed')
    expect(() => openBackup(node, others, userID, { blob: seal5, counter: 5 }, 0)).toThrow('crypto.failed')
    expect(() => openBackup(node, keys, userID, { blob: seal5.subarray(1), counter: 5 }, 0)).toThrow('crypto.failed')
  })
})

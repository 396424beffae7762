/**
 * Published answers of Argon2id.
 *
 * Sources: RFC 9106 section 5.3 (IETF Trust), which uses a secret and associated data that our port has not, so it is put to
 * both libraries underneath; and the test suite of the reference implementation, phc-winner-argon2 src/test.c
 * (CC0/Apache-2.0), put to all implementations of the port. Its salts are too short for libsodium, so there is one more answer of that
 * library, at the app's own cost: argon2-cffi 21.1, `hash_secret_raw('pässword ☃'.encode(), b'sixteen bytes ok', 3, 65536, 1, 32, Type.ID)`.
 */
import * as crypto from 'node:crypto'
import { argon2id } from '@noble/hashes/argon2.js'
import { describe, expect, test } from 'vitest'
import { createKdf } from '#main/crypto/kdf.ts'
import { loadSodiumArgon2id } from '#main/crypto/sodiumArgon2id.ts'
import { toHex } from '#test/support/providers.ts'

const fill = (byte: number, length: number) => new Uint8Array(length).fill(byte)
const rfc9106 = '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'

test('RFC 9106 5.3: noble', () => {
  const options = { m: 32, t: 3, p: 4, key: fill(3, 8), personalization: fill(4, 12), dkLen: 32 }
  expect(toHex(argon2id(fill(1, 32), fill(2, 16), options))).toBe(rfc9106)
})

test.runIf(typeof crypto.argon2Sync === 'function')('RFC 9106 5.3: node:crypto', () => {
  const parameters = { message: fill(1, 32), nonce: fill(2, 16), parallelism: 4, tagLength: 32, memory: 32, passes: 3 }
  const tag = crypto.argon2Sync('argon2id', { ...parameters, secret: fill(3, 8), associatedData: fill(4, 12) })
  expect(toHex(tag)).toBe(rfc9106)
})

const reference = [
  { memoryKiB: 256, passes: 2, lanes: 1, tag: '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe' },
  { memoryKiB: 65536, passes: 2, lanes: 1, tag: '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7' },
]

const ofKeyFile = {
  passphrase: 'pässword ☃',
  salt: new Uint8Array(Buffer.from('sixteen bytes ok')),
  ...{ memoryKiB: 65536, passes: 3, lanes: 1 },
}
const tagOfKeyFile = '5b98b10ca26e98ca00a09779b48aa2dedb2ce3b31b449e627169a4351c542666'

describe.each([
  ['this runtime at its best', createKdf()],
  ['node:crypto, where this runtime has it', createKdf({ sodium: false })],
  ['noble in a worker', createKdf({ native: false })],
])('phc-winner-argon2: %s', { timeout: 60_000 }, (_, kdf) => {
  test.each(reference)('m=$memoryKiB, t=$passes, p=$lanes', async ({ tag, ...cost }) => {
    const salt = new Uint8Array(Buffer.from('somesalt'))
    expect(toHex(await kdf({ passphrase: 'password', salt, ...cost }))).toBe(tag)
  })

  test('a salt of 16 bytes, at the cost of a key file', async () => {
    expect(toHex(await kdf(ofKeyFile))).toBe(tagOfKeyFile)
  })
})

test('libsodium is there, and it is its answer', async () => {
  const argon2id = await loadSodiumArgon2id()
  expect(argon2id).not.toBeNull()
  expect(toHex((await argon2id?.(ofKeyFile)) ?? new Uint8Array())).toBe(tagOfKeyFile)
})

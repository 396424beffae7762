import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { decodeCbor, encodeCbor } from '#main/protocol/cbor.ts'
import {
  decodeIdentitySecrets,
  decodePublicIdentity,
  encodeIdentitySecrets,
  generateIdentity,
  identityId,
  parseNick,
  renameIdentity,
  signedBytes,
} from '#main/protocol/identity.ts'
import { flipBit, node, noble, testContext, toHex } from '#test/support/providers.ts'

const context = testContext()
const alice = generateIdentity(context, 'Alice')
const outer = v.object({ body: v.instance(Uint8Array), sig: v.instance(Uint8Array) })
const parts = decodeCbor(alice.publicBytes, outer)

/** Alice's own signature over whatever body. */
const signed = (body: unknown) => {
  const bytes = encodeCbor(body)
  return encodeCbor({ body: bytes, sig: node.ed25519.sign(alice.sigSecret, signedBytes('identity', bytes)) })
}
const fields = decodeCbor(parts.body as Uint8Array, v.any()) as Record<string, unknown>

test('a new identity is what others decode, with either provider', () => {
  for (const primitives of [node, noble]) {
    const read = decodePublicIdentity(primitives, alice.publicBytes)
    expect(read).toMatchObject({ v: 1, id: alice.id, nick: 'Alice', created: context.now })
    expect(read.bytes).toEqual(alice.publicBytes)
    for (const key of ['sigKey', 'kemKey', 'dhKey'] as const) expect(read[key]).toEqual(alice[key])
  }
})

test('the id is the hash of label and keys, in hex', () => {
  const label = new Uint8Array(Buffer.from('cairn/1 identity'))
  expect(alice.id).toBe(toHex(noble.sha256(label, alice.sigKey, alice.kemKey, alice.dhKey)))
  expect(identityId(node, alice)).toBe(alice.id)
})

test('a rename keeps keys and id', () => {
  const renamed = renameIdentity(context, alice, '  Alíce  ')
  expect(renamed).toMatchObject({ id: alice.id, nick: 'Alíce', created: alice.created })
  expect(decodePublicIdentity(node, renamed.publicBytes)).toMatchObject({ id: alice.id, nick: 'Alíce' })
  expect(alice.nick).toBe('Alice')
})

test('secrets survive storage, and belong to their public keys', () => {
  expect(decodeIdentitySecrets(node, encodeIdentitySecrets(alice))).toEqual(alice)
  const bob = generateIdentity(context, 'Bob')
  expect(() => decodeIdentitySecrets(node, encodeIdentitySecrets({ ...alice, dhSecret: bob.dhSecret }))).toThrow('crypto.failed')
  expect(() => decodeIdentitySecrets(node, encodeIdentitySecrets({ ...alice, sigSecret: bob.sigSecret }))).toThrow('crypto.failed')
  expect(() => decodeIdentitySecrets(node, encodeIdentitySecrets(alice).subarray(1))).toThrow('codec.malformed')
})

describe('refused', () => {
  test('a change of any byte', () => {
    for (let at = 0; at < alice.publicBytes.length; at += 7) {
      expect(() => decodePublicIdentity(node, flipBit(alice.publicBytes, at, at % 8))).toThrow(/^(codec|crypto)\./)
    }
  })

  test('a cut at any place, and a tail', () => {
    for (let end = 0; end < alice.publicBytes.length; end += 13) {
      expect(() => decodePublicIdentity(node, alice.publicBytes.subarray(0, end))).toThrow('codec.malformed')
    }
    expect(() => decodePublicIdentity(node, new Uint8Array([...alice.publicBytes, 0]))).toThrow('codec.malformed')
  })

  test("somebody else's signature", () => {
    const sig = node.ed25519.sign(new Uint8Array(32), signedBytes('identity', parts.body))
    expect(() => decodePublicIdentity(node, encodeCbor({ ...parts, sig }))).toThrow('crypto.failed')
  })

  test('a signature of another kind', () => {
    const sig = node.ed25519.sign(alice.sigSecret, signedBytes('group', parts.body))
    expect(() => decodePublicIdentity(node, encodeCbor({ ...parts, sig }))).toThrow('crypto.failed')
  })

  test('a newer version, by its name', () => {
    expect(() => decodePublicIdentity(node, signed({ ...fields, v: 2, more: 'of it' }))).toThrow('codec.newer-version')
  })

  test('too much', () => {
    expect(() => decodePublicIdentity(node, new Uint8Array(2049))).toThrow('codec.too-large')
  })

  test.each([
    ['an unknown field', { extra: 1 }],
    ['version 0', { v: 0 }],
    ['a short key', { dhKey: new Uint8Array(31) }],
    ['a long key', { kemKey: new Uint8Array(1159) }],
    ['text for a key', { sigKey: 'key' }],
    ['no nick', { nick: '' }],
    ['an untrimmed nick', { nick: ' a' }],
    ['a long nick', { nick: 'a'.repeat(65) }],
    ['a nick of two lines', { nick: 'a\nb' }],
    ['a nick that turns the text around', { nick: 'a\u202eb' }],
    ['a negative time', { created: -1 }],
  ])('%s, though signed', (_, change) => {
    expect(() => decodePublicIdentity(node, signed({ ...fields, ...change }))).toThrow('codec.malformed')
  })
})

test('nicks', () => {
  expect(parseNick('  Zoë 🦊  ')).toBe('Zoë 🦊')
  expect(parseNick('é'.repeat(64))).toHaveLength(64)
  for (const wrong of ['', '   ', 'a'.repeat(65), 'a\u0000b', 'a\u2028b', '\ud800']) expect(() => parseNick(wrong)).toThrow('input.invalid')
})

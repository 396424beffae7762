import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openAckInvite, openAskName, sealAckInvite, sealAskName, signValue, verifyValue } from '#main/protocol/directory.ts'
import { flipBit, providers, testContext } from '#test/support/providers.ts'

const secret = (byte: number) => new Uint8Array(32).fill(byte)
const codes = { initiator: 'E011T7D', other: '7ZZZZZZ' }
const swapped = { initiator: codes.other, other: codes.initiator }
const text = fc.string({ unit: 'grapheme', maxLength: 300 })

describe.each(providers)('%s', (_, primitives) => {
  const context = testContext(primitives)
  const [mine, theirs] = [secret(7), secret(9)]
  const [myKey, theirKey] = [primitives.x25519.publicKey(mine), primitives.x25519.publicKey(theirs)]

  test.each([
    ['the invite of an ack', sealAckInvite, openAckInvite],
    ['the name of an ask', sealAskName, openAskName],
  ] as const)('%s comes back as it was, to the other alone', (_what, seal, open) => {
    fc.assert(
      fc.property(text, (said) => {
        expect(open(primitives, theirs, myKey, codes, seal(context, mine, theirKey, codes, said))).toBe(said)
      }),
      { numRuns: 30 },
    )
    const sealed = seal(context, mine, theirKey, codes, 'to you')
    expect(seal(context, mine, theirKey, codes, 'to you')).not.toEqual(sealed)
    expect(() => open(primitives, theirs, myKey, swapped, sealed)).toThrow('crypto.failed')
    expect(() => open(primitives, theirs, myKey, { ...codes, other: '7ZZZZZY' }, sealed)).toThrow('crypto.failed')
    expect(() => open(primitives, secret(8), myKey, codes, sealed)).toThrow('crypto.failed')
    expect(() => open(primitives, theirs, primitives.x25519.publicKey(secret(8)), codes, sealed)).toThrow('crypto.failed')
    for (const at of [0, 24, sealed.length - 1])
      expect(() => open(primitives, theirs, myKey, codes, flipBit(sealed, at))).toThrow('crypto.failed')
    expect(() => open(primitives, theirs, myKey, codes, sealed.subarray(0, 23))).toThrow('codec.malformed')
    expect(() => open(primitives, theirs, myKey, codes, sealed.subarray(0, 30))).toThrow('crypto.failed')
  })

  test('a name is no invite, and an invite no name', () => {
    expect(() => openAckInvite(primitives, theirs, myKey, codes, sealAskName(context, mine, theirKey, codes, 'x'))).toThrow('crypto.failed')
    expect(() => openAskName(primitives, theirs, myKey, codes, sealAckInvite(context, mine, theirKey, codes, 'x'))).toThrow('crypto.failed')
  })

  test('a key of low order is refused on either side', () => {
    const zero = new Uint8Array(32)
    expect(() => sealAckInvite(context, mine, zero, codes, 'x')).toThrow('crypto.failed')
    expect(() => openAskName(primitives, mine, zero, codes, sealAskName(context, mine, theirKey, codes, 'x'))).toThrow('crypto.failed')
  })

  test('a signature is of the value, not of its spelling, by that key', () => {
    const key = primitives.ed25519.publicKey(secret(5))
    const signature = signValue(primitives, secret(5), { b: [1, { d: 'ü', c: null }], a: '' })
    expect(verifyValue(primitives, key, JSON.parse('{ "a":"", "b":[1.0,{"c":null,"d":"\\u00fc"}]}'), signature)).toBe(true)
    expect(verifyValue(primitives, key, { a: '', b: [{ c: null, d: 'ü' }, 1] }, signature)).toBe(false)
    expect(verifyValue(primitives, key, { b: [1, { d: 'ü', c: null }], a: '' }, flipBit(signature, 0))).toBe(false)
    expect(verifyValue(primitives, primitives.ed25519.publicKey(secret(6)), { b: [1, { d: 'ü', c: null }], a: '' }, signature)).toBe(false)
    expect(() => signValue(primitives, secret(5), undefined)).toThrow('codec.malformed')
  })
})

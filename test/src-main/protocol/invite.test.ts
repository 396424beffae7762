import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { decodeCbor, encodeCbor } from '#main/protocol/cbor.ts'
import { generateIdentity, renameIdentity } from '#main/protocol/identity.ts'
import { decodeInvite, encodeInvite, type NewInvite } from '#main/protocol/invite.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'

const context = testContext()
const alice = generateIdentity(context, 'Alice')
const terms: NewInvite = {
  identity: alice.publicBytes,
  initialRV: new Uint8Array(32).fill(1),
  resetRV: new Uint8Array(32).fill(2),
  relays: ['wss://relay.example:7443'],
  epoch: context.now,
  created: context.now,
  expires: context.now + 14 * 24 * 3600 * 1000,
  uses: 'one',
}
const bytes = encodeInvite(terms)
const map = decodeCbor(bytes, v.any()) as Record<string, unknown>
const withChange = (change: Record<string, unknown>) => encodeCbor({ ...map, ...change })

/** What a reader sees of `NewInvite`, with exact bytes and the decoded identity. */
const expectRead = (given: NewInvite) => {
  const encoded = encodeInvite(given)
  const { bytes: exact, identity, ...rest } = decodeInvite(node, encoded)
  const { identity: publicBytes, ...expected } = given
  expect(rest).toEqual(expected)
  expect(exact).toEqual(encoded)
  expect(identity.bytes).toEqual(publicBytes)
  return encoded
}

test('an invite says what it was made of, and by whom', () => {
  expectRead(terms)
  expect(decodeInvite(node, bytes).identity).toMatchObject({ id: alice.id, nick: 'Alice' })
  expect(bytes.length).toBeLessThan(1600) // fits one QR code
})

test('every invite there can be, up to the largest', () => {
  const rv = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const number = fc.nat(Number.MAX_SAFE_INTEGER)
  const relay = fc.constantFrom('ws://[::1]:1', 'wss://r.example:7443', `wss://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}:65535`)
  const any = fc.record({
    identity: fc.constant(alice.publicBytes),
    initialRV: rv,
    resetRV: rv,
    relays: fc.array(relay, { minLength: 1, maxLength: 4 }),
    epoch: number,
    created: number,
    expires: number,
    uses: fc.constantFrom('one' as const, 'many' as const),
  })
  fc.assert(
    fc.property(any, fc.boolean(), (given, isFor) => void expectRead(isFor ? { ...given, for: alice.id } : given)),
    { numRuns: 50 },
  )
  const largest = expectRead({
    ...terms,
    identity: renameIdentity(context, alice, '€'.repeat(limits.nameChars)).publicBytes,
    relays: Array<string>(4).fill(`wss://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}:7443`),
    for: alice.id,
  })
  expect(largest.length).toBeLessThan(4096)
})

describe('damaged', () => {
  const damaged = (given: Uint8Array) => expect(() => decodeInvite(node, given)).toThrow('invite.damaged')

  test('cut anywhere, or with a tail', () => {
    for (let end = 0; end < bytes.length; end += 11) damaged(bytes.subarray(0, end))
    damaged(new Uint8Array([...bytes, 0]))
  })

  test('any byte of the identity changed', () => {
    const start = Buffer.from(bytes).indexOf(Buffer.from(alice.publicBytes))
    for (let at = start; at < start + alice.publicBytes.length; at += 97) {
      // A flip in the signed version number reads as a newer version, which it claims to be.
      expect(() => decodeInvite(node, flipBit(bytes, at, 1))).toThrow(/^invite\.(damaged|newer-version)$/)
    }
  })

  test.each([
    ['an unknown field', { extra: 1 }],
    ['version 0', { v: 0 }],
    ['a version that is no number', { v: '1' }],
    ['no relay', { relays: [] }],
    ['five relays', { relays: Array<string>(5).fill('ws://a:1') }],
    ['a relay not in normal form', { relays: ['ws://a'] }],
    ['a relay that is none', { relays: ['http://a:1'] }],
    ['a short seed', { initialRV: new Uint8Array(31) }],
    ['a long seed', { resetRV: new Uint8Array(33) }],
    ['another use', { uses: 'two' }],
    ['a null for', { for: null }],
    ['a short for', { for: new Uint8Array(31) }],
    ['a negative time', { expires: -1 }],
    ['half a millisecond', { created: 0.5 }],
    ['a huge identity', { identity: new Uint8Array(2049) }],
    ['no identity', { identity: new Uint8Array() }],
  ])('%s', (_, change) => {
    damaged(withChange(change))
  })

  test.each(Object.keys(map))('without %s', (field) => {
    const { [field]: _, ...rest } = map
    damaged(encodeCbor(rest))
  })
})

test('a newer version has its own name, whatever else it holds', () => {
  expect(() => decodeInvite(node, withChange({ v: 2 }))).toThrow('invite.newer-version')
  expect(() => decodeInvite(node, encodeCbor({ v: 3, somethingElse: [1] }))).toThrow('invite.newer-version')
})

test('too large has its own name, and costs nothing', () => {
  expect(() => decodeInvite(node, new Uint8Array(limits.inviteBytes + 1))).toThrow('invite.too-large')
  expect(() => decodeInvite(node, new Uint8Array(limits.inviteBytes))).toThrow('invite.damaged')
})

test('one does not make what one would refuse', () => {
  expect(() => encodeInvite({ ...terms, relays: [] })).toThrow('codec.malformed')
  expect(() => encodeInvite({ ...terms, relays: ['ws://relay.example'] })).toThrow('codec.malformed')
})

import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { normalCode } from '#shared/wire/userCode.ts'
import { codeSchema, makeCode } from '#relay/directory/codes.ts'
import { readFrame } from '#relay/directory/frames.ts'
import { createFreshness } from '#relay/directory/freshness.ts'
import { canonicalBytes, parsePlainJson } from '#relay/directory/json.ts'
import { fromHex, isExchangeKey, isSigningKey } from '#relay/directory/keys.ts'
import type { DirectoryStore } from '#relay/storage/directoryStore.ts'
import { newKeys } from '#test/support/directoryClient.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a code', () => {
  test('uses each of the 32 characters and no other', () => {
    let next = 0
    const all = Array.from({ length: 32 }, () => makeCode(() => next++ % 32)).join('')
    expect([...new Set(all)].toSorted().join('')).toBe('0123456789ABCDEFGHJKMNPQRSTVWXYZ')
    expect(makeCode()).toMatch(/^[0-9A-HJKMNP-TV-Z]{7}$/)
  })
  test('is what was meant however it is typed', () => {
    expect(normalCode('eOiLt7d')).toBe('E011T7D')
    expect(v.is(codeSchema, 'eOiLt7d')).toBe(true)
  })
  test.each(['', 'E011T7', 'E011T7DD', 'E011T7U', 'E011 7D', 'É011T7D', 'server', 'E011T7D\n'])('%j is none', (typed) => {
    expect(v.is(codeSchema, typed)).toBe(false)
  })
})

describe('what is signed (RFC 8785)', () => {
  const text = (json: string) => new TextDecoder().decode(canonicalBytes(JSON.parse(json)))
  test('the example of its section 3.2.2', () => {
    const given = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`
    expect(text(given)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })
  test('names in order of UTF-16 units (section 3.2.3)', () => {
    expect(text(String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    )
  })
  test.each([
    ['-0', '0'],
    ['1e21', '1e+21'],
    ['9007199254740993', '9007199254740992'],
    ['5e-324', '5e-324'],
    ['{"__proto__":1,"a":2}', '{"__proto__":1,"a":2}'],
  ])('%s is %s', (given, bytes) => expect(text(given)).toBe(bytes))
  test('a lone surrogate has no bytes', () => expect(codeOf(() => canonicalBytes('\ud800'))).toBe('malformed'))
})

describe('JSON of a frame', () => {
  test.each([
    ['{"a":1,"a":2}', 'malformed'],
    [String.raw`{"a":1,"\u0061":2}`, 'malformed'],
    ['{"a":{"b":1},"c":{"b":1}}', 'fine'],
    ['{"a":"\\"a\\":","b":["a","a"]}', 'fine'],
    [`${'['.repeat(5)}${']'.repeat(5)}`, 'fine'],
    [`${'['.repeat(6)}${']'.repeat(6)}`, 'malformed'],
    ['{"a":1', 'malformed'],
    ['', 'malformed'],
  ])('%s: %s', (json, expected) => expect(codeOf(() => parsePlainJson(json, 5))).toBe(expected))

  test('whatever JSON.stringify makes is plain', () => {
    const same = fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const text = JSON.stringify(value)
      expect(parsePlainJson(text, 5)).toEqual(JSON.parse(text))
    })
    fc.assert(same)
  })
})

describe('a frame', () => {
  const data = { sender: 'E011T7D', message: { type: 'connect' } }
  const signature = 'ab'.repeat(64)
  const exchange = {
    sender: 'E011T7D',
    recipient: 'e011t7e',
    message: { type: 'key_exchange', payload: { ecdh_public_key: '0'.repeat(64), more: 'ü' } },
  }
  const circumstances = { ts: 1, nonce: 'ab'.repeat(16), relay: 'relay.example' }
  const read = (frame: unknown) => codeOf(() => readFrame(JSON.stringify(frame)))

  test('is read', () => {
    expect(readFrame(JSON.stringify({ data: exchange, signature }))).toMatchObject({ sender: 'E011T7D', recipient: 'E011T7E', fresh: null })
    expect(read({ data: { ...data, ...circumstances }, signature })).toBe('fine')
  })
  test.each([
    ['an unknown field', { data: { ...data, admin: true }, signature }],
    ['a field beside', { data, signature, more: 1 }],
    ['no signature', { data }],
    ['a short signature', { data, signature: 'ab' }],
    ['an unknown type', { data: { ...data, message: { type: 'disconnect' } }, signature }],
    ['a type only the relay says', { data: { ...data, message: { type: 'connect_ack' } }, signature }],
    ['connect for somebody', { data: { ...data, recipient: 'E011T7E' }, signature }],
    ['connect with a payload', { data: { ...data, message: { type: 'connect', payload: {} } }, signature }],
    ['key_exchange for nobody', { data: { ...exchange, recipient: undefined }, signature }],
    ['no key', { data: { ...exchange, message: { type: 'key_exchange', payload: {} } }, signature }],
    ['a payload that is none', { data: { ...exchange, message: { type: 'key_exchange', payload: [] } }, signature }],
    ['ts without nonce', { data: { ...data, ts: 1, relay: 'a' }, signature }],
    ['a negative ts', { data: { ...data, ...circumstances, ts: -1 }, signature }],
    ['a huge ts', { data: { ...data, ...circumstances, ts: 1e300 }, signature }],
    ['half a byte of nonce', { data: { ...data, ...circumstances, nonce: `${'ab'.repeat(16)}a` }, signature }],
    ['a list', [data]],
    ['null', null],
  ])('%s is invalid', (_, frame) => expect(read(frame)).toBe('invalid'))
})

describe('keys', () => {
  // RFC 7748 section 6.1 and RFC 8032 section 7.1, and points of small order of both curves
  test('of others are taken', () => {
    expect(isExchangeKey(fromHex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'))).toBe(true)
    expect(isSigningKey(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'))).toBe(true)
    expect(isSigningKey(fromHex(newKeys().eddsa))).toBe(true)
  })
  test.each([
    '0'.repeat(64),
    `01${'0'.repeat(62)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('X25519 %s makes no secret', (hex) => expect(isExchangeKey(fromHex(hex))).toBe(false))
  test.each([
    '0'.repeat(64),
    `01${'0'.repeat(62)}`,
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'f'.repeat(64),
  ])('Ed25519 %s signs anything', (hex) => expect(isSigningKey(fromHex(hex))).toBe(false))
})

describe('the relay that a signature names', () => {
  const check = (publicHost: string | null, relay: string, host: string | undefined) =>
    codeOf(() =>
      createFreshness({ takeNonce: () => true } as unknown as DirectoryStore, publicHost).check(
        1,
        { time: 0, nonce: 'ab', relay, host },
        0,
      ),
    )
  test.each([
    [null, 'relay.example:7443', 'Relay.Example:7443', 'fine'],
    [null, 'relay.example:7443', 'relay.example', 'unauthorized'],
    [null, 'relay.example', undefined, 'unauthorized'],
    ['relay.example', 'relay.example:7443', 'relay.example:7443', 'fine'],
    ['relay.example', 'evil.example', 'evil.example', 'unauthorized'],
    ['::1', '[::1]:7443', '[::1]:7443', 'fine'],
  ])('named %j: %s asked as %s is %s', (publicHost, relay, host, expected) => expect(check(publicHost, relay, host)).toBe(expected))
})

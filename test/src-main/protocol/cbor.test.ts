import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { bytes, decodeCbor, encodeCbor, u32, u64 } from '#main/protocol/cbor.ts'
import { fromHex, toHex } from '#test/support/providers.ts'

const anything = v.unknown()

describe('the encoding', () => {
  test('is that of RFC 8949: shortest forms, keys in bytewise order', () => {
    expect(toHex(encodeCbor({ bb: 1, a: 24, c: new Uint8Array([1]) }))).toBe('a3616118186163410162626201')
    expect(toHex(encodeCbor({ aa: 2, b: 1 }))).toBe('a261620162616102') // the length is part of an encoded key
    expect(toHex(encodeCbor([Number.MAX_SAFE_INTEGER, true, null, 'ü']))).toBe('841b001ffffffffffffff5f662c3bc')
  })

  test.each([
    ['undefined', { a: undefined }],
    ['bigint', 1n],
    ['an unsafe integer', 2 ** 53],
  ])('%s is not encodable', (_, value) => {
    expect(() => encodeCbor(value)).toThrow(TypeError)
  })

  test('comes back as it went in', () => {
    const leaf = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.uint8Array(), fc.boolean(), fc.constant(null))
    const key = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value')), fc.dictionary(key, tie('value'), { noNullPrototype: true })),
    }))
    const noMinusZero = (x: unknown) => !Object.is(x, -0)
    fc.assert(fc.property(value.filter(noMinusZero), (x) => void expect(decodeCbor(encodeCbor(x), anything)).toEqual(x)))
  })
})

describe('refused', () => {
  test.each([
    ['nothing', ''],
    ['trailing bytes', '0000'],
    ['a longer integer than needed', '1800'],
    ['a longer length than needed', '580100'],
    ['an indefinite array', '9f00ff'],
    ['an indefinite map', 'bf616100ff'],
    ['an indefinite byte string', '5f4100ff'],
    ['duplicate keys', 'a2616100616101'],
    ['keys out of order', 'a2616200616101'],
    ['keys in the order of their letters', 'a262616102616201'],
    ['an integer key', 'a10000'],
    ['a bytes key', 'a1410000'],
    ['undefined', 'f7'],
    ['NaN', 'f97e00'],
    ['infinity', 'f97c00'],
    ['a float that is an integer', 'f93c00'],
    ['a longer float than needed', 'fb3ff8000000000000'],
    ['a tag', 'c000'],
    ['a bignum', 'c249010000000000000000'],
    ['an integer past 2^53', '1b0020000000000000'],
    ['text that is not UTF-8', '61ff'],
    ['a cut byte string', '4401'],
    ['a length of petabytes', '5b00ffffffffffffff'],
    ['an array of petabytes', '9b00ffffffffffffff'],
    ['a reserved simple value', 'f8ff'],
  ])('%s', (_, text) => {
    expect(() => decodeCbor(fromHex(text), anything)).toThrow('codec.malformed')
  })

  test('nesting deep enough to exhaust the stack', () => {
    expect(() => decodeCbor(new Uint8Array(1_000_000).fill(0x81), anything)).toThrow('codec.malformed')
  })

  test('garbage, always by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
        try {
          expect(encodeCbor(decodeCbor(garbage, anything))).toEqual(garbage)
        } catch (error) {
          expect((error as Error).message).toBe('codec.malformed')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

test('a __proto__ key is a key like others', () => {
  const bytes = fromHex('a1695f5f70726f746f5f5fa1616101')
  expect(Object.getPrototypeOf(decodeCbor(bytes, anything))).toBe(Object.prototype)
  expect(() => decodeCbor(bytes, v.strictObject({}))).toThrow('codec.malformed')
})

describe('schemas', () => {
  const decode = (value: unknown, schema: v.GenericSchema) => decodeCbor(encodeCbor(value), schema)

  test('bytes', () => {
    expect(decode(new Uint8Array(3), bytes(3))).toEqual(new Uint8Array(3))
    expect(decode(new Uint8Array(3), bytes({ max: 3 }))).toEqual(new Uint8Array(3))
    expect(decode(new Uint8Array(), bytes())).toEqual(new Uint8Array())
    for (const [value, schema] of [
      [new Uint8Array(2), bytes(3)],
      [new Uint8Array(4), bytes({ max: 3 })],
      [new Uint8Array(1), bytes({ min: 2, max: 3 })],
      ['abc', bytes(3)],
      [[1, 2, 3], bytes(3)],
    ] as const) {
      expect(() => decode(value, schema)).toThrow('codec.malformed')
    }
  })

  test('integers', () => {
    expect(decode(Number.MAX_SAFE_INTEGER, u64())).toBe(Number.MAX_SAFE_INTEGER)
    expect(decode(0xffffffff, u32())).toBe(0xffffffff)
    for (const wrong of [-1, 0.5, '1', null]) expect(() => decode(wrong, u64())).toThrow('codec.malformed')
    expect(() => decode(2 ** 32, u32())).toThrow('codec.malformed')
  })

  test('decoded bytes are a copy, also from a Buffer', () => {
    const input = Buffer.from(encodeCbor({ a: new Uint8Array([1, 2]) }))
    const { a } = decodeCbor(input, v.object({ a: bytes() }))
    input.fill(0)
    expect(a).toEqual(new Uint8Array([1, 2]))
    expect(Object.getPrototypeOf(a)).toBe(Uint8Array.prototype)
  })
})

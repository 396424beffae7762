import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareBytes, concat, equalBytes, fromUtf8, hex, readU32be, u32be, unhex, utf8, wipe } from '#main/protocol/bytes.ts'

const bytes = fc.uint8Array({ maxLength: 80 })

test('hex and back', () => {
  fc.assert(fc.property(bytes, (value) => void expect(unhex(hex(value))).toEqual(value)))
  expect(hex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff')
  for (const wrong of ['0', 'AB', 'zz', '0x', ' 0', '::']) expect(() => unhex(wrong)).toThrow(RangeError)
})

test('concat and compare', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(concat(a, b)).toEqual(new Uint8Array([...a, ...b]))
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(a, b)))
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
      expect(equalBytes(a, a.slice())).toBe(true)
    }),
  )
  expect(concat()).toEqual(new Uint8Array())
})

test('u32be', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), (n) => void expect(readU32be(concat(new Uint8Array(3), u32be(n)), 3)).toBe(n)))
  expect(u32be(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4))
  for (const wrong of [-1, 0.5, 2 ** 32, NaN]) expect(() => u32be(wrong)).toThrow(RangeError)
  expect(() => readU32be(new Uint8Array(4), 1)).toThrow(RangeError)
  expect(readU32be(new Uint8Array(10).fill(255).subarray(2, 6))).toBe(0xffffffff)
})

test('utf8 is strict in both directions', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(fromUtf8(utf8(text))).toBe(text)))
  expect(utf8('é☃𝄞')).toEqual(new Uint8Array(Buffer.from('é☃𝄞')))
  expect(() => utf8('\ud800')).toThrow(TypeError)
  for (const wrong of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x98]]) expect(fromUtf8(Uint8Array.from(wrong))).toBeNull()
})

test('wipe', () => {
  const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
  wipe(a, b)
  expect([...a, ...b]).toEqual([0, 0, 0])
})

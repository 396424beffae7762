/**
 * Published answers of HMAC and HKDF over SHA-256.
 * Sources: RFC 4231 section 4 (test cases 1 to 4, 6, 7); RFC 5869 appendix A.1 to A.3. IETF Trust, code components.
 */
import { describe, expect, test } from 'vitest'
import { fromHex, providers, toHex } from '#test/support/providers.ts'

const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'ascii'))
const range = (from: number, count: number) => Uint8Array.from({ length: count }, (_, i) => from + i)
const repeat = (byte: number, count: number) => new Uint8Array(count).fill(byte)

const hmacCases: [string, Uint8Array, Uint8Array, string][] = [
  ['1', repeat(0x0b, 20), ascii('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  ['2', ascii('Jefe'), ascii('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ['3', repeat(0xaa, 20), repeat(0xdd, 50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  ['4', range(1, 25), repeat(0xcd, 50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  [
    '6',
    repeat(0xaa, 131),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    '7',
    repeat(0xaa, 131),
    ascii(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
]

const hkdfCases = [
  {
    name: 'A.1',
    ikm: repeat(0x0b, 22),
    salt: range(0, 13),
    info: range(0xf0, 10),
    length: 42,
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    name: 'A.2',
    ikm: range(0, 80),
    salt: range(0x60, 80),
    info: range(0xb0, 80),
    length: 82,
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    okm: `b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
      da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87`,
  },
  {
    name: 'A.3',
    ikm: repeat(0x0b, 22),
    salt: undefined,
    info: new Uint8Array(),
    length: 42,
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
]

describe.each(providers)('%s', (_, primitives) => {
  test.each(hmacCases)('RFC 4231, HMAC-SHA-256, test case %s', (_, key, data, expected) => {
    expect(toHex(primitives.hmac(key, data))).toBe(expected)
    expect(toHex(primitives.hmac(key, data.subarray(0, 3), data.subarray(3)))).toBe(expected)
  })

  test.each(hkdfCases)('RFC 5869 $name', ({ ikm, salt, info, length, prk, okm }) => {
    expect(toHex(primitives.hmac(salt ?? repeat(0, 32), ikm))).toBe(prk)
    expect(primitives.hkdfExpand(fromHex(prk), info, length)).toEqual(fromHex(okm))
    expect(primitives.hkdf(ikm, info, length, salt)).toEqual(fromHex(okm))
    expect(primitives.hkdf(ikm, info, 7, salt)).toEqual(fromHex(okm).slice(0, 7))
  })
})

/**
 * Published test vectors of bech32m. Source: BIP-350, "Test vectors for Bech32m" (BSD-2-Clause). They hold the library that
 * short invites rest on to the specification; the length limit of BIP-173 is lifted as short invites lift it.
 */
import { bech32m } from '@scure/base'
import { expect, test } from 'vitest'

const valid = [
  'A1LQFN3A',
  'a1lqfn3a',
  'an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6',
  'abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx',
  '?1v759aa',
]

const invalid = [
  ['no separator', 'qyrz8wqd2c9m'],
  ['empty human-readable part', '1qyrz8wqd2c9m'],
  ['invalid data character', 'y1b0jsk6g'],
  ['invalid data character', 'lt1igcx5c0'],
  ['too short checksum', 'in1muywd'],
  ['invalid character in checksum', 'mm1crxm3i'],
  ['invalid character in checksum', 'au1s5cgom'],
  ['checksum of the upper-case prefix', 'M1VUXWEZ'],
  ['empty human-readable part', '16plkw9'],
  ['empty human-readable part', '1p2gdwpf'],
] as const

test.each(valid)('valid: %s', (text) => {
  const { prefix, words } = bech32m.decode(text as `${string}1${string}`, 1000)
  expect(bech32m.encode(prefix, words, 1000)).toBe(text.toLowerCase())
})

test.each(invalid)('%s: %s', (_, text) => {
  expect(() => bech32m.decode(text as `${string}1${string}`, 1000)).toThrow()
})

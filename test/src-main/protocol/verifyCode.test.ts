import { describe, expect, test } from 'vitest'
import { compareVerifyCode, encodeVerifyCode, parseVerifyCode } from '#main/protocol/verifyCode.ts'

const [alice, bob, mallory] = ['a1'.repeat(32), 'b2'.repeat(32), 'c3'.repeat(32)]
const compare = (text: string, me: string, contact: string) => compareVerifyCode(parseVerifyCode(text), me, contact)

test('what one computer shows, the other reads', () => {
  const code = encodeVerifyCode(alice, bob)
  expect(code).toMatch(/^[0-9A-Z:-]{144}$/) // the letters of a small QR code
  expect(parseVerifyCode(code)).toEqual({ own: alice, peer: bob })
  expect(parseVerifyCode(` ${code.toLowerCase()}\n`)).toEqual({ own: alice, peer: bob })
})

test('it matches only if the contact shows it, and shows us', () => {
  expect(compare(encodeVerifyCode(bob, alice), alice, bob)).toBe('match')
  expect(compare(encodeVerifyCode(bob, mallory), alice, bob)).toBe('mismatch')
  expect(compare(encodeVerifyCode(mallory, alice), alice, bob)).toBe('mismatch')
  expect(compare(encodeVerifyCode(mallory, bob), alice, bob)).toBe('mismatch')
})

test('our own code, shown back to us, proves nothing', () => {
  expect(compare(encodeVerifyCode(alice, bob), alice, bob)).toBe('own')
  expect(compare(encodeVerifyCode(alice, mallory), alice, bob)).toBe('own')
})

describe('refused by name', () => {
  test.each([
    ['nothing', ''],
    ['another code', 'https://example.org/'],
    ['an invite', 'CAIRN:CAIRN1QQQQ'],
    ['version 0', encodeVerifyCode(alice, bob).replace(':1:', ':0:')],
    ['a short id', encodeVerifyCode(alice.slice(2), bob)],
    ['no hex', encodeVerifyCode(alice.replace('a', 'g'), bob)],
    ['a tail', `${encodeVerifyCode(alice, bob)}:X`],
    ['one id', `CAIRN-VERIFY:1:${alice.toUpperCase()}`],
    ['megabytes', encodeVerifyCode(alice, bob) + ' '.repeat(10_000_000)],
  ])('%s', (_, text) => expect(() => parseVerifyCode(text)).toThrow('verify.other-code'))

  test('a newer version, whatever it holds', () => {
    expect(() => parseVerifyCode('CAIRN-VERIFY:2:SOMETHING ELSE')).toThrow('verify.newer-version')
    expect(() => parseVerifyCode('CAIRN-VERIFY:17:')).toThrow('verify.newer-version')
  })
})

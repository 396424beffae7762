import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatRelayAddress, isNormalRelayAddress, normalizeRelayAddress, parseRelayAddress } from '#shared/wire/relayAddress.ts'

const pin = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'

test.each([
  ['ws://localhost', 'ws://localhost:7443'],
  ['  wss://Relay.Example.ORG/ \n', 'wss://relay.example.org:7443'],
  ['WSS://relay.example.org:443', 'wss://relay.example.org:443'],
  ['ws://127.0.0.1:8080', 'ws://127.0.0.1:8080'],
  ['ws://host:00080', 'ws://host:80'],
  ['ws://[::1]', 'ws://[::1]:7443'],
  ['ws://[0:0:0:0:0:0:0:1]:1', 'ws://[::1]:1'],
  ['wss://[2001:DB8:0:0:1:0:0:1]', 'wss://[2001:db8::1:0:0:1]:7443'],
  ['wss://[2001:db8:0:1:1:1:1:1]', 'wss://[2001:db8:0:1:1:1:1:1]:7443'],
  ['ws://[::]', 'ws://[::]:7443'],
  ['ws://[::ffff:192.0.2.1]', 'ws://[::ffff:c000:201]:7443'],
  ['ws://[1::]', 'ws://[1::]:7443'],
  ['wss://xn--bcher-kva.example', 'wss://xn--bcher-kva.example:7443'],
  [`wss://r.example:7443#${pin}`, `wss://r.example:7443#${pin}`],
  [`wss://r.example/#${pin}`, `wss://r.example:7443#${pin}`],
])('%s is %s', (text, normal) => {
  expect(normalizeRelayAddress(text)).toBe(normal)
  expect(normalizeRelayAddress(normal)).toBe(normal)
  expect(isNormalRelayAddress(normal)).toBe(true)
  expect(isNormalRelayAddress(text)).toBe(text === normal)
})

test.each([
  '',
  'relay.example',
  'http://relay.example',
  'wss:relay.example',
  'wss://',
  'wss://:7443',
  'wss://host:',
  'wss://host:0',
  'wss://host:65536',
  'wss://host:123456',
  'wss://host:-1',
  'wss://host:80:80',
  'wss://host/path',
  'wss://host?query',
  'wss://user@host',
  'wss://user:secret@host',
  'wss://ho st',
  'wss://ho_st',
  'wss://-host',
  'wss://host-',
  'wss://host..example',
  'wss://host.',
  'wss://.host',
  'wss://bücher.example',
  `wss://${'a'.repeat(64)}.example`,
  `wss://${'a.'.repeat(130)}example`,
  'ws://256.0.0.1',
  'ws://1.2.3',
  'ws://1.2.3.4.5',
  'ws://01.2.3.4',
  'ws://0x7f000001',
  'ws://2130706433',
  'ws://::1',
  'ws://[::1',
  'ws://[1:2:3]',
  'ws://[1:2:3:4:5:6:7:8:9]',
  'ws://[1::2::3]',
  'ws://[12345::]',
  'ws://[1:2:3:4:5:6:7::8]',
  'ws://[fe80::1%eth0]',
  'ws://[::1.2.3]',
  'ws://[1.2.3.4]',
  'ws://[]',
  `ws://host#${pin}`, // a pin without TLS promises what nobody checks
  'wss://host#',
  `wss://host#${pin}=`,
  `wss://host#${pin.slice(1)}`,
  `wss://host#${pin.slice(0, -1)}V`, // spare bits set: another spelling of the same pin
  `wss://host#${pin}#${pin}`,
])('%j is refused by name', (text) => {
  expect(() => parseRelayAddress(text)).toThrow('relay.address-invalid')
  expect(isNormalRelayAddress(text)).toBe(false)
})

test('an address of the greatest length passes, one more does not', () => {
  const host = (length: number) => `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(length - 183)}`
  const longest = `wss://${host(253 - 10)}:7443` // 253 characters
  expect(normalizeRelayAddress(longest)).toBe(longest)
  expect(() => parseRelayAddress(`wss://${host(244)}:7443#${pin}`)).toThrow('relay.address-invalid')
})

test('any IPv6 address has one normal form', () => {
  const words = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 65535 }), (w, port) => {
      const long = `ws://[${w.map((word) => word.toString(16).padStart(4, '0').toUpperCase()).join(':')}]:${port}`
      const normal = normalizeRelayAddress(long)
      expect(normal.length).toBeLessThanOrEqual(long.length)
      expect(normalizeRelayAddress(normal)).toBe(normal)
      expect(new URL(normal.replace('ws:', 'http:')).hostname).toBe(`[${parseRelayAddress(normal).host}]`) // the platform agrees
    }),
  )
})

test('any text is an address or refused by name', () => {
  const part = fc.constantFrom('ws://', 'wss://', '[', ']', ':', '::', '.', '#', '/', '1', 'a', '7443', pin, '%', '\u0000', '127.0.0.1')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('')
      try {
        expect(normalizeRelayAddress(formatRelayAddress(parseRelayAddress(text)))).toBe(normalizeRelayAddress(text))
      } catch (error) {
        expect((error as Error).message).toBe('relay.address-invalid')
      }
    }),
    { numRuns: 2000 },
  )
})

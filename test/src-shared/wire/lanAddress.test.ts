import { describe, expect, it } from 'vitest'
import { formatLanAddress, parseLanAddress } from '#shared/wire/lanAddress.ts'

describe('the address of a computer on the network', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', 6711],
    ['  10.0.0.1:7000 ', '10.0.0.1', 7000],
    ['Laptop.local', 'laptop.local', 6711],
    ['[FE80::0001]', 'fe80::1', 6711],
    ['[::1]:65535', '::1', 65_535],
  ])('%s', (text, host, port) => {
    const address = parseLanAddress(text)
    expect(address).toEqual({ host, port })
    expect(parseLanAddress(formatLanAddress(address))).toEqual(address)
  })

  it.each([
    '',
    ':6711',
    '1.2.3',
    '1.2.3.4:',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '::1',
    '[::1',
    '[1.2.3.4]',
    'a b',
    'ws://a:1',
    'a/b',
    'a:1:2',
    `${'a.'.repeat(150)}a`,
  ])('is not %j', (text) => expect(() => parseLanAddress(text)).toThrow(expect.objectContaining({ code: 'lan.address-invalid' })))
})

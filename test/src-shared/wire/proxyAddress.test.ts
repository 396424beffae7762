import { describe, expect, it } from 'vitest'
import { formatProxyAddress, parseProxyAddress } from '#shared/wire/proxyAddress.ts'

describe('the address of a proxy', () => {
  it.each([
    ['127.0.0.1:9050', '127.0.0.1', 9050],
    ['  socks5://Localhost:9150/ ', 'localhost', 9150],
    ['socks5h://proxy.example:1080', 'proxy.example', 1080],
    ['[::0001]:9050', '::1', 9050],
  ])('%s', (text, host, port) => {
    const address = parseProxyAddress(text)
    expect(address).toEqual({ host, port })
    expect(parseProxyAddress(formatProxyAddress(address))).toEqual(address)
  })

  it.each([
    '',
    '9050',
    'localhost',
    'http://localhost:9050',
    'localhost:0',
    'localhost:65536',
    '::1:9050',
    'a b:1',
    '1.2.3:5',
    'user@host:1',
  ])('is not %j', (text) => expect(() => parseProxyAddress(text)).toThrow(expect.objectContaining({ code: 'proxy.address-invalid' })))
})

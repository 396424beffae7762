import { describe, expect, test } from 'vitest'
import { parseRelayAddress, normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { fullAddress, shortAddress } from '../../../src-renderer/lib/addresses.ts'
import { codeAt, isCode, splitCode } from '../../../src-renderer/lib/userCode.ts'

describe('codes as they are typed', () => {
  test.each([
    ['E011T7D', 'E011T7D', null],
    ['  eoil-t7d ', 'E011T7D', null],
    ['k7m 2q9x', 'K7M2Q9X', null],
    ['k7m2q9x@relay.example', 'K7M2Q9X', 'relay.example'],
    [' K7M2Q9X @ ws://127.0.0.1:7443 ', 'K7M2Q9X', 'ws://127.0.0.1:7443'],
    ['K7M2Q9X@', 'K7M2Q9X', null],
    ['E011', 'E011', null],
    ['', '', null],
  ])('%j', (text, code, relay) => expect(splitCode(text)).toEqual({ code, relay }))

  test.each(['', 'E011', 'E011T7DD', 'E011T7U', 'E011T7D@relay.example'])('%j alone is no code', (text) => expect(isCode(text)).toBe(false))
})

describe('addresses as they are written', () => {
  const pin = 'A'.repeat(43)
  test.each([
    ['wss://relay.example:7443', 'relay.example'],
    ['wss://relay.example:443', 'relay.example:443'],
    ['ws://127.0.0.1:7443', 'ws://127.0.0.1'],
    ['wss://[2001:db8::7443]:7443', '[2001:db8::7443]'],
    [`wss://relay.example:7443#${pin}`, `relay.example:7443#${pin}`],
  ])('%s is %s in short, and the same again in full', (address, short) => {
    expect(shortAddress(address)).toBe(short)
    expect(normalizeRelayAddress(fullAddress(short))).toBe(address)
  })
  test('nothing is added to nothing, or to what has a scheme', () => {
    expect(fullAddress('  ')).toBe('')
    expect(fullAddress(' ws://relay.example ')).toBe('ws://relay.example')
  })
  test('a code goes with the relay it counts at', () => {
    const { code, relay } = splitCode(codeAt('E011T7D', `wss://relay.example:7443#${pin}`))
    expect(code).toBe('E011T7D')
    expect(parseRelayAddress(fullAddress(relay ?? ''))).toEqual({ secure: true, host: 'relay.example', port: 7443, pin })
  })
})

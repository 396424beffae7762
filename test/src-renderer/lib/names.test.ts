import { expect, test } from 'vitest'
import { firstName, relayName, shortId, sizeWords } from '../../../src-renderer/lib/names.ts'

test.each([
  ['Tomasz Zieliński', 'Tomasz'],
  ['  Dad ', 'Dad'],
  ['美咲', '美咲'],
])('first name of %o', (name, first) => expect(firstName(name)).toBe(first))
test.each([
  ['wss://relay.kestrel.example:7443', 'relay.kestrel.example'],
  ['ws://127.0.0.1:9000/#pin', '127.0.0.1:9000'],
  ['relay.example', 'relay.example'],
])('relay %o', (address, name) => expect(relayName(address)).toBe(name))
test('a short id shows both ends', () => expect(shortId('7f2a91c4' + '0'.repeat(52) + 'e03b')).toBe('7f2a 91c4 … e03b'))
test('sizes', () => {
  expect(sizeWords('abc')).toBe('3 bytes')
  expect(sizeWords('é'.repeat(1500))).toBe('3 KB')
})

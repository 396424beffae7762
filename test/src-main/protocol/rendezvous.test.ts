import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, hex, u32be, utf8 } from '#main/protocol/bytes.ts'
import { deleteKey, rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import { node, noble, testContext } from '#test/support/providers.ts'

const hk = testContext().random(32)
const place = { hk, n: 7, relay: 'ws://relay.invalid:7443' }

test('w, RV and d are what the specification says', () => {
  const tail = concat(u32be(7), utf8(place.relay))
  expect(writeKey(node, place)).toEqual(noble.hmac(hk, concat(utf8('cairn/1 write'), tail)))
  expect(deleteKey(node, place)).toEqual(noble.hmac(hk, concat(utf8('cairn/1 delete'), tail)))
  expect(rendezvousPoint(node, place)).toBe(hex(noble.sha256(writeKey(noble, place))))
})

test('every place has its own, and no key opens another’s', () => {
  const places = fc.record({
    n: fc.integer({ min: 0, max: 0xffffffff }),
    relay: fc.constantFrom('ws://a:1', 'ws://a:11', 'wss://a:1', 'lan'),
    chain: fc.integer({ min: 0, max: 2 }),
  })
  const keys = [0, 1, 2].map((i) => new Uint8Array(32).fill(i))
  fc.assert(
    fc.property(places, places, (one, two) => {
      const same = one.n === two.n && one.relay === two.relay && one.chain === two.chain
      const [a, b] = [one, two].map((p) => ({ hk: keys[p.chain] as Uint8Array, n: p.n, relay: p.relay })) as [typeof place, typeof place]
      expect(rendezvousPoint(node, a) === rendezvousPoint(node, b)).toBe(same)
      expect(hex(deleteKey(node, a))).not.toBe(hex(writeKey(node, b)))
    }),
  )
})

test('a number outside u32 is a mistake of this program', () => {
  for (const n of [-1, 1.5, 2 ** 32]) expect(() => rendezvousPoint(node, { ...place, n })).toThrow(RangeError)
})

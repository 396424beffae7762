import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  admit,
  clientSessionKeys,
  decodeSealed,
  emptyWindow,
  openRequest,
  openResponse,
  sealRequest,
  sealResponse,
  serverSessionKeys,
} from '#main/protocol/sealedApi.ts'
import { flipBit, providers } from '#test/support/providers.ts'

const secrets = { c: 1, S: 2, e_c: 3, e_s: 4 }
const secret = (name: keyof typeof secrets) => new Uint8Array(32).fill(secrets[name])
const bytes = fc.uint8Array({ maxLength: 300 })
const text = fc.string({ maxLength: 40 })
const exchange = { method: 'GET', target: '/session?a=1', clientId: 'device-1', sessionId: 'abc' }

describe.each(providers)('%s', (_, primitives) => {
  const { publicKey } = primitives.x25519
  const both = (clientId = 'device-1') => {
    const client = clientSessionKeys(
      primitives,
      { clientId, staticSecret: secret('c'), ephemeralSecret: secret('e_c') },
      { staticKey: publicKey(secret('S')), ephemeral: publicKey(secret('e_s')) },
    )
    const server = serverSessionKeys(
      primitives,
      { staticSecret: secret('S'), ephemeralSecret: secret('e_s') },
      { clientId, staticKey: publicKey(secret('c')), ephemeral: publicKey(secret('e_c')) },
    )
    return { client, server }
  }

  test('both ends have the same two keys, of this device alone', () => {
    const { client, server } = both()
    expect(server).toEqual(client)
    expect(client.request).not.toEqual(client.response)
    expect(both('device-2').client.request).not.toEqual(client.request)
  })

  test('whoever lacks one of the four secrets has other keys', () => {
    const { request } = both().client
    const flipped = { staticSecret: flipBit(secret('c'), 5), ephemeralSecret: flipBit(secret('e_c'), 5) }
    const relay = { staticKey: publicKey(secret('S')), ephemeral: publicKey(secret('e_s')) }
    const own = { clientId: 'device-1', staticSecret: secret('c'), ephemeralSecret: secret('e_c') }
    for (const other of [
      { ...own, staticSecret: flipped.staticSecret },
      { ...own, ephemeralSecret: flipped.ephemeralSecret },
    ])
      expect(clientSessionKeys(primitives, other, relay).request).not.toEqual(request)
    expect(clientSessionKeys(primitives, own, { ...relay, staticKey: publicKey(flipped.staticSecret) }).request).not.toEqual(request)
    expect(clientSessionKeys(primitives, own, { ...relay, ephemeral: publicKey(flipped.staticSecret) }).request).not.toEqual(request)
    expect(() => clientSessionKeys(primitives, own, { ...relay, ephemeral: new Uint8Array(32) })).toThrow('crypto.failed')
  })

  test('requests and responses come back as they were, whatever they are', () => {
    const { client, server } = both()
    fc.assert(
      fc.property(text, text, fc.maxSafeNat(), fc.integer({ min: 100, max: 599 }), bytes, (method, target, counter, status, plaintext) => {
        const of = { ...exchange, method, target }
        const request = decodeSealed(JSON.parse(JSON.stringify(sealRequest(primitives, client, of, counter, plaintext))))
        expect(openRequest(primitives, server, of, request)).toEqual({ counter, plaintext })
        const response = decodeSealed(sealResponse(primitives, server, { ...of, counter, status }, plaintext))
        expect(openResponse(primitives, client, { ...of, counter, status }, response)).toEqual(plaintext)
        expect(() => openRequest(primitives, server, of, response)).toThrow('crypto.failed')
        expect(() => openResponse(primitives, client, { ...of, counter, status }, request)).toThrow('crypto.failed')
      }),
      { numRuns: 40 },
    )
  })

  test('nothing they are bound to can be another', () => {
    const { client, server } = both()
    const request = decodeSealed(sealRequest(primitives, client, exchange, 7, Uint8Array.of(1, 2, 3)))
    for (const field of ['method', 'target', 'clientId', 'sessionId'] as const)
      expect(() => openRequest(primitives, server, { ...exchange, [field]: `${exchange[field]}x` }, request), field).toThrow(
        'crypto.failed',
      )
    for (let at = 0; at < 12; at++)
      expect(() => openRequest(primitives, server, exchange, { ...request, nonce: flipBit(request.nonce, at) })).toThrow('crypto.failed')
    // a part cannot move over into its neighbour
    const moved = { ...exchange, method: 'GET/session', target: '?a=1' }
    expect(() => openRequest(primitives, server, moved, request)).toThrow('crypto.failed')
  })

  test('no counter that a number cannot hold', () => {
    const { client, server } = both()
    for (const counter of [-1, 0.5, 2 ** 53, Infinity, NaN])
      expect(() => sealRequest(primitives, client, exchange, counter, new Uint8Array())).toThrow('crypto.failed')
    const nonce = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)
    expect(() => openRequest(primitives, server, exchange, { nonce, ciphertext: new Uint8Array(16) })).toThrow('crypto.failed')
  })
})

test.each([null, undefined, 7, 'x', [], {}, { nonce: 'AAAA' }, { nonce: 'AAAA', ciphertext: 'A' }, { nonce: 1, ciphertext: '' }])(
  'decodeSealed refuses %j',
  (message) => expect(() => decodeSealed(message)).toThrow('codec.malformed'),
)

test('the window admits each counter once, and none that is 64 or more behind', () => {
  const near = fc.array(fc.nat(200), { maxLength: 300 })
  const far = fc.array(fc.oneof(fc.nat(70), fc.maxSafeNat()), { maxLength: 50 })
  fc.assert(
    fc.property(fc.oneof(near, far), (counters) => {
      let window = emptyWindow
      const seen = new Set<number>()
      let highest = -1
      for (const counter of counters) {
        const next = admit(window, counter)
        expect(next !== null, String(counter)).toBe(!seen.has(counter) && counter > highest - 64)
        if (next === null) continue
        window = next
        seen.add(counter)
        highest = Math.max(highest, counter)
      }
    }),
  )
})

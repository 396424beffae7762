import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decapsulate, encapsulate, generateHybridKeys, hybridCipherTextBytes } from '#main/protocol/hybridKem.ts'
import { pad, unpad } from '#main/protocol/padding.ts'
import { openSeal, seal, sealOverhead, smallestBlob, type BlobSize } from '#main/protocol/seal.ts'
import { flipBit, node, noble, testContext } from '#test/support/providers.ts'

const context = testContext()
const [alice, bob] = [generateHybridKeys(node, context.random), generateHybridKeys(node, context.random)]
const text = new Uint8Array(Buffer.from('Nothing but the truth'))

describe('the hybrid KEM', () => {
  test.each([
    ['node to noble', node, noble],
    ['noble to node', noble, node],
  ])('%s', (_, from, to) => {
    const { c, k } = encapsulate(from, context.random, alice)
    expect([c.length, k.length]).toEqual([1071, 32])
    expect(decapsulate(to, alice, c)).toEqual(k)
  })

  test('either half of a wrong recipient, and any change, yields another key', () => {
    const { c, k } = encapsulate(node, context.random, alice)
    const others = [
      decapsulate(node, bob, c),
      decapsulate(node, { ...alice, kemSecret: bob.kemSecret }, c),
      decapsulate(node, { ...alice, dhSecret: bob.dhSecret }, c),
      decapsulate(node, { ...alice, kemKey: bob.kemKey }, c),
      decapsulate(node, { ...alice, dhKey: bob.dhKey }, c),
      ...[0, 1007, 1038, 1039, 1060].map((at) => decapsulate(node, alice, flipBit(c, at))),
    ]
    for (const other of others) expect(other).not.toEqual(k)
  })

  test('an all-zero X25519 result and wrong lengths fail', () => {
    const { c } = encapsulate(node, context.random, alice)
    const zero = c.slice()
    zero.fill(0, 1039)
    expect(() => decapsulate(node, alice, zero)).toThrow('crypto.failed')
    expect(() => decapsulate(node, alice, c.subarray(1))).toThrow('crypto.failed')
    expect(() => encapsulate(node, context.random, { ...alice, dhKey: new Uint8Array(32) })).toThrow('crypto.failed')
    expect(() => encapsulate(node, context.random, { ...alice, kemKey: new Uint8Array(1157) })).toThrow('crypto.failed')
  })
})

describe('padding', () => {
  test('comes off again, whatever it hides', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 60 }), (plaintext, more) => {
        const padded = pad(plaintext, plaintext.length + more)
        expect(padded).toHaveLength(plaintext.length + more)
        expect(unpad(padded)).toEqual(plaintext)
      }),
    )
  })

  test('what has none is malformed, what does not fit too large', () => {
    for (const wrong of [[], [0, 0], [1, 2], [0x80, 1]]) expect(() => unpad(Uint8Array.from(wrong))).toThrow('codec.malformed')
    expect(() => pad(new Uint8Array(4), 4)).toThrow('codec.too-large')
  })
})

describe('seal', () => {
  test('makes the smallest blob that fits, and opens', () => {
    const sizes: [number, BlobSize][] = [
      [0, 4096],
      [4096 - sealOverhead - 1, 4096],
      [4096 - sealOverhead, 16384],
      [16384 - sealOverhead - 1, 16384],
      [16384 - sealOverhead, 65536],
      [65536 - sealOverhead - 1, 65536],
    ]
    for (const [length, size] of sizes) {
      const plaintext = context.random(length)
      const blob = seal(context, alice, 'msg2', plaintext)
      expect(blob.length).toBe(size)
      expect(openSeal(noble, alice, 'msg2', blob)).toEqual(plaintext)
    }
    expect(() => seal(context, alice, 'msg2', new Uint8Array(65536 - sealOverhead))).toThrow('codec.too-large')
    expect(seal(context, alice, 'msg3', text, 16384).length).toBe(16384)
    expect(() => seal(context, alice, 'msg3', new Uint8Array(5000), 4096)).toThrow('codec.too-large')
    expect(smallestBlob(0, 0)).toBe(4096)
  })

  test('opens for its purpose and its recipient only', () => {
    const blob = seal(context, alice, 'msg2', text)
    expect(openSeal(node, alice, 'msg2', blob)).toEqual(text)
    for (const purpose of ['msg3', 'reset', 'introduce', 'challenge', 'backup'] as const) {
      expect(() => openSeal(node, alice, purpose, blob)).toThrow('crypto.failed')
    }
    expect(() => openSeal(node, bob, 'msg2', blob)).toThrow('crypto.failed')
  })

  test('opens not with a bit changed in any region', () => {
    const blob = seal(context, alice, 'msg2', text)
    const ends = [0, 1006, 1007, 1038, 1039, 1069, hybridCipherTextBytes, 1094, 1095, 1110, 1111, 1131, 2000, 4095]
    for (const at of ends) expect(() => openSeal(node, alice, 'msg2', flipBit(blob, at, at % 7))).toThrow('crypto.failed')
  })

  test('is nothing but a whole blob', () => {
    const blob = seal(context, alice, 'msg2', text)
    for (const wrong of [new Uint8Array(), blob.subarray(1), new Uint8Array([...blob, 0]), new Uint8Array(4096), new Uint8Array(65536)]) {
      expect(() => openSeal(node, alice, 'msg2', wrong)).toThrow('crypto.failed')
    }
  })

  test('is never the same twice', () => {
    expect(seal(context, alice, 'msg2', text)).not.toEqual(seal(context, alice, 'msg2', text))
  })
})

import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choose, expectedAnswers, trials, type Algorithm } from '#main/crypto/trials.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { flipBit, fromHex, node, noble, providers, toHex } from '#test/support/providers.ts'

const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max })
/** Around the sizes at which one library takes over from the other. */
const plaintext = fc.oneof(bytes(0, 300), bytes(2000, 3200), bytes(16_000, 17_000))
const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>, numRuns = 50) => fc.assert(property, { numRuns })

/** What `run` answers, or that it failed as a primitive may. */
const outcome = <T>(run: () => T): T | string => {
  try {
    return run()
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

const agree = <T>(run: (primitives: Primitives) => T) => {
  const answer = outcome(() => run(node))
  expect(answer).toEqual(outcome(() => run(noble)))
  return answer
}

describe('both providers answer alike', () => {
  test('sha256, hmac, hkdf', () => {
    check(fc.property(fc.array(plaintext, { maxLength: 3 }), (parts) => void agree((p) => p.sha256(...parts))))
    check(fc.property(bytes(0, 100), fc.array(plaintext, { maxLength: 3 }), (key, parts) => void agree((p) => p.hmac(key, ...parts))))
    const salt = fc.option(bytes(0, 64), { nil: undefined })
    check(
      fc.property(bytes(0, 200), bytes(0, 100), fc.integer({ min: 1, max: 600 }), salt, (ikm, info, length, s) => {
        expect(agree((p) => p.hkdf(ikm, info, length, s))).toHaveLength(length)
        agree((p) => p.hkdfExpand(ikm.length < 32 ? new Uint8Array(32) : ikm, info, length))
      }),
    )
  })

  test('x25519, whatever the public key', () => {
    check(
      fc.property(bytes(32), bytes(32), (secret, other) => {
        agree((p) => p.x25519.publicKey(secret))
        expect(agree((p) => p.x25519.sharedSecret(secret, other))).toHaveLength(32)
      }),
      20,
    )
  })

  test('ed25519', () => {
    check(
      fc.property(bytes(32), bytes(0, 200), fc.nat(63), (secret, message, at) => {
        const publicKey = agree((p) => p.ed25519.publicKey(secret)) as Uint8Array
        const signature = agree((p) => p.ed25519.sign(secret, message)) as Uint8Array
        expect(agree((p) => p.ed25519.verify(publicKey, message, signature))).toBe(true)
        expect(agree((p) => p.ed25519.verify(publicKey, message, flipBit(signature, at)))).toBe(false)
        expect(agree((p) => p.ed25519.verify(publicKey, new Uint8Array([...message, 0]), signature))).toBe(false)
      }),
      15,
    )
  })

  test('ed25519 calls any garbage a bad signature', () => {
    check(
      fc.property(bytes(0, 40), bytes(0, 80), (key, signature) => {
        expect(agree((p) => p.ed25519.verify(key, new Uint8Array(3), signature))).toBe(false)
      }),
    )
  })

  test('mlKem768: either opens what the other made', () => {
    check(
      fc.property(bytes(64), bytes(1088), (seed, garbage) => {
        const publicKey = agree((p) => p.mlKem768.publicKey(seed)) as Uint8Array
        for (const maker of [node, noble]) {
          const { cipherText, sharedSecret } = maker.mlKem768.encapsulate(publicKey)
          expect(agree((p) => p.mlKem768.decapsulate(seed, cipherText))).toEqual(sharedSecret)
        }
        expect(agree((p) => p.mlKem768.decapsulate(seed, garbage))).toHaveLength(32)
      }),
      20,
    )
  })

  test('chacha20poly1305', () => {
    check(
      fc.property(bytes(32), bytes(12), plaintext, bytes(0, 100), fc.nat(), (key, nonce, text, ad, at) => {
        const sealed = agree((p) => p.chacha20poly1305.seal(key, nonce, text, ad)) as Uint8Array
        expect(sealed).toHaveLength(text.length + 16)
        expect(agree((p) => p.chacha20poly1305.open(key, nonce, sealed, ad))).toEqual(text)
        const changed = flipBit(sealed, at % sealed.length, at % 8)
        expect(agree((p) => p.chacha20poly1305.open(key, nonce, changed, ad))).toBe('crypto.failed')
        expect(agree((p) => p.chacha20poly1305.open(key, nonce, sealed, new Uint8Array([...ad, 0])))).toBe('crypto.failed')
      }),
    )
  })

  test('xchacha20poly1305 and secretbox', () => {
    check(
      fc.property(bytes(32), bytes(24), plaintext, bytes(0, 100), fc.nat(), (key, nonce, text, ad, at) => {
        const sealed = agree((p) => p.xchacha20poly1305.seal(key, nonce, text, ad)) as Uint8Array
        expect(agree((p) => p.xchacha20poly1305.open(key, nonce, sealed, ad))).toEqual(text)
        const changed = flipBit(sealed, at % sealed.length, at % 8)
        expect(agree((p) => p.xchacha20poly1305.open(key, nonce, changed, ad))).toBe('crypto.failed')
        const box = agree((p) => p.secretbox.seal(key, nonce, text)) as Uint8Array
        expect(agree((p) => p.secretbox.open(key, nonce, box))).toEqual(text)
        expect(agree((p) => p.secretbox.open(key, nonce, flipBit(box, at % box.length)))).toBe('crypto.failed')
      }),
    )
  })
})

describe('trials', () => {
  const names = Object.keys(expectedAnswers) as Algorithm[]
  const digest = (answer: Uint8Array) => toHex(noble.sha256(answer))
  const answers: Record<Algorithm, (p: Primitives) => Uint8Array> = {
    sha256: (p) => trials.sha256(p.sha256),
    hmac: (p) => trials.hmac(p.hmac),
    hkdf: (p) => trials.hkdf(p.hkdf),
    x25519: (p) => trials.x25519(p.x25519),
    ed25519: (p) => trials.ed25519(p.ed25519),
    mlKem768: (p) => trials.mlKem768(p.mlKem768),
    xchacha20poly1305: (p) => trials.xchacha20poly1305(p.xchacha20poly1305),
    chacha20poly1305: (p) => trials.chacha20poly1305(p.chacha20poly1305),
    secretbox: (p) => trials.secretbox(p.secretbox),
  }

  test.each(names)('%s: both providers give the expected answer', (name) => {
    expect(digest(answers[name](noble))).toBe(expectedAnswers[name])
    expect(digest(answers[name](node))).toBe(expectedAnswers[name])
  })

  test('this platform has native code for each algorithm', () => {
    for (const name of names) expect(node[name], name).not.toBe(noble[name])
  })

  test('what is missing or answers wrongly is left to the fallback', () => {
    const missing = () => {
      throw new TypeError('no such algorithm')
    }
    const wrong: Primitives['hmac'] = (key, ...data) => flipBit(noble.hmac(key, ...data), 0)
    expect(choose('hmac', missing, noble.hmac, noble.sha256)).toBe(noble.hmac)
    expect(choose('hmac', wrong, noble.hmac, noble.sha256)).toBe(noble.hmac)
    expect(choose('hmac', node.hmac, noble.hmac, noble.sha256)).toBe(node.hmac)
    const deaf = { ...node.mlKem768, decapsulate: () => new Uint8Array(32) }
    expect(choose('mlKem768', deaf, noble.mlKem768, noble.sha256)).toBe(noble.mlKem768)
  })
})

/** The eight points of small order in their canonical encodings; RFC 7748's and RFC 8032's authors list them. */
const lowOrderEd25519 = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
]

/** A signature by the key `A + T`, T of order two: it satisfies the equation with the cofactor, and without it where k is even. */
const mixedOrderSignature = () => {
  const { Point } = ed25519
  const { scalar, point } = ed25519.utils.getExtendedPublicKey(new Uint8Array(32).fill(7))
  const key = point.add(Point.fromHex(lowOrderEd25519[1] as string)).toBytes()
  const r = 12345n
  const R = Point.BASE.multiply(r).toBytes()
  for (let i = 0; ; i++) {
    const message = Uint8Array.of(i)
    const k = BigInt(`0x${toHex(sha512(new Uint8Array([...R, ...key, ...message])).reverse())}`) % Point.Fn.ORDER
    if (k % 2n === 1n) continue
    const s = (r + k * scalar) % Point.Fn.ORDER
    return { key, message, signature: new Uint8Array([...R, ...fromHex(s.toString(16).padStart(64, '0')).reverse()]) }
  }
}

const lowOrderX25519 = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

describe.each(providers)('%s', (_, primitives) => {
  const k32 = new Uint8Array(32).fill(7)
  const fails = (run: () => unknown) => expect(outcome(run)).toBe('crypto.failed')

  test.each(lowOrderX25519)('x25519 refuses the all-zero result of %s', (point) => {
    fails(() => primitives.x25519.sharedSecret(k32, fromHex(point)))
  })

  test.each(lowOrderEd25519)('ed25519 has no signature under the key %s', (key) => {
    // With a key of order 1, `R = B·s` verifies for every message; sB for s = 1 is the base point.
    const forged = fromHex(`58${'66'.repeat(31)}01${'00'.repeat(31)}`)
    expect(primitives.ed25519.verify(fromHex(key), k32, forged)).toBe(false)
  })

  test('ed25519 refuses a key with a part of small order, under which signatures verify for one library and not for another', () => {
    const { key, message, signature } = mixedOrderSignature()
    expect(ed25519.verify(signature, message, key, { zip215: true })).toBe(true)
    expect(primitives.ed25519.verify(key, message, signature)).toBe(false)
  })

  test('wrong lengths fail by name', () => {
    const { x25519, ed25519, xchacha20poly1305, secretbox, sntrup761 } = primitives
    const [short, nonce, text] = [k32.subarray(1), new Uint8Array(24), new Uint8Array(40)]
    fails(() => x25519.publicKey(short))
    fails(() => x25519.sharedSecret(short, k32))
    fails(() => x25519.sharedSecret(k32, short))
    fails(() => ed25519.publicKey(short))
    fails(() => ed25519.sign(short, text))
    for (const aead of [xchacha20poly1305, secretbox]) {
      fails(() => aead.seal(short, nonce, text, text))
      fails(() => aead.seal(k32, nonce.subarray(1), text, text))
      fails(() => aead.open(short, nonce, text, text))
      fails(() => aead.open(k32, nonce.subarray(1), text, text))
      fails(() => aead.open(k32, nonce, new Uint8Array(15), text))
    }
    const iv = nonce.subarray(12)
    fails(() => primitives.chacha20poly1305.seal(short, iv, text, text))
    fails(() => primitives.chacha20poly1305.seal(k32, iv.subarray(1), text, text))
    fails(() => primitives.chacha20poly1305.seal(k32, nonce, text, text))
    fails(() => primitives.chacha20poly1305.open(short, iv, text, text))
    fails(() => primitives.chacha20poly1305.open(k32, iv.subarray(1), text, text))
    fails(() => primitives.chacha20poly1305.open(k32, iv, new Uint8Array(15), text))
    fails(() => sntrup761.encapsulate(new Uint8Array(1157)))
    fails(() => sntrup761.decapsulate(new Uint8Array(1763), new Uint8Array(1038)))
    fails(() => sntrup761.decapsulate(new Uint8Array(1762), new Uint8Array(1039)))
  })

  test('answers are plain byte arrays of their own, inputs stay as they were', () => {
    const [nonce, text] = [new Uint8Array(24), new Uint8Array(40).fill(3)]
    const sealed = primitives.xchacha20poly1305.seal(k32, nonce, text, text)
    const answers = [
      primitives.sha256(text),
      primitives.hkdf(k32, text, 96),
      primitives.x25519.publicKey(k32),
      primitives.ed25519.sign(k32, text),
      primitives.mlKem768.publicKey(new Uint8Array(64)),
      sealed,
      primitives.xchacha20poly1305.open(k32, nonce, sealed, text),
      primitives.secretbox.seal(k32, nonce, text),
      primitives.chacha20poly1305.seal(k32, nonce.subarray(12), text, text),
      primitives.chacha20poly1305.open(
        k32,
        nonce.subarray(12),
        primitives.chacha20poly1305.seal(k32, nonce.subarray(12), text, text),
        text,
      ),
    ]
    for (const answer of answers) expect(Object.getPrototypeOf(answer)).toBe(Uint8Array.prototype)
    expect(k32).toEqual(new Uint8Array(32).fill(7))
    expect(text).toEqual(new Uint8Array(40).fill(3))
  })
})

/**
 * Published answers of ML-KEM-768, FIPS 203.
 *
 * Source: Go's crypto/mlkem, `TestAccumulated` (BSD-3-Clause), the value for 100 rounds. Every round draws `d ‖ z`, `m` and a
 * random cipher text from SHAKE-128 of nothing, and feeds the encapsulation key, the cipher text, the shared secret and
 * the secret of the random cipher text (implicit rejection) to a second SHAKE-128. So key generation, encapsulation,
 * decapsulation and rejection are covered. The modulus cases follow FIPS 203 section 7.2 directly.
 */
import { shake128 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { describe, expect, test } from 'vitest'
import { providers, toHex } from '#test/support/providers.ts'

const after100 = '1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415'
const q = 3329

/** ByteEncode12 of one coefficient put into an encoded key. */
const withCoefficient = (key: Uint8Array, index: number, value: number): Uint8Array => {
  const changed = key.slice()
  const at = Math.floor(index / 2) * 3
  const pair = [0, 1, 2].map((i) => changed[at + i] as number) as [number, number, number]
  const coefficients = [pair[0] | ((pair[1] & 15) << 8), (pair[1] >> 4) | (pair[2] << 4)] as [number, number]
  coefficients[index % 2] = value
  const [a, b] = coefficients
  changed.set([a & 255, (a >> 8) | ((b & 15) << 4), b >> 4], at)
  return changed
}

describe.each(providers)('%s', (_, { mlKem768 }) => {
  test('Go crypto/mlkem, 100 accumulated rounds', () => {
    const input = shake128.create({ dkLen: 32 })
    const output = shake128.create({ dkLen: 32 })
    for (let i = 0; i < 100; i++) {
      const seed = input.xof(64)
      const ek = mlKem768.publicKey(seed)
      // The port offers no derandomised encapsulation: the reference makes the cipher text, each provider opens it.
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(ek, input.xof(32))
      expect(mlKem768.decapsulate(seed, cipherText)).toEqual(sharedSecret)
      for (const part of [ek, cipherText, sharedSecret, mlKem768.decapsulate(seed, input.xof(1088))]) output.update(part)
    }
    expect(toHex(output.xof(32))).toBe(after100)
  })

  test('what it encapsulates, its own and the reference decapsulation open', () => {
    const seed = new Uint8Array(64).fill(9)
    const sent = mlKem768.encapsulate(mlKem768.publicKey(seed))
    expect(sent.cipherText.length).toBe(1088)
    expect(mlKem768.decapsulate(seed, sent.cipherText)).toEqual(sent.sharedSecret)
    expect(ml_kem768.decapsulate(sent.cipherText, ml_kem768.keygen(seed).secretKey)).toEqual(sent.sharedSecret)
  })

  test('FIPS 203 7.2: a coefficient of q or more is refused wherever it stands', () => {
    const key = mlKem768.publicKey(new Uint8Array(64).fill(3))
    for (const index of [0, 1, 2, 255, 256, 511, 766, 767]) {
      expect(mlKem768.encapsulate(withCoefficient(key, index, q - 1)).cipherText.length).toBe(1088)
      for (const value of [q, q + 1, 4095]) expect(() => mlKem768.encapsulate(withCoefficient(key, index, value))).toThrow('crypto.failed')
    }
  })

  test('wrong lengths are refused', () => {
    const seed = new Uint8Array(64).fill(3)
    const key = mlKem768.publicKey(seed)
    expect(() => mlKem768.publicKey(seed.subarray(1))).toThrow('crypto.failed')
    expect(() => mlKem768.encapsulate(key.subarray(1))).toThrow('crypto.failed')
    expect(() => mlKem768.encapsulate(new Uint8Array([...key, 0]))).toThrow('crypto.failed')
    expect(() => mlKem768.decapsulate(seed, new Uint8Array(1087))).toThrow('crypto.failed')
    expect(() => mlKem768.decapsulate(seed.subarray(1), new Uint8Array(1088))).toThrow('crypto.failed')
  })
})

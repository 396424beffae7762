/**
 * Known answers of sntrup761.
 *
 * Source: liboqs, tests/KATs/kem/kats.json (MIT), SHA-256 of the response files of NIST's PQCgenKAT_kem; `single` is the
 * file of the first case and equals `nistkat-sha256` in PQClean's crypto_kem/sntrup761/META.yml (CC0). Responses are made
 * by NIST's deterministic generator, so randomness is replaced here, and only here.
 */
import { createHash } from 'node:crypto'
import crypto from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { loadSntrup761, sntrup761Sizes } from '#main/crypto/sntrup761.ts'
import { nistDrbg } from './nistDrbg.ts'

const published = {
  single: 'afc42c3a5b10f4ef69654250097ebda9b9564570f4086744b24a6daf2bd1f89a',
  all: '36e1e53d4e6e295e8fb804449958ad9a3719aa350e91933c65791b9117382d57',
}

const upper = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

/** Lets liboqs draw from `draw`; it asks for 761 × 4 bytes in pieces of at most 256 (getentropy's limit), which are one draw. */
const drawFrom = (draw: (length: number) => Uint8Array) => {
  const polynomial = 761 * 4
  let rest = new Uint8Array()
  vi.spyOn(crypto, 'randomFillSync').mockImplementation(((target: Uint8Array) => {
    if (rest.length === 0) rest = new Uint8Array(draw(target.length === 256 ? polynomial : target.length))
    target.set(rest.subarray(0, target.length))
    rest = rest.slice(target.length)
    return target
  }) as typeof crypto.randomFillSync)
}

const respond = async (count: number): Promise<string> => {
  const sntrup761 = await loadSntrup761()
  const seeds = nistDrbg(Uint8Array.from({ length: 48 }, (_, i) => i))
  let response = ''
  for (let i = 0; i < count; i++) {
    const seed = seeds(48)
    drawFrom(nistDrbg(seed))
    const { publicKey, secretKey } = sntrup761.generateKeyPair()
    const { cipherText, sharedSecret } = sntrup761.encapsulate(publicKey)
    expect(sntrup761.decapsulate(secretKey, cipherText)).toEqual(sharedSecret)
    const fields = { seed, pk: publicKey, sk: secretKey, ct: cipherText, ss: sharedSecret }
    const lines = Object.entries(fields).map(([name, value]) => `${name} = ${upper(value)}\n`)
    response += `count = ${i}\n${lines.join('')}${i + 1 < count ? '\n' : ''}`
  }
  return response
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

afterEach(() => vi.restoreAllMocks())

test('liboqs, sntrup761: the first known answer', async () => {
  expect(sha256(await respond(1))).toBe(published.single)
})

test('liboqs, sntrup761: all hundred known answers', { timeout: 60_000 }, async () => {
  expect(sha256(await respond(100))).toBe(published.all)
})

test('a cipher text for another key, or a flipped one, yields an unrelated secret: implicit rejection', async () => {
  const sntrup761 = await loadSntrup761()
  const [a, b] = [sntrup761.generateKeyPair(), sntrup761.generateKeyPair()]
  const { cipherText, sharedSecret } = sntrup761.encapsulate(a.publicKey)
  const flipped = cipherText.slice()
  flipped[0] = (flipped[0] as number) ^ 1
  const wrong = [sntrup761.decapsulate(b.secretKey, cipherText), sntrup761.decapsulate(a.secretKey, flipped)]
  for (const secret of wrong) {
    expect(secret.length).toBe(sntrup761Sizes.sharedSecret)
    expect(secret).not.toEqual(sharedSecret)
  }
  expect(sntrup761.decapsulate(a.secretKey, flipped)).toEqual(wrong[1])
})

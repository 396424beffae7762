/**
 * The primitives by node:crypto where that is present and faster, by noble elsewhere. Runtimes differ (Electron is built
 * on BoringSSL), so each algorithm has to answer a trial when the provider is made, and is left to noble if it cannot.
 *
 * Measured on Node 24 (µs, noble / node): HMAC of 39 B 4.1 / 0.9; HKDF to 96 B 11 / 6; XChaCha20-Poly1305 of 256 B, sealed
 * 12 / 15 and opened 11 / 9, of 4 KiB 34 / 16 and 36 / 11; X25519 1,100 / 45; ML-KEM-768 encapsulation 500 / 45.
 */
import * as crypto from 'node:crypto'
import { hchacha } from '@noble/ciphers/chacha.js'
import { concat, unhex, wipe } from '../protocol/bytes.ts'
import { isEncapsulationKey } from '../protocol/encapsulationKey.ts'
import type { Primitives } from '../protocol/primitives.ts'
import { isPrimeOrderPoint } from './ed25519Points.ts'
import { expectLength, guard } from './guard.ts'
import { noblePrimitives, type Sntrup761 } from './noblePrimitives.ts'
import { createHkdf, createHkdfExpand, createHmac, sha256 } from './nodeHashes.ts'
import { choose, type Algorithm } from './trials.ts'

type KeyType = 'x25519' | 'ed25519' | 'ml-kem-768'

/** A plain view: a Buffer would differ in `slice` and in how it prints and compares. */
const plain = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length)

const importRaw = (asymmetricKeyType: KeyType, key: Uint8Array): crypto.KeyObject =>
  crypto.createPrivateKey({ key: key as Buffer, format: 'raw-private', asymmetricKeyType })

/** PKCS#8 of an ML-KEM-768 seed (RFC 9935 section 6, `seed [0]`) up to the seed itself. */
const seedPrefix = unhex('3054020100300b060960864801650304040204428040')

/** As PKCS#8: of a raw seed OpenSSL makes the key, and then tries it out, which takes longer. */
function importSeed(seed: Uint8Array): crypto.KeyObject {
  expectLength(seed, 64)
  const der = concat(seedPrefix, seed)
  const key = crypto.createPrivateKey({ key: der as Buffer, format: 'der', type: 'pkcs8' })
  wipe(der)
  return key
}

type ImportPrivateKey = (asymmetricKeyType: KeyType, key: Uint8Array) => crypto.KeyObject

/**
 * Imports private keys and holds the results for as long as somebody holds the keys' bytes: an import computes the public key
 * again, and a key of the ratchet is used three times. Bytes of a key may be wiped but never become another key.
 */
const createPrivateKeys = (): ImportPrivateKey => {
  const imported = new WeakMap<Uint8Array, crypto.KeyObject>()
  return (asymmetricKeyType, key) => {
    const known = imported.get(key)
    if (known?.asymmetricKeyType === asymmetricKeyType) return known
    const fresh = asymmetricKeyType === 'ml-kem-768' ? importSeed(key) : importRaw(asymmetricKeyType, key)
    imported.set(key, fresh)
    return fresh
  }
}

const publicKey = (asymmetricKeyType: KeyType, key: Uint8Array) =>
  crypto.createPublicKey({ key: key as Buffer, format: 'raw-public', asymmetricKeyType })

const publicOf = (key: crypto.KeyObject): Uint8Array => plain(crypto.createPublicKey(key).export({ format: 'raw-public' }))

/**
 * Secret keys go to node:crypto as key objects: of bytes it finds out by throwing and catching errors that they are none, which
 * takes longer than what follows.
 */
const secretKey = (key: Uint8Array): crypto.KeyObject => crypto.createSecretKey(key)

const x25519 = (privateKey: ImportPrivateKey): Primitives['x25519'] => ({
  publicKey: (secretKey) => guard(() => publicOf(privateKey('x25519', secretKey))),
  sharedSecret: (secretKey, theirs) =>
    guard(() => {
      const shared = crypto.diffieHellman({ privateKey: privateKey('x25519', secretKey), publicKey: publicKey('x25519', theirs) })
      if (shared.every((byte) => byte === 0)) throw new RangeError() // OpenSSL throws by itself; other libraries need not
      return plain(shared)
    }),
})

const ed25519 = (privateKey: ImportPrivateKey): Primitives['ed25519'] => ({
  publicKey: (secretKey) => guard(() => publicOf(privateKey('ed25519', secretKey))),
  sign: (secretKey, message) => guard(() => plain(crypto.sign(null, message, privateKey('ed25519', secretKey)))),
  verify: (key, message, signature) => {
    if (signature.length !== 64 || !isPrimeOrderPoint(key)) return false
    return guard(() => crypto.verify(null, message, publicKey('ed25519', key), signature))
  },
})

const mlKem768 = (privateKey: ImportPrivateKey): Primitives['mlKem768'] => ({
  publicKey: (seed) => guard(() => publicOf(privateKey('ml-kem-768', seed))),
  encapsulate: (key) =>
    guard(() => {
      if (!isEncapsulationKey(key)) throw new RangeError() // OpenSSL checks it; other libraries need not
      const { ciphertext, sharedKey } = crypto.encapsulate(publicKey('ml-kem-768', key))
      return { cipherText: plain(ciphertext), sharedSecret: plain(sharedKey) }
    }),
  decapsulate: (seed, cipherText) =>
    guard(() => {
      expectLength(cipherText, 1088)
      return plain(crypto.decapsulate(privateKey('ml-kem-768', seed), cipherText))
    }),
})

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer)
const sigma = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574) // "expand 32-byte k"

/** draft-irtf-cfrg-xchacha-03 section 2.3: ChaCha20-Poly1305 under HChaCha20(key, nonce[0..16]) with nonce 0^4 ‖ nonce[16..24]. */
const xchacha = (key: Uint8Array, nonce: Uint8Array): { subkey: Uint8Array; iv: Uint8Array } => {
  expectLength(key, 32)
  expectLength(nonce, 24)
  const subkey = new Uint32Array(8)
  const keyWords = words(key)
  hchacha(sigma, keyWords, words(nonce.subarray(0, 16)), subkey)
  keyWords.fill(0)
  return { subkey: new Uint8Array(subkey.buffer), iv: concat(new Uint8Array(4), nonce.subarray(16)) }
}

const xchacha20poly1305: Primitives['xchacha20poly1305'] = {
  seal: (key, nonce, plaintext, associatedData) =>
    guard(() => {
      const { subkey, iv } = xchacha(key, nonce)
      const cipher = crypto.createCipheriv('chacha20-poly1305', secretKey(subkey), iv, { authTagLength: 16 })
      subkey.fill(0)
      cipher.setAAD(associatedData, { plaintextLength: plaintext.length })
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
    }),
  open: (key, nonce, sealed, associatedData) =>
    guard(() => {
      const { subkey, iv } = xchacha(key, nonce)
      const end = sealed.length - 16
      if (end < 0) throw new RangeError()
      const decipher = crypto.createDecipheriv('chacha20-poly1305', secretKey(subkey), iv, { authTagLength: 16 })
      subkey.fill(0)
      decipher.setAAD(associatedData, { plaintextLength: end })
      decipher.setAuthTag(sealed.subarray(end))
      const plaintext = decipher.update(sealed.subarray(0, end))
      decipher.final() // throws on a wrong tag, before anything is answered
      return plain(plaintext)
    }),
}

/** What this runtime's node:crypto offers, each algorithm replaced by noble's where it is missing or wrong. */
const nativeOrNoble = (noble: Primitives) => {
  const privateKey = createPrivateKeys()
  const orNoble = <A extends Algorithm>(algorithm: A, native: Primitives[A]) => choose(algorithm, native, noble[algorithm], noble.sha256)
  const hmac = orNoble('hmac', createHmac())
  return {
    sha256: orNoble('sha256', sha256),
    hmac,
    hkdf: orNoble('hkdf', createHkdf(hmac)),
    hkdfExpand: createHkdfExpand(hmac),
    x25519: orNoble('x25519', x25519(privateKey)),
    ed25519: orNoble('ed25519', ed25519(privateKey)),
    mlKem768: orNoble('mlKem768', mlKem768(privateKey)),
    xchacha20poly1305: orNoble('xchacha20poly1305', xchacha20poly1305),
  }
}

export const nodePrimitives = (sntrup761: Sntrup761): Primitives => {
  const noble = noblePrimitives(sntrup761)
  return { ...noble, ...nativeOrNoble(noble) }
}

/**
 * The primitives by the audited noble libraries alone: plain JavaScript, so they work wherever this program runs.
 * They are the reference that `nodePrimitives` is held against.
 */
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { expand, hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { Primitives } from '../protocol/primitives.ts'
import { isPrimeOrderPoint } from './ed25519Points.ts'
import { guard } from './guard.ts'

export type Sntrup761 = Primitives['sntrup761']

const hash = (...data: Uint8Array[]): Uint8Array => {
  const state = sha256.create()
  for (const part of data) state.update(part)
  return state.digest()
}

const authenticate = (key: Uint8Array, ...data: Uint8Array[]): Uint8Array => {
  const state = hmac.create(sha256, key)
  for (const part of data) state.update(part)
  return state.digest()
}

const x25519Functions: Primitives['x25519'] = {
  publicKey: (secretKey) => guard(() => x25519.getPublicKey(secretKey)),
  sharedSecret: (secretKey, publicKey) => guard(() => x25519.getSharedSecret(secretKey, publicKey)), // throws for a zero result
}

/**
 * RFC 8032 leaves open whether the equation is checked with or without the cofactor. With both points in the prime-order
 * subgroup the two are the same, so that all providers answer alike; honest signers make no others.
 */
const verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (signature.length !== 64 || !isPrimeOrderPoint(publicKey) || !isPrimeOrderPoint(signature.subarray(0, 32))) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    return false // a malformed scalar is a bad signature
  }
}

const ed25519Functions: Primitives['ed25519'] = {
  publicKey: (secretKey) => guard(() => ed25519.getPublicKey(secretKey)),
  sign: (secretKey, message) => guard(() => ed25519.sign(message, secretKey)),
  verify,
}

const mlKem768Functions: Primitives['mlKem768'] = {
  publicKey: (seed) => guard(() => ml_kem768.keygen(seed).publicKey),
  encapsulate: (publicKey) => guard(() => ml_kem768.encapsulate(publicKey)), // checks the modulus, FIPS 203 section 7.2
  decapsulate: (seed, cipherText) =>
    guard(() => {
      const { secretKey } = ml_kem768.keygen(seed)
      try {
        return ml_kem768.decapsulate(cipherText, secretKey)
      } finally {
        secretKey.fill(0)
      }
    }),
}

export const noblePrimitives = (sntrup761: Sntrup761): Primitives => ({
  sha256: hash,
  hmac: authenticate,
  hkdf: (ikm, info, length, salt) => guard(() => hkdf(sha256, ikm, salt, info, length)),
  hkdfExpand: (prk, info, length) => guard(() => expand(sha256, prk, info, length)),
  x25519: x25519Functions,
  ed25519: ed25519Functions,
  mlKem768: mlKem768Functions,
  sntrup761,
  xchacha20poly1305: {
    seal: (key, nonce, plaintext, associatedData) => guard(() => xchacha20poly1305(key, nonce, associatedData).encrypt(plaintext)),
    open: (key, nonce, sealed, associatedData) => guard(() => xchacha20poly1305(key, nonce, associatedData).decrypt(sealed)),
  },
  chacha20poly1305: {
    seal: (key, nonce, plaintext, associatedData) => guard(() => chacha20poly1305(key, nonce, associatedData).encrypt(plaintext)),
    open: (key, nonce, sealed, associatedData) => guard(() => chacha20poly1305(key, nonce, associatedData).decrypt(sealed)),
  },
  secretbox: {
    seal: (key, nonce, plaintext) => guard(() => xsalsa20poly1305(key, nonce).encrypt(plaintext)),
    open: (key, nonce, sealed) => guard(() => xsalsa20poly1305(key, nonce).decrypt(sealed)),
  },
})

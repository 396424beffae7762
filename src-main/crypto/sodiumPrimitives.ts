/**
 * Curves and authenticated encryption by libsodium (sodium-native: its own prebuilt binaries, the same for Node and Electron).
 *
 * Measured beside node:crypto (µs): XChaCha20-Poly1305 of 2 KiB 3 / 15, ChaCha20-Poly1305 of 1,172 bytes 2 / 20, X25519 without the import of two keys; and libsodium
 * tells points of the prime-order subgroup in 50 µs, for which noble takes 700.
 */
import type sodiumNative from 'sodium-native'
import type { Primitives } from '../protocol/primitives.ts'
import { expectLength, guard } from './guard.ts'

type Native = typeof sodiumNative
/** With what its declarations leave out. */
interface Sodium extends Native {
  crypto_aead_chacha20poly1305_ietf_encrypt: Native['crypto_aead_xchacha20poly1305_ietf_encrypt']
  crypto_aead_chacha20poly1305_ietf_decrypt: Native['crypto_aead_xchacha20poly1305_ietf_decrypt']
}
export type SodiumPrimitives = Pick<Primitives, 'x25519' | 'ed25519' | 'xchacha20poly1305' | 'chacha20poly1305' | 'secretbox'>

const tagBytes = 16

const x25519 = (sodium: Sodium): Primitives['x25519'] => ({
  publicKey: (secretKey) =>
    guard(() => {
      const publicKey = new Uint8Array(32)
      sodium.crypto_scalarmult_base(publicKey, secretKey)
      return publicKey
    }),
  sharedSecret: (secretKey, publicKey) =>
    guard(() => {
      const shared = new Uint8Array(32)
      sodium.crypto_scalarmult(shared, secretKey, publicKey) // throws for a zero result
      return shared
    }),
})

const ed25519 = (sodium: Sodium): Primitives['ed25519'] => {
  /** libsodium's secret key is seed and public key together. */
  const withPair = <T>(seed: Uint8Array, use: (publicKey: Uint8Array, secretKey: Uint8Array) => T): T =>
    guard(() => {
      const [publicKey, secretKey] = [new Uint8Array(32), new Uint8Array(64)]
      sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed)
      try {
        return use(publicKey, secretKey)
      } finally {
        secretKey.fill(0)
      }
    })
  const isPrimeOrderPoint = (encoded: Uint8Array) => encoded.length === 32 && sodium.crypto_core_ed25519_is_valid_point(encoded)
  return {
    publicKey: (seed) => withPair(seed, (publicKey) => publicKey),
    sign: (seed, message) =>
      withPair(seed, (_, secretKey) => {
        const signature = new Uint8Array(64)
        sodium.crypto_sign_detached(signature, message, secretKey)
        return signature
      }),
    verify: (publicKey, message, signature) =>
      signature.length === 64 &&
      isPrimeOrderPoint(publicKey) &&
      isPrimeOrderPoint(signature.subarray(0, 32)) && // so that all providers answer alike (noblePrimitives.ts)
      sodium.crypto_sign_verify_detached(signature, message, publicKey),
  }
}

const xchacha20poly1305 = (sodium: Sodium): Primitives['xchacha20poly1305'] => ({
  seal: (key, nonce, plaintext, associatedData) =>
    guard(() => {
      const sealed = new Uint8Array(plaintext.length + tagBytes)
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plaintext, associatedData, null, nonce, key)
      return sealed
    }),
  open: (key, nonce, sealed, associatedData) =>
    guard(() => {
      const plaintext = new Uint8Array(sealed.length - tagBytes)
      sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext, null, sealed, associatedData, nonce, key)
      return plaintext
    }),
})

const chacha20poly1305 = (sodium: Sodium): Primitives['chacha20poly1305'] => ({
  seal: (key, nonce, plaintext, associatedData) =>
    guard(() => {
      const sealed = new Uint8Array(plaintext.length + tagBytes)
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plaintext, associatedData, null, nonce, key)
      return sealed
    }),
  open: (key, nonce, sealed, associatedData) =>
    guard(() => {
      const plaintext = new Uint8Array(sealed.length - tagBytes)
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, null, sealed, associatedData, nonce, key)
      return plaintext
    }),
})

const secretbox = (sodium: Sodium): Primitives['secretbox'] => ({
  seal: (key, nonce, plaintext) =>
    guard(() => {
      const sealed = new Uint8Array(plaintext.length + tagBytes)
      sodium.crypto_secretbox_easy(sealed, plaintext, nonce, key)
      return sealed
    }),
  open: (key, nonce, sealed) =>
    guard(() => {
      expectLength(key, 32)
      const plaintext = new Uint8Array(sealed.length - tagBytes)
      if (!sodium.crypto_secretbox_open_easy(plaintext, sealed, nonce, key)) throw new RangeError()
      return plaintext
    }),
})

/** Null where this platform has no binary of libsodium. */
export async function loadSodium(): Promise<SodiumPrimitives | null> {
  try {
    const sodium = (await import('sodium-native')).default as Sodium
    return {
      ...{ x25519: x25519(sodium), ed25519: ed25519(sodium), secretbox: secretbox(sodium) },
      ...{ xchacha20poly1305: xchacha20poly1305(sodium), chacha20poly1305: chacha20poly1305(sodium) },
    }
  } catch {
    return null // the answer to the question; noble does it then
  }
}

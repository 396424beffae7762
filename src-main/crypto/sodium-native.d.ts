/** The part of sodium-native (libsodium by Node-API) that `sodiumPrimitives.ts` calls. Each function throws where libsodium answers -1. */
declare module 'sodium-native' {
  interface Sodium {
    crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void
    crypto_scalarmult(shared: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
    crypto_core_ed25519_is_valid_point(point: Uint8Array): boolean
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      sealed: Uint8Array,
      plaintext: Uint8Array,
      associatedData: Uint8Array,
      secretNonce: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext: Uint8Array,
      secretNonce: null,
      sealed: Uint8Array,
      associatedData: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number
    crypto_secretbox_easy(sealed: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void
    crypto_secretbox_open_easy(plaintext: Uint8Array, sealed: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean
    /** In the thread pool; what it is given stays the caller's, and must not change until then. */
    crypto_pwhash_async(
      tag: Uint8Array,
      passphrase: Uint8Array,
      salt: Uint8Array,
      passes: number,
      memoryBytes: number,
      algorithm: number,
    ): Promise<void>
    readonly crypto_pwhash_ALG_ARGON2ID13: number
  }
  const sodium: Sodium
  export default sodium
}

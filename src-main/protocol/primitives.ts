/**
 * The cryptographic primitives the protocol is made of, as one port. Implementations wrap audited libraries
 * (`src-main/crypto`): noble always works; node:crypto is used where the runtime has the algorithm, and tests hold
 * all of them against each other.
 *
 * Every function is synchronous. Failures throw `CairnError('crypto.failed')` and say nothing else.
 */
export interface KeyPair {
  publicKey: Uint8Array
  secretKey: Uint8Array
}

export interface Encapsulated {
  cipherText: Uint8Array
  sharedSecret: Uint8Array
}

export interface Primitives {
  /** FIPS 180-4 over the concatenation of `data`; 32 bytes. */
  sha256(...data: Uint8Array[]): Uint8Array
  /** RFC 2104 with SHA-256 over the concatenation of `data`; 32 bytes. */
  hmac(key: Uint8Array, ...data: Uint8Array[]): Uint8Array
  /** RFC 5869 with SHA-256; empty salt unless given. */
  hkdf(ikm: Uint8Array, info: Uint8Array, length: number, salt?: Uint8Array): Uint8Array
  /** RFC 5869 section 2.3 alone: `prk` is already uniformly random. */
  hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array
  /** RFC 7748; secret and public keys are 32 bytes. */
  x25519: {
    publicKey(secretKey: Uint8Array): Uint8Array
    /** An all-zero result throws. */
    sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  }
  /** RFC 8032; the secret key is the 32-byte seed. */
  ed25519: {
    publicKey(secretKey: Uint8Array): Uint8Array
    sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
    verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  }
  /** FIPS 203 ML-KEM-768; the secret key is the 64-byte seed `d ‖ z`, the public key 1,184, the cipher text 1,088 bytes. */
  mlKem768: {
    publicKey(seed: Uint8Array): Uint8Array
    /** A public key that fails FIPS 203's modulus check (section 7.2) throws. */
    encapsulate(publicKey: Uint8Array): Encapsulated
    decapsulate(seed: Uint8Array, cipherText: Uint8Array): Uint8Array
  }
  /** NTRU Prime sntrup761: public key 1,158, secret key 1,763, cipher text 1,039 bytes. Draws its own randomness. */
  sntrup761: {
    generateKeyPair(): KeyPair
    encapsulate(publicKey: Uint8Array): Encapsulated
    decapsulate(secretKey: Uint8Array, cipherText: Uint8Array): Uint8Array
  }
  /** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): 32-byte key, 24-byte nonce, 16-byte tag at the end. */
  xchacha20poly1305: {
    seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array
    open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array
  }
  /** ChaCha20-Poly1305 (RFC 8439): 32-byte key, 12-byte nonce that must never repeat under a key, 16-byte tag at the end. */
  chacha20poly1305: {
    seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array
    open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array
  }
  /** NaCl secretbox, XSalsa20-Poly1305: 32-byte key, 24-byte nonce; tag first, as NaCl has it. */
  secretbox: {
    seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array
    open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array
  }
}

/** What a protocol step is given from outside: it has no clock and no randomness of its own. */
export interface Context {
  primitives: Primitives
  /** `length` bytes from a cryptographically secure source. */
  random(length: number): Uint8Array
  /** Unix milliseconds. */
  now: number
}

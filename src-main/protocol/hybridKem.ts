/**
 * The hybrid KEM `sntrup761x25519`: whoever breaks one half alone learns nothing. docs/protocol.md section 1.
 *
 * `c = c_sntrup (1039) ‖ epk (32)`, `k = HKDF(k_sntrup ‖ k_x25519, salt "cairn/1 kem", info H(c ‖ kemKey ‖ dhKey), 32)`.
 * The pairing is OpenSSH's `sntrup761x25519`; the combiner is this protocol's own and binds cipher text and both keys.
 */
import { CairnError } from '#shared/errors.ts'
import { concat, utf8, wipe } from './bytes.ts'
import type { Primitives } from './primitives.ts'

export interface HybridPublicKeys {
  /** sntrup761, 1158 bytes. */
  kemKey: Uint8Array
  /** X25519, 32 bytes. */
  dhKey: Uint8Array
}

export interface HybridKeys extends HybridPublicKeys {
  /** sntrup761, 1763 bytes. */
  kemSecret: Uint8Array
  /** X25519, 32 bytes. */
  dhSecret: Uint8Array
}

const kemCipherTextBytes = 1039
export const hybridCipherTextBytes = kemCipherTextBytes + 32

const salt = utf8('cairn/1 kem')

const combine = (primitives: Primitives, to: HybridPublicKeys, c: Uint8Array, kemSecret: Uint8Array, dhSecret: Uint8Array): Uint8Array => {
  const ikm = concat(kemSecret, dhSecret)
  const k = primitives.hkdf(ikm, primitives.sha256(c, to.kemKey, to.dhKey), 32, salt)
  wipe(ikm, kemSecret, dhSecret)
  return k
}

/** Fresh hybrid keys; `random` is for the X25519 half, sntrup761 draws its own. */
export const generateHybridKeys = (primitives: Primitives, random: (length: number) => Uint8Array): HybridKeys => {
  const kem = primitives.sntrup761.generateKeyPair()
  const dhSecret = random(32)
  return { kemKey: kem.publicKey, dhKey: primitives.x25519.publicKey(dhSecret), kemSecret: kem.secretKey, dhSecret }
}

/** A fresh 32-byte `k` and the 1071 bytes `c` that yield it to the owner of `to`. Throws `crypto.failed`. */
export const encapsulate = (
  primitives: Primitives,
  random: (length: number) => Uint8Array,
  to: HybridPublicKeys,
): { c: Uint8Array; k: Uint8Array } => {
  const kem = primitives.sntrup761.encapsulate(to.kemKey)
  const ephemeral = random(32)
  const c = concat(kem.cipherText, primitives.x25519.publicKey(ephemeral))
  const shared = primitives.x25519.sharedSecret(ephemeral, to.dhKey)
  wipe(ephemeral)
  return { c, k: combine(primitives, to, c, kem.sharedSecret, shared) }
}

/**
 * `k` of `c`. A `c` made for somebody else yields an unrelated `k`: that it fails shows in what is encrypted under it.
 * Throws `crypto.failed` for a wrong length or an all-zero X25519 result.
 */
export const decapsulate = (primitives: Primitives, keys: HybridKeys, c: Uint8Array): Uint8Array => {
  if (c.length !== hybridCipherTextBytes) throw new CairnError('crypto.failed')
  const fromKem = primitives.sntrup761.decapsulate(keys.kemSecret, c.subarray(0, kemCipherTextBytes))
  const shared = primitives.x25519.sharedSecret(keys.dhSecret, c.subarray(kemCipherTextBytes))
  return combine(primitives, keys, c, fromKem, shared)
}

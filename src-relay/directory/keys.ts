/** Raw public keys of users: X25519 (RFC 7748) and Ed25519 (RFC 8032). */
import { createPublicKey, diffieHellman, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import { isPrimeOrderPoint } from '#main/crypto/ed25519Points.ts'

/** SubjectPublicKeyInfo before the 32 bytes of the key (RFC 8410 section 4). */
const spkiPrefix = {
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
}
const keyObject = (kind: keyof typeof spkiPrefix, raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([spkiPrefix[kind], raw]), format: 'der', type: 'spki' })

export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const { privateKey: anyPrivateKey } = generateKeyPairSync('x25519')

/** False for a point of low order: every exchange with it has the same, public result. */
export function isExchangeKey(raw: Uint8Array): boolean {
  try {
    return diffieHellman({ privateKey: anyPrivateKey, publicKey: keyObject('x25519', raw) }).some((byte) => byte !== 0)
  } catch {
    return false
  }
}

/** False for what is no point, and for one under which a signature may fit any message. */
export const isSigningKey = (raw: Uint8Array): boolean => isPrimeOrderPoint(raw)

/** @param signature 128 hex digits */
export const isSignedBy = (signingKey: Uint8Array, bytes: Uint8Array, signature: string): boolean =>
  verify(null, bytes, keyObject('ed25519', signingKey), Buffer.from(signature, 'hex'))

const nobody = new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))

/** As long as for a user, so that the time does not tell whether there is one. */
export const isSignedByUser = (user: { eddsaKey: Uint8Array } | null, bytes: Uint8Array, signature: string): boolean =>
  isSignedBy(user?.eddsaKey ?? nobody, bytes, signature) && user !== null

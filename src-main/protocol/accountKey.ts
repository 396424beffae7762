/**
 * The client's half of accounts and key backup, docs/services/key-backup.md (protocol section 8, *Key backup*).
 *
 * A password opens two things and neither tells the other: `authKey` goes to the server, `encKey` never leaves the device and opens the
 * account's secrets, which the key server keeps. Argon2id itself runs elsewhere, off the main thread; here are its salt and what
 * becomes of its result.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, fromUtf8, hex, utf8 } from './bytes.ts'
import { bytes, decodeVersion1, encodeCbor } from './cbor.ts'
import { generateHybridKeys, type HybridKeys, type HybridPublicKeys } from './hybridKem.ts'
import type { Context, Primitives } from './primitives.ts'
import { openSeal, seal } from './seal.ts'

/** Of one account alone: nothing of them is an identity's. */
export interface AccountKeys extends HybridKeys {
  /** Ed25519 seed of the directory user, 32 bytes. */
  eddsaSecret: Uint8Array
  /** X25519 of the directory user, 32 bytes. */
  ecdhSecret: Uint8Array
}

/** Of Argon2id, for either key. Part of the account: neither server sees it, and a fresh device has to know it. */
export const accountCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }

const zero = Uint8Array.of(0)

/**
 * Argon2id's salt for `authKey`: no request is needed to know it, so none can be used to find out who exists.
 * @param host of the relay's address, in lower case, without port
 */
export const authSalt = (primitives: Primitives, host: string, code: string): Uint8Array =>
  primitives.sha256(utf8('cairn/1 auth'), utf8(host), zero, utf8(code))

/** What the server is shown, 32 bytes; `stretched` is Argon2id(password, authSalt). */
export const authKeyOf = (primitives: Primitives, stretched: Uint8Array): Uint8Array => primitives.hkdf(stretched, utf8('auth'), 32)

/** What opens the account's secrets, 32 bytes; `stretched` is Argon2id(password, salt of the key server). */
export const encKeyOf = (primitives: Primitives, stretched: Uint8Array): Uint8Array => primitives.hkdf(stretched, utf8('enc'), 32)

export interface Registration {
  code: string
  /** 64 hex digits. */
  authKey: string
  /** Unix milliseconds. */
  ts: number
  /** 32 hex digits, drawn anew each time. */
  nonce: string
  /** Host of the relay, as in `authSalt`. */
  relay: string
}

/**
 * What the directory user's Ed25519 key signs to register: RFC 8785 (JCS) of the body without `signature` and with `purpose`. For
 * texts of ASCII and an integer that is JSON with the names in this order.
 */
export const registrationBytes = ({ code, authKey, ts, nonce, relay }: Registration): Uint8Array =>
  utf8(JSON.stringify({ authKey, code, nonce, purpose: 'register', relay, ts }))

/** Fresh hybrid keys for an account of this directory user. */
export const generateAccountKeys = (
  { primitives, random }: Context,
  { eddsaSecret, ecdhSecret }: Pick<AccountKeys, 'eddsaSecret' | 'ecdhSecret'>,
): AccountKeys => ({ ...generateHybridKeys(primitives, random), eddsaSecret, ecdhSecret })

const kemKeyBytes = 1158

/** `kemKey ‖ dhKey`, 1190 bytes: what `POST /api/user/publicKey` takes, in base64. */
export const encodeAccountPublicKey = ({ kemKey, dhKey }: HybridPublicKeys): Uint8Array => concat(kemKey, dhKey)

/** @throws CairnError `codec.malformed` */
export function decodeAccountPublicKey(publicKey: Uint8Array): HybridPublicKeys {
  if (publicKey.length !== kemKeyBytes + 32) throw new CairnError('codec.malformed')
  return { kemKey: publicKey.slice(0, kemKeyBytes), dhKey: publicKey.slice(kemKeyBytes) }
}

const secretsSchema = v.strictObject({
  v: v.literal(1),
  kemKey: bytes(kemKeyBytes),
  kemSecret: bytes(1763),
  dhSecret: bytes(32),
  eddsaSecret: bytes(32),
  ecdhSecret: bytes(32),
})

/** `encryptedPrivateKey` and `iv` of the key server's routes: XChaCha20-Poly1305 over CBOR, associated data the userID. */
export function sealAccountKeys({ primitives, random }: Context, encKey: Uint8Array, userID: string, keys: AccountKeys) {
  const { kemKey, kemSecret, dhSecret, eddsaSecret, ecdhSecret } = keys
  const plaintext = encodeCbor({ v: 1, kemKey, kemSecret, dhSecret, eddsaSecret, ecdhSecret })
  const iv = random(24)
  return { iv, encryptedPrivateKey: primitives.xchacha20poly1305.seal(encKey, iv, plaintext, utf8(userID)) }
}

/** @throws CairnError `crypto.failed` for a wrong password or another user's, `codec.malformed`, `codec.newer-version` */
export function openAccountKeys(
  primitives: Primitives,
  encKey: Uint8Array,
  userID: string,
  { iv, encryptedPrivateKey }: { iv: Uint8Array; encryptedPrivateKey: Uint8Array },
): AccountKeys {
  if (iv.length !== 24) throw new CairnError('codec.malformed')
  const plaintext = primitives.xchacha20poly1305.open(encKey, iv, encryptedPrivateKey, utf8(userID))
  const { v: _, ...secrets } = decodeVersion1(plaintext, secretsSchema)
  return { ...secrets, dhKey: primitives.x25519.publicKey(secrets.dhSecret) }
}

const tokenBytes = 32

/** The server's: what only the account's key opens. */
export const sealChallenge = (context: Context, to: HybridPublicKeys, host: string, userID: string, token: Uint8Array): Uint8Array =>
  seal(context, to, 'challenge', concat(utf8(host), zero, utf8(userID), zero, token))

/**
 * The token to return, in hex. A host that passes on another's challenge is found out: what is inside names the host it was made for.
 * @param host with which this client means to speak
 * @throws CairnError `challenge.other-host` (or another user's), `crypto.failed`, `codec.malformed`
 */
export function openChallenge(primitives: Primitives, keys: HybridKeys, host: string, userID: string, challenge: Uint8Array): string {
  const plaintext = openSeal(primitives, keys, 'challenge', challenge)
  const tokenAt = plaintext.length - tokenBytes
  const named = tokenAt < 2 ? null : fromUtf8(plaintext.subarray(0, tokenAt))
  if (named === null) throw new CairnError('codec.malformed')
  if (!equalBytes(utf8(named), utf8(`${host}\0${userID}\0`))) throw new CairnError('challenge.other-host')
  return hex(plaintext.subarray(tokenAt))
}

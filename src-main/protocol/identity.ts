/**
 * Identities, docs/protocol.md section 1.
 *
 * On the wire a public identity is two nested deterministic CBOR values, so that the signature covers exact bytes and
 * nothing is ever re-encoded to check it:
 *
 *     body   = { v: 1, nick, sigKey, kemKey, dhKey, created }
 *     public = { body: <the bytes of body>, sig: Ed25519(sigKey, "cairn/1 sig " ‖ "identity" ‖ 0x00 ‖ body) }
 *
 * `id = H("cairn/1 identity" ‖ sigKey ‖ kemKey ‖ dhKey)` depends on the keys alone: a new nick is a new signature under the
 * same id. Ids are 32 bytes on the wire and lower-case hex in this program.
 */
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { concat, hex, utf8 } from './bytes.ts'
import { bytes, decodeCbor, decodeVersion1, encodeCbor, u64 } from './cbor.ts'
import { generateHybridKeys, type HybridKeys, type HybridPublicKeys } from './hybridKem.ts'
import type { Context, Primitives } from './primitives.ts'

export interface IdentityKeys extends HybridPublicKeys {
  /** Ed25519, 32 bytes. */
  sigKey: Uint8Array
}

export interface PublicIdentity extends IdentityKeys {
  /** Lower-case hex of 32 bytes. */
  id: string
  /** Exactly as received: what hashes cover and what is passed on. */
  bytes: Uint8Array
  v: 1
  nick: string
  /** Unix milliseconds. */
  created: number
  sig: Uint8Array
}

/** One's own. Everything but the three secrets and the signing of `publicBytes` is public. */
export interface Identity extends IdentityKeys, HybridKeys {
  id: string
  nick: string
  created: number
  /** The signed public identity, as handed to others. */
  publicBytes: Uint8Array
  /** Ed25519 seed, 32 bytes. */
  sigSecret: Uint8Array
}

/** A generous limit: the keys are 1,222 bytes, the nick at most 192. */
export const publicIdentityBytes = 2048

/** Fits a nick to the rules of `isNick`, or throws `input.invalid`. */
export const parseNick = (text: string): string => {
  const nick = text.trim()
  if (!isNick(nick)) throw new CairnError('input.invalid')
  return nick
}

/** 1 to 64 UTF-16 units, trimmed, well-formed, without control characters or line ends. */
export const isNick = (text: string): boolean =>
  text.length >= 1 &&
  text.length <= limits.nameChars &&
  text.trim() === text &&
  text.isWellFormed() &&
  !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text) // nor what turns the direction of the text around it

const outerSchema = v.strictObject({ body: bytes({ max: publicIdentityBytes }), sig: bytes(64) })
const bodySchema = v.strictObject({
  v: v.literal(1),
  nick: v.pipe(v.string(), v.check(isNick)),
  sigKey: bytes(32),
  kemKey: bytes(1158),
  dhKey: bytes(32),
  created: u64(),
})

const idLabel = utf8('cairn/1 identity')
/** What a signature of `kind` over `content` covers; the zero byte keeps kinds apart. */
export const signedBytes = (kind: 'identity' | 'group' | 'copy', content: Uint8Array): Uint8Array =>
  concat(utf8(`cairn/1 sig ${kind}`), Uint8Array.of(0), content)

/** Lower-case hex. */
export const identityId = (primitives: Primitives, keys: IdentityKeys): string =>
  hex(primitives.sha256(idLabel, keys.sigKey, keys.kemKey, keys.dhKey))

const signPublicIdentity = (
  primitives: Primitives,
  sigSecret: Uint8Array,
  { sigKey, kemKey, dhKey }: IdentityKeys,
  about: { nick: string; created: number },
): Uint8Array => {
  const body = encodeCbor({ v: 1, nick: about.nick, sigKey, kemKey, dhKey, created: about.created })
  return encodeCbor({ body, sig: primitives.ed25519.sign(sigSecret, signedBytes('identity', body)) })
}

/** A new person. Throws `input.invalid` for a nick that is none. */
export const generateIdentity = (context: Context, nick: string): Identity => {
  const { primitives, random, now } = context
  const about = { nick: parseNick(nick), created: now }
  const sigSecret = random(32)
  const keys = { ...generateHybridKeys(primitives, random), sigKey: primitives.ed25519.publicKey(sigSecret) }
  const publicBytes = signPublicIdentity(primitives, sigSecret, keys, about)
  return { id: identityId(primitives, keys), ...about, ...keys, sigSecret, publicBytes }
}

/** The same keys and id under a new nick. Throws `input.invalid`. */
export const renameIdentity = (context: Context, identity: Identity, nick: string): Identity => {
  const about = { nick: parseNick(nick), created: identity.created }
  return { ...identity, ...about, publicBytes: signPublicIdentity(context.primitives, identity.sigSecret, identity, about) }
}

/**
 * A public identity from outside, checked: well-formed, version 1, and signed by its own `sigKey`.
 * @throws CairnError `codec.too-large`, `codec.newer-version`, `codec.malformed`; `crypto.failed` for a bad signature
 */
export const decodePublicIdentity = (primitives: Primitives, received: Uint8Array): PublicIdentity => {
  if (received.length > publicIdentityBytes) throw new CairnError('codec.too-large')
  const exact = received.slice()
  const { body, sig } = decodeCbor(exact, outerSchema)
  const fields = decodeVersion1(body, bodySchema)
  const id = identityId(primitives, fields)
  if (!primitives.ed25519.verify(fields.sigKey, signedBytes('identity', body), sig)) throw new CairnError('crypto.failed')
  return { id, bytes: exact, ...fields, sig }
}

const secretsSchema = v.strictObject({
  v: v.literal(1),
  publicBytes: bytes({ max: publicIdentityBytes }),
  sigSecret: bytes(32),
  kemSecret: bytes(1763),
  dhSecret: bytes(32),
})

/** For the encrypted keystore only. */
export const encodeIdentitySecrets = ({ publicBytes, sigSecret, kemSecret, dhSecret }: Identity): Uint8Array =>
  encodeCbor({ v: 1, publicBytes, sigSecret, kemSecret, dhSecret })

/** The inverse; checks that the secrets belong to the public keys. Throws `codec.malformed`, `crypto.failed`. */
export const decodeIdentitySecrets = (primitives: Primitives, stored: Uint8Array): Identity => {
  const { publicBytes, sigSecret, kemSecret, dhSecret } = decodeCbor(stored, secretsSchema)
  const { id, nick, created, sigKey, kemKey, dhKey } = decodePublicIdentity(primitives, publicBytes)
  const belong = hex(primitives.ed25519.publicKey(sigSecret)) === hex(sigKey) && hex(primitives.x25519.publicKey(dhSecret)) === hex(dhKey)
  if (!belong) throw new CairnError('crypto.failed')
  return { id, nick, created, sigKey, kemKey, dhKey, publicBytes, sigSecret, kemSecret, dhSecret }
}

/**
 * What people say to each other through a relay's directory (docs/services/directory.md, protocol section 8): signed frames, a name that
 * only the other reads, and the single-use invite that answers it.
 */
import canonicalize from 'canonicalize'
import { CairnError } from '#shared/errors.ts'
import { concat, fromUtf8, utf8, wipe } from './bytes.ts'
import type { Context, Primitives } from './primitives.ts'

/** In the order of the exchange. */
export interface Codes {
  initiator: string
  other: string
}

const codesOf = ({ initiator, other }: Codes): Uint8Array => utf8(`${initiator}${other}`)

const canonicalBytes = (value: unknown): Uint8Array => {
  const text = canonicalize(value)
  if (text === undefined) throw new CairnError('codec.malformed')
  return utf8(text)
}

/** Ed25519 over the RFC 8785 (JCS) bytes, 64 bytes. */
export const signValue = (primitives: Primitives, eddsaSecret: Uint8Array, value: unknown): Uint8Array =>
  primitives.ed25519.sign(eddsaSecret, canonicalBytes(value))

export const verifyValue = (primitives: Primitives, eddsaKey: Uint8Array, value: unknown, signature: Uint8Array): boolean =>
  primitives.ed25519.verify(eddsaKey, canonicalBytes(value), signature)

const nonceBytes = 24

function box({ primitives, random }: Context, key: Uint8Array, plaintext: Uint8Array, about: Uint8Array): Uint8Array {
  const nonce = random(nonceBytes)
  const sealed = concat(nonce, primitives.xchacha20poly1305.seal(key, nonce, plaintext, about))
  wipe(key)
  return sealed
}

function unbox(primitives: Primitives, key: Uint8Array, sealed: Uint8Array, about: Uint8Array): Uint8Array {
  if (sealed.length < nonceBytes) throw new CairnError('codec.malformed')
  const opened = primitives.xchacha20poly1305.open(key, sealed.subarray(0, nonceBytes), sealed.subarray(nonceBytes), about)
  wipe(key)
  return opened
}

const keyOf = (primitives: Primitives, secret: Uint8Array, peerKey: Uint8Array, info: string, codes: Codes): Uint8Array => {
  const shared = primitives.x25519.sharedSecret(secret, peerKey)
  const key = primitives.hkdf(shared, concat(utf8(info), codesOf(codes)), 32)
  wipe(shared)
  return key
}

/** `SYM_KEY = HKDF(ecdh, "cairn/1 directory" ‖ both codes, initiator first)`; throws `crypto.failed` for a key of low order. */
const symKey = (primitives: Primitives, secret: Uint8Array, peerKey: Uint8Array, codes: Codes) =>
  keyOf(primitives, secret, peerKey, 'cairn/1 directory', codes)

/** `payload.invite` of an ack: 24 bytes of nonce, then XChaCha20-Poly1305 of the armored invite. */
export const sealAckInvite = (context: Context, secret: Uint8Array, peerKey: Uint8Array, codes: Codes, invite: string): Uint8Array =>
  box(context, symKey(context.primitives, secret, peerKey, codes), utf8(invite), new Uint8Array())

/** @throws CairnError `crypto.failed`, `codec.malformed` */
export function openAckInvite(primitives: Primitives, secret: Uint8Array, peerKey: Uint8Array, codes: Codes, sealed: Uint8Array): string {
  const invite = fromUtf8(unbox(primitives, symKey(primitives, secret, peerKey, codes), sealed, new Uint8Array()))
  if (invite === null) throw new CairnError('codec.malformed')
  return invite
}

const nameInfo = 'cairn/1 directory name'

/**
 * `payload.name` of a `key_exchange`, in addition to the flow: what the initiator is called, for the other alone. `peerKey` is the
 * other's X25519 key as the directory has it, `secret` that of this exchange.
 */
export const sealAskName = (context: Context, secret: Uint8Array, peerKey: Uint8Array, codes: Codes, name: string): Uint8Array =>
  box(context, keyOf(context.primitives, secret, peerKey, nameInfo, codes), utf8(name), new Uint8Array())

/** @throws CairnError `crypto.failed`, `codec.malformed` */
export function openAskName(primitives: Primitives, secret: Uint8Array, peerKey: Uint8Array, codes: Codes, sealed: Uint8Array): string {
  const name = fromUtf8(unbox(primitives, keyOf(primitives, secret, peerKey, nameInfo, codes), sealed, new Uint8Array()))
  if (name === null) throw new CairnError('codec.malformed')
  return name
}

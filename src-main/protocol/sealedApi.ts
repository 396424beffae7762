/**
 * The sealed API of a relay (docs/services/registration.md): keys of a session between a registered device and the relay, and the form of
 * sealed requests and responses. Both ends use these functions.
 *
 * `K_req ‖ K_res = HKDF(DH(c,S) ‖ DH(e_c,S) ‖ DH(c,e_s) ‖ DH(e_c,e_s), salt H(e_c ‖ e_s), info "cairn/1 api" ‖ client_id, 64)`, where `c` and
 * `S` are the static X25519 keys of device and relay, `e_c` and `e_s` those of the session. Nonce: `u32be(0 request, 1 response) ‖ u64be(counter)`.
 */
import { base64 } from '@scure/base'
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, readU32be, u32be, utf8, wipe } from './bytes.ts'
import type { Primitives } from './primitives.ts'

export type SealedPrimitives = Pick<Primitives, 'sha256' | 'hkdf' | 'x25519' | 'chacha20poly1305'>

/** 32 bytes each. */
export interface SessionKeys {
  request: Uint8Array
  response: Uint8Array
}

/** What a request and its response are bound to. */
export interface Exchange {
  method: string
  /** Path and query, as they go over the wire. */
  target: string
  clientId: string
  sessionId: string
}

/** Base64 of both; what stands in a body, or in the header `x-cairn-sealed` of a message without one. */
export interface SealedMessage {
  nonce: string
  ciphertext: string
}

const nonceBytes = 12
const requestDirection = 0
const responseDirection = 1
/** How far behind the highest counter a request may come. */
const windowSize = 64

const deriveKeys = (
  primitives: SealedPrimitives,
  shares: readonly Uint8Array[],
  ephemerals: readonly [client: Uint8Array, server: Uint8Array],
  clientId: string,
): SessionKeys => {
  const ikm = concat(...shares)
  const keys = primitives.hkdf(ikm, concat(utf8('cairn/1 api'), utf8(clientId)), 64, primitives.sha256(...ephemerals))
  wipe(ikm, ...shares)
  return { request: keys.slice(0, 32), response: keys.slice(32) }
}

/** The device's side. All keys 32 bytes. Throws `crypto.failed` for a key of low order. */
export const clientSessionKeys = (
  primitives: SealedPrimitives,
  own: { clientId: string; staticSecret: Uint8Array; ephemeralSecret: Uint8Array },
  relay: { staticKey: Uint8Array; ephemeral: Uint8Array },
): SessionKeys => {
  const { publicKey, sharedSecret } = primitives.x25519
  const shares = [
    sharedSecret(own.staticSecret, relay.staticKey),
    sharedSecret(own.ephemeralSecret, relay.staticKey),
    sharedSecret(own.staticSecret, relay.ephemeral),
    sharedSecret(own.ephemeralSecret, relay.ephemeral),
  ]
  return deriveKeys(primitives, shares, [publicKey(own.ephemeralSecret), relay.ephemeral], own.clientId)
}

/** The relay's side. All keys 32 bytes. Throws `crypto.failed` for a key of low order. */
export const serverSessionKeys = (
  primitives: SealedPrimitives,
  own: { staticSecret: Uint8Array; ephemeralSecret: Uint8Array },
  client: { clientId: string; staticKey: Uint8Array; ephemeral: Uint8Array },
): SessionKeys => {
  const { publicKey, sharedSecret } = primitives.x25519
  const shares = [
    sharedSecret(own.staticSecret, client.staticKey),
    sharedSecret(own.staticSecret, client.ephemeral),
    sharedSecret(own.ephemeralSecret, client.staticKey),
    sharedSecret(own.ephemeralSecret, client.ephemeral),
  ]
  return deriveKeys(primitives, shares, [client.ephemeral, publicKey(own.ephemeralSecret)], client.clientId)
}

const nonceOf = (direction: number, counter: number): Uint8Array => {
  if (!Number.isSafeInteger(counter) || counter < 0) throw new CairnError('crypto.failed')
  return concat(u32be(direction), u32be(Math.floor(counter / 2 ** 32)), u32be(counter % 2 ** 32))
}

const associatedData = ({ method, target, clientId, sessionId }: Exchange, status?: number): Uint8Array =>
  utf8([method, target, clientId, sessionId, ...(status === undefined ? [] : [String(status)])].join('\0'))

const toMessage = (nonce: Uint8Array, ciphertext: Uint8Array): SealedMessage => ({
  nonce: base64.encode(nonce),
  ciphertext: base64.encode(ciphertext),
})

/** The counter goes up by one with every request of a session, from 0. The plaintext may be empty. */
export const sealRequest = (
  primitives: SealedPrimitives,
  keys: SessionKeys,
  exchange: Exchange,
  counter: number,
  plaintext: Uint8Array,
): SealedMessage => {
  const nonce = nonceOf(requestDirection, counter)
  return toMessage(nonce, primitives.chacha20poly1305.seal(keys.request, nonce, plaintext, associatedData(exchange)))
}

/** Throws `crypto.failed` for what was not sealed for this exchange. Whether the counter is new is `admit`'s to say. */
export const openRequest = (
  primitives: SealedPrimitives,
  keys: SessionKeys,
  exchange: Exchange,
  { nonce, ciphertext }: { nonce: Uint8Array; ciphertext: Uint8Array },
): { counter: number; plaintext: Uint8Array } => {
  if (nonce.length !== nonceBytes || readU32be(nonce) !== requestDirection) throw new CairnError('crypto.failed')
  const counter = readU32be(nonce, 4) * 2 ** 32 + readU32be(nonce, 8)
  if (!Number.isSafeInteger(counter)) throw new CairnError('crypto.failed') // nobody has sent that many
  return { counter, plaintext: primitives.chacha20poly1305.open(keys.request, nonce, ciphertext, associatedData(exchange)) }
}

/** One response only for each counter: a second would be under the same key and nonce. */
export const sealResponse = (
  primitives: SealedPrimitives,
  keys: SessionKeys,
  exchange: Exchange & { counter: number; status: number },
  plaintext: Uint8Array,
): SealedMessage => {
  const nonce = nonceOf(responseDirection, exchange.counter)
  return toMessage(nonce, primitives.chacha20poly1305.seal(keys.response, nonce, plaintext, associatedData(exchange, exchange.status)))
}

/** Throws `crypto.failed` unless it is the response to the request of `exchange.counter`, with this status. */
export const openResponse = (
  primitives: SealedPrimitives,
  keys: SessionKeys,
  exchange: Exchange & { counter: number; status: number },
  { nonce, ciphertext }: { nonce: Uint8Array; ciphertext: Uint8Array },
): Uint8Array => {
  if (!equalBytes(nonce, nonceOf(responseDirection, exchange.counter))) throw new CairnError('crypto.failed')
  return primitives.chacha20poly1305.open(keys.response, nonce, ciphertext, associatedData(exchange, exchange.status))
}

/** The bytes of a message as it was parsed from JSON. Throws `codec.malformed` for anything but two texts in base64. */
export const decodeSealed = (message: unknown): { nonce: Uint8Array; ciphertext: Uint8Array } => {
  const { nonce, ciphertext, ...more } = (typeof message === 'object' && message !== null ? message : {}) as Record<string, unknown>
  if (typeof nonce !== 'string' || typeof ciphertext !== 'string' || Object.keys(more).length > 0) throw new CairnError('codec.malformed')
  try {
    return { nonce: base64.decode(nonce), ciphertext: base64.decode(ciphertext) }
  } catch {
    throw new CairnError('codec.malformed')
  }
}

/** Which counters of a session came already: the highest, and a bit for each of the last 64, the highest's the lowest. */
export interface ReplayWindow {
  highest: number
  seen: bigint
}

export const emptyWindow: ReplayWindow = { highest: -1, seen: 0n }

/** The window after `counter`; null where it came before, or is further behind than the window reaches. */
export const admit = ({ highest, seen }: ReplayWindow, counter: number): ReplayWindow | null => {
  const ahead = counter - highest
  if (ahead > 0) return { highest: counter, seen: ahead >= windowSize ? 1n : BigInt.asUintN(windowSize, seen << BigInt(ahead)) | 1n }
  if (-ahead >= windowSize) return null
  const bit = 1n << BigInt(-ahead)
  return (seen & bit) === 0n ? { highest, seen: seen | bit } : null
}

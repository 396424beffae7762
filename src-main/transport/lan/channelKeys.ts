/** What two ephemeral X25519 keys agree on, docs/protocol.md section 10. HKDF is RFC 5869 with SHA-256. */
import { concat, hex, utf8, wipe } from '../../protocol/bytes.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import type { LanProfile } from './profiles.ts'

export type Role = 'client' | 'server'

/** The keys of one generation, as one side sees them; 32 bytes each. */
export interface DirectionKeys {
  send: Uint8Array
  receive: Uint8Array
  /** Goes into the next generation, and into nothing else. Empty in profile bittrrt, which has no next one. */
  chain: Uint8Array
}

export interface Agreed {
  keys: DirectionKeys
  /** Of the other side. */
  peerKey: Uint8Array
  /** `H(pk_c ‖ pk_s)`. */
  channelHash: Uint8Array
}

interface Exchange {
  role: Role
  secretKey: Uint8Array
  ownKey: Uint8Array
  peerKey: Uint8Array
}

const rotationLabel = utf8('cairn/1 lan rotation')

const hashOf = ({ role, ownKey, peerKey }: Exchange, { sha256 }: Primitives): Uint8Array =>
  role === 'client' ? sha256(ownKey, peerKey) : sha256(peerKey, ownKey)

/** One key for each direction, and one that is kept for the next generation: 96 bytes, of which the first 64 are the two keys. */
function directionKeys(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, role: Role, { hkdf }: Primitives): DirectionKeys {
  const output = hkdf(ikm, info, 96, salt)
  const [fromClient, fromServer, chain] = [output.slice(0, 32), output.slice(32, 64), output.slice(64)]
  wipe(output)
  return role === 'client' ? { send: fromClient, receive: fromServer, chain } : { send: fromServer, receive: fromClient, chain }
}

/** One key for both directions, HKDF without salt. */
function commonKey(dh: Uint8Array, info: Uint8Array, { hkdf }: Primitives): DirectionKeys {
  const key = hkdf(dh, info, 32)
  return { send: key, receive: key, chain: new Uint8Array() }
}

/** The keys of the handshake. Throws `crypto.failed` for a key of low order. */
export function agree(profile: LanProfile, exchange: Exchange, primitives: Primitives): Agreed {
  const dh = primitives.x25519.sharedSecret(exchange.secretKey, exchange.peerKey)
  const channelHash = hashOf(exchange, primitives)
  const info = utf8(profile.label)
  const keys = profile.name === 'cairn' ? directionKeys(dh, channelHash, info, exchange.role, primitives) : commonKey(dh, info, primitives)
  wipe(dh)
  return { keys, peerKey: exchange.peerKey, channelHash }
}

/** The keys after a rotation: of fresh ephemeral keys and of the generation before. Throws `crypto.failed` for a key of low order. */
export function rotate(chain: Uint8Array, exchange: Exchange, primitives: Primitives): DirectionKeys {
  const dh = primitives.x25519.sharedSecret(exchange.secretKey, exchange.peerKey)
  const ikm = concat(dh, chain)
  const keys = directionKeys(ikm, hashOf(exchange, primitives), rotationLabel, exchange.role, primitives)
  wipe(dh, ikm)
  return keys
}

/** The first 16 bytes in hex, in eight groups, for people to compare. */
export const inGroups = (bytes: Uint8Array): string => (hex(bytes.subarray(0, 16)).match(/.{4}/g) as string[]).join(' ')

/** Of a side's ephemeral key. */
export const fingerprintOf = (key: Uint8Array, { sha256 }: Primitives): string => inGroups(sha256(key))

/**
 * The short invite, docs/protocol.md section 2 (c): the invite waits at a relay, encrypted under a key derived from a
 * random 32-byte `K`; handed over is only `K` and the relay's address, as text or as a small QR code.
 *
 * Blob: `nonce(24) ‖ XSalsa20-Poly1305(HKDF(K, "cairn/1 short key"), nonce, padded CBOR {v: 1, invite, d})`, of a blob
 * size; `d` is the key that deletes it. It lies on the series of the RV seed `HKDF(K, "cairn/1 short seed")`.
 * Text: bech32m (BIP-350) with the prefix `cairn`, of `K ‖ utf8(relay address)`; longer than BIP-173's 90 characters.
 */
import { bech32m } from '@scure/base'
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { isBlobSize, wireLimits } from '#shared/wire/limits.ts'
import { isNormalRelayAddress, normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { concat, fromUtf8, utf8, wipe } from './bytes.ts'
import { bytes, decodeVersion1, encodeCbor } from './cbor.ts'
import { inInviteWords } from './inviteErrors.ts'
import { pad, unpad } from './padding.ts'
import type { Context, Primitives } from './primitives.ts'
import { smallestBlob } from './seal.ts'

const prefix = 'cairn'
const keyBytes = 32
const overhead = 24 + 16
/** Prefix, separator, five bits a character, checksum of six. */
const textChars = prefix.length + 1 + Math.ceil(((keyBytes + limits.relayAddressChars) * 8) / 5) + 6

/** `key` encrypts the blob, `seed` is the RV seed where it lies; 32 bytes each. */
export const shortInviteKeys = (primitives: Primitives, K: Uint8Array): { key: Uint8Array; seed: Uint8Array } => ({
  key: primitives.hkdf(K, utf8('cairn/1 short key'), 32),
  seed: primitives.hkdf(K, utf8('cairn/1 short seed'), 32),
})

/** @throws CairnError `invite.too-large` for an invite that fits no blob */
export const sealShortInvite = (context: Context, K: Uint8Array, invite: Uint8Array, deleteKey: Uint8Array): Uint8Array => {
  const { primitives, random } = context
  const content = encodeCbor({ v: 1, invite, d: deleteKey })
  if (content.length >= wireLimits.blobMax - overhead) throw new CairnError('invite.too-large')
  const { key } = shortInviteKeys(primitives, K)
  const nonce = random(24)
  const blob = concat(nonce, primitives.secretbox.seal(key, nonce, pad(content, smallestBlob(content.length, overhead) - overhead)))
  wipe(key)
  return blob
}

const schema = v.strictObject({ v: v.literal(1), invite: bytes({ max: limits.inviteBytes }), d: bytes(32) })

const openBlob = (primitives: Primitives, K: Uint8Array, blob: Uint8Array): Uint8Array => {
  const { key } = shortInviteKeys(primitives, K)
  try {
    return unpad(primitives.secretbox.open(key, blob.subarray(0, 24), blob.subarray(24)))
  } finally {
    wipe(key)
  }
}

/**
 * The invite's bytes, still to be decoded, and the key that deletes the blob at the relay.
 * @throws CairnError `invite.damaged`, `invite.newer-version`
 */
export const openShortInvite = (primitives: Primitives, K: Uint8Array, blob: Uint8Array): { invite: Uint8Array; deleteKey: Uint8Array } => {
  if (!isBlobSize(blob.length)) throw new CairnError('invite.damaged')
  return inInviteWords(() => {
    const { invite, d } = decodeVersion1(openBlob(primitives, K, blob), schema)
    return { invite, deleteKey: d }
  })
}

/** `relay` in normal form. Throws `crypto.failed` for a `K` that is not 32 bytes, `relay.address-invalid`. */
export const encodeShortInviteText = (K: Uint8Array, relay: string): string => {
  if (K.length !== keyBytes) throw new CairnError('crypto.failed')
  return bech32m.encode(prefix, bech32m.toWords(concat(K, utf8(normalizeRelayAddress(relay)))), textChars)
}

const link = /^(?:cairn:(?:\/\/)?)?(cairn1[a-z0-9]+)\/?$/

/** True for text that means to be a short invite, whatever is wrong with it. Reads the first hundred characters only. */
export const looksLikeShortInvite = (text: string): boolean => /^\s*(cairn:(\/\/)?)?\s*cairn1/i.test(text.slice(0, 100))

/**
 * Upper and lower case, white space anywhere and the link form `cairn:cairn1…` are accepted.
 * @throws CairnError `invite.damaged`, `invite.too-large`
 */
export const parseShortInviteText = (text: string): { K: Uint8Array; relay: string } => {
  if (text.length > limits.inviteBytes) throw new CairnError('invite.too-large')
  const code = link.exec(text.replace(/\s+/g, '').toLowerCase())?.[1]
  if (!code || code.length > textChars) throw new CairnError('invite.damaged')
  const content = decodeBech32m(code)
  const relay = fromUtf8(content.subarray(keyBytes))
  if (relay === null || !isNormalRelayAddress(relay)) throw new CairnError('invite.damaged')
  return { K: content.slice(0, keyBytes), relay }
}

const decodeBech32m = (code: string): Uint8Array => {
  try {
    return bech32m.fromWords(bech32m.decode(code as `${string}1${string}`, textChars).words)
  } catch (cause) {
    throw new CairnError('invite.damaged', { cause })
  }
}

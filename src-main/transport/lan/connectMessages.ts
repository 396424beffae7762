/**
 * The datagrams of the handshake, docs/protocol.md section 10: JSON in a Fernet token.
 *
 *     {"cmd":"connect","pubkey":…}                                      both profiles; in profile cairn also "cookie" and "pad"
 *     {"cmd":"connected","pubkey":…}                                    in profile cairn also "to"
 *     {"cmd":"cookie","cookie":…,"to":…}                                profile cairn
 *
 * Keys are 32 bytes as URL-safe base64. A `connect` of profile cairn is padded so that no answer is longer than it; `to` repeats the
 * client's key, so that nobody who has not seen the question can answer it.
 */
import { base64url, base64urlnopad } from '@scure/base'
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { fromUtf8, utf8 } from '../../protocol/bytes.ts'
import type { Context, Primitives } from '../../protocol/primitives.ts'
import { openFernet, sealFernet } from './fernet.ts'
import type { LanProfile } from './profiles.ts'

/** Of UDP's payload: what every network carries unfragmented, with room for tunnels. */
export const datagramMax = 1200

export const cookieBytes = 16

/** Plaintext of a padded `connect`: one byte short of whole blocks. */
const connectBytes = 191

const base64 = (length: number) =>
  v.pipe(
    v.string(),
    v.maxLength(4 * Math.ceil(length / 3)),
    v.transform((text) => text.replace(/=+$/, '')),
    v.check((text) => isBase64(text, length)),
    v.transform((text) => base64urlnopad.decode(text)),
  )

const isBase64 = (text: string, length: number): boolean => {
  try {
    return base64urlnopad.decode(text).length === length
  } catch {
    return false
  }
}

const key = base64(32)

// Fields that are not named here are left out: a later release may have more.
const message = v.variant('cmd', [
  v.object({ cmd: v.literal('connect'), pubkey: key, cookie: v.optional(base64(cookieBytes)) }),
  v.object({ cmd: v.literal('connected'), pubkey: key, to: v.optional(key) }),
  v.object({ cmd: v.literal('cookie'), cookie: base64(cookieBytes), to: key }),
])

export type ConnectMessage = v.InferOutput<typeof message>
export type Connect = Extract<ConnectMessage, { cmd: 'connect' }>

const padded = (json: string, length: number): string => {
  const frame = ',"pad":""}'.length - 1
  const missing = length - json.length - frame
  return missing < 0 ? json : `${json.slice(0, -1)},"pad":"${'0'.repeat(missing)}"}`
}

/** The datagram of a message. Of what the profile does not know, nothing is written. */
export function encodeMessage(profile: LanProfile, sent: ConnectMessage, context: Context): Uint8Array {
  const isCairn = profile.name === 'cairn'
  const fields: Record<string, string> = { cmd: sent.cmd }
  if (sent.cmd !== 'cookie') fields['pubkey'] = base64url.encode(sent.pubkey)
  if (isCairn && sent.cmd !== 'connected' && sent.cookie) fields['cookie'] = base64url.encode(sent.cookie)
  if (isCairn && sent.cmd !== 'connect' && sent.to) fields['to'] = base64url.encode(sent.to)
  const json = JSON.stringify(fields)
  return sealFernet(profile.obfuscationKey, utf8(isCairn && sent.cmd === 'connect' ? padded(json, connectBytes) : json), context)
}

const parseJson = (bytes: Uint8Array): unknown => {
  const text = fromUtf8(bytes)
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null // refused by the schema
  }
}

/** Later releases of BittrRt put a counter of eight bytes before the JSON. */
const counterBytes = 8

/**
 * What a datagram of the handshake says.
 * Errors: `codec.too-large`, `codec.malformed`, and `lan.tampered` where it was changed or is of another key.
 */
export function decodeMessage(profile: LanProfile, datagram: Uint8Array, primitives: Pick<Primitives, 'hmac'>): ConnectMessage {
  if (datagram.length > datagramMax) throw new CairnError('codec.too-large', { details: { what: 'datagram' } })
  const plaintext = openFernet(profile.obfuscationKey, datagram, primitives)
  const value = parseJson(plaintext) ?? parseJson(plaintext.subarray(counterBytes))
  const parsed = v.safeParse(message, value)
  if (!parsed.success) throw new CairnError('codec.malformed', { details: { what: 'connect message' } })
  return parsed.output
}

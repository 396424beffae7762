/**
 * Who may become a user where the operator wants to be asked: whoever has an invitation. One is a promise that the relay signs for
 * itself, so that making one needs its master key and no running relay, and nothing is kept of it until it is used; then its hash
 * alone, beside no user, until it would have ended anyway.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'

const lifetime = 30 * 24 * 3600_000
/** u64be time of its end ‖ 16 random bytes ‖ HMAC-SHA-256 of both. */
const [headBytes, macBytes] = [24, 32]

export const invitationSchema = v.pipe(v.string(), v.regex(/^[\w-]{75}$/, 'an invitation of this relay'))

const macOf = (masterKey: Uint8Array, head: Uint8Array): Buffer => {
  const key = createHmac('sha256', masterKey).update('cairn/1 invitation').digest()
  return createHmac('sha256', key).update(head).digest()
}

export function makeInvitation(masterKey: Uint8Array, now: number): string {
  const head = Buffer.alloc(headBytes)
  head.writeBigUInt64BE(BigInt(now + lifetime))
  randomBytes(headBytes - 8).copy(head, 8)
  return Buffer.concat([head, macOf(masterKey, head)]).toString('base64url')
}

export interface Invitation {
  hash: Uint8Array
  expires: number
}

/** Null for what this relay did not sign, and for what is over. Whether it was used is the store's to say. */
export function readInvitation(masterKey: Uint8Array, text: string, now: number): Invitation | null {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== headBytes + macBytes) return null
  const head = bytes.subarray(0, headBytes)
  if (!timingSafeEqual(bytes.subarray(headBytes), macOf(masterKey, head))) return null
  const expires = Number(head.readBigUInt64BE())
  // of its signed part alone: the last character of base64 can be written in more ways than one
  return expires <= now ? null : { hash: new Uint8Array(createHash('sha256').update(head).digest()), expires }
}

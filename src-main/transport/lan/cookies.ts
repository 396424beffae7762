/**
 * Proof that a client receives at the address it sends from, docs/protocol.md section 10, without any memory of it here (as RFC 9147 section 5.1):
 *
 *     cookie = HMAC(secret, u64be slot ‖ u16be port ‖ pubkey (32) ‖ address), 16 bytes; a slot is ten seconds, and the one before counts as well
 */
import { concat, equalBytes, u32be, utf8 } from '../../protocol/bytes.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import { cookieBytes } from './connectMessages.ts'
import type { Remote } from './datagram.ts'

const slotMs = 10_000

export interface Cookies {
  of(remote: Remote, pubkey: Uint8Array, now: number): Uint8Array
  isValid(cookie: Uint8Array, remote: Remote, pubkey: Uint8Array, now: number): boolean
}

/** `secret`: 32 random bytes of this run. */
export function createCookies(secret: Uint8Array, { hmac }: Primitives): Cookies {
  const inSlot = (slot: number, { address, port }: Remote, pubkey: Uint8Array): Uint8Array => {
    const bound = concat(u32be(Math.floor(slot / 2 ** 32)), u32be(slot % 2 ** 32), Uint8Array.of(port >> 8, port), pubkey, utf8(address))
    return hmac(secret, bound).subarray(0, cookieBytes)
  }
  const slotAt = (now: number) => Math.max(1, Math.floor(now / slotMs))
  return {
    of: (remote, pubkey, now) => inSlot(slotAt(now), remote, pubkey),
    isValid: (cookie, remote, pubkey, now) =>
      [slotAt(now), slotAt(now) - 1].some((slot) => equalBytes(cookie, inSlot(slot, remote, pubkey))),
  }
}

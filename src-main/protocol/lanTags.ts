/**
 * How two apps that met on a network find out whether they know each other, docs/protocol.md section 10: each says, for every secret it shares
 * with somebody, the first 8 bytes of
 *
 *     HMAC(secret, "cairn/1 lan" ‖ role ‖ H(pk_c ‖ pk_s))
 *
 * A tag shows nothing to who does not have the secret, is another on every channel, and cannot be carried over to one that somebody in the
 * middle made. Random ones fill the list up to a power of two.
 */
import { concat, hex, utf8 } from './bytes.ts'
import type { Primitives } from './primitives.ts'

export type LanRole = 'client' | 'server'

const tagBytes = 8
/** As many as one message of the stream holds: 8,192 contacts, or the four keys each of 2,048. */
const tagsMost = 8192
const tagsFewest = 16

const label = utf8('cairn/1 lan')
const roles = { client: utf8('client'), server: utf8('server') }

/** `role`: of whoever says it; `channel`: 32 bytes. */
export const lanTag = (primitives: Primitives, secret: Uint8Array, role: LanRole, channel: Uint8Array): Uint8Array =>
  primitives.hmac(secret, concat(label, roles[role], channel)).slice(0, tagBytes)

/** The list as it is sent, in an order that says nothing. Of more than `tagsMost` secrets the last ones are left out. */
export function tagList(
  { primitives, random }: { primitives: Primitives; random: (length: number) => Uint8Array },
  secrets: readonly Uint8Array[],
  role: LanRole,
  channel: Uint8Array,
): Uint8Array {
  const tags = secrets.slice(0, tagsMost).map((secret) => lanTag(primitives, secret, role, channel))
  let size = tagsFewest
  while (size < tags.length) size *= 2
  while (tags.length < size) tags.push(random(tagBytes))
  return concat(...tags.toSorted((a, b) => (hex(a) < hex(b) ? -1 : 1)))
}

/** Which of `known` are in a list that whoever has `role` sent; none where that is no list. */
export function recognised<T extends { secret: Uint8Array }>(
  primitives: Primitives,
  known: readonly T[],
  list: Uint8Array,
  role: LanRole,
  channel: Uint8Array,
): T[] {
  if (list.length % tagBytes !== 0 || list.length > tagBytes * tagsMost) return []
  const named = new Set(Array.from({ length: list.length / tagBytes }, (_, i) => hex(list.subarray(i * tagBytes, (i + 1) * tagBytes))))
  return known.filter(({ secret }) => named.has(hex(lanTag(primitives, secret, role, channel))))
}

/**
 * Signed, hash-linked changes of a group, docs/protocol.md section 9. As with identities, two nested deterministic CBOR values, so that
 * hash and signature cover exact bytes:
 *
 *     body   = { v: 1, group?, generation, parent?, signer, at, op, state }
 *     change = { body: <the bytes of body>, sig: Ed25519(sigKey of signer, "cairn/1 sig " ‖ "group" ‖ 0x00 ‖ body) }
 *
 * `hash = H("cairn/1 group" ‖ body)`; the first change has no parent, and its hash is the group's id, so that nobody can make another
 * beginning for it. `state` is the digest of what the group is after the change (groupState.ts): two programs that come to different
 * states do not drift apart unseen.
 */
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { hex, unhex, utf8 } from './bytes.ts'
import { bytes, decodeCbor, decodeVersion1, encodeCbor, u64 } from './cbor.ts'
import { isNick, publicIdentityBytes, signedBytes, type Identity } from './identity.ts'
import type { Primitives } from './primitives.ts'

const id = bytes(32)
const name = v.pipe(v.string(), v.check(isNick))
const identity = bytes({ max: publicIdentityBytes })
const some = <const Entry extends v.GenericSchema>(entry: Entry) => v.pipe(v.array(entry), v.minLength(1), v.maxLength(limits.groupMembers))

const operation = v.variant('op', [
  /** The first one; `salt` makes two groups of one name different. */
  v.strictObject({ op: v.literal('create'), name, owner: identity, salt: bytes(16) }),
  /** Names are for those who do not know the person yet. */
  v.strictObject({ op: v.literal('add'), members: some(v.strictObject({ id, name })) }),
  v.strictObject({ op: v.literal('remove'), members: some(id) }),
  v.strictObject({ op: v.literal('rename'), name }),
  /** A small JPEG or WebP picture; empty: none. */
  v.strictObject({ op: v.literal('picture'), picture: bytes({ max: limits.previewBytes }) }),
  /** Seconds messages stay; 0: for good. */
  v.strictObject({ op: v.literal('timer'), seconds: v.pipe(u64(), v.maxValue(limits.timerSecondsMost)) }),
  v.strictObject({ op: v.literal('promote'), identity }),
  v.strictObject({ op: v.literal('demote'), member: id }),
  v.strictObject({ op: v.literal('transfer'), member: id }),
  v.strictObject({ op: v.literal('dissolve') }),
])

export type Operation = v.InferOutput<typeof operation>

const outerSchema = v.strictObject({ body: bytes({ max: limits.groupChangeBytes }), sig: bytes(64) })
const bodySchema = v.strictObject({
  v: v.literal(1),
  group: v.exactOptional(id),
  generation: u64(),
  parent: v.exactOptional(id),
  signer: id,
  at: u64(),
  op: operation,
  state: bytes(32),
})

/** What the signer says; ids and hashes in hex. */
export interface NewChange {
  /** Null for the first change alone. */
  group: string | null
  parent: string | null
  /** 0, and one more with each change. */
  generation: number
  signer: string
  /** Unix milliseconds by the signer's clock; orders nothing. */
  at: number
  op: Operation
  /** 32 bytes. */
  state: Uint8Array
}

export interface GroupChange extends NewChange {
  hash: string
  /** Exactly as received: what is passed on. */
  bytes: Uint8Array
  body: Uint8Array
  sig: Uint8Array
}

const hashLabel = utf8('cairn/1 group')
const hashOf = (primitives: Primitives, body: Uint8Array): string => hex(primitives.sha256(hashLabel, body))

/** Signed by `me`, who is its `signer`. */
export function signChange(primitives: Primitives, me: Identity, change: Omit<NewChange, 'signer'>): GroupChange {
  const { group, parent, generation, at, op, state } = change
  const links = { ...(group === null ? {} : { group: unhex(group) }), ...(parent === null ? {} : { parent: unhex(parent) }) }
  const body = encodeCbor({ v: 1, ...links, generation, signer: unhex(me.id), at, op, state })
  const sig = primitives.ed25519.sign(me.sigSecret, signedBytes('group', body))
  return { ...change, signer: me.id, hash: hashOf(primitives, body), bytes: encodeCbor({ body, sig }), body, sig }
}

/**
 * Well-formed, but not checked: whose signature it must have only the state before it says (`applyChange`).
 * @throws CairnError `codec.too-large`, `codec.newer-version`, `codec.malformed`
 */
export function decodeChange(primitives: Primitives, received: Uint8Array): GroupChange {
  if (received.length > limits.groupChangeBytes) throw new CairnError('codec.too-large')
  const exact = received.slice()
  const { body, sig } = decodeCbor(exact, outerSchema)
  const { v: _, group, parent, signer, ...rest } = decodeVersion1(body, bodySchema)
  if ((parent === undefined) !== (group === undefined)) throw new CairnError('codec.malformed')
  const links = { group: group ? hex(group) : null, parent: parent ? hex(parent) : null }
  return { ...rest, ...links, signer: hex(signer), hash: hashOf(primitives, body), bytes: exact, body, sig }
}

/** The group it belongs to; for the first change, the one it makes. */
export const groupOf = (change: Pick<GroupChange, 'group' | 'hash'>): string => change.group ?? change.hash

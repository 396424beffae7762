/**
 * A message of a group that goes to a member through another one, while its author has no session with that member. Source:
 * docs/protocol.md section 9.
 *
 *     copy = { v: 1, group, to, author: <public identity>, message: <CBOR>, sig: Ed25519("cairn/1 sig copy" ‖ 0x00 ‖ group ‖ to ‖ message) }
 *     seal(to, "copy", copy)
 *
 * Whoever passes it on can neither read nor change it. The signature says who wrote it where no session can; with it, its reader could
 * prove that to others, which is why copies are made only where the author agreed to it.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { concat, equalBytes, unhex } from './bytes.ts'
import { bytes, decodeVersion1, encodeCbor } from './cbor.ts'
import { decodePublicIdentity, publicIdentityBytes, signedBytes, type Identity, type PublicIdentity } from './identity.ts'
import type { HybridPublicKeys } from './hybridKem.ts'
import type { Context, Primitives } from './primitives.ts'
import { openSeal, seal, sealOverhead } from './seal.ts'

/** The second of the three blob sizes: in the third there would be no room for what carries it. */
export const sealedCopyBytes = wireLimits.blobSizes[1]

const hash = bytes(32)
const schema = v.strictObject({
  ...{ v: v.literal(1), group: hash, to: hash, author: bytes({ max: publicIdentityBytes }) },
  ...{ message: bytes({ max: sealedCopyBytes }), sig: bytes(64) },
})

const signed = (group: Uint8Array, to: Uint8Array, message: Uint8Array): Uint8Array => signedBytes('copy', concat(group, to, message))

export interface Copied {
  /** The group's id, in hex. */
  group: string
  /** CBOR of the message, without its place in a stream. */
  message: Uint8Array
}

/** Null where it is too long to be passed on; then it waits for a session. */
export function sealCopy(context: Context, me: Identity, to: HybridPublicKeys & { id: string }, copied: Copied): Uint8Array | null {
  const [group, reader] = [unhex(copied.group), unhex(to.id)]
  const sig = context.primitives.ed25519.sign(me.sigSecret, signed(group, reader, copied.message))
  const content = encodeCbor({ v: 1, group, to: reader, author: me.publicBytes, message: copied.message, sig })
  return content.length + sealOverhead < sealedCopyBytes ? seal(context, to, 'copy', content) : null
}

/**
 * What a copy says and who wrote it, where it was written for `me` and this group.
 * Errors: `crypto.failed`, `codec.*`, those of `decodePublicIdentity`.
 */
export function openCopy(
  primitives: Primitives,
  me: Identity,
  group: string,
  sealed: Uint8Array,
): { author: PublicIdentity; message: Uint8Array } {
  const copy = decodeVersion1(openSeal(primitives, me, 'copy', sealed), schema)
  const author = decodePublicIdentity(primitives, copy.author)
  const isOurs = equalBytes(copy.group, unhex(group)) && equalBytes(copy.to, unhex(me.id))
  const isSigned = primitives.ed25519.verify(author.sigKey, signed(copy.group, copy.to, copy.message), copy.sig)
  if (!isOurs || !isSigned) throw new CairnError('crypto.failed')
  return { author, message: copy.message }
}

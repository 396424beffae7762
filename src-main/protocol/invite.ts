/**
 * The invite, msg1 of the key exchange (`OOBPublicIdInvite`); docs/protocol.md section 2. One deterministic CBOR map:
 *
 *     { v: 1, identity: <bytes of the signed public identity>, initialRV, resetRV, relays: 1..4 addresses in normal form,
 *       epoch, created, expires, uses: "one" | "many", for?: <32-byte id of the only person who may use it>,
 *       withdraw?: <32-byte hash of what withdraws an invite of many uses> }
 *
 * Whoever holds it can answer it once (or, for `many`, more often), so it is handed over in private.
 */
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { isMeetingPlace } from '#shared/wire/lanPlace.ts'
import { hex, unhex } from './bytes.ts'
import { bytes, decodeVersion1, encodeCbor, u64 } from './cbor.ts'
import { decodePublicIdentity, publicIdentityBytes, type PublicIdentity } from './identity.ts'
import { inInviteWords } from './inviteErrors.ts'
import type { Primitives } from './primitives.ts'

interface InviteTerms {
  /** RV seeds, 32 bytes each: where to answer, and where the inviter may be asked to reset the session to come. */
  initialRV: Uint8Array
  resetRV: Uint8Array
  /** In normal form. */
  relays: string[]
  epoch: number
  /** Unix milliseconds, as is `expires`. */
  created: number
  expires: number
  uses: 'one' | 'many'
  /** The id, in hex, of the only person who may use it. */
  for?: string
  /** `H(w)`: whoever shows `w` withdraws an invite of many uses. */
  withdraw?: Uint8Array
}

/** What `encodeInvite` is given: `identity` is the signed public identity as it is handed to others. */
export interface NewInvite extends InviteTerms {
  identity: Uint8Array
}

export interface Invite extends InviteTerms {
  /** Exactly as received: what the transcript covers. */
  bytes: Uint8Array
  identity: PublicIdentity
}

const fields = v.strictObject({
  v: v.literal(1),
  identity: bytes({ max: publicIdentityBytes }),
  initialRV: bytes(32),
  resetRV: bytes(32),
  relays: v.pipe(v.array(v.pipe(v.string(), v.check(isMeetingPlace))), v.minLength(1), v.maxLength(4)),
  epoch: u64(),
  created: u64(),
  expires: u64(),
  uses: v.picklist(['one', 'many']),
  for: v.exactOptional(bytes(32)),
  withdraw: v.exactOptional(bytes(32)),
})
const schema = v.pipe(
  fields,
  v.check(({ uses, withdraw }) => uses === 'many' || withdraw === undefined),
)

/** Relay addresses must be in normal form. Throws `codec.malformed` for terms that `decodeInvite` would refuse. */
export const encodeInvite = ({ for: onlyFor, ...terms }: NewInvite): Uint8Array => {
  const invite = { v: 1, ...terms, ...(onlyFor === undefined ? {} : { for: unhex(onlyFor) }) }
  if (!v.is(schema, invite)) throw new CairnError('codec.malformed')
  return encodeCbor(invite)
}

/** @throws CairnError `invite.too-large`, `invite.newer-version`, `invite.damaged` */
export const decodeInvite = (primitives: Primitives, received: Uint8Array): Invite => {
  if (received.length > limits.inviteBytes) throw new CairnError('invite.too-large')
  return inInviteWords(() => {
    const exact = received.slice()
    const { v: _, identity, for: onlyFor, ...terms } = decodeVersion1(exact, schema)
    return {
      bytes: exact,
      identity: decodePublicIdentity(primitives, identity),
      ...terms,
      ...(onlyFor === undefined ? {} : { for: hex(onlyFor) }),
    }
  })
}

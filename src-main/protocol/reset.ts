/**
 * Requests to reset a broken session. Source: docs/protocol.md section 6.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, unhex, utf8 } from './bytes.ts'
import { bytes, decodeCbor, encodeCbor } from './cbor.ts'
import type { Identity, PublicIdentity } from './identity.ts'
import { decodeInvite, type Invite } from './invite.ts'
import type { Context, Primitives } from './primitives.ts'
import { openSeal, seal } from './seal.ts'

const seriesLabel = utf8('cairn/1 reset')
const macLabel = utf8('cairn/1 reset mac')

const schema = v.strictObject({ v: v.literal(1), invite: bytes({ max: 8192 }), mac: bytes(32), d: bytes(32) })

/** A request lives for 7 days. */
export const resetLifetime = 7 * 24 * 3600 * 1000

/** The RV seed of the series on which X is asked to reset: `HMAC(contactKey, "cairn/1 reset" ‖ resetRV_X ‖ idX)`. */
export const resetSeries = (primitives: Primitives, contactKey: Uint8Array, resetRV: Uint8Array, id: string): Uint8Array =>
  primitives.hmac(contactKey, concat(seriesLabel, resetRV, unhex(id)))

const macOf = (primitives: Primitives, contactKey: Uint8Array, invite: Uint8Array) =>
  primitives.hmac(primitives.hmac(contactKey, macLabel), invite)

/** The blob that asks `peer` to answer `invite`; only a holder of `contactKey` can make one that is heard. */
export function sealResetRequest(context: Context, peer: PublicIdentity, contactKey: Uint8Array, inviteBytes: Uint8Array) {
  const mac = macOf(context.primitives, contactKey, inviteBytes)
  const d = context.random(32)
  const blob = seal(context, peer, 'reset', encodeCbor({ v: 1, invite: inviteBytes, mac, d }))
  return { blob, deleteHash: context.primitives.sha256(d) }
}

/**
 * Opens a request from the contact `peerId`, who shares `contactKey` with us.
 * Errors: `crypto.failed`, `codec.malformed`, `session.refused` (bad MAC, another's identity, not for us), `invite.expired`.
 */
export function openResetRequest(
  context: Context,
  identity: Identity,
  contact: { id: string; contactKey: Uint8Array },
  blob: Uint8Array,
): { invite: Invite; deleteKey: Uint8Array } {
  const { primitives } = context
  const request = decodeCbor(openSeal(primitives, identity, 'reset', blob), schema)
  if (!equalBytes(request.mac, macOf(primitives, contact.contactKey, request.invite))) throw new CairnError('session.refused')
  const invite = decodeInvite(primitives, request.invite)
  if (invite.identity.id !== contact.id || invite.for !== identity.id) throw new CairnError('session.refused')
  if (invite.expires <= context.now) throw new CairnError('invite.expired')
  return { invite, deleteKey: request.d }
}

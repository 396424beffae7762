/**
 * The invite that an introduction brings: sealed to whoever asked, so that the one between can neither read nor use it. Source:
 * docs/protocol.md section 7.
 *
 *     seal(asker, "introduce", { v: 1, introduction: <16 bytes>, invite: <bytes of a single-use invite for the asker> })
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { hex, unhex } from './bytes.ts'
import { bytes, decodeCbor, encodeCbor } from './cbor.ts'
import type { Identity, PublicIdentity } from './identity.ts'
import { decodeInvite, type Invite } from './invite.ts'
import type { Context } from './primitives.ts'
import { openSeal, seal } from './seal.ts'

const schema = v.strictObject({ v: v.literal(1), introduction: bytes(16), invite: bytes({ max: 8192 }) })

/** `introduction`: its id, in hex. */
export const sealIntroduction = (context: Context, asker: PublicIdentity, introduction: string, invite: Uint8Array): Uint8Array =>
  seal(context, asker, 'introduce', encodeCbor({ v: 1, introduction: unhex(introduction), invite }))

/** Why an invite that opened is refused all the same. */
type Refusal = 'another-introduction' | 'another-person' | 'not-for-us' | 'many-uses'

function refusalOf(invite: Invite, named: string, expected: { introduction: string; target: string; me: string }): Refusal | null {
  if (named !== expected.introduction) return 'another-introduction'
  if (invite.identity.id !== expected.target) return 'another-person'
  if (invite.for !== expected.me) return 'not-for-us'
  return invite.uses === 'one' ? null : 'many-uses'
}

/**
 * The invite of exactly the person that was asked for, in answer to exactly this introduction. Ids are hex.
 * Errors: `crypto.failed`, `codec.malformed`, those of `decodeInvite`, `invite.expired`, `introduction.refused` (`why` in its details).
 */
export function openIntroduction(
  context: Context,
  identity: Identity,
  { introduction, target }: { introduction: string; target: string },
  sealed: Uint8Array,
): Invite {
  const content = decodeCbor(openSeal(context.primitives, identity, 'introduce', sealed), schema)
  const invite = decodeInvite(context.primitives, content.invite)
  const why = refusalOf(invite, hex(content.introduction), { introduction, target, me: identity.id })
  if (why !== null) throw new CairnError('introduction.refused', { details: { why } })
  if (invite.expires <= context.now) throw new CairnError('invite.expired')
  return invite
}

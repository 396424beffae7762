/** A single entry for whatever text a person hands in as an invite: armored, or short. */
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { dearmorInvite } from '#shared/invite/armor.ts'
import type { Primitives } from './primitives.ts'
import { looksLikeShortInvite, parseShortInviteText } from './shortInvite.ts'

export { armorInvite } from '#shared/invite/armor.ts'

export type InviteText = { kind: 'armored'; bytes: Uint8Array } | { kind: 'short'; K: Uint8Array; relay: string }

/**
 * What a pasted, opened or clicked text holds. The length is looked at before anything else: megabytes cost nothing.
 * @throws CairnError `invite.too-large`, `invite.damaged`
 */
export const parseInviteText = (primitives: Primitives, text: string): InviteText => {
  if (text.length > limits.inviteBytes) throw new CairnError('invite.too-large')
  if (looksLikeShortInvite(text)) return { kind: 'short', ...parseShortInviteText(text) }
  return { kind: 'armored', bytes: dearmorInvite(primitives, text) }
}

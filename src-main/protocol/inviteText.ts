/**
 * Invites as text: the armored file `*.cairn`, which is also what is pasted, and a single entry for whatever text a person
 * hands in.
 *
 *     -----BEGIN CAIRN INVITE-----
 *     <base64, lines of 64>
 *     =<base64 of the first 6 bytes of the SHA-256 of the invite>
 *     -----END CAIRN INVITE-----
 *
 * Mail and messengers wrap, indent, quote and surround such text; all of that is forgiven. The checksum tells a cut or
 * mistyped text from one that somebody made wrongly.
 */
import { base64 } from '@scure/base'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { equalBytes } from './bytes.ts'
import type { Primitives } from './primitives.ts'
import { looksLikeShortInvite, parseShortInviteText } from './shortInvite.ts'

const begin = '-----BEGIN CAIRN INVITE-----'
const end = '-----END CAIRN INVITE-----'
const checksumBytes = 6

const checksum = (primitives: Primitives, invite: Uint8Array): Uint8Array => primitives.sha256(invite).subarray(0, checksumBytes)

export const armorInvite = (primitives: Primitives, invite: Uint8Array): string => {
  const lines = base64.encode(invite).match(/.{1,64}/g) ?? []
  return [begin, ...lines, `=${base64.encode(checksum(primitives, invite))}`, end, ''].join('\n')
}

/** What stands between the two marker lines, without what mail adds. */
const armoredBody = (text: string): string => {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from + begin.length)
  if (from < 0 || to < 0) throw new CairnError('invite.damaged')
  return text.slice(from + begin.length, to).replace(/[\s>]+/g, '')
}

const decodeBase64 = (text: string): Uint8Array => {
  try {
    return base64.decode(text)
  } catch (cause) {
    throw new CairnError('invite.damaged', { cause })
  }
}

const dearmorInvite = (primitives: Primitives, text: string): Uint8Array => {
  const [, data, sum] = /^([A-Za-z0-9+/]+={0,2})=([A-Za-z0-9+/]{8})$/.exec(armoredBody(text)) ?? []
  if (data === undefined || sum === undefined) throw new CairnError('invite.damaged')
  const invite = decodeBase64(data)
  if (!equalBytes(decodeBase64(sum), checksum(primitives, invite))) throw new CairnError('invite.damaged')
  return invite
}

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

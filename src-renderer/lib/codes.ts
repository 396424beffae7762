/** What a QR code may hold, as far as this program minds. */
import { sha256 } from '@noble/hashes/sha2.js'
import { CairnError } from '#shared/errors.ts'
import { armorInvite, dearmorInvite } from '#shared/invite/armor.ts'

export type CodeKind = 'invite' | 'verify'

/** CBOR maps of nine to eleven keys, as msg1 is one: the first byte of a whole invite. */
const inviteStart = /^[\u00a9-\u00ab]/

/** @param content as scanned: text, or bytes as Latin-1 */
export function kindOfCode(content: string): CodeKind | 'other' {
  if (/^\s*cairn(:|1)/i.test(content) || content.includes('-----BEGIN CAIRN INVITE-----') || inviteStart.test(content)) return 'invite'
  return /^\s*cairn-verify:/i.test(content) ? 'verify' : 'other'
}

/** The text that the app is asked about: a whole invite in its armored form, everything else as it is. */
export function textOfCode(content: string): string {
  if (!inviteStart.test(content)) return content
  return armorInvite(
    { sha256 },
    Uint8Array.from(content, (char) => char.charCodeAt(0)),
  )
}

/** The bytes of an armored invite, for a QR code. */
export const inviteBytes = (armored: string): Uint8Array => dearmorInvite({ sha256 }, armored)

/**
 * The one code of the wanted kind.
 * @throws CairnError `picture.no-code`, `picture.several-codes`, `invite.other-code`, `verify.other-code`
 */
export function pickCode(codes: readonly string[], wanted: CodeKind): string {
  const right = codes.filter((code) => kindOfCode(code) === wanted)
  if (codes.length === 0) throw new CairnError('picture.no-code')
  if (right.length > 1) throw new CairnError('picture.several-codes')
  const [code] = right
  if (code === undefined) throw new CairnError(wanted === 'invite' ? 'invite.other-code' : 'verify.other-code')
  return textOfCode(code)
}

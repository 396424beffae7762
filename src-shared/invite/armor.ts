/**
 * The armored form of an invite: the file `*.cairn`, and what is pasted (docs/protocol.md section 2). Here because the window needs it
 * too: a QR code holds the bytes alone.
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
import { CairnError } from '../errors.ts'

const begin = '-----BEGIN CAIRN INVITE-----'
const end = '-----END CAIRN INVITE-----'
const checksumBytes = 6

export interface Sha256 {
  sha256(data: Uint8Array): Uint8Array
}

const checksum = (hash: Sha256, invite: Uint8Array): Uint8Array => hash.sha256(invite).subarray(0, checksumBytes)

export const armorInvite = (hash: Sha256, invite: Uint8Array): string => {
  const lines = base64.encode(invite).match(/.{1,64}/g) ?? []
  return [begin, ...lines, `=${base64.encode(checksum(hash, invite))}`, end, ''].join('\n')
}

/** What is between the markers, without what mail adds. */
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

/** @throws CairnError `invite.damaged` */
export const dearmorInvite = (hash: Sha256, text: string): Uint8Array => {
  const [, data, sum] = /^([A-Za-z0-9+/]+={0,2})=([A-Za-z0-9+/]{8})$/.exec(armoredBody(text)) ?? []
  if (data === undefined || sum === undefined) throw new CairnError('invite.damaged')
  const invite = decodeBase64(data)
  const [told, is] = [decodeBase64(sum), checksum(hash, invite)]
  if (!told.every((byte, i) => byte === is[i])) throw new CairnError('invite.damaged')
  return invite
}

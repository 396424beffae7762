/**
 * What the QR code beside a safety number says (docs/protocol.md section 2): whose computer shows it, and whom that computer takes the
 * other one for. Capital letters and digits only, so that the code is small.
 */
import { CairnError } from '#shared/errors.ts'

const prefix = 'CAIRN-VERIFY:'
/** Two ids in hex and what is around them, with room for a newer version. */
const mostChars = 1024

/** Ids in lower-case hex. */
export const encodeVerifyCode = (own: string, peer: string): string => `${prefix}1:${own.toUpperCase()}:${peer.toUpperCase()}`

/** @throws CairnError `verify.other-code`, `verify.newer-version` */
export function parseVerifyCode(text: string): { own: string; peer: string } {
  const code = text.length > mostChars ? '' : text.trim().toUpperCase()
  const [, version, rest] = /^CAIRN-VERIFY:([1-9][0-9]{0,3}):(.*)$/s.exec(code) ?? []
  if (version !== undefined && version !== '1') throw new CairnError('verify.newer-version')
  const [, own, peer] = /^([0-9A-F]{64}):([0-9A-F]{64})$/.exec(rest ?? '') ?? []
  if (own === undefined || peer === undefined) throw new CairnError('verify.other-code')
  return { own: own.toLowerCase(), peer: peer.toLowerCase() }
}

export type Comparison = 'match' | 'mismatch' | 'own'

/**
 * `match` if the code was shown by the contact and says us. Our own code, shown to us, proves nothing. Everything else is a mismatch:
 * the other computer has other keys than ours knows it by, or knows us by other keys.
 */
export function compareVerifyCode(code: { own: string; peer: string }, me: string, contact: string): Comparison {
  if (code.own === me) return 'own'
  return code.own === contact && code.peer === me ? 'match' : 'mismatch'
}

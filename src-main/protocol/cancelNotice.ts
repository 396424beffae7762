/**
 * The notice of cancellation, docs/protocol.md section 2: what an acceptor finds where it would answer. Whoever holds a single-use
 * invite can open the notice and make it. A public address is held by strangers, so only who knows `w` with `H(w)` in the invite can
 * withdraw it.
 */
import { concat, equalBytes, utf8 } from './bytes.ts'
import type { Invite } from './invite.ts'
import { pad, unpad } from './padding.ts'
import type { Context, Primitives } from './primitives.ts'

const noticeBytes = 4096
const cancelled = utf8('cancelled')

const noticeKey = (primitives: Primitives, initialRV: Uint8Array) => primitives.hkdf(initialRV, utf8('cairn/1 cancelled'), 32)

/** `withdraw`: the secret whose hash the invite of many uses carries; null for a single-use one. */
export function sealCancelNotice({ primitives, random }: Context, initialRV: Uint8Array, withdraw: Uint8Array | null): Uint8Array {
  const nonce = random(24)
  const content = pad(withdraw ?? cancelled, noticeBytes - 24 - 16)
  return concat(nonce, primitives.secretbox.seal(noticeKey(primitives, initialRV), nonce, content))
}

/** Whether `blob` says that `invite` is cancelled, and may say so. */
export function isCancelNotice(primitives: Primitives, invite: Invite, blob: Uint8Array): boolean {
  if (invite.uses === 'many' && invite.withdraw === undefined) return false
  try {
    const content = unpad(primitives.secretbox.open(noticeKey(primitives, invite.initialRV), blob.subarray(0, 24), blob.subarray(24)))
    return invite.withdraw === undefined ? equalBytes(content, cancelled) : equalBytes(primitives.sha256(content), invite.withdraw)
  } catch {
    return false // anything else that lies there
  }
}

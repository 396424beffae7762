/** A code as people type or paste it: alone, or with its relay's address behind an `@`. */
import { CairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { normalCode, typedCode } from '#shared/wire/userCode.ts'

/** Hyphens and spaces within the code are forgiven. Errors: `code.invalid`, `relay.address-invalid`. */
export function codeIn(text: string): { code: string; relay: string | null } {
  const [typed = '', ...rest] = text.trim().split('@')
  const code = typed.replaceAll(/[\s-]/g, '')
  if (!typedCode.test(code)) throw new CairnError('code.invalid')
  return { code: normalCode(code), relay: rest.length === 0 ? null : addressIn(rest.join('@')) }
}

/** Without a scheme, as people name a relay, it is the one with TLS. */
const addressIn = (text: string): string => normalizeRelayAddress(/^wss?:\/\//i.test(text.trim()) ? text : `wss://${text.trim()}`)

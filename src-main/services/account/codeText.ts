/** A code as people type or paste it: alone, or with its relay's address behind an `@`. */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { normalCode, typedCode } from '#shared/wire/userCode.ts'

/** Hyphens and spaces within the code are forgiven. Errors: `code.invalid`. */
export function codeIn(text: string): { code: string; relay: string | null } {
  const [typed = '', ...address] = text.trim().split('@')
  const code = typed.replaceAll(/[\s-]/g, '')
  if (!typedCode.test(code)) throw new CairnError('code.invalid')
  return { code: normalCode(code), relay: address.length === 0 ? null : addressIn(address.join('@')) }
}

function addressIn(text: string): string {
  try {
    return normalizeRelayAddress(/^wss?:\/\//i.test(text.trim()) ? text : `wss://${text.trim()}`)
  } catch (error) {
    if (isCairnError(error)) throw new CairnError('code.invalid', { cause: error })
    throw error
  }
}

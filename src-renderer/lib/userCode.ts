/** Codes of people, as they are typed, pasted and handed over. */
import { normalCode, typedCode } from '#shared/wire/userCode.ts'

export interface TypedCode {
  code: string
  /** What stood behind an `@`; null where nothing did. */
  relay: string | null
}

/** `E011T7D` or `E011T7D@relay.example`, in any case, with the spaces and dashes that people put between letters. */
export function splitCode(text: string): TypedCode {
  const at = text.indexOf('@')
  const typed = (at === -1 ? text : text.slice(0, at)).replaceAll(/[\s-]/g, '')
  const relay = at === -1 ? '' : text.slice(at + 1).trim()
  return { code: isCode(typed) ? normalCode(typed) : typed, relay: relay || null }
}

/** Whether it can be a code at all. */
export const isCode = (typed: string): boolean => typedCode.test(typed)

/** What people write of an address: `relay.example` for `wss://relay.example:7443`. `fullAddress` makes the same of it again. */
export const shortAddress = (address: string): string => address.replace(/^wss:\/\//, '').replace(/:7443$/, '')

/** A relay's address as it is written; without a scheme it is an encrypted one. */
export const fullAddress = (written: string): string => {
  const text = written.trim()
  return text === '' || text.includes('://') ? text : `wss://${text}`
}

/** A code with its relay: what one gives to others. */
export const codeAt = (code: string, relay: string): string => `${code}@${shortAddress(relay)}`

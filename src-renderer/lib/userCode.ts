/** Codes of people, as they are typed, pasted and handed over. */
import { normalCode, typedCode } from '#shared/wire/userCode.ts'
import { shortAddress } from './addresses.ts'

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

/** A code with its relay: what one gives to others. */
export const codeAt = (code: string, relay: string): string => `${code}@${shortAddress(relay)}`

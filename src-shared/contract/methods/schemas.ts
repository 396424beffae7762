/** What inputs are made of, for several subjects. */
import * as v from 'valibot'
import { limits } from '../limits.ts'

export const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
export const uuid = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/))
export const relayAddress = v.pipe(v.string(), v.trim(), v.maxLength(limits.relayAddressChars))
/** Of an account that exists: whether it is right is for the account to say. */
export const presentPassword = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.passphraseMax))
export const userCode = v.pipe(v.string(), v.trim(), v.maxLength(limits.codeChars))
export const nothing = v.strictObject({})
export const ownRelay = v.variant('kind', [
  v.strictObject({ kind: v.literal('address'), address: relayAddress }),
  v.strictObject({ kind: v.literal('local') }),
])

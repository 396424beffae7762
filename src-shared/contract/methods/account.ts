/** What the UI may ask of the account, its backup, and codes. */
import * as v from 'valibot'
import type { Account, Codes, FoundCode } from '../accountModels.ts'
import { limits } from '../limits.ts'
import { method } from './method.ts'
import { relayAddress, presentPassword, userCode, nothing } from './schemas.ts'

const accountPassword = v.pipe(v.string(), v.minLength(limits.accountPasswordMin), v.maxLength(limits.passphraseMax))
const askId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))

export const accountMethods = {
  'account.get': method<Account | null>().takes(nothing),
  /** A code at a relay's directory. Errors: `account.exists`, `account.no-service`, `account.needs-tls`, `account.invitation`, `relay.*`. */
  'account.create': method<Account>().takes(
    v.strictObject({ relay: relayAddress, invitation: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(limits.invitationChars))) }),
  ),
  /** A password for it, and the first backup. `keyServer` is null where it is the relay. Errors: `account.*`, `relay.*`. */
  'account.protect': method<Account>().takes(v.strictObject({ password: accountPassword, keyServer: v.nullable(relayAddress) })),
  /** Now, not in a while. Errors: `account.*`, `backup.too-large`, `relay.*`. */
  'account.backUp': method<Account>().takes(nothing),
  /** The password was changed on another computer. Errors: `account.wrong-password`, `relay.*`. */
  'account.signIn': method<Account>().takes(v.strictObject({ password: presentPassword })),
  /** Errors: `account.wrong-password`, `account.not-changed`, `relay.*`. */
  'account.changePassword': method<Account>().takes(v.strictObject({ current: presentPassword, next: accountPassword })),
  /** Code, account and backup, for good. What cannot be reached now is deleted later, by itself. */
  'account.remove': method<Account | null>().takes(nothing),
  /** Who has this code; null: at the relay of the own code. Errors: `code.invalid`, `code.own`, `code.unknown`, `account.*`, `relay.*`. */
  'codes.find': method<FoundCode>().takes(v.strictObject({ code: userCode, relay: v.nullable(relayAddress) })),
  /** Asks them; goes out when the relay can be reached. Errors: as `codes.find`, and `code.asked`, `code.too-many`. */
  'codes.ask': method<Codes>().takes(v.strictObject({ code: userCode, relay: relayAddress })),
  'codes.list': method<Codes>().takes(nothing),
  /** Takes an own ask back: what they answer is then ignored. Errors: `code.no-ask`. */
  'codes.cancel': method<Codes>().takes(v.strictObject({ id: askId })),
  /** They get a single-use invite, and so a conversation comes about. Errors: `code.no-ask`. */
  'codes.accept': method<Codes>().takes(v.strictObject({ id: askId })),
  /** Silent: nothing is sent to them. Errors: `code.no-ask`. */
  'codes.decline': method<Codes>().takes(v.strictObject({ id: askId })),
} as const

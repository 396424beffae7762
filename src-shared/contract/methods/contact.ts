/** What the UI may ask of contacts and their sessions. */
import * as v from 'valibot'
import type { ResetAll } from '../appModels.ts'
import type { BlockedContact, ContactDetails } from '../contactModels.ts'
import type { Conversation } from '../conversationModels.ts'
import { limits } from '../limits.ts'
import { method } from './method.ts'
import { hex32, nothing } from './schemas.ts'

export const contactMethods = {
  'contacts.details': method<ContactDetails>().takes(v.strictObject({ id: hex32 })),
  'contacts.verify': method<ContactDetails>().takes(v.strictObject({ id: hex32, verified: v.boolean() })),
  /**
   * Compares a code from the other computer's screen: a match verifies, a mismatch takes the mark away. Errors: `verify.*`, which change
   * nothing: it was another kind of code, our own, or another contact's.
   */
  'contacts.compare': method<ContactDetails>().takes(v.strictObject({ id: hex32, code: v.pipe(v.string(), v.maxLength(4096)) })),
  'contacts.block': method<ContactDetails>().takes(v.strictObject({ id: hex32, blocked: v.boolean() })),
  /** The person's own name for a contact; empty: the contact's again. */
  'contacts.rename': method<Conversation>().takes(
    v.strictObject({ id: hex32, label: v.pipe(v.string(), v.trim(), v.maxLength(limits.nameChars)) }),
  ),
  'contacts.mute': method<Conversation>().takes(v.strictObject({ id: hex32, time: v.picklist(['hour', 'eight-hours', 'always', 'off']) })),
  /** Conversation, keys and everything else of the contact, for good; with `block` its id and name stay, to refuse it. */
  'contacts.remove': method<null>().takes(v.strictObject({ id: hex32, block: v.boolean() })),
  'contacts.blocked': method<BlockedContact[]>().takes(nothing),
  /** Also for one that was deleted. */
  'contacts.unblock': method<BlockedContact[]>().takes(v.strictObject({ id: hex32 })),
  'sessions.reset': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  'sessions.cancelReset': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Every contact's session; while one is going on it goes on. Null where nobody has a session. */
  'sessions.resetAll': method<ResetAll | null>().takes(nothing),
  'sessions.resetAllState': method<ResetAll | null>().takes(nothing),
  /** No more of it is shown. What was asked for already goes on. */
  'sessions.endResetAll': method<null>().takes(nothing),
} as const

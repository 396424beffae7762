/** What the UI may ask of invites, requests, key exchanges and introductions. */
import * as v from 'valibot'
import type { Conversation } from '../conversationModels.ts'
import type { Introduction, Invite, InvitePreview, Requests } from '../inviteModels.ts'
import { limits } from '../limits.ts'
import { method } from './method.ts'
import { hex32, nothing } from './schemas.ts'

const introductionId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
const inviteId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
/** Texts over the limit are refused by the invite parser with an error of their own, so the schema only bounds memory. */
const inviteText = v.pipe(v.string(), v.maxLength(limits.inviteTextChars))

export const inviteMethods = {
  /** `many`: the public contact address, of which there is one; a new one takes the place of the one before. */
  'invites.create': method<Invite>().takes(
    v.strictObject({
      label: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(limits.nameChars)), ''),
      uses: v.optional(v.picklist(['one', 'many']), 'one'),
      days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.inviteDaysMost.many))),
    }),
  ),
  'invites.list': method<Invite[]>().takes(nothing),
  'invites.cancel': method<Invite>().takes(v.strictObject({ id: inviteId })),
  /** Parses and checks; sends nothing. Errors: `invite.*`. */
  'invites.inspect': method<InvitePreview>().takes(v.strictObject({ text: inviteText })),
  /** Reads a short invite from its relay. */
  'invites.fetch': method<InvitePreview>().takes(v.strictObject({ text: inviteText })),
  'invites.accept': method<Conversation>().takes(v.strictObject({ text: inviteText })),
  /** Who has answered the public address and waits for the person to agree. */
  'requests.list': method<Requests>().takes(nothing),
  /** Also allows the relay the request asks about. Errors: `request.unknown`, `contact.blocked`. */
  'requests.accept': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Silent: nothing is sent to them. */
  'requests.decline': method<null>().takes(v.strictObject({ id: hex32 })),
  'requests.block': method<null>().takes(v.strictObject({ id: hex32 })),
  'exchanges.allowRelay': method<Conversation>().takes(v.strictObject({ contactId: hex32, allow: v.boolean() })),
  /** Ends an unfinished exchange on this side. */
  'exchanges.cancel': method<null>().takes(v.strictObject({ contactId: hex32 })),
  /** What is under way or was decided in the last 30 days, the newest first. */
  'introductions.list': method<Introduction[]>().takes(nothing),
  /**
   * Brings `id` and `to` together: `id` is asked whether it wants that, then `to`. Errors: `contact.unknown`, `session.none`,
   * `contact.blocked`, `introduction.too-many`.
   */
  'introductions.offer': method<null>().takes(v.strictObject({ id: hex32, to: hex32 })),
  /** Asks `via` to bring `person` and this person together. Errors: as `offer`, `introduction.known` where there is a session already. */
  'introductions.ask': method<null>().takes(v.strictObject({ via: hex32, person: hex32 })),
  /** Answers one in state `asks`. Errors: `introduction.unknown`. */
  'introductions.answer': method<null>().takes(v.strictObject({ introductionId: introductionId, accept: v.boolean() })),
  /** Takes back what this person asked for or offered. Errors: `introduction.unknown`. */
  'introductions.cancel': method<null>().takes(v.strictObject({ introductionId: introductionId })),
} as const

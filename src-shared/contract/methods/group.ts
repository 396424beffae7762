/** What the UI may ask of groups. */
import * as v from 'valibot'
import type { Conversation } from '../conversationModels.ts'
import type { GroupDelivery, GroupDetails } from '../groupModels.ts'
import { method } from './method.ts'
import { hex32, uuid } from './schemas.ts'
import { limits } from '../limits.ts'

const groupName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.nameChars))
const memberIds = v.pipe(v.array(hex32), v.maxLength(limits.groupMembers))
const groupPicture = v.optional(v.nullable(v.pipe(v.string(), v.maxLength(Math.ceil(limits.previewBytes / 3) * 4))), null)

export const groupMethods = {
  /** A new group with this person alone; the others are asked. Errors: `contact.unknown`, `session.none`, `contact.blocked`, `group.full`. */
  'groups.create': method<Conversation>().takes(v.strictObject({ name: groupName, members: memberIds, picture: groupPicture })),
  /** Errors, here and below: `group.unknown`. */
  'groups.details': method<GroupDetails>().takes(v.strictObject({ id: hex32 })),
  /** Errors, here and in what only some may do: `group.not-allowed`, `group.not-member`; and those of `create`. */
  'groups.invite': method<GroupDetails>().takes(v.strictObject({ id: hex32, members: memberIds })),
  /** Asked once more, or no more. */
  'groups.withdraw': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** To an invitation. */
  'groups.answer': method<Conversation>().takes(v.strictObject({ id: hex32, accept: v.boolean() })),
  /** The conversation stays readable. Errors: `group.owner`: the group has to be handed over or dissolved first. */
  'groups.leave': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  'groups.remove': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** `owner` hands the group over to an admin. */
  'groups.setRole': method<GroupDetails>().takes(
    v.strictObject({ id: hex32, member: hex32, role: v.picklist(['owner', 'admin', 'member']) }),
  ),
  'groups.rename': method<Conversation>().takes(v.strictObject({ id: hex32, name: groupName })),
  /** A small JPEG or WebP picture in base64; null: none. Errors: `picture.unsupported`. */
  'groups.setPicture': method<Conversation>().takes(v.strictObject({ id: hex32, picture: groupPicture })),
  /** For everybody and for good. */
  'groups.dissolve': method<Conversation>().takes(v.strictObject({ id: hex32 })),
  /** Deletes a group that this person has left, with everything in it. Errors: `group.not-allowed` for a member. */
  'groups.forget': method<null>().takes(v.strictObject({ id: hex32 })),
  /** What a member writes in this group is not shown here; the others are told nothing. */
  'groups.blockMember': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32, blocked: v.boolean() })),
  /** Asks once more to be introduced to a member. */
  'groups.connect': method<GroupDetails>().takes(v.strictObject({ id: hex32, member: hex32 })),
  /** Whether what this person writes may go through other members to those who do not hear it yet; sealed, and signed. */
  'groups.setPassing': method<GroupDetails>().takes(v.strictObject({ id: hex32, passing: v.boolean() })),
  /** How far an own message has come. Errors: `message.unknown`, `message.not-own`. */
  'groups.deliveries': method<GroupDelivery[]>().takes(v.strictObject({ id: hex32, messageId: uuid })),
} as const

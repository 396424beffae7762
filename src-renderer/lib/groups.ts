/** What a person may do in a group, and how it is shown. */
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupMemberInfo, GroupRole, GroupSummary } from '#shared/contract/groupModels.ts'

/** Whether anything can be written here; always so in a conversation of two, as far as the group is asked. */
export const canWrite = ({ group }: Pick<Conversation, 'group'>): boolean => group === null || group.state === 'member'

/** Whether this person may change the group itself: name, picture, timer, members. */
export const isAdmin = (group: GroupSummary): boolean => group.state === 'member' && (group.role === 'owner' || group.role === 'admin')

/** Invited or on the way in: there is nothing in it yet. */
export const isComing = ({ state }: GroupSummary): boolean => state === 'invited' || state === 'joining'

export type MemberAction = 'open' | 'connect' | 'promote' | 'demote' | 'handOver' | 'block' | 'unblock' | 'remove'

/**
 * What can be done about a member; admins are the owner's business alone (docs/protocol.md section 7).
 * @param role this person's own; null for who is no member
 */
export function memberActions(role: GroupRole | null, member: GroupMemberInfo): MemberAction[] {
  if (member.self || role === null) return []
  const isOwner = role === 'owner'
  const mayRemove = member.role !== 'owner' && (isOwner || (role === 'admin' && member.role === 'member'))
  return [
    'open',
    ...(member.connection === 'connected' ? [] : (['connect'] as const)),
    ...(isOwner ? ([member.role === 'admin' ? 'demote' : 'promote'] as const) : []),
    ...(isOwner && member.role === 'admin' ? (['handOver'] as const) : []),
    member.blocked ? 'unblock' : 'block',
    ...(mayRemove ? (['remove'] as const) : []),
  ]
}

/** A small picture as an address; which of both formats it is, its first bytes say. */
export const pictureAddress = (base64: string): string => `data:image/${base64.startsWith('/9j/') ? 'jpeg' : 'webp'};base64,${base64}`

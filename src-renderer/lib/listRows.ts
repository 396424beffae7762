/** The rows of the list on the left: conversations, own invites, and who asks to connect. */
import type { Conversation, Invite } from '#shared/contract/models.ts'
import { dates } from '../composables/dates.ts'
import { words } from '../locales/index.ts'
import type { Selection } from '../stores/ui.ts'
import type { Asking } from './asking.ts'
import { firstName } from './names.ts'
import { conversationLine, inviteLine, requestsLine, stepsDone } from './rows.ts'

export interface Listed {
  key: string
  /** What the list is ordered by, newest first. */
  at: number
  name: string
  target: Selection
  /** The row as it looks; asked for the few that can be seen. */
  look: (selected: boolean, now: number) => ReturnType<typeof fromConversation | typeof fromInvite | typeof fromRequests>
}

export const keyOf = ({ kind, id }: Selection): string => (kind === 'requests' ? kind : `${kind}-${id}`)

export function listRows(conversations: readonly Conversation[], invites: readonly Invite[], requests: Asking): Listed[] {
  const rows: Listed[] = [
    ...conversations.map((conversation) => ({
      ...{ at: conversation.activity, name: conversation.name, target: { kind: 'conversation', id: conversation.id } as const },
      ...{
        key: `conversation-${conversation.id}`,
        look: (selected: boolean, now: number) => fromConversation(conversation, selected, now),
      },
    })),
    ...invites.map((invite) => ({
      ...{ at: invite.created, name: words.list.invite(invite.label), target: { kind: 'invite', id: invite.id } as const },
      ...{ key: `invite-${invite.id}`, look: (selected: boolean, now: number) => fromInvite(invite, selected, now) },
    })),
  ]
  rows.sort((a, b) => b.at - a.at)
  return requests.list.length > 0 ? [rowOfRequests(requests), ...rows] : rows
}

/** One row above everything else, for as long as somebody asks. */
const rowOfRequests = (requests: Asking): Listed => ({
  ...{ key: 'requests', at: Infinity, name: words.list.requests(requests.list.length), target: { kind: 'requests', id: '' } },
  look: (selected, now) => fromRequests(requests, selected, now),
})

const fromConversation = (conversation: Conversation, selected: boolean, now: number) => ({
  name: conversation.name,
  firstName: firstName(conversation.name),
  line: conversationLine(conversation, selected),
  time: dates.listTime(conversation.activity, now),
  selected,
  avatar: conversation.state === 'connecting' ? undefined : conversation.id,
  stones: conversation.exchange ? stepsDone(conversation.exchange.steps) : 0,
  verified: conversation.verified,
  unread: conversation.unread,
  muted: conversation.mutedUntil !== null,
})

const fromInvite = (invite: Invite, selected: boolean, now: number) => ({
  name: words.list.invite(invite.label),
  firstName: '',
  line: inviteLine(invite),
  time: dates.listTime(invite.created, now),
  selected,
  stones: invite.state === 'expired' ? 0 : Math.max(1, stepsDone(invite.steps)),
})

const fromRequests = (requests: Asking, selected: boolean, now: number) => ({
  name: words.list.requests(requests.list.length),
  firstName: '',
  line: requestsLine(requests),
  time: dates.listTime(requests.list[0]?.at ?? now, now),
  selected,
  icon: 'people' as const,
})

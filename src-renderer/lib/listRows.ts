/** The rows of the list on the left: conversations, own invites, and who asks to connect. */
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Invite } from '#shared/contract/inviteModels.ts'
import { dates } from '../composables/dates.ts'
import { words } from '../locales/index.ts'
import type { Typist } from '../stores/conversations.ts'
import type { Selection } from '../stores/ui.ts'
import type { Asking } from './asking.ts'
import { conversationName, shortName, typistNames } from './conversationName.ts'
import { archivedLine, conversationLine, inviteLine, requestsLine, stepsDone } from './rows.ts'

export interface Listed {
  key: string
  /** What the list is ordered by, newest first. */
  at: number
  /** Above the others. */
  pinned?: boolean
  name: string
  target: Selection
  /** The row as it looks; asked for the few that can be seen. */
  look: (
    selected: boolean,
    now: number,
  ) => ReturnType<typeof fromConversation | typeof fromInvite | typeof fromRequests | typeof fromArchived>
}

export const keyOf = ({ kind, id }: Selection): string => (id === '' ? kind : `${kind}-${id}`)

type Typing = Readonly<Record<string, Readonly<Record<string, Typist>>>>

/** What is archived is one row, the last. */
export function listRows(conversations: readonly Conversation[], invites: readonly Invite[], requests: Asking, typing: Typing): Listed[] {
  const [archived, shown] = [conversations.filter((one) => one.archived), conversations.filter((one) => !one.archived)]
  const rows: Listed[] = [
    ...rowsOf(shown, typing),
    ...invites.map((invite) => ({
      ...{ at: invite.created, name: words.list.invite(invite.label), target: { kind: 'invite', id: invite.id } as const },
      ...{ key: `invite-${invite.id}`, look: (selected: boolean, now: number) => fromInvite(invite, selected, now) },
    })),
  ]
  rows.sort(byPlace)
  return [
    ...(requests.list.length > 0 ? [rowOfRequests(requests)] : []),
    ...rows,
    ...(archived.length > 0 ? [rowOfArchived(archived)] : []),
  ]
}

export const archivedRows = (conversations: readonly Conversation[], typing: Typing): Listed[] =>
  rowsOf(
    conversations.filter(({ archived }) => archived),
    typing,
  ).toSorted(byPlace)

const byPlace = (a: Listed, b: Listed) => Number(b.pinned ?? false) - Number(a.pinned ?? false) || b.at - a.at

const rowsOf = (conversations: readonly Conversation[], typing: Typing): Listed[] =>
  conversations.map((conversation) => ({
    ...{ at: conversation.activity, pinned: conversation.pinned, name: conversationName(conversation) },
    ...{ target: { kind: 'conversation', id: conversation.id }, key: `conversation-${conversation.id}` },
    look: (selected, now) => fromConversation(conversation, { selected, now, typists: typing[conversation.id] }),
  }))

/** Below everything else. */
const rowOfArchived = (archived: readonly Conversation[]): Listed => ({
  ...{ key: 'archived', at: -Infinity, name: words.talk.archive.row, target: { kind: 'archived', id: '' } },
  look: () => fromArchived(archived),
})

/** One row above everything else, for as long as somebody asks. */
const rowOfRequests = (requests: Asking): Listed => ({
  ...{ key: 'requests', at: Infinity, name: words.list.requests(requests.list.length), target: { kind: 'requests', id: '' } },
  look: (selected, now) => fromRequests(requests, selected, now),
})

const fromConversation = (
  conversation: Conversation,
  { selected, now, typists }: { selected: boolean; now: number; typists: Typing[string] | undefined },
) => ({
  name: conversationName(conversation),
  firstName: shortName(conversation),
  line: conversationLine(conversation, selected, typists !== undefined, typistNames(typists)),
  time: dates.listTime(conversation.activity, now),
  selected,
  avatar: conversation.state === 'connecting' && !conversation.group ? undefined : conversation.id,
  stones: conversation.exchange ? stepsDone(conversation.exchange.steps) : 0,
  group: conversation.group ?? undefined,
  verified: conversation.group ? undefined : conversation.verified,
  unread: conversation.unread,
  muted: conversation.mutedUntil !== null,
  pinned: conversation.pinned,
  notes: conversation.self,
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

const fromArchived = (archived: readonly Conversation[]) => ({
  name: words.talk.archive.row,
  firstName: '',
  line: archivedLine(archived.map(shortName).join(', ')),
  time: '',
  selected: false,
  icon: 'archive' as const,
  unread: archived.reduce((sum, { unread }) => sum + unread, 0),
  muted: true,
})

import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupSummary } from '#shared/contract/groupModels.ts'
import type { ExchangeStep, Invite } from '#shared/contract/inviteModels.ts'
import type { MessageStatus } from '#shared/contract/itemModels.ts'
import type { IconName } from './icons.ts'
import type { Asking } from './asking.ts'
import { listed } from './listed.ts'
import { messageWords } from './messageWords.ts'
import { firstName } from './names.ts'
import { shownText } from '#shared/text/plain.ts'
import { words } from '../locales/index.ts'

/** What the second line of a row says. */
export interface RowLine {
  icon: IconName | null
  /** Said before the text, in stronger type: "Draft:". */
  lead: string
  text: string
  /** Waits for the person. */
  attention: boolean
  /** Ticks of the last own message. */
  ticks: Exclude<MessageStatus, 'received'> | null
  draft: boolean
  writing: boolean
}

const line = (text: string, more: Partial<RowLine> = {}): RowLine => ({
  icon: null,
  lead: '',
  text,
  attention: false,
  ticks: null,
  draft: false,
  writing: false,
  ...more,
})

export const stepsDone = (steps: readonly ExchangeStep[]): number => steps.filter(({ at }) => at !== null).length

/**
 * One line for each conversation; what waits for the person comes before what was said last.
 * @param typists in a group: who is writing, by name
 */
export function conversationLine(conversation: Conversation, selected: boolean, writing = false, typists: readonly string[] = []): RowLine {
  const { exchange, trouble, last, state, self, group } = conversation
  if (group && group.state !== 'member') return groupLine(group)
  if (state === 'blocked') return line(words.list.blocked, { icon: 'ban' })
  if (exchange && exchange.askRelay !== null) return line(words.list.question, { icon: 'info', attention: true })
  if (trouble?.kind === 'broken') return line(words.list.cantRead(trouble.waiting), { icon: 'broken', attention: true })
  if (trouble?.kind === 'no-answer') return line(words.list.noAnswer, { icon: 'clock', attention: true })
  if (trouble?.kind === 'resetting') return line(words.list.resetting, { icon: 'reset' })
  if (writing) return line(group ? words.groups.typing(listed(typists), typists.length) : words.talk.typing.row, { writing })
  if (conversation.draft !== '' && !selected) return line(conversation.draft, { lead: words.list.draft, draft: true })
  if (state === 'connecting' && exchange?.asks) return line(words.list.asks, { icon: 'clock' })
  if (state === 'connecting' && exchange) return exchangeLine(exchange.steps, exchange.role)
  if (!last) return line(self ? words.talk.self.text : words.list.empty)
  const { deletedByYou, deletedBy } = words.talk.message
  if (last.deleted) return line(last.own ? deletedByYou : deletedBy(firstName(last.author?.name ?? conversation.name)), { icon: 'ban' })
  const text = messageWords({ ...last, text: shownText(last.text) })
  if (last.author) return line(words.chat.announce(firstName(last.author.name), text))
  return last.own && last.status !== 'received' && !self ? line(words.list.you(text), { ticks: last.status }) : line(text)
}

/** A group that this person is not in. */
function groupLine({ state, inviter }: GroupSummary): RowLine {
  const said = words.groups.state
  if (state === 'invited')
    return line(inviter === null ? said.invited : words.groups.invites(firstName(inviter)), { icon: 'people', attention: true })
  if (state === 'joining') return line(said.joining, { icon: 'clock' })
  return line(state === 'member' ? '' : said[state], { icon: 'ban' })
}

function exchangeLine(steps: readonly ExchangeStep[], role: 'inviter' | 'acceptor'): RowLine {
  const done = stepsDone(steps)
  return line(words.list.step(role === 'inviter' && done > 1 ? words.list.answered : words.list.connecting, Math.min(3, done)))
}

/** Who asks to connect, in one line. */
export function requestsLine({ list, more }: Asking): RowLine {
  return line(words.list.requestsText(list.map(({ name }) => firstName(name)).join(', '), more), { attention: true })
}

export function inviteLine(invite: Invite): RowLine {
  const said = words.list.inviteState[invite.state]
  if (invite.state === 'expired') return line(said, { icon: 'clock' })
  return line(words.list.step(said, Math.max(1, Math.min(3, stepsDone(invite.steps)))))
}

/** Whose conversations are out of the way. */
export const archivedLine = (names: string): RowLine => line(names)

import type { Handlers } from '#shared/contract/contract.ts'
import type { Profile } from '../profile.ts'

/** Files that leave the program are the app's own business. */
type ConversationsMethod = Exclude<Extract<keyof Handlers, `conversations.${string}`>, 'conversations.export'>

/** What windows may ask about conversations. `opened` throws `profile.locked` where none is open. */
export const conversationsHandlers = (opened: () => Profile): Pick<Handlers, ConversationsMethod> => ({
  'conversations.list': ({ newest }) => (newest === undefined ? opened().conversations.list() : opened().conversations.newest(newest)),
  'conversations.self': () => opened().conversations.self(),
  'conversations.items': ({ id, ...which }) => opened().conversations.items(id, which),
  'conversations.send': ({ id, ...text }) => opened().messages.texts.send(id, text),
  'conversations.forward': async ({ id, items, to }) => {
    const { core, messages } = opened()
    await core.untilClosed(messages.texts.forward(id, items, to))
    return null
  },
  'conversations.edit': ({ id, messageId, text, mentions }) => opened().messages.changes.edit(id, messageId, text, mentions),
  'conversations.versions': ({ id, messageId }) => opened().messages.changes.versions(id, messageId),
  'conversations.react': ({ id, messageId, emoji }) => opened().messages.changes.react(id, messageId, emoji),
  'conversations.delete': ({ id, messageIds, for: forWhom }) => {
    opened().messages.changes.remove(id, messageIds, forWhom)
    return null
  },
  'conversations.pinMessage': ({ id, messageId, pinned }) => opened().messages.pin(id, messageId, pinned),
  'conversations.pinnedMessages': ({ id }) => opened().conversations.pinnedMessages(id),
  'conversations.pin': ({ id, pinned }) => opened().conversations.pin(id, pinned),
  'conversations.open': ({ id }) => opened().conversations.open(id),
  'conversations.archive': ({ id, archived }) => opened().conversations.archive(id, archived),
  'conversations.setTimer': ({ id, seconds }) => {
    const { conversations, groups, messages } = opened()
    return conversations.byId(id).kind === 'group' ? groups.acts.setTimer(id, seconds) : messages.setTimer(id, seconds)
  },
  'conversations.typing': ({ id }) => {
    opened().messages.typing.tell(id)
    return null
  },
  'conversations.markRead': ({ id }) => {
    opened().messages.texts.markRead(id)
    return null
  },
  'conversations.returnHistory': ({ id, give }) => {
    opened().sync.answer(opened().conversations.byId(id), give)
    return opened().conversations.model(opened().conversations.byId(id))
  },
  'conversations.setDraft': ({ id, text }) => {
    opened().conversations.setDraft(id, text)
    return null
  },
})

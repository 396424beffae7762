/** What the scripted app does with messages: each outcome also as the event that the real one sends. */
import type { AppEvent } from '#shared/contract/events.ts'
import type { AppState } from '#shared/contract/appModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Item, Mention, Reaction, TextMessage, Version } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'

interface FakeTalk {
  app: AppState
  conversations: Conversation[]
  items: Record<string, Item[]>
}
interface Makers {
  person(name: string, more: Partial<Conversation>): Conversation
  plainText: Omit<TextMessage, 'kind' | 'id' | 'conversationId' | 'own' | 'text' | 'sentAt' | 'position' | 'status' | 'late'>
}
type Of = { id: string; messageId: string }

export function talkAnswers(state: FakeTalk, emit: (event: AppEvent) => void, { person, plainText }: Makers) {
  const find = (id: string) => state.conversations.find((one) => one.id === id)!
  const textOf = (id: string, messageId: string): TextMessage => {
    const item = state.items[id]?.find((one) => one.id === messageId)
    if (item?.kind !== 'text') throw new CairnError('message.unknown')
    return item
  }
  function changed(id: string, messageId: string, changes: Partial<TextMessage>): TextMessage {
    const item = Object.assign(textOf(id, messageId), changes)
    emit({ type: 'item', item: structuredClone(item) })
    return item
  }
  function conversation(id: string, changes: Partial<Conversation>): Conversation {
    const one = Object.assign(find(id), changes)
    emit({ type: 'conversation', conversation: structuredClone(one) })
    return one
  }
  function add(id: string, message: Partial<TextMessage> & { id: string; text: string }): TextMessage {
    const position = (state.items[id]?.at(-1)?.position ?? 0) + 1
    const rest = { sentAt: Date.now(), position, status: 'sent' as const, late: false, own: true }
    const item: TextMessage = { ...plainText, kind: 'text', conversationId: id, ...rest, ...message }
    ;(state.items[id] ??= []).push(item)
    return item
  }
  const quoteOf = (id: string, replyTo: string | null): TextMessage['reply'] => {
    if (replyTo === null) return null
    const item = state.items[id]?.find((one) => one.id === replyTo)
    return item?.kind === 'text'
      ? { id: replyTo, own: item.own, text: item.text, state: 'here', file: null }
      : { id: replyTo, own: false, text: '', state: 'missing', file: null }
  }

  return {
    'conversations.send': (input: { id: string; messageId: string; text: string; replyTo?: string | null; mentions?: Mention[] }) =>
      add(input.id, {
        ...{ id: input.messageId, text: input.text },
        ...{ reply: quoteOf(input.id, input.replyTo ?? null), mentions: input.mentions ?? [] },
      }),
    'conversations.edit': ({ id, messageId, text, mentions }: Of & { text: string; mentions: Mention[] }) =>
      changed(id, messageId, { text, mentions, editedAt: Date.now() }),
    'conversations.versions': ({ id, messageId }: Of): Version[] => {
      const { sentAt, editedAt, text } = textOf(id, messageId)
      return [
        { at: sentAt, text: `${text}, or so` },
        { at: editedAt ?? sentAt, text },
      ]
    },
    'conversations.react': ({ id, messageId, emoji }: Of & { emoji: string }) => {
      const others = textOf(id, messageId).reactions.filter(({ own }) => !own)
      const reactions: Reaction[] = emoji === '' ? others : [...others, { emoji, own: true }]
      return changed(id, messageId, { reactions })
    },
    'conversations.delete': ({ id, messageIds, for: forWhom }: { id: string; messageIds: string[]; for: 'me' | 'both' }) => {
      if (forWhom === 'both') {
        for (const messageId of messageIds) changed(id, messageId, { deleted: true, text: '', reactions: [], reply: null })
        return null
      }
      state.items[id] = (state.items[id] ?? []).filter((item: Item) => !messageIds.includes(item.id))
      emit({ type: 'itemsRemoved', conversationId: id, ids: messageIds })
      return null
    },
    'conversations.forward': ({ id, items, to }: { id: string; items: string[]; to: { id: string; messageIds: string[] }[] }) => {
      for (const target of to)
        items.forEach((item, n) => {
          const { text } = textOf(id, item)
          emit({ type: 'item', item: structuredClone(add(target.id, { id: target.messageIds[n] ?? '', text, forwarded: true })) })
        })
      return null
    },
    'conversations.pinMessage': ({ id, messageId, pinned }: Of & { pinned: boolean }) => changed(id, messageId, { pinned }),
    'conversations.pinnedMessages': ({ id }: { id: string }) =>
      (state.items[id] ?? []).filter((item) => item.kind === 'text' && item.pinned).toReversed(),
    'conversations.self': () => {
      const known = state.conversations.find(({ self }) => self)
      if (known) return known
      const { id, name } = state.app.profile!
      const made = person(name, { id, self: true, verified: 'no' })
      state.conversations = [...state.conversations, made]
      emit({ type: 'conversation', conversation: structuredClone(made) })
      return made
    },
    'conversations.pin': ({ id, pinned }: { id: string; pinned: boolean }) => conversation(id, { pinned }),
    'conversations.archive': ({ id, archived }: { id: string; archived: boolean }) => conversation(id, { archived }),
    'conversations.setTimer': ({ id, seconds }: { id: string; seconds: number }) => conversation(id, { timer: seconds }),
    'conversations.typing': () => null,
  }
}

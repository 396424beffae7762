import { nextTick } from 'vue'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { canWrite } from '../lib/groups.ts'
import { actionsFor, type MessageAction } from '../lib/messageActions.ts'
import { words } from '../locales/index.ts'
import { useConversations } from '../stores/conversations.ts'
import { useMessages } from '../stores/messages.ts'
import { useTalk } from '../stores/talk.ts'
import { useUi } from '../stores/ui.ts'

/** What tells others something. */
const saysSomething: ReadonlySet<MessageAction> = new Set(['reply', 'react', 'edit'])

/** What a person does with messages, from wherever: the buttons beside one, its menu, or a key. */
export function useMessageActions() {
  const [ui, talk, messages, conversations] = [useUi(), useTalk(), useMessages(), useConversations()]
  const guard = (work: Promise<unknown>) => void work.catch((error: unknown) => ui.fail(error))

  /** In a group that this person is out of there is nobody to say it to. */
  const mayWrite = ({ conversationId }: TextMessage) => {
    const conversation = conversations.byId[conversationId]
    return conversation === undefined || canWrite(conversation)
  }
  const available = (message: TextMessage): MessageAction[] => {
    const hasFailed = message.id in messages.failed
    const inGroup = (conversations.byId[message.conversationId]?.group ?? null) !== null
    const isKept = !hasFailed && !(message.id in messages.pending)
    return actionsFor(message, { now: Date.now(), isKept, hasFailed, inGroup }).filter(
      (action) => !saysSomething.has(action) || mayWrite(message),
    )
  }
  async function copy(text: string, said: string) {
    await navigator.clipboard.writeText(text)
    ui.say(said)
  }
  /** @param at where something that opens has its upper left corner */
  function perform(action: MessageAction, message: TextMessage, at = placeOf(message.id)) {
    const { conversationId, id } = message
    if (!available(message).includes(action)) return
    const acts: Record<MessageAction, () => void> = {
      reply: () => talk.reply(message),
      react: () => (talk.float = { kind: 'react', message, ...at }),
      copy: () => guard(copy(message.text, words.talk.message.copied)),
      edit: () => talk.edit(message),
      forward: () => ui.open({ kind: 'forward', conversationId, ids: [id] }),
      deliveries: () => ui.open({ kind: 'deliveries', conversationId, messageId: id }),
      pin: () => guard(talk.pin(message, true)),
      unpin: () => guard(talk.pin(message, false)),
      select: () => talk.select(message),
      delete: () => ui.open({ kind: 'deleteMessages', conversationId, ids: [id] }),
    }
    acts[action]()
  }
  const react = (message: TextMessage, emoji: string) => guard(talk.react(message, emoji))
  return { available, perform, react, copy: (text: string, said: string) => guard(copy(text, said)) }
}

const bubbleOf = (id: string) => document.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`)

/** Below the message. */
function placeOf(id: string): { x: number; y: number } {
  const { left, bottom } = bubbleOf(id)?.getBoundingClientRect() ?? { left: 0, bottom: 0 }
  return { x: left + 16, y: bottom + 4 }
}

/** Once what lay over the message is gone: back to it, unless the focus has found a better place. */
export async function focusMessage(id: string): Promise<void> {
  await nextTick()
  if (document.activeElement === document.body) bubbleOf(id)?.focus()
}

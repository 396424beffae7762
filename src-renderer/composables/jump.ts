import { onMounted, ref, watch, type Ref } from 'vue'
import { isCairnError } from '#shared/errors.ts'
import { words } from '../locales/index.ts'
import { useMessages } from '../stores/messages.ts'
import { useUi } from '../stores/ui.ts'

/**
 * Follows `ui.jump` into the conversation: what is not loaded is, and `target` names the message until it is in its place. Without a jump
 * the conversation opens at its end.
 */
export function useJump(id: Readonly<Ref<string>>, open: () => Promise<unknown>) {
  const [ui, messages] = [useUi(), useMessages()]
  const target = ref<string | null>(null)
  const wanted = () => (ui.jump?.conversationId === id.value ? ui.jump : null)

  async function go(messageId: string): Promise<void> {
    ui.jump = null
    target.value = messageId // first: the list goes there as soon as it has it, and nowhere else before
    if (messages.logs[id.value]?.items.some((item) => item.id === messageId)) return
    try {
      await messages.around(id.value, messageId)
    } catch (error) {
      target.value = null
      if (isCairnError(error, 'message.unknown')) ui.say(words.search.gone)
      else ui.fail(error)
    }
  }
  watch(wanted, (jump) => jump && void go(jump.messageId))
  onMounted(async () => {
    const jump = wanted()
    if (jump) await go(jump.messageId)
    if (!messages.logs[id.value] || !jump) await open()
  })
  return { target, arrived: () => void (target.value = null) }
}

import { computed, nextTick, ref, type Ref } from 'vue'
import { mentionQuery, type Person } from '../lib/text/mentions.ts'
import { rove } from './roving.ts'

/** Completes `@` in a text field: arrow keys choose, Enter or Tab puts the name in, Escape leaves it as it is. */
export function useMentionField(field: Readonly<Ref<HTMLTextAreaElement | null>>, text: Ref<string>, people: () => readonly Person[]) {
  const caret = ref(0)
  const active = ref(0)
  /** The place of an `@` that was declined. */
  const declined = ref(-1)
  const query = computed(() => {
    const found = mentionQuery(text.value, caret.value, people())
    return found && found.from !== declined.value ? found : null
  })

  /** After every change of text or caret. */
  function look() {
    caret.value = field.value?.selectionEnd ?? 0
    active.value = 0
    if (text.value[declined.value] !== '@') declined.value = -1
  }
  async function choose(index: number) {
    const who = query.value?.people[index]
    if (!query.value || !who) return
    const before = `${text.value.slice(0, query.value.from)}@${who.name} `
    text.value = before + text.value.slice(caret.value).replace(/^ /, '')
    await nextTick()
    field.value?.setSelectionRange(before.length, before.length)
    look()
  }
  /** True if the key was for the list. */
  function onKey(event: KeyboardEvent): boolean {
    if (!query.value || event.isComposing) return false
    const next = rove(event.key, active.value, query.value.people.length)
    if (event.key === 'Escape') declined.value = query.value.from
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') void choose(active.value)
    else if (next !== null && event.key.startsWith('Arrow')) active.value = next
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  return { query, active, look, choose, onKey }
}

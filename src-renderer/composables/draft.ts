import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'

const pauseMs = 400

/** Keeps a text outside this window, a moment after the last key and at the latest when it is left. */
export function useDraft(text: Ref<string>, save: (text: string) => void) {
  let saved = text.value
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    clearTimeout(timer)
    if (text.value === saved) return
    saved = text.value
    save(saved)
  }
  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(flush, pauseMs)
  })
  onMounted(() => addEventListener('pagehide', flush))
  onBeforeUnmount(() => {
    removeEventListener('pagehide', flush)
    flush()
  })
  return { flush }
}

import { onUnmounted, ref } from 'vue'

/** Copies a text and says so for two seconds. */
export function useCopy() {
  const copied = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  async function copy(text: string) {
    await navigator.clipboard.writeText(text)
    copied.value = true
    clearTimeout(timer)
    timer = setTimeout(() => (copied.value = false), 2_000)
  }
  onUnmounted(() => clearTimeout(timer))
  return { copied, copy }
}

import { onMounted, onUnmounted, ref, type Ref } from 'vue'

/** The present, renewed often enough for words like "today" and "for 2 minutes". */
export function useNow(everyMs = 20_000): Readonly<Ref<number>> {
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  onMounted(() => {
    timer = setInterval(() => (now.value = Date.now()), everyMs)
  })
  onUnmounted(() => clearInterval(timer))
  return now
}

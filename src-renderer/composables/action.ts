import { ref } from 'vue'

/** Something that takes a while and can fail: never runs twice at once, and keeps its failure for the screen. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<unknown>) {
  const busy = ref(false)
  const error = ref<unknown>(null)
  async function run(...args: A): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await work(...args)
      return true
    } catch (failure) {
      error.value = failure
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, run }
}

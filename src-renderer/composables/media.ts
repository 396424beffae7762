import { onMounted, onUnmounted, ref, type Ref } from 'vue'

/** Below this width one column is shown at a time; the same value is in app.css. */
export const narrowQuery = '(max-width: 56.1875em)'
/** Below this width the details lie over the conversation. */
export const overlaidQuery = '(max-width: 67.4375em)'

export function useMedia(query: string): Readonly<Ref<boolean>> {
  const media = matchMedia(query)
  const matches = ref(media.matches)
  const update = () => (matches.value = media.matches)
  onMounted(() => media.addEventListener('change', update))
  onUnmounted(() => media.removeEventListener('change', update))
  return matches
}

import { onMounted, onUnmounted, ref, watch, type Ref } from 'vue'
import { useAppearance } from '../stores/appearance.ts'

/** Below this width, in rem, one column is shown at a time; the same value is in responsive.css. */
export const narrowWidth = 56.1875
/** Below this width the details lie over the conversation. */
export const overlaidWidth = 67.4375

/** Whether the window is no wider than so many rem: as the stylesheets ask, so that larger text counts as well. */
export function useNarrowerThan(rem: number): Readonly<Ref<boolean>> {
  const appearance = useAppearance()
  const isNarrower = () => innerWidth <= rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const matches = ref(isNarrower())
  const update = () => (matches.value = isNarrower())
  watch(() => appearance.values.textSize, update, { flush: 'post' })
  onMounted(() => addEventListener('resize', update))
  onUnmounted(() => removeEventListener('resize', update))
  return matches
}

import { onMounted, onUnmounted, ref } from 'vue'

const looking = () => document.visibilityState === 'visible' && document.hasFocus()

/** Whether somebody is in front of this window: it is visible and has the focus. */
export function useAttention() {
  const attentive = ref(looking())
  const update = () => (attentive.value = looking())
  onMounted(() => {
    addEventListener('focus', update)
    addEventListener('blur', update)
    document.addEventListener('visibilitychange', update)
  })
  onUnmounted(() => {
    removeEventListener('focus', update)
    removeEventListener('blur', update)
    document.removeEventListener('visibilitychange', update)
  })
  return attentive
}

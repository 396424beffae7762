import { onMounted, onUnmounted } from 'vue'

const everyMs = 20_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

/** Says now and then that somebody is at this window. */
export function usePresence(tell: () => void) {
  let toldAt = 0
  const sign = () => {
    if (Date.now() - toldAt < everyMs) return
    toldAt = Date.now()
    tell()
  }
  onMounted(() => signs.forEach((name) => addEventListener(name, sign, { passive: true })))
  onUnmounted(() => signs.forEach((name) => removeEventListener(name, sign)))
}

import { onMounted, onUnmounted } from 'vue'

/** Listens to an event of the window while the component is there. */
export function useEvent(type: keyof WindowEventMap, listener: () => void): void {
  onMounted(() => addEventListener(type, listener))
  onUnmounted(() => removeEventListener(type, listener))
}

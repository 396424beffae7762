import { ref } from 'vue'

/** In CSS pixels at the usual text size; `--size-sidebar` says the same. */
export const sidebarLimits = { least: 240, usual: 300, most: 420 } as const

const key = 'cairn.sidebar-width'

const within = (width: number): number => Math.round(Math.min(sidebarLimits.most, Math.max(sidebarLimits.least, width)))

/** A matter of this screen and not of a person, so it stays in the window; where that may keep nothing, until it is closed. */
function read(): number {
  try {
    const kept = Number(localStorage.getItem(key) ?? NaN)
    return Number.isFinite(kept) ? within(kept) : sidebarLimits.usual
  } catch {
    return sidebarLimits.usual
  }
}

export function useSidebarWidth() {
  const width = ref(read())
  function set(next: number): void {
    width.value = within(next)
    try {
      localStorage.setItem(key, String(width.value))
    } catch {
      return // it holds for this window
    }
  }
  return { width, set }
}

/** Which of `count` items the key moves to, or null when the key is not for moving. */
export function rove(key: string, current: number, count: number, axis: 'vertical' | 'horizontal' = 'vertical'): number | null {
  if (count === 0) return null
  const [back, forward] = axis === 'vertical' ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight']
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  if (key === forward) return axis === 'vertical' ? Math.min(count - 1, current + 1) : (current + 1) % count
  if (key === back) return axis === 'vertical' ? Math.max(0, current - 1) : (current - 1 + count) % count
  return null
}

/** Moves the focus among the matching elements inside a container; returns the element that got it. */
export function roveFocus(event: KeyboardEvent, selector: string, axis: 'vertical' | 'horizontal' = 'vertical'): HTMLElement | null {
  const container = event.currentTarget as HTMLElement
  const items = [...container.querySelectorAll<HTMLElement>(selector)]
  const current = items.findIndex((item) => item.contains(document.activeElement))
  const next = rove(event.key, current, items.length, axis)
  if (next === null) return null
  event.preventDefault()
  items[next]?.focus()
  return items[next] ?? null
}

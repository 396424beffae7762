import { onMounted, onUnmounted } from 'vue'

export interface Shortcuts {
  invite(): void
  group(): void
  accept(): void
  lock(): void
  details(): void
  settings(): void
  search(): void
  /** In the conversation that is open. */
  find(): void
  escape(): void
  back(): void
  /** Opens the conversation `by` rows further; `unread` only looks at unread ones. */
  step(by: 1 | -1): void
  nth(index: number): void
  pane(by: 1 | -1): void
}

/** The keyboard of the whole window. A dialog that is open keeps its keys to itself. */
export function useShortcuts(act: Shortcuts) {
  const withControl: Record<string, () => void> = {
    n: act.invite,
    o: act.accept,
    l: act.lock,
    i: act.details,
    ',': act.settings,
    k: act.search,
    f: act.find,
  }
  const withAlt: Record<string, () => void> = { ArrowUp: () => act.step(-1), ArrowDown: () => act.step(1), ArrowLeft: act.back }

  const find = (event: KeyboardEvent): (() => void) | undefined => {
    const control = event.ctrlKey || event.metaKey
    if (control && !event.altKey && !event.shiftKey)
      return /^[1-9]$/.test(event.key) ? () => act.nth(Number(event.key) - 1) : withControl[event.key.toLowerCase()]
    if (control && event.shiftKey && !event.altKey && event.key.toLowerCase() === 'n') return act.group
    if (event.altKey && !control) return withAlt[event.key]
    if (event.key === 'F6') return () => act.pane(event.shiftKey ? -1 : 1)
    return event.key === 'Escape' ? act.escape : undefined
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const action = find(event)
    if (!action) return
    event.preventDefault()
    action()
  }
  onMounted(() => addEventListener('keydown', onKey))
  onUnmounted(() => removeEventListener('keydown', onKey))
}

const panes = ['.list .row[tabindex="0"]', '.chat .log, .chat .stage', '.composer textarea', '.details-body']

/** Puts the focus into the next pane that is on the screen. */
export function focusPane(by: 1 | -1): void {
  const stops = panes
    .map((selector) => document.querySelector<HTMLElement>(selector))
    .filter((stop): stop is HTMLElement => stop?.checkVisibility() ?? false)
  const scopes = stops.map((stop) => stop.closest('.list, .composer, .details') ?? stop)
  const current = scopes.findIndex((scope) => scope.contains(document.activeElement))
  const next = current === -1 ? (by === 1 ? 0 : stops.length - 1) : (current + by + stops.length) % stops.length
  stops[next]?.focus()
}

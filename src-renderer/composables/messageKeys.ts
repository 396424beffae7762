import type { MessageAction } from '../lib/messageActions.ts'
import { rove } from './roving.ts'

const selector = '[data-message]'

/** Arrow keys go from message to message; from the list itself, up goes to the last one. */
export function roveMessages(event: KeyboardEvent): void {
  const log = event.currentTarget as HTMLElement
  const target = event.target as HTMLElement
  if (event.ctrlKey || event.metaKey || event.altKey || (target !== log && !target.matches(selector))) return
  const all = [...log.querySelectorAll<HTMLElement>(selector)]
  const current = all.indexOf(target)
  const isEntry = current === -1 && event.key === 'ArrowUp'
  if (current === -1 && !isEntry) return
  const next = isEntry ? all.length - 1 : rove(event.key, current, all.length)
  if (next === null) return
  event.preventDefault()
  all[next]?.focus()
}

/** What a key does with the message that has the focus. */
export const keyActions: Readonly<Record<string, MessageAction>> = {
  r: 'reply',
  e: 'edit',
  '+': 'react',
  c: 'copy',
  f: 'forward',
  s: 'select',
  Delete: 'delete',
}

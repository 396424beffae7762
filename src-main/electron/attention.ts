/** Follows the app's events for what concerns somebody who does not look at the window: how much is unread, and what has come in. */
import type { AppEvent } from '#shared/contract/events.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { FileLabel } from '#shared/contract/itemModels.ts'
import type { App } from '../appTypes.ts'

export interface Arrival {
  id: string
  name: string
  /** In a group: who wrote it. */
  author: string | null
  text: string
  file: FileLabel | null
}

interface Listener {
  unread(count: number): void
  arrived(arrival: Arrival): void
}

const countOf = ({ unread, mutedUntil }: Conversation) => ({ unread, muted: mutedUntil !== null })

const newsOf = (last: Conversation['last']): Pick<Arrival, 'author' | 'text' | 'file'> =>
  last && !last.own ? { author: last.author?.name ?? null, text: last.text, file: last.file } : { author: null, text: '', file: null }

/** Returns a function that ends it. */
export function followApp(app: App, { unread, arrived }: Listener): () => void {
  /** What is muted is not news, and is not counted for somebody who looks away. */
  const counts = new Map<string, { unread: number; muted: boolean }>()
  let open = false
  let said = 0

  const tell = (): void => {
    const sum = [...counts.values()].reduce((total, { unread: count, muted }) => total + (muted ? 0 : count), 0)
    if (sum === said) return
    said = sum
    unread(sum)
  }

  const apply = (conversation: Conversation): void => {
    const before = counts.get(conversation.id)
    counts.set(conversation.id, countOf(conversation))
    tell()
    const { id, name, last } = conversation
    // Only what grows is news; of somebody not heard of, that can be said only once the list is here.
    const grew = conversation.unread > (before?.unread ?? (open ? 0 : Infinity))
    if (grew && conversation.mutedUntil === null) arrived({ id, name, ...newsOf(last) })
  }

  const load = async (): Promise<void> => {
    const answer = await app.call('conversations.list', {})
    if (!answer.ok) return // locked again meanwhile
    for (const one of answer.value as Conversation[]) if (!counts.has(one.id)) counts.set(one.id, countOf(one))
    open = true
    tell()
  }

  const forget = (): void => {
    open = false
    counts.clear()
    tell()
  }

  let phase: string | null = null
  const onState = (next: string): void => {
    if (next === phase) return
    phase = next
    if (next === 'open') void load()
    else forget()
  }

  return app.subscribe((event: AppEvent) => {
    if (event.type === 'app') onState(event.state.phase)
    if (event.type === 'conversation') apply(event.conversation)
    if (event.type === 'conversationRemoved' && counts.delete(event.id)) tell()
  })
}

import type { Item, SystemLine, TextMessage, Writer } from '#shared/contract/itemModels.ts'
import type { DateWords } from './dates.ts'

/** What the message list shows, one entry a line. */
export type Entry =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'new'; key: string }
  /** `author` stands at the first of somebody's messages in a group. */
  | { kind: 'message'; key: string; item: TextMessage; next: boolean; author: Writer | null }
  | { kind: 'system'; key: string; item: SystemLine; repeats: number }
  | { kind: 'held'; key: string; count: number; since: number }

/** How many messages wait for a reset, and since when. */
export interface Held {
  count: number
  since: number
}

/** Messages of one person this close together form one group. */
const groupGap = 5 * 60_000

const sameWriter = (a: TextMessage, b: TextMessage) => a.own === b.own && a.author?.id === b.author?.id
const when = (item: Item) => (item.kind === 'text' ? item.sentAt : item.at)

/**
 * Puts day lines between days, joins a person's consecutive messages, and merges resets that follow one another on a
 * day into one line, so that a struggling session never buries the conversation.
 * @param items in order of position
 * @param held messages that cannot be read yet; one line stands for them all, where the first of them belongs
 * @param firstNew id of the first message that was unread when the conversation was opened
 */
export function groupItems(
  items: readonly Item[],
  dates: Pick<DateWords, 'sameDay'>,
  { firstNew = null, held = null }: { firstNew?: string | null; held?: Held | null } = {},
): Entry[] {
  const entries: Entry[] = []
  let previous: Item | undefined
  for (const item of items) {
    const sameDay = previous !== undefined && dates.sameDay(when(previous), when(item))
    if (!sameDay) entries.push({ kind: 'day', key: `day-${item.id}`, at: when(item) })
    if (item.id === firstNew) entries.push({ kind: 'new', key: 'new' })
    const last = entries.at(-1)
    if (item.kind === 'text') {
      const next = last?.kind === 'message' && sameWriter(last.item, item) && Math.abs(item.sentAt - last.item.sentAt) < groupGap
      entries.push({ kind: 'message', key: item.id, item, next, author: next ? null : item.author })
    } else if (item.event === 'reset' && last?.kind === 'system' && last.item.event === 'reset') {
      const count = last.item.count + item.count
      entries[entries.length - 1] = { kind: 'system', key: item.id, item: { ...item, count }, repeats: last.repeats + 1 }
    } else {
      entries.push({ kind: 'system', key: item.id, item, repeats: 1 })
    }
    previous = item
  }
  return held ? withHeld(entries, held, dates) : entries
}

/** After everything older, and below the line of its own day. */
function withHeld(entries: readonly Entry[], held: Held, dates: Pick<DateWords, 'sameDay'>): Entry[] {
  const after = entries.findLastIndex((entry) => 'item' in entry && when(entry.item) <= held.since) + 1
  const next = entries[after]
  const place = next?.kind === 'day' && dates.sameDay(next.at, held.since) ? after + 1 : after
  return [...entries.slice(0, place), { kind: 'held', key: 'held', ...held }, ...entries.slice(place)]
}

/** The first of the newest `unread` received messages, or null. */
export function firstUnread(items: readonly Item[], unread: number): string | null {
  const received = items.filter((item) => item.kind === 'text' && !item.own)
  return unread > 0 ? (received.at(-unread)?.id ?? received[0]?.id ?? null) : null
}

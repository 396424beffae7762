/**
 * Messages that stay for a while: those of the other side from when they are read, own ones from when they are delivered (before that
 * nobody has them, and the outbox may not lose them). Then nothing of them is left on this computer but their ids.
 */
import { timerHolds, after } from '../../protocol/messageRules.ts'
import type { Message } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { StoredText } from '../../storage/itemStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import { uuidText } from '../../storage/itemModel.ts'

/** Removed in one transaction. */
const batch = 200
/** Several that disappear one after another cost one look, and one cut of the WAL. */
const atMostEvery = 1_000
/** Timers reach no further than 24 days. */
const longestTimer = 24 * 3600_000

export type Disappearing = ReturnType<typeof createDisappearing>

export function createDisappearing(core: Core, { conversations, files }: { conversations: Conversations; files: Files }) {
  const { stores } = core
  let cancel: (() => void) | null = null

  /** After what may have changed the next moment. */
  function schedule(): void {
    cancel?.()
    cancel = null
    const next = stores.items.nextExpiry()
    if (next === null) return
    cancel = core.after(Math.min(Math.max(next - core.now(), atMostEvery), longestTimer), sweep)
  }

  /** Whatever should be gone by now goes. */
  function sweep(): void {
    const due = stores.items.expired(core.now(), batch)
    if (due.length > 0) core.commit(() => remove(due))
    if (due.length === batch) return sweep()
    schedule()
  }

  /** Messages and everything of them, in the caller's transaction; what comes late about them is known to be late. */
  function remove(items: readonly StoredText[]): void {
    for (const [contactNo, some] of Map.groupBy(items, ({ contact }) => contact)) {
      for (const item of some) {
        stores.changes.forget(contactNo, item.id)
        stores.changes.addGone(contactNo, item.id, core.now())
        files.wipe(contactNo, item.id)
        stores.items.remove(item)
      }
      conversations.removed(
        contactNo,
        some.map(({ id }) => uuidText(id)),
        some.filter(({ unread }) => unread).length,
      )
    }
    core.scrub()
  }

  /** An own message was delivered, or notes were written; in the caller's transaction. */
  function delivered(contactNo: number, id: string, ttl: number): void {
    if (ttl > 0 && stores.items.setExpiry(contactNo, id, core.now() + ttl * 1000)) core.later(schedule)
  }

  /** By the person. */
  function choose(contact: Contact, seconds: number, tell: (at: number) => void): void {
    if (contact.timer === seconds) return
    const at = after(core.now(), contact.timer_at)
    core.commit(() => {
      apply(contact, { seconds, at }, 'you')
      tell(at)
    })
  }

  /** By the contact; of two that crossed, both sides keep the same one. */
  function chosen(contact: Contact, { seconds, at }: Extract<Message, { t: 'timer' }>): void {
    if (timerHolds({ seconds, at }, { seconds: contact.timer, at: contact.timer_at })) apply(contact, { seconds, at }, 'them')
  }

  function apply(contact: Contact, { seconds, at }: { seconds: number; at: number }, by: 'you' | 'them'): void {
    stores.contacts.update(contact.no, { timer: seconds, timer_at: at })
    if (seconds !== contact.timer) conversations.systemLine(contact, { event: 'timer', by, count: seconds })
    conversations.changed(contact.no)
  }

  return { schedule, sweep, remove, delivered, choose, chosen }
}

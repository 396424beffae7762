/** Who is writing at the moment: told only where both want it, never kept, and worth nothing a few seconds later. */
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Outbox } from '../outbox.ts'
import type { SettingsService } from '../settings.ts'

/** While somebody goes on writing. */
const againAfter = 5_000
/** Without another one it is over. */
const shownFor = 8_000
/** A notice for somebody who is away would wait at the relay and be stale. */
const heardWithin = 2 * 60_000
/** One that was on its way longer, or whose author's clock differs more, is passed over. */
const freshFor = 30_000

export type Typing = ReturnType<typeof createTyping>

export function createTyping(core: Core, parts: { conversations: Conversations; outbox: Outbox; settings: SettingsService }) {
  const { conversations, outbox, settings } = parts
  const told = new Map<number, number>()
  const shown = new Set<number>()

  /** The person is writing. */
  function tell(contactId: string): void {
    const contact = conversations.byId(contactId)
    const now = core.now()
    if (!settings.get().typing || now - (told.get(contact.no) ?? 0) < againAfter || now - contact.heard_at > heardWithin) return
    told.set(contact.no, now)
    outbox.sendNow(contact.no, { t: 'typing', at: now })
  }

  function arrived(contact: Contact, at: number): void {
    if (!settings.get().typing || Math.abs(core.now() - at) > freshFor) return
    shown.add(contact.no)
    core.emit({ type: 'typing', conversationId: contact.id, until: core.now() + shownFor })
  }

  /** What was being written is here. */
  function over(contact: Contact): void {
    if (shown.delete(contact.no)) core.emit({ type: 'typing', conversationId: contact.id, until: 0 })
  }

  return { tell, arrived, over, sent: (contactNo: number) => void told.delete(contactNo) }
}

/** Who is writing at the moment: told only where both want it, never kept, and worth nothing a few seconds later. */
import { hex, unhex } from '../../protocol/bytes.ts'
import type { Message } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Outbox } from '../outbox.ts'
import type { SettingsService } from '../settings.ts'
import type { Places } from './places.ts'

/** While somebody goes on writing. */
const againAfter = 5_000
/** Without another one it is over. */
const shownFor = 8_000
/** A notice for somebody who is away would wait at the relay and be stale. */
const heardWithin = 2 * 60_000
/** One that was on its way longer, or whose author's clock differs more, is passed over. */
const freshFor = 30_000

export type Typing = ReturnType<typeof createTyping>

interface TypingParts {
  conversations: Conversations
  outbox: Outbox
  places: Places
  settings: SettingsService
}

export function createTyping(core: Core, { conversations, outbox, places, settings }: TypingParts) {
  const { stores } = core
  const told = new Map<number, number>()
  /** Conversation and writer. */
  const shown = new Set<string>()
  const key = (at: Contact, writer: Contact): string => `${String(at.no)} ${String(writer.no)}`

  /** The person is writing. */
  function tell(contactId: string): void {
    const contact = conversations.byId(contactId)
    const now = core.now()
    if (!settings.get().typing || now - (told.get(contact.no) ?? 0) < againAfter) return
    const near = readersOf(contact).filter(({ heard_at }) => now - heard_at <= heardWithin)
    if (near.length === 0) return
    told.set(contact.no, now)
    const where = contact.kind === 'group' ? { group: unhex(contact.id) } : {}
    for (const { no } of near) outbox.sendNow(no, { t: 'typing', at: now, ...where })
  }

  const readersOf = (contact: Contact): Contact[] =>
    contact.kind === 'person' ? [contact] : stores.groups.membersOf(contact.no).flatMap((member) => stores.contacts.byId(member) ?? [])

  function arrived(contact: Contact, { at, group }: Extract<Message, { t: 'typing' }>): void {
    if (!settings.get().typing || Math.abs(core.now() - at) > freshFor) return
    const place = group ? places.typingIn(contact, hex(group)) : contact
    if (!place) return
    shown.add(key(place, contact))
    tellWindow(place, contact, core.now() + shownFor)
  }

  const tellWindow = (at: Contact, writer: Contact, until: number): void => {
    const author = at === writer ? {} : { author: stores.items.writer(at.no, writer.id) }
    core.emit({ type: 'typing', conversationId: at.id, until, ...author })
  }

  /** What was being written is here. */
  function over(at: Contact, writer: Contact): void {
    if (shown.delete(key(at, writer))) tellWindow(at, writer, 0)
  }

  return { tell, arrived, over, sent: (contactNo: number) => void told.delete(contactNo) }
}

/** What has arrived, told to its sender: riding on the next message, or alone after half a second. */
import { covers, makeReceipt, type Receipt } from '../protocol/message.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import type { SettingsService } from './settings.ts'

const aloneAfter = 500
/** Streams a receipt names at most; a contact has more only after several restores. */
const streamsNamed = 4

export type Receipts = ReturnType<typeof createReceipts>

export function createReceipts(core: Core, settings: Pick<SettingsService, 'get'>, sendAlone: (contact: number) => void) {
  const timers = new Map<number, () => void>()
  const { stores } = core

  const of = (contact: number, limit = streamsNamed): Receipt[] =>
    stores.streams
      .all(contact, limit)
      .map(({ stream, upTo, beyond, read }) => makeReceipt(stream, upTo, beyond, settings.get().readReceipts ? read : 0))

  function schedule(contact: number): void {
    if (timers.has(contact)) return
    const cancel = core.after(aloneAfter, () => {
      timers.delete(contact)
      if (stores.contacts.byNo(contact)?.receipt_due === 1) sendAlone(contact)
    })
    timers.set(contact, cancel)
  }

  /** A contact's numbers lie in more than one conversation where both are in a group: up to the first one that was not looked at. */
  function readUpTo(contactNo: number, stream: Uint8Array, upTo: number): number {
    const unread = stores.items.firstUnread(stream)
    return unread === null ? Math.max(upTo, stores.items.lastSeq(contactNo, stream)) : unread - 1
  }

  return {
    of,
    /** Something of `seq` is on disk now (same transaction). */
    arrived(contact: Contact, stream: Uint8Array, seq: number): void {
      stores.streams.record(contact.no, stream, seq, core.now())
      stores.contacts.update(contact.no, { receipt_due: 1 })
      core.later(() => schedule(contact.no))
    },
    /** The person has looked at everything of the contact's that is here; told with what arrived, if that may be known. */
    read(contact: Contact): void {
      if (!settings.get().readReceipts) return
      const news = stores.streams
        .all(contact.no, streamsNamed)
        .filter(({ stream, upTo }) => stores.streams.setRead(contact.no, stream, readUpTo(contact.no, stream, upTo)))
      if (news.length === 0) return
      stores.contacts.update(contact.no, { receipt_due: 1 })
      core.later(() => schedule(contact.no))
    },
    /** For the next outgoing message; what it names is no longer due. */
    take(contact: Contact): Receipt[] {
      if (contact.receipt_due === 0) return []
      stores.contacts.update(contact.no, { receipt_due: 0 })
      return of(contact.no)
    },
    schedule,
    /** Empties the outbox of what arrived over there; hex ids of the messages. */
    apply(contact: number, receipts: readonly Receipt[]): string[] {
      return receipts.flatMap(({ stream, upTo, beyond }) => {
        const seqs = Array.from({ length: beyond.length * 8 }, (_, bit) => upTo + 2 + bit)
        const named = seqs.filter((seq) => covers({ stream, upTo, beyond }, seq))
        return stores.outbox.receipted(contact, stream, upTo, named)
      })
    },
  }
}

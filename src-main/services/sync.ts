/**
 * After a new session: both sides say what they have of each other's streams. Whoever finds that it is behind starts a new
 * stream; whoever finds that the other is behind sends again what the other's older history lacks (docs/protocol.md section 6).
 */
import type { Message, Receipt } from '../protocol/message.ts'
import { covers } from '../protocol/message.ts'
import { hex, unhex, utf8 } from '../protocol/bytes.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import { streamsNamed, type Outbox } from './outbox.ts'
import type { Live } from './sessions.ts'

/** What a restored contact gets back at most of each stream; more is for a backup to hold. */
const mostReturned = 10_000

type Confirm = Extract<Message, { t: 'session.confirm' }>

export type Sync = ReturnType<typeof createSync>

export function createSync(core: Core, outbox: Outbox) {
  const { stores } = core

  function sendConfirm(live: Live, contactNo: number): void {
    const id = live.id.slice(0, 32)
    outbox.queueFirst(contactNo, id, { t: 'session.confirm', id: unhex(id), at: core.now() })
  }

  /** Once a session: what it sets going may be long. */
  function onConfirm(live: Live, contact: Contact, message: Confirm): void {
    if (live.synced) return
    live.synced = 1
    stores.sessions.setSynced(live.id)
    noticeRestore(contact, message.receipts)
    returnHistory(contact, message)
  }

  /** The peer has numbers of our stream that we never gave out: this profile is older than the conversation. */
  function noticeRestore(contact: Contact, claims: readonly Receipt[]): void {
    const current = stores.contacts.ownStreams(contact.no).find(({ stream }) => hex(stream) === hex(contact.stream))
    const claim = current && claims.find(({ stream }) => hex(stream) === hex(current.stream))
    if (!claim || !current || highest(claim) <= current.last) return
    stores.contacts.newStream(contact.no, core.ports.random(8), core.now())
    stores.outbox.restamp(contact.no)
    core.later(() => outbox.flush(contact.no))
  }

  /** Only for who shows that it knew this conversation: a fresh profile with stolen keys names no stream and gets nothing. */
  function returnHistory(contact: Contact, { receipts: claims, own }: Confirm): void {
    const ours = stores.contacts.ownStreams(contact.no)
    const theirs = stores.streams.all(contact.no, streamsNamed)
    const knows = claims.some(({ stream }) => ours.some((known) => hex(known.stream) === hex(stream)))
    if (!knows && !own.some(({ stream }) => theirs.some((known) => hex(known.stream) === hex(stream)))) return
    const lost = [
      ...ours.flatMap(({ stream }) => ownMissing(contact, stream, claims)),
      ...theirs.flatMap(({ stream }) => theirMissing(contact, stream, own)),
    ]
    for (const item of lost.sort((a, b) => a.position - b.position)) {
      const { stream, seq, text } = item
      if (item.own) {
        outbox.queue(contact.no, item.id, { t: 'text', id: unhex(item.id), at: item.sentAt, text }, { stream, seq })
      } else {
        const id = core.ports.primitives.sha256(utf8('cairn/1 history'), unhex(item.id)).slice(0, 16)
        outbox.queue(contact.no, hex(id), {
          t: 'history',
          id,
          at: core.now(),
          of: { id: unhex(item.id), stream, seq, at: item.sentAt, text },
        })
      }
    }
  }

  function ownMissing(contact: Contact, stream: Uint8Array, claims: readonly Receipt[]) {
    const claim = claims.find((c) => hex(c.stream) === hex(stream))
    const after = stores.items.textsAfter(contact.no, true, stream, claim?.upTo ?? 0, mostReturned)
    return after.filter((item) => !claim || !covers(claim, item.seq))
  }

  function theirMissing(contact: Contact, stream: Uint8Array, own: Confirm['own']) {
    const known = own.find((o) => hex(o.stream) === hex(stream))
    if (!known && own.length >= streamsNamed) return []
    return stores.items.textsAfter(contact.no, false, stream, known?.last ?? 0, mostReturned)
  }

  return { sendConfirm, onConfirm }
}

function highest({ upTo, beyond }: Receipt): number {
  for (let bit = beyond.length * 8 - 1; bit >= 0; bit--) if ((((beyond[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1) return upTo + 2 + bit
  return upTo
}

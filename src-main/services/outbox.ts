/**
 * From a message to blobs on their way: encryption on the contact's highest confirmed session, committed together with the
 * ratchet's new state. Nothing but a receipt empties the outbox (docs/protocol.md section 5).
 */
import * as v from 'valibot'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import type { RvStatus } from '../ports.ts'
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import { overheadBytes, ratchetEncrypt } from '../protocol/doubleRatchet.ts'
import { encodeMessage, type Message } from '../protocol/message.ts'
import { deleteKey, rendezvousPoint } from '../protocol/rendezvous.ts'
import { smallestBlob } from '../protocol/seal.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { OutboxRow, PublicationRow, SentPlace } from '../storage/outboxStore.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Receipts } from './receipts.ts'
import type { Live, Sessions } from './sessions.ts'

/** Messages encrypted in one transaction. */
const batch = 32
/** Senders stay within this many of the last receipted number. */
const mostUnreceipted = 900

/** What was read is on a disk over there, and its receipt under way: a slow way, or one with much on it, takes its time. */
const receiptWithin = 60_000

/** Streams that a session's first message names at most. */
export const streamsNamed = 16

/** A message without what encryption adds: stream, seq, receipts. */
export type Outgoing = { t: Message['t'] } & Record<string, unknown>

const bodySchema = v.looseObject({ t: v.string() })

export type Outbox = ReturnType<typeof createOutbox>

export function createOutbox(core: Core, parts: { links: Links; publisher: Publisher; sessions: Sessions; receipts: Receipts }) {
  const { stores } = core
  const { links, publisher, sessions, receipts } = parts

  /** Where a contact is met now: on this network while it is there, and otherwise at every relay it named. */
  function placesOf({ id, relays }: Contact): readonly string[] {
    return links.isConnected(lanPlace(id)) ? [lanPlace(id)] : relays
  }

  /** Encrypts on `live` and hands the blob to every place where the contact is met. */
  function encrypt(live: Live, contact: Contact, message: Message, rank: number | null): { headerKey: Uint8Array; n: number } {
    const plaintext = encodeMessage(message)
    const sent = ratchetEncrypt(core.context(), live.state, plaintext, smallestBlob(plaintext.length, overheadBytes))
    live.state = sent.state
    if (message.t === 'text' || message.t === 'attachment') live.sent += 1
    stores.sessions.saveState(live)
    for (const relay of placesOf(contact)) {
      const d = deleteKey(core.ports.primitives, { hk: sent.headerKey, n: sent.n, relay })
      const place = { relay, hk: sent.headerKey, n: sent.n, delete_hash: core.ports.primitives.sha256(d) }
      stores.outbox.publish({ ...place, kind: 'chain', owner: live.id, message: rank, blob: sent.blob })
      core.later(() => publisher.pump(relay))
    }
    if (live.state.Ns === 1) core.later(() => sessions.watch(live)) // a new pair of ours: the peer's next chain may come
    return { headerKey: sent.headerKey, n: sent.n }
  }

  /** A notice that needs no receipt; where it lies. Nothing where there is no session to send on. */
  function sendNow(contactNo: number, message: Message, on?: Live): { headerKey: Uint8Array; n: number } | null {
    const live = on ?? sessions.top(contactNo)
    const contact = stores.contacts.byNo(contactNo)
    if (!live || !contact || contact.blocked_at !== null || !live.checked) return null
    return core.commit(() => encrypt(live, contact, message, null))
  }

  /** What has arrived, on its own. */
  function sendReceipt(contactNo: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (!contact || contact.blocked_at !== null || !sessions.top(contactNo)?.checked) return
    core.commit(() => {
      const named = receipts.take(contact)
      if (named.length > 0) sendNow(contactNo, { t: 'receipt', receipts: named })
    })
  }

  function encryptRow(live: Live, contact: Contact, row: OutboxRow): void {
    const stream = row.stream ?? contact.stream
    const seq = row.seq ?? stores.contacts.nextSeq(contact.no, stream)
    const named = receipts.take(stores.contacts.byNo(contact.no) ?? contact)
    const said = row.kind === 'session.confirm' ? knowledge(contact.no) : named.length > 0 ? { receipts: named } : {}
    const message = { ...decodeCbor(row.body, bodySchema), stream, seq, ...said } as unknown as Message
    encrypt(live, contact, message, row.rank)
    stores.outbox.setEncrypted(row.rank, { stream, seq, session: live.id, at: core.now() })
    if (row.seq === null && !stores.items.setSeq(contact.no, row.id, stream, seq)) stores.deliveries.setSeq(row.id, contact.id, stream, seq)
  }

  /** What of the peer's arrived here, and how far our own streams go: as it is when it is sent. */
  const knowledge = (contactNo: number) => ({
    receipts: receipts.of(contactNo, streamsNamed),
    own: stores.contacts.ownStreams(contactNo).slice(0, streamsNamed),
  })

  /** Sends what waits for this contact, as far as the session and the peer's receipts allow. */
  function flush(contactNo: number): void {
    const live = sessions.top(contactNo)
    const contact = stores.contacts.byNo(contactNo)
    if (!live?.checked || !contact || contact.blocked_at !== null) return
    const room = Math.min(batch, mostUnreceipted - stores.outbox.onChain(live.id))
    const rows = room > 0 ? stores.outbox.unencrypted(contactNo, room) : []
    if (rows.length === 0) return
    core.commit(() => {
      for (const row of rows) encryptRow(live, contact, row)
      if (rows.length === room) core.later(() => flush(contactNo))
    })
  }

  /** `flush` as the last part of the transaction under way: what it adds or frees leaves with the same commit. */
  const flushAtEnd = (contactNo: number): void => core.atEnd(`flush ${contactNo}`, () => flush(contactNo))

  /** Puts a message in the outbox, in the caller's transaction; it leaves as soon as there is a session. */
  function queue(contactNo: number, id: string, message: Outgoing, numbered?: { stream: Uint8Array; seq: number }): boolean {
    const added = stores.outbox.add({ id, contact: contactNo, kind: message.t, body: encodeCbor(message), ...numbered })
    if (added) flushAtEnd(contactNo)
    return added
  }

  /** Before everything else that waits for this contact, and instead of an older one. */
  function queueFirst(contactNo: number, id: string, message: Outgoing): void {
    stores.outbox.addFirst({ id, contact: contactNo, kind: message.t, body: encodeCbor(message) })
    flushAtEnd(contactNo)
  }

  /** Takes a message back that was never encrypted, so that nobody can have it: true where it was so. In the caller's transaction. */
  const withdraw = (contactNo: number, id: string): boolean => stores.outbox.withdraw(contactNo, id)

  /**
   * Looks after messages that were sent a while ago and are not receipted although later ones are, or that have waited
   * long: what the relay has lost is published again as it was; what was read or has expired there is encrypted anew.
   */
  async function review(contactNo: number, sentBefore: number): Promise<void> {
    const old = stores.outbox.sentPlaces(contactNo, sentBefore)
    for (const relay of new Set(old.map((place) => place.relay))) {
      if (!links.isConnected(relay)) continue
      const places = old.filter((place) => place.relay === relay)
      const statuses = await links.get(relay).status(places.map((place) => rendezvousPoint(core.ports.primitives, place)))
      if (!core.open) return
      core.commit(() => places.forEach((place, i) => reviewed(place, statuses[i])))
    }
  }

  function reviewed(place: SentPlace, status: RvStatus | undefined): void {
    if (!stores.outbox.publication(place.id)) return // receipted or given up meanwhile
    if (status === 'empty') {
      stores.outbox.setStored(place.id, null)
      core.later(() => publisher.rescan(place.relay))
    }
    const isLate = place.sent_at < core.now() - receiptWithin
    if (status === 'expired' || (status === 'consumed' && isLate)) again(place.message)
  }

  /** Under a new number; what lay at the old one is given up. */
  function again(message: number): void {
    const row = stores.outbox.get(message)
    if (!row) return
    stores.outbox.dropPublicationsFor(message)
    stores.outbox.requeue(message)
    flushAtEnd(row.contact)
  }

  /** What lies, or waits to lie, at one place goes to others as well, as it is: whichever is read first counts. In the caller's transaction. */
  function copyTo(rows: readonly PublicationRow[], places: readonly string[]): void {
    for (const row of rows) {
      for (const relay of places) {
        if (row.n === null || stores.outbox.liesAt(row, relay)) continue
        const d = deleteKey(core.ports.primitives, { hk: row.hk, n: row.n, relay })
        stores.outbox.publish({ ...row, relay, delete_hash: core.ports.primitives.sha256(d) })
        core.later(() => publisher.pump(relay))
      }
    }
  }

  /** The contact is on this network now: what no receipt has named yet goes there too. */
  function offerOnLan(id: string): void {
    const contact = stores.contacts.byId(id)
    if (!contact) return
    core.commit(() => copyTo(stores.outbox.onTheWay(contact.no), [lanPlace(id)]))
  }

  /** The contact is not on this network any more, or says nothing: what it has not receipted goes to its relays. */
  function fallBack(contact: Contact, sentBefore = Infinity): void {
    const relays = contact.relays.filter((relay) => relay !== lanPlace(contact.id))
    if (relays.length === 0) return
    core.commit(() => copyTo(stores.outbox.atPlace(contact.no, lanPlace(contact.id), sentBefore), relays))
  }

  function fallBackOld(sentBefore: number): void {
    for (const no of stores.outbox.contactsOnLan()) {
      const contact = stores.contacts.byNo(no)
      if (contact) fallBack(contact, sentBefore)
    }
  }

  /** The contact is met elsewhere now: what lies, or waits to lie, where it is met no more goes out anew. */
  function redirect(contactNo: number, relays: readonly string[]): void {
    core.commit(() => {
      const lan = stores.contacts.byNo(contactNo)?.id ?? ''
      stores.outbox.elsewhere(contactNo, [...relays, lanPlace(lan)]).forEach(again)
    })
  }

  return {
    sendNow,
    sendReceipt,
    redirect,
    placesOf,
    offerOnLan,
    fallBack,
    fallBackOld,
    flush,
    flushAtEnd,
    queue,
    queueFirst,
    withdraw,
    review,
    again,
  }
}

/**
 * From a message to blobs on their way: encryption on the contact's highest confirmed session, committed together with the
 * ratchet's new state. Nothing but a receipt empties the outbox (docs/protocol.md section 5).
 */
import * as v from 'valibot'
import type { RvStatus } from '../ports.ts'
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import { overheadBytes, ratchetEncrypt } from '../protocol/doubleRatchet.ts'
import { encodeMessage, type Message } from '../protocol/message.ts'
import { deleteKey, rendezvousPoint } from '../protocol/rendezvous.ts'
import { smallestBlob } from '../protocol/seal.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { OutboxRow, SentPlace } from '../storage/outboxStore.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Receipts } from './receipts.ts'
import type { Live, Sessions } from './sessions.ts'

/** Messages encrypted in one transaction. */
const batch = 32
/** Senders stay within this many of the last receipted number. */
const mostUnreceipted = 900

const bodySchema = v.looseObject({ t: v.string() })

export type Outbox = ReturnType<typeof createOutbox>

export function createOutbox(core: Core, parts: { links: Links; publisher: Publisher; sessions: Sessions; receipts: Receipts }) {
  const { stores } = core
  const { links, publisher, sessions, receipts } = parts

  /** Encrypts on `live` and hands the blob to every relay the contact named. */
  function encrypt(live: Live, contact: Contact, message: Message, outboxId: string | null): { headerKey: Uint8Array; n: number } {
    const plaintext = encodeMessage(message)
    const sent = ratchetEncrypt(core.context(), live.state, plaintext, smallestBlob(plaintext.length, overheadBytes))
    live.state = sent.state
    if (message.t === 'text') live.sent += 1
    stores.sessions.saveState(live)
    for (const relay of contact.relays) {
      const d = deleteKey(core.ports.primitives, { hk: sent.headerKey, n: sent.n, relay })
      const place = { relay, hk: sent.headerKey, n: sent.n, delete_hash: core.ports.primitives.sha256(d) }
      stores.outbox.publish({ ...place, kind: 'chain', owner: live.id, message: outboxId, blob: sent.blob })
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
    if (!contact || !sessions.top(contactNo)?.checked) return
    core.commit(() => {
      const named = receipts.take(contact)
      if (named.length > 0) sendNow(contactNo, { t: 'receipt', receipts: named })
    })
  }

  function encryptRow(live: Live, contact: Contact, row: OutboxRow): void {
    const stream = row.stream ?? contact.stream
    const seq = row.seq ?? stores.contacts.nextSeq(contact.no, stream)
    const named = receipts.take(stores.contacts.byNo(contact.no) ?? contact)
    const body = decodeCbor(row.body, bodySchema)
    const message = { ...body, stream, seq, ...(named.length > 0 ? { receipts: named } : {}) } as unknown as Message
    encrypt(live, contact, message, row.id)
    stores.outbox.setEncrypted(row.id, { stream, seq, session: live.id, at: core.now() })
    if (row.seq === null) stores.items.setSeq(row.id, stream, seq)
  }

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

  /** Puts a message in the outbox, in the caller's transaction; it leaves as soon as there is a session. */
  function queue(contactNo: number, id: string, message: Record<string, unknown>, numbered?: { stream: Uint8Array; seq: number }): boolean {
    const added = stores.outbox.add({ id, contact: contactNo, body: encodeCbor(message), ...numbered })
    if (added) core.later(() => flush(contactNo))
    return added
  }

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
    if (status === 'consumed' || status === 'expired') again(place.message)
  }

  /** Under a new number; what lay at the old one is given up. */
  function again(message: string): void {
    const row = stores.outbox.get(message)
    if (!row) return
    stores.outbox.dropPublicationsFor(message)
    stores.outbox.requeue(message)
    core.later(() => flush(row.contact))
  }

  return { sendNow, sendReceipt, flush, queue, review, again }
}

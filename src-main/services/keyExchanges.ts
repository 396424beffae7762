/**
 * Key exchanges from either side, from the first blob to a confirmed session. Everything is on disk before the network
 * call that depends on it (docs/protocol.md section 2).
 */
import { CairnError } from '#shared/errors.ts'
import { hex, equalBytes } from '../protocol/bytes.ts'
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import { decodePublicIdentity, type PublicIdentity } from '../protocol/identity.ts'
import { decodeInvite, type Invite } from '../protocol/invite.ts'
import {
  answerInvite,
  answerMsg2,
  openMsg2,
  openMsg3,
  type Established,
  type Msg2,
  type PendingAcceptance,
} from '../protocol/keyExchange.ts'
import type { By, Contact } from '../storage/contactStore.ts'
import type { ExchangeRow, InviteRow } from '../storage/exchangeStore.ts'
import type { Core } from './core.ts'
import { offerSchema, pendingSchema, type Offer } from './exchangeRecords.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Series } from './series.ts'
import type { Live, Sessions } from './sessions.ts'
import type { Watch } from './watches.ts'

/** At most this many unconfirmed exchanges for one claimed identity. */
const unconfirmedMost = 4
const blobsLive = 30 * 24 * 3600_000

export interface KeyExchangeListeners {
  /** In the transaction that confirms: everything else that follows from a new session. */
  onConfirmed(live: Live, contact: Contact, offer: Offer, exchange: ExchangeRow | null): void
  onChanged(contact: number, invite: string | null): void
}

export type KeyExchanges = ReturnType<typeof createKeyExchanges>

export function createKeyExchanges(
  core: Core,
  parts: { links: Links; publisher: Publisher; series: Series; sessions: Sessions },
  listeners: KeyExchangeListeners,
) {
  const { stores } = core
  const { links, publisher, series, sessions } = parts
  const { primitives } = core.ports

  /** `n` where that number is most likely empty: then nobody is asked first. */
  const publishSeries = (
    relays: readonly string[],
    owner: string,
    seed: Uint8Array,
    sealed: { blob: Uint8Array; deleteHash: Uint8Array },
    n: 0 | null,
  ) => {
    for (const relay of relays) {
      stores.outbox.publish({
        relay,
        kind: 'series',
        owner,
        message: null,
        hk: seed,
        n,
        delete_hash: sealed.deleteHash,
        blob: sealed.blob,
      })
      core.later(() => publisher.pump(relay))
    }
  }

  /** Above every confirmed session's. What an unconfirmed exchange claims does not count: anybody may have written it. */
  function nextEpoch(contact: number | null): number {
    const confirmed = contact === null ? [] : sessions.ofContact(contact).filter((live) => live.confirmed_at !== null)
    return Math.min(Number.MAX_SAFE_INTEGER, Math.max(core.now(), ...confirmed.map((live) => live.epoch + 1)))
  }

  function contactFor(identity: PublicIdentity, relays: string[]): Contact {
    const known = stores.contacts.byId(identity.id)
    if (known) return known
    const made = { id: identity.id, public: identity.bytes, name: identity.nick, relays, stream: core.ports.random(8), now: core.now() }
    return stores.contacts.insert(made)
  }

  /** Requests that were answered and never went on: the newest few are enough. */
  function keepFew(contact: Contact): void {
    const unfinished = stores.exchanges.ofContact(contact.no).filter((row) => row.role === 'acceptor' && row.kind === 'reset')
    unfinished.slice(0, Math.max(0, unfinished.length - unconfirmedMost + 1)).forEach(abandon)
  }

  /** Acceptor, step 2. Refusals by name are the caller's; here everything is already allowed. */
  function accept(invite: Invite, kind: 'first' | 'reset', by: By): Contact {
    return core.commit(() => {
      const contact = contactFor(invite.identity, invite.relays)
      if (kind === 'reset') keepFew(contact)
      const offer = { step3RV: core.ports.random(32), resetRV: core.ports.random(32), relays: links.own(), epoch: nextEpoch(contact.no) }
      const answer = answerInvite(core.context(), core.identity(), invite, offer)
      const id = hex(core.ports.random(16))
      const secret = encodeCbor({ ...answer.pending, relays: invite.relays, resetRV: offer.resetRV, peerResetRV: invite.resetRV })
      stores.exchanges.insert({
        ...{ id, role: 'acceptor', kind, by, contact: contact.no, invite: null, msg2_hash: null, session: null, ask_relay: null },
        ...{ invite_hash: answer.pending.msg1Hash, secret, step3: offer.step3RV, answered_at: core.now() },
        ...{ created: core.now(), invited_at: invite.created, expires: invite.expires },
      })
      publishSeries(invite.relays, id, invite.initialRV, answer, 0)
      core.later(() => series.read(id, 'step3', offer.step3RV))
      core.later(() => listeners.onChanged(contact.no, null))
      return contact
    })
  }

  /** A blob on an invite's first series. */
  function onInitialBlob(watch: Watch, blob: Uint8Array): void {
    const row = stores.exchanges.invite(watch.owner)
    if (!row || row.state !== 'open') return
    const refuse = (why: string) => {
      core.commit(() => stores.profile.countRefusal(null, why))
      series.done(watch)
    }
    let msg2: Msg2
    try {
      msg2 = openMsg2(primitives, core.identity(), row.bytes, blob)
    } catch (error) {
      return refuse(error instanceof CairnError ? `invite.answer-${error.code}` : 'invite.answer-unreadable')
    }
    try {
      core.commit(() => {
        publisher.acknowledgeAt(watch.relay, watch.hk, watch.n, msg2.deleteKey)
        if (repeated(row, msg2)) return
        const why = refusal(row, msg2)
        if (why === null) answered(row, msg2, blob)
        else stores.profile.countRefusal(null, why)
      })
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      return refuse(`invite.answer-${error.code}`) // its key exchange turned out to be none
    }
    series.done(watch)
  }

  /** A msg2 seen before: its stored msg3 goes out again. */
  function repeated(row: InviteRow, msg2: Msg2): boolean {
    const exchange = stores.exchanges.byMsg2(row.id, msg2.hash)
    if (!exchange) return false
    for (const publication of stores.outbox.publicationsOf(exchange.id)) {
      stores.outbox.setStored(publication.id, null)
      core.later(() => publisher.rescan(publication.relay))
    }
    return true
  }

  const kindOf = (row: InviteRow) => (row.kind === 'reset' ? 'reset' : 'first')

  function refusal(row: InviteRow, msg2: Msg2): string | null {
    const { id } = msg2.identity
    const invite = decodeInvite(primitives, row.bytes)
    const contact = stores.contacts.byId(id)
    if (id === core.identity().id) return 'invite.own'
    if (row.expires <= core.now()) return 'invite.expired'
    if (invite.for !== undefined && invite.for !== id) return 'invite.for-somebody-else'
    if (stores.contacts.isBlocked(id)) return 'invite.blocked'
    const claims = contact
      ? stores.exchanges.ofContact(contact.no).filter((other) => other.role === 'inviter' && other.kind === kindOf(row))
      : []
    const crowded = row.kind !== 'many' && stores.exchanges.ofInvite(row.id).length >= unconfirmedMost
    if (claims.length >= unconfirmedMost || crowded) return 'invite.too-many-answers'
    return null
  }

  function answered(row: InviteRow, msg2: Msg2, blob: Uint8Array): void {
    const contact = contactFor(msg2.identity, msg2.relays)
    const ask = unknownRelay(msg2, row.kind)
    const id = hex(core.ports.random(16))
    stores.exchanges.insert({
      ...{ id, role: 'inviter', kind: kindOf(row), by: row.by, contact: contact.no, invite: row.id },
      ...{ invite_hash: primitives.sha256(row.bytes), msg2_hash: msg2.hash, step3: null, session: null },
      ...{ secret: ask === null ? null : blob, ask_relay: ask },
      ...{ created: core.now(), invited_at: row.created, answered_at: core.now(), expires: row.expires },
    })
    if (row.kind !== 'reset') stores.exchanges.updateInvite(row.id, { contact: contact.no })
    if (ask === null) respond(id, row, msg2, contact, msg2.relays)
    core.later(() => listeners.onChanged(contact.no, row.id))
  }

  /** Relays we talk to already: our own, and those of people we are connected with. */
  function isKnown(relay: string): boolean {
    return (
      links.listening().includes(relay) || stores.contacts.all().some((other) => other.state === 'open' && other.relays.includes(relay))
    )
  }

  /**
   * Which relay of an answer a person must be asked about first: an unauthenticated msg2 may name somebody else's hosts. A reset's
   * invite was sealed to the contact alone, so whoever answers it is the contact.
   */
  const unknownRelay = (msg2: Msg2, kind: InviteRow['kind']): string | null =>
    kind === 'reset' ? null : (msg2.relays.find((relay) => !isKnown(relay)) ?? null)

  /** Inviter, step 3. */
  function respond(exchangeId: string, row: InviteRow, msg2: Msg2, contact: Contact, relays: string[]): void {
    const invite = decodeInvite(primitives, row.bytes)
    const answer = answerMsg2(core.context(), core.identity(), invite, msg2)
    const offer: Offer = {
      contactKey: answer.established.contactKey,
      myReset: invite.resetRV,
      peerReset: msg2.resetRV,
      relays,
      public: msg2.identity.bytes,
    }
    sessions.add(newSession(answer.established, contact.no, kindOf(row), row.by, offer))
    stores.exchanges.update(exchangeId, { session: hex(answer.established.sessionId) })
    publishSeries(relays, exchangeId, msg2.step3RV, answer, 0)
  }

  const newSession = (established: Established, contact: number, kind: 'first' | 'reset', by: By, offer: Offer) => ({
    ...{ id: hex(established.sessionId), contact, kind, by, epoch: established.epoch, state: established.state },
    ...{ created: core.now(), confirmed_at: null, sent: 0, received: 0, synced: 0, offer: encodeCbor(offer) },
  })

  /** A blob on the series that msg3 comes on. */
  function onStep3Blob(watch: Watch, blob: Uint8Array): void {
    const exchange = stores.exchanges.byId(watch.owner)
    if (!exchange?.secret || stores.contacts.byNo(exchange.contact)?.blocked_at !== null) return
    const { relays, resetRV, peerResetRV, ...pending } = decodeCbor(exchange.secret, pendingSchema)
    let opened: { established: Established; deleteKey: Uint8Array }
    try {
      opened = openMsg3(primitives, core.identity(), pending satisfies PendingAcceptance, blob)
    } catch (error) {
      core.commit(() =>
        stores.profile.countRefusal(exchange.contact, error instanceof CairnError ? `exchange.${error.code}` : 'exchange.unreadable'),
      )
      return series.done(watch)
    }
    core.commit(() => {
      publisher.acknowledgeAt(watch.relay, watch.hk, watch.n, opened.deleteKey)
      const { contactKey } = opened.established
      const offer: Offer = { contactKey, myReset: resetRV, peerReset: peerResetRV, relays, public: pending.inviter }
      stores.exchanges.update(exchange.id, { session: hex(opened.established.sessionId) })
      confirm(sessions.add(newSession(opened.established, exchange.contact, exchange.kind, exchange.by, offer)))
    })
  }

  /** The session is real on our side: what it promised becomes true, unless a higher one is confirmed already. */
  function confirm(live: Live): void {
    const contact = stores.contacts.byNo(live.contact)
    if (!contact || live.offer === null) return
    const exchange = stores.exchanges.bySession(live.id)
    const offer = decodeCbor(live.offer, offerSchema)
    live.confirmed_at = core.now()
    live.offer = null
    stores.sessions.confirm(live.id, live.confirmed_at)
    if (exchange) end(exchange)
    listeners.onConfirmed(live, contact, offer, exchange)
    core.later(() => listeners.onChanged(contact.no, exchange?.invite ?? null))
  }

  /** The exchange is over, well or not; its secrets and blobs go. */
  function end(exchange: ExchangeRow): void {
    stores.exchanges.remove(exchange.id)
    stores.outbox.dropPublicationsOf(exchange.id)
    core.later(() => series.stop(exchange.id))
  }

  /** By the person, or because its time is over. A contact that never came to be goes with it. */
  function abandon(exchange: ExchangeRow): void {
    core.commit(() => {
      end(exchange)
      const waiting = sessions.ofContact(exchange.contact).find((live) => live.id === exchange.session && live.confirmed_at === null)
      if (waiting) sessions.destroy(waiting)
      removeIfNobody(exchange.contact)
    })
  }

  function removeIfNobody(contactNo: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (!contact || contact.state === 'open' || stores.exchanges.ofContact(contactNo).length > 0) return
    stores.contacts.remove(contactNo)
    core.emit({ type: 'conversationRemoved', id: contact.id })
  }

  function allowRelay(contact: Contact, allow: boolean): void {
    const exchange = stores.exchanges.ofContact(contact.no).find((row) => row.ask_relay !== null)
    const row = exchange?.invite ? stores.exchanges.invite(exchange.invite) : null
    if (!exchange?.secret || !row) throw new CairnError('exchange.unknown')
    if (!allow) return abandon(exchange)
    const msg2 = openMsg2(primitives, core.identity(), row.bytes, exchange.secret)
    core.commit(() => {
      stores.exchanges.update(exchange.id, { ask_relay: null, secret: null })
      // what was not asked about is not used; the contact's profile may name it later
      const relays = msg2.relays.filter((relay) => relay === exchange.ask_relay || isKnown(relay))
      respond(exchange.id, row, msg2, contact, relays)
      core.later(() => listeners.onChanged(contact.no, row.id))
    })
  }

  /** Watches for msg3; nothing of a blocked contact is read. */
  function listen(contact: Contact): void {
    for (const { id, step3 } of stores.exchanges.ofContact(contact.no)) {
      if (step3 && contact.blocked_at === null) series.read(id, 'step3', step3)
      else series.stop(id)
    }
  }

  /** What was answered in time is waited for as long as blobs live: the other side may be connected already. */
  const endOf = (row: ExchangeRow) =>
    row.role === 'inviter' && row.answered_at !== null ? Math.max(row.expires, row.answered_at + blobsLive) : row.expires

  /** By the person; our invite, where the exchange answered one, is the caller's to end. */
  function cancel(contact: Contact): string | null {
    const [exchange] = stores.exchanges.ofContact(contact.no).filter((row) => row.kind === 'first')
    if (!exchange) throw new CairnError('exchange.unknown')
    abandon(exchange)
    listeners.onChanged(contact.no, exchange.invite)
    return exchange.invite
  }

  return {
    accept,
    cancel,
    onInitialBlob,
    onStep3Blob,
    confirm,
    abandon,
    drop: end,
    allowRelay,
    publishSeries,
    nextEpoch,
    underWay: (inviteHash: Uint8Array) =>
      stores.exchanges.all().some((row) => row.role === 'acceptor' && equalBytes(row.invite_hash, inviteHash)),
    /** After a start: go on watching for msg3. */
    resume: () => stores.contacts.all().forEach(listen),
    listen,
    expire: () => stores.exchanges.all().forEach((row) => endOf(row) <= core.now() && abandon(row)),
    identityOf: (contact: Contact) => decodePublicIdentity(primitives, contact.public),
  }
}

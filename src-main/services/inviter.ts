/** The inviter's side of a key exchange: msg2 in, and, where the person need not be asked or has agreed, msg3 out (docs/protocol.md section 2). */
import { CairnError } from '#shared/errors.ts'
import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import { hex } from '../protocol/bytes.ts'
import { decodeInvite, type Invite } from '../protocol/invite.ts'
import { answerMsg2, openMsg2, type Msg2 } from '../protocol/keyExchange.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { RequestRow } from '../storage/requestStore.ts'
import type { Core } from './core.ts'
import { unconfirmedMost, type ExchangeListeners, type ExchangeParts, type ExchangeServices } from './exchangeParts.ts'
import type { Offer } from './exchangeRecords.ts'
import type { Watch } from './watches.ts'

export interface InviterListeners extends ExchangeListeners {
  /** An answer to an invite of many uses, in its transaction; false: there is no room, and it stays where it lies. */
  onRequest(row: InviteRow, msg2: Msg2, blob: Uint8Array, watch: Watch): boolean
}

/** An address is read under an owner for each period: the invite's id is the first word. */
export const inviteIdOf = (owner: string): string => owner.split(' ', 1)[0] ?? owner

/** msg3, the session it makes, and what it answers. */
type Answer = ReturnType<typeof answerMsg2> & { invite: Invite; msg2: Msg2 }

const kindOf = (row: InviteRow) => (row.kind === 'reset' ? 'reset' : 'first')

export function createInviter(core: Core, services: ExchangeServices, parts: ExchangeParts, listeners: InviterListeners) {
  const { stores } = core
  const { links, publisher, series, sessions } = services
  const { primitives } = core.ports

  /** A blob on an invite's first series. */
  function onInitialBlob(watch: Watch, blob: Uint8Array): void {
    const row = stores.exchanges.invite(inviteIdOf(watch.owner))
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
      if (core.commit(() => take(row, msg2, blob, watch))) series.done(watch)
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      refuse(`invite.answer-${error.code}`) // its key exchange turned out to be none
    }
  }

  /** False: it stays at the relay, and is looked at again when there is room. */
  function take(row: InviteRow, msg2: Msg2, blob: Uint8Array, watch: Watch): boolean {
    const acknowledge = () => publisher.acknowledgeAt(watch.relay, watch.hk, watch.n, msg2.deleteKey)
    const invite = decodeInvite(primitives, row.bytes)
    const why = repeated(row, msg2) ? 'repeated' : refusal(row, invite, msg2)
    if (why === null && row.kind === 'many' && !listeners.onRequest(row, msg2, blob, watch)) return false
    acknowledge()
    if (why === null && row.kind !== 'many') answered(row, invite, msg2, blob)
    else if (why !== null && why !== 'repeated') stores.profile.countRefusal(null, why)
    return true
  }

  /** A msg2 seen before: its stored msg3 goes out again. */
  function repeated(row: InviteRow, msg2: Msg2): boolean {
    const exchange = stores.exchanges.byMsg2(row.id, msg2.hash)
    if (!exchange) return stores.requests.has(msg2.hash)
    for (const publication of stores.outbox.publicationsOf(exchange.id)) {
      stores.outbox.setStored(publication.id, null)
      core.later(() => publisher.rescan(publication.relay))
    }
    return true
  }

  function refusal(row: InviteRow, invite: Invite, msg2: Msg2): string | null {
    const { id } = msg2.identity
    const contact = stores.contacts.byId(id)
    if (id === core.identity().id) return 'invite.own'
    if (row.expires <= core.now()) return 'invite.expired'
    if (invite.for !== undefined && invite.for !== id) return 'invite.for-somebody-else'
    if (stores.contacts.isBlocked(id)) return 'invite.blocked'
    const claims = contact
      ? stores.exchanges.ofContact(contact.no).filter((other) => other.role === 'inviter' && other.kind === kindOf(row))
      : []
    const asked = row.kind === 'many' ? stores.requests.ofPerson(id).length : 0
    const crowded = row.kind !== 'many' && stores.exchanges.ofInvite(row.id).length >= unconfirmedMost
    if (claims.length + asked >= unconfirmedMost || crowded) return 'invite.too-many-answers'
    return null
  }

  function answered(row: InviteRow, invite: Invite, msg2: Msg2, blob: Uint8Array): void {
    const contact = parts.contactFor(msg2.identity, msg2.relays)
    if (row.by_code && contact.state === 'connecting') stores.contacts.update(contact.no, { by_code: 1 })
    if (row.introduction !== null && contact.state === 'connecting') introduced(contact, row.introduction)
    const ask = row.kind === 'reset' || row.introduction !== null ? null : unknownRelay(msg2.relays)
    const id = insert(row, msg2, contact, ask === null ? null : { blob, ask })
    if (row.kind !== 'reset') stores.exchanges.updateInvite(row.id, { contact: contact.no })
    if (ask === null) respond(id, row, contact, msg2.relays, answerTo(invite, msg2))
    core.later(() => listeners.onChanged(contact.no, row.id))
  }

  function introduced(contact: Contact, id: string): void {
    const introduction = stores.introductions.get(id, 'target')
    if (introduction)
      stores.contacts.update(contact.no, { introduced_by: introduction.via, quiet: introduction.reason === 'group' ? 1 : contact.quiet })
  }

  function insert(row: InviteRow, msg2: Msg2, contact: Contact, question: { blob: Uint8Array; ask: string } | null): string {
    const id = hex(core.ports.random(16))
    stores.exchanges.insert({
      ...{ id, role: 'inviter', kind: kindOf(row), by: row.by, contact: contact.no, invite: row.id },
      ...{ invite_hash: primitives.sha256(row.bytes), msg2_hash: msg2.hash, step3: null, session: null, seed: null },
      ...{ secret: question?.blob ?? null, ask_relay: question?.ask ?? null },
      ...{ created: core.now(), invited_at: row.created, answered_at: core.now() },
      expires: row.kind === 'many' ? core.now() : row.expires, // an address outlives by far what is waited for here
    })
    return id
  }

  /**
   * The person has agreed to a request: each of its answers gets a key exchange of its own, and only one of them can be real.
   * Errors: `session.refused` where none of them is an answer.
   */
  function agree(requests: RequestRow[]): Contact {
    const contacts = requests.flatMap((request) => agreeTo(request) ?? [])
    const [contact] = contacts
    if (!contact) throw new CairnError('session.refused')
    return contact
  }

  function agreeTo(request: RequestRow): Contact | null {
    const row = stores.exchanges.invite(request.invite)
    if (!row) return null
    const msg2 = openMsg2(primitives, core.identity(), row.bytes, request.body)
    const answer = tryAnswer(decodeInvite(primitives, row.bytes), msg2)
    if (!answer) return null
    const contact = parts.contactFor(msg2.identity, msg2.relays)
    const asked = unknownRelay(msg2.relays)
    const relays = msg2.relays.filter((relay) => relay === asked || isKnown(relay))
    respond(insert(row, msg2, contact, null), row, contact, relays, answer)
    core.later(() => listeners.onChanged(contact.no, row.id))
    return contact
  }

  const answerTo = (invite: Invite, msg2: Msg2): Answer => ({
    ...answerMsg2(core.context(), core.identity(), invite, msg2),
    ...{ invite, msg2 },
  })

  /** Null for an answer whose key exchange turns out to be none. */
  function tryAnswer(invite: Invite, msg2: Msg2): Answer | null {
    try {
      return answerTo(invite, msg2)
    } catch (error) {
      if (!(error instanceof CairnError)) throw error
      stores.profile.countRefusal(null, `invite.answer-${error.code}`)
      return null
    }
  }

  /** Relays we talk to already: our own, and those of people we are connected with. */
  function isKnown(relay: string): boolean {
    return (
      idOfLanPlace(relay) !== null || // nothing is contacted: who is there has to come, or be here
      links.listening().includes(relay) ||
      stores.contacts.all().some((other) => other.state === 'open' && other.relays.includes(relay))
    )
  }

  /**
   * Which relay of an answer a person must be asked about first: an unauthenticated msg2 may name somebody else's hosts. A reset's
   * invite, and that of an introduction, was sealed to one person alone, so whoever answers it is that person.
   */
  const unknownRelay = (relays: readonly string[]): string | null => relays.find((relay) => !isKnown(relay)) ?? null

  /** Step 3. */
  function respond(exchangeId: string, row: InviteRow, contact: Contact, relays: string[], { invite, msg2, ...answer }: Answer): void {
    const offer: Offer = {
      contactKey: answer.established.contactKey,
      myReset: invite.resetRV,
      peerReset: msg2.resetRV,
      relays,
      public: msg2.identity.bytes,
    }
    sessions.add(parts.newSession(answer.established, contact.no, kindOf(row), row.by, offer))
    stores.exchanges.update(exchangeId, { session: hex(answer.established.sessionId) })
    parts.publishSeries(relays, exchangeId, msg2.step3RV, answer, 0)
  }

  function allowRelay(contact: Contact, allow: boolean): void {
    const exchange = stores.exchanges.ofContact(contact.no).find((row) => row.ask_relay !== null)
    const row = exchange?.invite ? stores.exchanges.invite(exchange.invite) : null
    if (!exchange?.secret || !row) throw new CairnError('exchange.unknown')
    if (!allow) return parts.abandon(exchange)
    const msg2 = openMsg2(primitives, core.identity(), row.bytes, exchange.secret)
    core.commit(() => {
      stores.exchanges.update(exchange.id, { ask_relay: null, secret: null })
      // what was not asked about is not used; the contact's profile may name it later
      const relays = msg2.relays.filter((relay) => relay === exchange.ask_relay || isKnown(relay))
      respond(exchange.id, row, contact, relays, answerTo(decodeInvite(primitives, row.bytes), msg2))
      core.later(() => listeners.onChanged(contact.no, row.id))
    })
  }

  return { onInitialBlob, agree, allowRelay, unknownRelay }
}

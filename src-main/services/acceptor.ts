/** The acceptor's side of a key exchange: msg2 out, msg3 in (docs/protocol.md section 2). */
import { CairnError } from '#shared/errors.ts'
import { equalBytes, hex } from '../protocol/bytes.ts'
import { periodOf, periodSeed } from '../protocol/address.ts'
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import type { Invite } from '../protocol/invite.ts'
import { answerInvite, openMsg3, type Established, type PendingAcceptance } from '../protocol/keyExchange.ts'
import type { By, Contact } from '../storage/contactStore.ts'
import type { Core } from './core.ts'
import { unconfirmedMost, type ExchangeListeners, type ExchangeParts, type ExchangeServices } from './exchangeParts.ts'
import { pendingSchema, type Offer } from './exchangeRecords.ts'
import type { Watch } from './watches.ts'

/** Whoever has a public address may be away for a month, think for a month, and answer to a blob that lies for a month. */
const addressAnswerLives = 90 * 24 * 3600_000

export function createAcceptor(core: Core, services: ExchangeServices, parts: ExchangeParts, listeners: ExchangeListeners) {
  const { stores } = core
  const { links, publisher, series, sessions } = services
  const { primitives } = core.ports

  /** Requests that were answered and never went on: the newest few are enough. */
  function keepFew(contact: Contact): void {
    const unfinished = stores.exchanges.ofContact(contact.no).filter((row) => row.role === 'acceptor' && row.kind === 'reset')
    unfinished.slice(0, Math.max(0, unfinished.length - unconfirmedMost + 1)).forEach(parts.abandon)
  }

  /** Step 2. Refusals by name are the caller's; here everything is already allowed. */
  function accept(invite: Invite, kind: 'first' | 'reset', by: By): Contact {
    return core.commit(() => {
      const contact = parts.contactFor(invite.identity, invite.relays)
      if (kind === 'reset') keepFew(contact)
      const own = { relays: links.own(), epoch: parts.nextEpoch(contact.no) }
      const offer = { step3RV: core.ports.random(32), resetRV: core.ports.random(32), ...own }
      const answer = answerInvite(core.context(), core.identity(), invite, offer)
      const id = hex(core.ports.random(16))
      const secret = encodeCbor({ ...answer.pending, relays: invite.relays, resetRV: offer.resetRV, peerResetRV: invite.resetRV })
      const many = invite.uses === 'many'
      stores.exchanges.insert({
        ...{ id, role: 'acceptor', kind, by, contact: contact.no, invite: null, msg2_hash: null, session: null, ask_relay: null },
        ...{ invite_hash: answer.pending.msg1Hash, secret, step3: offer.step3RV, answered_at: core.now() },
        ...{ created: core.now(), invited_at: invite.created, seed: many ? invite.initialRV : null },
        expires: many ? core.now() + addressAnswerLives : invite.expires,
      })
      parts.publishSeries(invite.relays, id, many ? seedNow(invite.initialRV) : invite.initialRV, answer, many ? null : 0)
      core.later(() => series.read(id, 'step3', offer.step3RV))
      core.later(() => listeners.onChanged(contact.no, null))
      return contact
    })
  }

  const seedNow = (initialRV: Uint8Array) => periodSeed(primitives, initialRV, periodOf(core.now()))

  /** An answer to a public address that no relay has taken yet belongs to the present period: older ones are read no more. */
  function moveAnswers(): void {
    for (const { id, seed } of stores.exchanges.all()) {
      if (!seed) continue
      const now = seedNow(seed)
      const late = stores.outbox.publicationsOf(id).filter(({ hk, stored_at }) => stored_at === null && !equalBytes(hk, now))
      core.commit(() => {
        for (const publication of late) {
          stores.outbox.moveTo(publication.id, now)
          core.later(() => publisher.rescan(publication.relay))
        }
      })
    }
  }

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
      parts.confirm(sessions.add(parts.newSession(opened.established, exchange.contact, exchange.kind, exchange.by, offer)))
    })
  }

  /** Watches for msg3; nothing of a blocked contact is read. */
  function listen(contact: Contact): void {
    for (const { id, step3 } of stores.exchanges.ofContact(contact.no)) {
      if (step3 && contact.blocked_at === null) series.read(id, 'step3', step3)
      else series.stop(id)
    }
  }

  return {
    accept,
    moveAnswers,
    onStep3Blob,
    listen,
    underWay: (inviteHash: Uint8Array) =>
      stores.exchanges.all().some((row) => row.role === 'acceptor' && equalBytes(row.invite_hash, inviteHash)),
  }
}

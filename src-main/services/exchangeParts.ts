/** What both sides of a key exchange share: its blobs, its contact, the session it makes, and its end. */
import { hex } from '../protocol/bytes.ts'
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import type { PublicIdentity } from '../protocol/identity.ts'
import type { Established } from '../protocol/keyExchange.ts'
import type { By, Contact } from '../storage/contactStore.ts'
import type { ExchangeRow } from '../storage/exchangeStore.ts'
import type { Core } from './core.ts'
import { offerSchema, type Offer } from './exchangeRecords.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Series } from './series.ts'
import type { Live, Sessions } from './sessions.ts'

/** At most so many unconfirmed exchanges for an invite, and for whoever somebody claims to be. */
export const unconfirmedMost = 4

export interface ExchangeListeners {
  /** In the transaction that confirms: everything else that follows from a new session. */
  onConfirmed(live: Live, contact: Contact, offer: Offer, exchange: ExchangeRow | null): void
  onChanged(contact: number, invite: string | null): void
}

export interface ExchangeServices {
  links: Links
  publisher: Publisher
  series: Series
  sessions: Sessions
}

export type ExchangeParts = ReturnType<typeof createExchangeParts>

export function createExchangeParts(core: Core, { publisher, series, sessions }: ExchangeServices, listeners: ExchangeListeners) {
  const { stores } = core

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

  const newSession = (established: Established, contact: number, kind: 'first' | 'reset', by: By, offer: Offer) => ({
    ...{ id: hex(established.sessionId), contact, kind, by, epoch: established.epoch, state: established.state },
    ...{ created: core.now(), confirmed_at: null, sent: 0, received: 0, synced: 0, offer: encodeCbor(offer) },
  })

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

  return { publishSeries, nextEpoch, contactFor, newSession, confirm, abandon, end }
}

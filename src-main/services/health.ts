/**
 * Whether a session still fits the world: the question before the first send, pings, and what a conflict means
 * (docs/protocol.md sections 4 and 6).
 */
import { lanPlace } from '#shared/wire/lanPlace.ts'
import type { RvStatus } from '../ports.ts'
import { describeError } from '../errorFacts.ts'
import { hex } from '../protocol/bytes.ts'
import { headerOpens, unusedPlaces } from '../protocol/doubleRatchet.ts'
import { rendezvousPoint } from '../protocol/rendezvous.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { PublicationRow } from '../storage/outboxStore.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Outbox } from './outbox.ts'
import type { Publisher } from './publisher.ts'
import type { Receipts } from './receipts.ts'
import type { Resets } from './resets.ts'
import type { Live, Sessions } from './sessions.ts'
import type { Watch, Watches } from './watches.ts'

const lookEvery = 30_000
const withoutReceipt = 3 * 60_000
const pongWithin = 60_000
const reviewEvery = 5_000
const skipAfter = 5_000
const quietFor = 24 * 3600_000
/** Sessions asked about in one status call: what follows from the answer takes some 20 ms. */
const askedAtOnce = 64

/** Where a contact is met: at a relay it named, or on this network. */
const isPlaceOf = (contact: Contact | null, place: string): boolean =>
  contact !== null && (contact.relays.includes(place) || place === lanPlace(contact.id))

interface Ping {
  id: string
  session: string
  at: number
  /** Where it lies: relay and RV. */
  places: { relay: string; rv: string }[]
  /** When the relay first called it consumed. */
  readAt: number | null
}

export type Health = ReturnType<typeof createHealth>

interface HealthParts {
  links: Links
  watches: Watches
  publisher: Publisher
  sessions: Sessions
  outbox: Outbox
  receipts: Receipts
  resets: Resets
  /** Runs what follows for one of many contacts, together with others. */
  inSlice: (task: () => void) => void
}

export function createHealth(core: Core, parts: HealthParts) {
  const { stores } = core
  const { links, watches, publisher, sessions, outbox, receipts, resets, inSlice } = parts
  const { primitives, random } = core.ports
  const pings = new Map<number, Ping>()
  /** Our own places that are being read back, by the watch's owner. */
  const probes = new Map<string, { session: string; publication: number | null }>()

  /**
   * Asks the relay whether the next number of each unchecked session is free: those one talks with most recently first, and with time for
   * others in between.
   */
  async function check(relay: string): Promise<void> {
    const numbers = stores.contacts.openNumbers()
    for (let at = 0; at < numbers.length && core.open; at += askedAtOnce) {
      const asked = numbers.slice(at, at + askedAtOnce).flatMap((no) => uncheckedAt(relay, no) ?? [])
      if (asked.length > 0) await checkSome(relay, asked)
    }
  }

  function uncheckedAt(relay: string, contactNo: number): Live | null {
    const live = sessions.top(contactNo)
    return live && !live.checked && isPlaceOf(stores.contacts.byNo(contactNo), relay) ? live : null
  }

  async function checkSome(relay: string, asked: Live[]): Promise<void> {
    const places = asked.flatMap((live) => unusedPlaces(live.state).map((place) => ({ live, ...place })))
    const statuses = await links
      .get(relay)
      .status(places.map(({ headerKey, n }) => rendezvousPoint(primitives, { hk: headerKey, n, relay })))
    if (!core.open) return
    const taken = places.map((place, i) => ({ ...place, status: statuses[i] })).filter(({ status }) => status !== 'empty')
    for (const live of asked) {
      const found = taken.find((place) => place.live === live)
      inSlice(() => {
        if (live.checked || sessions.get(live.id) !== live) return
        if (!found) passed(live)
        // what is stored there is read for proof; what was consumed or has expired is proof enough
        else if (found.status === 'stored') probe(live, relay, found, null)
        else outdated(live)
      })
    }
  }

  function passed(live: Live): void {
    live.checked = true
    const contact = stores.contacts.byNo(live.contact)
    if (contact && core.now() - contact.heard_at > quietFor) ping(live.contact)
    if (contact?.receipt_due === 1) outbox.sendReceipt(live.contact)
    if (contact?.pong_due) answerPing(contact, contact.pong_due)
    outbox.flush(live.contact)
  }

  /** This computer's state is older than the world: a restored backup or a cloned profile. */
  function outdated(live: Live): void {
    if (sessions.top(live.contact) === live) resets.broken(live.contact, 'restored')
  }

  function probe(live: Live, relay: string, place: { headerKey: Uint8Array; n: number }, publication: number | null): void {
    const owner = `probe ${live.id} ${hex(place.headerKey)} ${String(place.n)}`
    probes.set(owner, { session: live.id, publication })
    watches.set(owner, [{ purpose: 'probe', relay, hk: place.headerKey, numbers: [place.n] }])
  }

  function endProbe(watch: Watch) {
    const found = probes.get(watch.owner)
    probes.delete(watch.owner)
    watches.clear(watch.owner)
    return found
  }

  /** Our own number is taken: read what lies there. */
  function onConflict(row: PublicationRow): void {
    const live = sessions.get(row.owner)
    if (!live || row.n === null) return stores.outbox.dropPublication(row.id)
    core.later(() => probe(live, row.relay, { headerKey: row.hk, n: row.n ?? 0 }, row.id))
  }

  function onProbeBlob(watch: Watch, blob: Uint8Array): void {
    const probe = endProbe(watch)
    const live = probe && sessions.get(probe.session)
    if (!live) return
    if (headerOpens(primitives, live.state, watch.hk, watch.n, blob)) return outdated(live)
    relayAtFault(live, probe.publication, 'taken')
  }

  function onProbeStatus(watch: Watch, status: RvStatus): void {
    if (status === 'stored') return
    const probe = endProbe(watch)
    const live = probe && sessions.get(probe.session)
    if (!live) return
    if (status === 'empty') relayAtFault(live, probe.publication, 'empty')
    else outdated(live)
  }

  /**
   * The relay says taken where nothing of ours lies. A number it calls empty in the same breath is offered again; where something
   * else lies the number is skipped. Neither at once: skipped faster than the peer's window moves, numbers would run out of its sight.
   */
  function relayAtFault(live: Live, publicationId: number | null, found: 'empty' | 'taken'): void {
    core.commit(() => {
      stores.profile.countRefusal(live.contact, 'relay.conflict')
      const row = publicationId === null ? null : stores.outbox.publication(publicationId)
      if (row && found === 'empty') core.later(() => publisher.later(row.relay))
      else if (row) core.after(skipAfter, () => skip(row.id))
      if (publicationId === null) core.later(() => passed(live))
    })
  }

  function skip(publicationId: number): void {
    const row = stores.outbox.publication(publicationId)
    if (!row) return
    core.commit(() => (row.message === null ? stores.outbox.dropPublication(row.id) : outbox.again(row.message)))
  }

  function ping(contactNo: number): void {
    const live = sessions.top(contactNo)
    const contact = stores.contacts.byNo(contactNo)
    if (!live?.checked || !contact || contact.blocked_at !== null || pings.has(contactNo)) return
    const id = random(16)
    const sent = outbox.sendNow(contactNo, { t: 'ping', id })
    if (!sent) return
    const places = outbox
      .placesOf(contact)
      .map((relay) => ({ relay, rv: rendezvousPoint(primitives, { hk: sent.headerKey, n: sent.n, relay }) }))
    pings.set(contactNo, { id: hex(id), session: live.id, at: core.now(), places, readAt: null })
  }

  /** At once where we may send; otherwise as soon as the session has been checked. */
  function answerPing(contact: Contact, id: Uint8Array): void {
    core.commit(() => {
      const sent = outbox.sendNow(contact.no, { t: 'pong', id, receipts: receipts.of(contact.no) })
      stores.contacts.update(contact.no, { pong_due: sent ? null : id })
    })
  }

  function onPong(contactNo: number, id: Uint8Array): void {
    if (pings.get(contactNo)?.id === hex(id)) pings.delete(contactNo)
  }

  /** A ping fails when it was fetched and no answer came; one that still waits only says that nobody is there. */
  async function lookAtPing(contactNo: number, sent: Ping): Promise<void> {
    if (sessions.top(contactNo)?.id !== sent.session) return void pings.delete(contactNo)
    for (const { relay, rv } of sent.places) {
      if (!links.isConnected(relay) || sent.readAt !== null) continue
      const [status] = await links.get(relay).status([rv])
      if (status === 'consumed' || status === 'expired') sent.readAt = core.now()
      if (status === 'empty') pings.delete(contactNo) // the relay has lost it: ask again at the next look
    }
    if (!core.open || pings.get(contactNo) !== sent || sent.readAt === null || core.now() - sent.readAt < pongWithin) return
    pings.delete(contactNo)
    resets.broken(contactNo, 'ping')
  }

  /** Whoever was not asked when a link came up, or whose answer was lost, is asked again. */
  const checkAll = () => links.connectedRelays().forEach((relay) => quietly(check(relay)))

  /** Every half minute: sessions whose messages stay without a receipt are asked, and what may be lost is sent again. */
  function look(): void {
    core.after(lookEvery, look)
    checkAll()
    const before = core.now() - withoutReceipt
    for (const contactNo of stores.outbox.contactsWithWork()) {
      const live = sessions.top(contactNo)
      if (!live || !stores.outbox.sentBefore(contactNo, live.id, before)) continue
      if (stores.contacts.byNo(contactNo)?.trouble === null) ping(contactNo)
      review(contactNo, before)
    }
    outbox.fallBackOld(core.now() - lookEvery)
    for (const [contactNo, sent] of pings) quietly(lookAtPing(contactNo, sent))
  }

  const review = (contactNo: number, sentBefore: number) => quietly(outbox.review(contactNo, sentBefore))
  /** When what a receipt left out was looked after last, by contact. */
  const reviewed = new Map<number, number>()
  /** Where much is under way receipts come often, and most of what they leave out only takes its time. */
  function reviewNow(contactNo: number, sentBefore: number): void {
    if (core.now() - (reviewed.get(contactNo) ?? -Infinity) < reviewEvery) return
    reviewed.set(contactNo, core.now())
    review(contactNo, sentBefore)
  }
  /** A relay that is lost meanwhile is asked again at the next look. */
  const quietly = (work: Promise<void>) => void work.catch((error: unknown) => core.ports.logger.info('health.later', describeError(error)))

  return {
    start: () => core.after(lookEvery, look),
    onConnected: (relay: string) => quietly(check(relay)),
    checkAll,
    onConflict,
    onProbeBlob,
    onProbeStatus,
    onPong,
    answerPing,
    /** Whoever names what arrived has read us: a ping's answer may be on its way, but the session works. */
    heard: (contactNo: number) => void pings.delete(contactNo),
    ping,
    review: reviewNow,
  }
}

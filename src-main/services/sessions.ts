/**
 * The sessions of every contact: which one we send on, what each watches, and how they rank.
 * Source: docs/protocol.md sections 4 (windows) and 6 (order of sessions).
 */
import type { RvStatus } from '../ports.ts'
import { describeError } from '../errorFacts.ts'
import { hex } from '../protocol/bytes.ts'
import { maxSkippedPerChain, type Locator, type Received, type SkippedKey } from '../protocol/doubleRatchet.ts'
import { decodeSession, type Session, type SessionRow } from '../storage/sessionStore.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Wanted, Watch, Watches } from './watches.ts'

const activeWindow = 32
/** Of a chain from which nothing has come yet, and of every chain while a conversation is idle. */
const idleWindow = 8
const activeFor = 24 * 3600 * 1000

/** A session as it is held in memory. */
export interface Live extends Session {
  skipped: Map<string, SkippedKey>
  /** relay + header key + number: the relay says there is nothing to read there any more. */
  gone: Set<string>
  /** The same for what lay there and did not open, with its hash: still watched, but the window goes on past it. */
  aside: Map<string, string>
  /** Before the first send the relay is asked whether our next number is free (section 4). */
  checked: boolean
}

export type Sessions = ReturnType<typeof createSessions>

const skippedKey = (headerKey: Uint8Array, n: number) => `${hex(headerKey)} ${String(n)}`
const goneKey = (relay: string, headerKey: Uint8Array, n: number) => `${relay} ${skippedKey(headerKey, n)}`

/** Sessions rank by epoch, then by the smaller transcript hash. */
export const ranksAbove = (a: Session, b: Session): boolean => (a.epoch === b.epoch ? a.id < b.id : a.epoch > b.epoch)

export function createSessions(core: Core, links: Links, watches: Watches) {
  const byId = new Map<string, Live>()
  const byContact = new Map<number, Live[]>()
  /** What relays have just said of numbers, still to be heeded. */
  const told = new Map<string, { live: Live; name: string; count: number }>()
  const { stores } = core

  const forget = (live: Live): void => {
    byId.delete(live.id)
    byContact.set(
      live.contact,
      ofContact(live.contact).filter((other) => other.id !== live.id),
    )
  }
  const remember = (live: Live): void => {
    byId.set(live.id, live)
    byContact.set(live.contact, [...ofContact(live.contact).filter((other) => other.id !== live.id), live])
  }
  /** Of a contact that nobody has asked about since the start they are read now: a window with a thousand people need not wait for it. */
  const ofContact = (contact: number): Live[] => {
    const known = byContact.get(contact)
    if (known) return known
    byContact.set(contact, [])
    read(stores.sessions.rowsOf(contact))
    return byContact.get(contact) ?? []
  }

  /** A session that cannot be read is gone; its contact is then found without one. */
  function read(rows: readonly SessionRow[]): void {
    for (const row of rows) {
      try {
        remember(toLive(decodeSession(row), stores.sessions.skipped(row.id)))
      } catch (error) {
        core.ports.logger.warn('session.damaged', describeError(error))
        core.commit(() => stores.sessions.remove(row.id))
      }
    }
  }

  function get(id: string): Live | null {
    const contact = byId.has(id) ? null : stores.sessions.contactOf(id)
    if (contact !== null) ofContact(contact)
    return byId.get(id) ?? null
  }

  function all(): Live[] {
    for (const contact of stores.sessions.contacts()) ofContact(contact)
    return [...byId.values()]
  }

  const toLive = (session: Session, skipped: readonly SkippedKey[]): Live => ({
    ...session,
    skipped: new Map(skipped.map((key) => [skippedKey(key.headerKey, key.n), key])),
    gone: new Set(),
    aside: new Map(),
    // nothing is sent before confirmation, and then the session's first message must not wait for the next connection
    checked: session.confirmed_at === null,
  })

  core.onRollback(() => {
    const [before, contacts] = [new Map(byId), [...byContact.keys()]]
    byId.clear()
    byContact.clear()
    contacts.forEach(ofContact)
    // the same object goes on: whoever holds it across an await must not be left with a ghost
    for (const live of [...byId.values()]) {
      const known = before.get(live.id)
      if (known) remember(Object.assign(known, live, { gone: known.gone, aside: known.aside, checked: known.checked }))
    }
  })

  /** The highest confirmed session: the one we send on. */
  const top = (contact: number): Live | null =>
    ofContact(contact)
      .filter((live) => live.confirmed_at !== null)
      .reduce<Live | null>((best, live) => (best === null || ranksAbove(live, best) ? live : best), null)

  function add(session: Session): Live {
    ofContact(session.contact)
    stores.sessions.insert(session)
    const live: Live = { ...session, skipped: new Map(), gone: new Set(), aside: new Map(), checked: true }
    remember(live)
    core.later(() => watch(live))
    return live
  }

  function destroy(live: Live): void {
    stores.sessions.remove(live.id)
    stores.outbox.dropPublicationsOf(live.id)
    forget(live)
    core.later(() => watches.clear(live.id))
  }

  /** A message came from the peer on `live`: every confirmed or waiting session below it is history. */
  function destroyLower(live: Live): Live[] {
    const lower = ofContact(live.contact).filter((other) => ranksAbove(live, other))
    lower.forEach(destroy)
    return lower
  }

  function window(live: Live, relay: string, headerKey: Uint8Array, from: number, size: number): number[] {
    if (live.gone.size === 0 && live.aside.size === 0) return Array.from({ length: size }, (_, i) => from + i)
    const numbers: number[] = []
    let left = size
    // nothing beyond could be opened anyway (`skipTo`), so a relay that lies of every number comes to an end
    for (let n = from; left > 0 && n < from + maxSkippedPerChain; n++) {
      const key = goneKey(relay, headerKey, n)
      if (live.gone.has(key)) continue
      numbers.push(n)
      if (!live.aside.has(key)) left -= 1
    }
    return numbers
  }

  /** Watches what the session can receive: a window on each chain, and every kept skipped key. */
  function watch(live: Live): void {
    if (byId.get(live.id) !== live) return
    const contact = stores.contacts.byNo(live.contact)
    if (!contact || contact.blocked_at !== null) return watches.clear(live.id)
    const isActive = core.now() - Math.max(contact.activity, live.created) < activeFor
    // grows by one with each message, as most chains end after a few
    const size = isActive ? Math.min(activeWindow, idleWindow + live.state.Nr) : idleWindow
    watches.set(
      live.id,
      links.listening().flatMap((relay) => wantedAt(live, relay, size)),
    )
  }

  function wantedAt(live: Live, relay: string, size: number): Wanted[] {
    const { HKr, NHKr, Nr, DHs } = live.state
    const chains = new Map<string, { hk: Uint8Array; numbers: number[] }>()
    if (HKr) chains.set(hex(HKr), { hk: HKr, numbers: window(live, relay, HKr, Nr, size) })
    if (DHs) chains.set(hex(NHKr), { hk: NHKr, numbers: window(live, relay, NHKr, 0, idleWindow) })
    for (const key of live.skipped.values()) {
      if (live.gone.has(goneKey(relay, key.headerKey, key.n))) continue
      const chain = chains.get(hex(key.headerKey)) ?? { hk: key.headerKey, numbers: [] }
      chain.numbers.push(key.n)
      chains.set(hex(key.headerKey), chain)
    }
    return [...chains.values()].map(({ hk, numbers }) => ({ purpose: 'chain', relay, hk, numbers }))
  }

  /** Which key opens what lies at the watched place; null where that key is used up. */
  function locate(live: Live, at: { hk: Uint8Array; n: number }): Locator | null {
    const key = live.skipped.get(skippedKey(at.hk, at.n))
    if (key) return { chain: 'skipped', key }
    const chain = hex(at.hk)
    if (live.state.HKr && chain === hex(live.state.HKr)) return at.n >= live.state.Nr ? { chain: 'current', n: at.n } : null
    return chain === hex(live.state.NHKr) ? { chain: 'next', n: at.n } : null
  }

  /** Stores what a decryption yielded. `isText`: a person wrote it, so it counts in the session's card. */
  function received(live: Live, locator: Locator, result: Received, isText: boolean): void {
    live.state = result.state
    if (isText) live.received += 1
    if (locator.chain === 'skipped') {
      stores.sessions.removeSkipped(live.id, locator.key)
      live.skipped.delete(skippedKey(locator.key.headerKey, locator.key.n))
    }
    stores.sessions.addSkipped(live.id, result.skipped, core.now())
    for (const key of result.skipped) live.skipped.set(skippedKey(key.headerKey, key.n), key)
    stores.sessions.saveState(live)
    if (result.skipped.length > 0) prune(live)
    core.later(() => watch(live))
  }

  function prune(live: Live): void {
    if (!stores.sessions.pruneSkipped(live.id, core.now())) return
    live.skipped = new Map(stores.sessions.skipped(live.id).map((key) => [skippedKey(key.headerKey, key.n), key]))
  }

  /** The relay's word that nothing can be read there any more: the number leaves the window. */
  function onStatus(place: Watch, status: RvStatus): void {
    const live = byId.get(place.owner)
    if (!live || status === 'empty' || status === 'stored') return
    live.gone.add(goneKey(place.relay, place.hk, place.n))
    const name = `relay.${status}`
    const count = told.get(`${live.id} ${name}`)?.count ?? 0
    if (told.size === 0) core.after(0, heedTold)
    told.set(`${live.id} ${name}`, { live, name, count: count + 1 })
  }

  /** What a relay says of hundreds of numbers at once is one write and one move of the window. */
  function heedTold(): void {
    const all = [...told.values()]
    told.clear()
    core.commit(() => all.forEach(({ live, name, count }) => stores.profile.countRefusal(live.contact, name, count)))
    for (const { live } of all) watch(live)
  }

  const digest = (blob: Uint8Array) => hex(core.ports.primitives.sha256(blob))
  /** The window goes on past what does not open; something better may still come to the same place. */
  function setAside(live: Live, place: Watch, blob: Uint8Array): void {
    live.aside.set(goneKey(place.relay, place.hk, place.n), digest(blob))
    watch(live)
  }

  /** A new connection: what the last one said of numbers may have been false; what is true it will say again. */
  function reconsider(relay: string): void {
    for (const live of byId.values()) {
      const said = [...live.gone].filter((key) => key.startsWith(`${relay} `))
      for (const key of said) live.gone.delete(key)
      if (said.length > 0) watch(live)
    }
  }

  return {
    get,
    all,
    ofContact,
    top,
    add,
    destroy,
    destroyLower,
    locate,
    received,
    onStatus,
    setAside,
    isAside: (live: Live, place: Watch, blob: Uint8Array) => live.aside.get(goneKey(place.relay, place.hk, place.n)) === digest(blob),
    reconsider,
    watch,
    watchContact: (contact: number) => ofContact(contact).forEach(watch),
    watchAll: () => all().forEach(watch),
    prune,
  }
}

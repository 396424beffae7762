/**
 * Mending a broken session: asking, being asked, and when the program does it by itself (docs/protocol.md section 6).
 */
import { CairnError } from '#shared/errors.ts'
import { describeError } from '../errorFacts.ts'
import { hex } from '../protocol/bytes.ts'
import { decodeInvite, encodeInvite } from '../protocol/invite.ts'
import { rendezvousPoint } from '../protocol/rendezvous.ts'
import { openResetRequest, resetLifetime, resetSeries, sealResetRequest } from '../protocol/reset.ts'
import type { By, Contact } from '../storage/contactStore.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Links } from './links.ts'
import type { Publisher } from './publisher.ts'
import type { Series } from './series.ts'
import type { Watch } from './watches.ts'

const minute = 60_000
const hour = 3600_000
const mostAnHour = 6
/** An exchange this young is given the time to finish before another reset is asked for. */
const answerCounts = 10 * minute
/** After so many without a decrypted message since, the person is asked. */
const fruitlessMost = 3

/** The newest may be one that the other side never confirmed; what is read twice is answered once. */
const keysAsked = 2

export type Broken = 'restored' | 'ping' | 'damaged'

export type Resets = ReturnType<typeof createResets>

export function createResets(
  core: Core,
  parts: { links: Links; publisher: Publisher; series: Series; exchanges: KeyExchanges },
  listeners: { onChanged(contact: number): void },
) {
  const { stores } = core
  const { links, publisher, series, exchanges } = parts
  const { primitives, random } = core.ports
  /** Owner of a watched series → whose requests come there. */
  const served = new Map<string, { contact: number; contactKey: Uint8Array }>()
  const retries = new Map<number, () => void>()
  /** Streams made since this start. */
  const fresh = new Set<string>()

  /** Watches for the contact's requests: one series for each kept contactKey. */
  function serve(contact: Contact): void {
    const keys = contact.blocked_at === null ? stores.contacts.keys(contact.no) : []
    const wanted = new Map(keys.map((key) => [`reset ${hex(key.key)}`, key]))
    for (const [owner, { contact: no }] of served) {
      if (no !== contact.no || wanted.has(owner)) continue
      served.delete(owner)
      series.stop(owner)
    }
    for (const [owner, key] of wanted) {
      served.set(owner, { contact: contact.no, contactKey: key.key })
      series.read(owner, 'reset', resetSeries(primitives, key.key, key.my_reset, core.identity().id))
    }
  }

  /** Somebody asks for a reset; only a holder of the contactKey is heard, and only once. */
  function onBlob(watch: Watch, blob: Uint8Array): void {
    const source = served.get(watch.owner)
    const contact = source && stores.contacts.byNo(source.contact)
    if (!source || !contact || contact.blocked_at !== null) return
    series.done(watch)
    try {
      const { invite, deleteKey } = openResetRequest(
        core.context(),
        core.identity(),
        { id: contact.id, contactKey: source.contactKey },
        blob,
      )
      core.commit(() => {
        publisher.acknowledgeAt(watch.relay, watch.hk, watch.n, deleteKey)
        if (!stores.sessions.rememberRequest(primitives.sha256(invite.bytes), core.now())) {
          return stores.profile.countRefusal(contact.no, 'reset.repeated')
        }
        exchanges.accept(invite, 'reset', 'them')
      })
    } catch (error) {
      if (!(error instanceof CairnError) || error.family === 'Storage') throw error
      core.commit(() => stores.profile.countRefusal(contact.no, `reset.${error.code}`))
    }
  }

  /** Sends a request; the newest replaces one that is still unanswered. Errors: `session.none`, `contact.blocked`. */
  function request(contact: Contact, by: By): void {
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    const keys = stores.contacts.keys(contact.no).slice(0, keysAsked)
    if (keys.length === 0) throw new CairnError('session.none')
    core.commit(() => {
      for (const old of outstanding(contact.no)) withdraw(old)
      const invite = makeInvite(contact, by)
      stores.exchanges.insertInvite(invite)
      for (const key of keys) {
        const sealed = sealResetRequest(core.context(), exchanges.identityOf(contact), key.key, invite.bytes)
        exchanges.publishSeries(contact.relays, invite.id, resetSeries(primitives, key.key, key.peer_reset, contact.id), sealed, null)
      }
      stores.contacts.update(contact.no, { trouble: 'resetting', trouble_since: core.now(), trouble_by: by })
      core.later(() => series.read(invite.id, 'initial', decodeInvite(primitives, invite.bytes).initialRV))
      core.later(() => listeners.onChanged(contact.no))
    })
  }

  function makeInvite(contact: Contact, by: By): InviteRow {
    const [created, expires] = [core.now(), core.now() + resetLifetime]
    const terms = { created, expires, epoch: exchanges.nextEpoch(contact.no), uses: 'one' as const, for: contact.id, relays: links.own() }
    const bytes = encodeInvite({ ...terms, identity: core.identity().publicBytes, initialRV: random(32), resetRV: random(32) })
    const common = { id: hex(random(16)), kind: 'reset' as const, label: '', bytes, state: 'open' as const, created, expires }
    return {
      ...common,
      contact: contact.no,
      by,
      short_key: null,
      short_delete: null,
      short_at: null,
      withdraw: null,
      by_code: 0,
      introduction: null,
    }
  }

  /** Requests nobody has answered yet. One that was answered is left to finish: the other side may be relying on it. */
  const outstanding = (contact: number) =>
    stores.exchanges
      .invites(['reset'])
      .filter((row) => row.contact === contact && row.state === 'open' && stores.exchanges.ofInvite(row.id).length === 0)

  function withdraw(row: InviteRow): void {
    stores.outbox.dropPublicationsOf(row.id)
    stores.exchanges.removeInvite(row.id)
    core.later(() => series.stop(row.id))
  }

  /** The session is provably broken. Mends it by itself as far as the back-off allows, and asks the person after that. */
  function broken(contactNo: number, why: Broken): void {
    const contact = stores.contacts.byNo(contactNo)
    if (contact?.state !== 'open') return
    core.commit(() => {
      stores.profile.countRefusal(contactNo, `session.${why}`)
      // numbers of the old stream may be taken by what this computer has forgotten
      if (why === 'restored' && !isFresh(contact)) startStream(contactNo)
      if (contact.trouble === null)
        stores.contacts.update(contactNo, { trouble: 'broken', trouble_since: core.now(), trouble_by: 'program' })
      core.later(() => listeners.onChanged(contactNo))
      core.later(() => automatically(contactNo))
    })
  }

  function startStream(contactNo: number): void {
    const stream = random(8)
    fresh.add(hex(stream))
    stores.contacts.newStream(contactNo, stream, core.now())
    stores.outbox.restamp(contactNo)
  }

  /** Made since this start and not used yet. That one is unused on disk says nothing: an older copy says so of every stream. */
  const isFresh = ({ no, stream }: Contact) =>
    fresh.has(hex(stream)) && stores.contacts.ownStreams(no).some((own) => own.last === 0 && hex(own.stream) === hex(stream))

  /** Somebody has answered lately: an exchange is under way. */
  const answered = (contactNo: number) =>
    stores.exchanges.ofContact(contactNo).some((row) => row.kind === 'reset' && core.now() - row.created < answerCounts)

  function automatically(contactNo: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (!contact || contact.trouble === null || contact.blocked_at !== null) return
    const waiting = outstanding(contactNo).length > 0 || answered(contactNo)
    const delay = backOff(stores.sessions.resetAttempts(contactNo, core.now() - hour), core.now())
    const fruitless = stores.sessions.resetAttempts(contactNo, contact.heard_at).length
    if (stores.contacts.keys(contactNo).length === 0) return
    if (waiting) {
      // a relay that is lost meanwhile is asked again at the next look
      void withdrawRead(contactNo).catch((error: unknown) => core.ports.logger.info('resets.later', describeError(error)))
      return retryLater(contactNo, Math.max(delay, minute))
    }
    if (fruitless >= fruitlessMost) return askPerson(contact)
    if (delay > 0) return retryLater(contactNo, delay)
    core.commit(() => {
      stores.sessions.addResetAttempt(contactNo, core.now())
      request(contact, 'program')
    })
    retryLater(contactNo, minute)
  }

  /**
   * A request that was read long ago and brought no answer never will: what it asked for was lost on the way, or by an older copy
   * of this profile. One that still lies at the relay waits for the other computer.
   */
  async function withdrawRead(contactNo: number): Promise<void> {
    for (const row of outstanding(contactNo)) {
      const places = stores.outbox.publicationsOf(row.id).filter(({ n, stored_at }) => n !== null && stored_at !== null)
      if (core.now() - row.created < answerCounts || places.length === 0) continue
      for (const { relay, hk, n } of places) {
        if (!links.isConnected(relay)) return
        const [status] = await links.get(relay).status([rendezvousPoint(primitives, { hk, n: n ?? 0, relay })])
        if (!core.open || status === 'stored' || status === 'empty') return
      }
      if (stores.exchanges.invite(row.id) && stores.exchanges.ofInvite(row.id).length === 0) core.commit(() => withdraw(row))
    }
  }

  function askPerson(contact: Contact): void {
    if (contact.trouble === 'broken') return
    core.commit(() => {
      stores.contacts.update(contact.no, { trouble: 'broken', trouble_since: core.now(), trouble_by: 'program' })
      core.later(() => listeners.onChanged(contact.no))
    })
  }

  function retryLater(contactNo: number, ms: number): void {
    if (retries.has(contactNo)) return
    const cancel = core.after(ms, () => {
      retries.delete(contactNo)
      automatically(contactNo)
    })
    retries.set(contactNo, cancel)
  }

  function cancel(contact: Contact): void {
    core.commit(() => {
      for (const row of outstanding(contact.no)) withdraw(row)
      stores.contacts.update(contact.no, { trouble: null, trouble_since: null, trouble_by: null })
      core.later(() => listeners.onChanged(contact.no))
    })
  }

  /** The contact is gone: nothing of it is served or tried again. */
  function forget(contactNo: number): void {
    for (const [owner, { contact }] of served) {
      if (contact !== contactNo) continue
      served.delete(owner)
      series.stop(owner)
    }
    retries.get(contactNo)?.()
    retries.delete(contactNo)
  }

  return {
    serve,
    onBlob,
    request,
    cancel,
    broken,
    automatically,
    withdraw,
    forget,
    /** What was asked for by hand is looked after like what the program asks for by itself. */
    lookAfter: (contactNo: number) => retryLater(contactNo, minute),
  }
}

/** 1 minute, doubling, at most six an hour: ms to wait, given the attempts of the last hour (newest first). */
export function backOff(attempts: readonly number[], now: number): number {
  const [newest] = attempts
  if (newest === undefined) return 0
  const oldestCounted = attempts[mostAnHour - 1]
  const capped = oldestCounted === undefined ? 0 : oldestCounted + hour - now
  return Math.max(0, capped, newest + minute * 2 ** (attempts.length - 1) - now)
}

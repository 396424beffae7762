/**
 * Carries persisted blobs and acknowledgements to relays. A blob is on disk before its first attempt and every attempt
 * is the same, so a retry after any crash answers `stored` or `same` (docs/protocol.md section 4).
 */
import { isCairnError } from '#shared/errors.ts'
import type { PublishResult } from '../ports.ts'
import { rendezvousPoint, writeKey } from '../protocol/rendezvous.ts'
import type { PublicationRow } from '../storage/outboxStore.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'

const inFlightMost = 64
const acksAtOnce = 256
const retryAfter = 5_000
/** A series whose numbers a relay calls all taken is looked at again after this long. */
const fullFor = 10 * 60_000
/** How many numbers of a series are asked about at once when looking for an empty one. */
const seriesProbe = 16
const seriesMost = 64

export interface PublisherListeners {
  /** The blob is at the relay. */
  onStored(row: PublicationRow): void
  /** Somebody else's blob, or a tombstone, lies at our number. */
  onConflict(row: PublicationRow): void
}

export type Publisher = ReturnType<typeof createPublisher>

export function createPublisher(core: Core, links: Links, listeners: PublisherListeners) {
  const inFlight = new Map<string, Set<number>>()
  /** The last publication looked at; those before it are under way or done. */
  const cursors = new Map<string, number>()
  const acking = new Set<string>()
  /** Numbers of series that a relay called empty, by publication. */
  const asked = new Set<number>()
  /** What relays have answered in this turn of the event loop; one commit. */
  const answers: { row: PublicationRow; result: PublishResult }[] = []
  const waiting = new Set<string>()
  const looksAgain = new Set<string>()
  const { outbox } = core.stores

  /** Sends what is due; call it after every commit that added work, and when a link comes up. */
  function pump(relay: string): void {
    links.get(relay)
    if (!links.isConnected(relay) || waiting.has(relay)) return
    pumpBlobs(relay)
    void pumpAcks(relay)
  }

  /** Looks again at what was looked at: after a lost connection, and for blobs that are to go out once more. */
  function rescan(relay: string): void {
    cursors.delete(relay)
    pump(relay)
  }

  function pumpBlobs(relay: string): void {
    const flying = inFlight.get(relay) ?? new Set<number>()
    inFlight.set(relay, flying)
    const room = inFlightMost - flying.size
    if (room <= 0) return
    const rows = outbox.due(relay, cursors.get(relay) ?? 0, room)
    for (const row of rows) {
      cursors.set(relay, row.id)
      if (flying.has(row.id)) continue
      flying.add(row.id)
      void carry(row).finally(() => {
        flying.delete(row.id)
        if (core.open) pump(relay)
      })
    }
  }

  async function carry(row: PublicationRow): Promise<void> {
    try {
      const n = row.n ?? (await takeNumber(row))
      if (n === null || !core.open) return
      const write = writeKey(core.ports.primitives, { hk: row.hk, n, relay: row.relay })
      const result = await links.get(row.relay).publish({ write, deleteHash: row.delete_hash, blob: row.blob })
      answered({ ...row, n }, result)
    } catch (error) {
      failed(row.relay, error)
    }
  }

  /** The first number of the series that the relay calls empty; on disk before it is used. */
  async function takeNumber(row: PublicationRow): Promise<number | null> {
    for (let from = 0; from < seriesMost; from += seriesProbe) {
      const numbers = Array.from({ length: seriesProbe }, (_, i) => from + i)
      const rvs = numbers.map((n) => rendezvousPoint(core.ports.primitives, { hk: row.hk, n, relay: row.relay }))
      const statuses = await links.get(row.relay).status(rvs)
      const n = numbers[statuses.indexOf('empty')]
      if (n === undefined || !core.open) continue
      core.commit(() => outbox.setNumber(row.id, n))
      asked.add(row.id)
      return n
    }
    core.ports.logger.warn('publisher.series-full')
    core.after(fullFor, () => rescan(row.relay))
    return null
  }

  function answered(row: PublicationRow, result: PublishResult): void {
    if (!core.open) return
    if (answers.length === 0) core.after(0, settleAll)
    answers.push({ row, result })
  }

  function settleAll(): void {
    const all = answers.splice(0)
    const settleEach = () => {
      for (const { row, result } of all) settle(row, result)
    }
    core.commit(settleEach, 'unsynced') // forgotten, each is published again as it was, and the relay says the same again
  }

  function settle(row: PublicationRow, result: PublishResult): void {
    if (!outbox.publication(row.id)) return // withdrawn meanwhile
    if (result !== 'conflict') listeners.onStored(row)
    else if (row.kind === 'series') seriesTaken(row)
    else listeners.onConflict(row)
  }

  /** Somebody was faster, or the relay lies: take another number, but not as fast as a relay can call each empty and then taken. */
  function seriesTaken(row: PublicationRow): void {
    outbox.setNumber(row.id, null)
    if (asked.delete(row.id)) later(row.relay)
    else core.later(() => rescan(row.relay))
  }

  /** No receipt tells that an exchange's blob was lost, so the relay is asked: what it has forgotten goes out again as it was. */
  async function reviewSeries(relay: string): Promise<void> {
    const places = outbox.seriesPlaces(relay, acksAtOnce)
    if (places.length === 0 || !links.isConnected(relay)) return
    const statuses = await links.get(relay).status(places.map((place) => rendezvousPoint(core.ports.primitives, place)))
    const lost = places.filter((_, i) => statuses[i] === 'empty')
    if (lost.length === 0 || !core.open) return
    core.commit(() => {
      for (const { id } of lost) outbox.setStored(id, null)
      core.later(() => rescan(relay))
    })
  }

  /** Once, for however many blobs it is asked: each look offers all of them. */
  function later(relay: string): void {
    if (looksAgain.has(relay)) return
    looksAgain.add(relay)
    core.after(retryAfter, () => {
      looksAgain.delete(relay)
      rescan(relay)
    })
  }

  /** A lost link pumps again when it comes back; anything else is tried again after a while. */
  function failed(relay: string, error: unknown): void {
    if (!core.open || isCairnError(error, 'relay.unreachable')) return
    core.ports.logger.warn('publisher.refused', { code: isCairnError(error) ? error.code : 'unknown' })
    if (waiting.has(relay)) return
    waiting.add(relay)
    core.after(retryAfter, () => {
      waiting.delete(relay)
      rescan(relay)
    })
  }

  async function pumpAcks(relay: string): Promise<void> {
    if (acking.has(relay)) return
    acking.add(relay)
    try {
      for (
        let items = outbox.acks(relay, acksAtOnce);
        items.length > 0 && core.open;
        items = core.open ? outbox.acks(relay, acksAtOnce) : []
      ) {
        const refused = await isRefused(links.get(relay).acknowledge(items))
        if (!core.open) return
        const drop = () => {
          if (refused) core.stores.profile.countRefusal(null, 'relay.acknowledgement-refused')
          items.forEach(({ rv }) => outbox.dropAck(relay, rv))
        }
        core.commit(drop, 'unsynced') // an acknowledgement that is not forgotten is made twice
      }
    } catch (error) {
      failed(relay, error)
    } finally {
      acking.delete(relay)
    }
  }

  /** Some of the keys opened nothing: their writers hashed something else. Every item was answered, so none is asked again. */
  const isRefused = (work: Promise<void>): Promise<boolean> =>
    work.then(
      () => false,
      (error: unknown) => {
        if (isCairnError(error, 'relay.refused') && 'refused' in error.details) return true
        throw error
      },
    )

  return {
    pump,
    rescan,
    pumpAll: () => outbox.relaysWithWork().forEach((relay) => core.guard('publisher.failed', () => pump(relay))),
    /** Acknowledges at every relay we listen at; persisted with the caller's transaction. */
    acknowledge(hk: Uint8Array, n: number, keyOf: (relay: string) => Uint8Array): void {
      for (const relay of links.listening()) acknowledgeAt(relay, hk, n, keyOf(relay))
    },
    acknowledgeAt,
    /** Offers what is not stored there once more, but not at once. */
    later,
    /** Looks after the blobs of exchanges and invites. A relay that is lost meanwhile is asked again the next time. */
    review: (relay: string) => void reviewSeries(relay).catch((error: unknown) => failed(relay, error)),
  }

  function acknowledgeAt(relay: string, hk: Uint8Array, n: number, deleteKey: Uint8Array): void {
    outbox.addAck(relay, rendezvousPoint(core.ports.primitives, { hk, n, relay }), deleteKey)
    core.later(() => pump(relay))
  }
}

/**
 * Public contact addresses: invites of many uses, open for up to a year. Their series begin anew each week; here the weeks that count
 * are read and served (docs/protocol.md section 2).
 */
import { hex } from '../protocol/bytes.ts'
import { periodSeed, periodsBack, periodOf, periodsRead, periodsServed } from '../protocol/address.ts'
import { sealCancelNotice } from '../protocol/cancelNotice.ts'
import { decodeInvite } from '../protocol/invite.ts'
import { sealShortInvite, shortInviteKeys } from '../protocol/shortInvite.ts'
import type { InviteRow } from '../storage/exchangeStore.ts'
import type { Core } from './core.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Series } from './series.ts'

export function createAddresses(core: Core, { series, exchanges }: { series: Series; exchanges: KeyExchanges }) {
  const { stores } = core
  const { primitives, random } = core.ports
  /** Owners of the series that are read for an address. */
  const reading = new Map<string, Set<string>>()

  /** Reads answers of every week whose blobs may still lie there. */
  function listen(row: InviteRow): void {
    const { initialRV } = decodeInvite(primitives, row.bytes)
    const wanted = new Map(periodsRead(core.now()).map((period) => [`${row.id} ${period}`, period]))
    for (const owner of reading.get(row.id) ?? []) if (!wanted.has(owner)) series.stop(owner)
    for (const [owner, period] of wanted) series.read(owner, 'initial', periodSeed(primitives, initialRV, period))
    reading.set(row.id, new Set(wanted.keys()))
  }

  function stop(row: InviteRow): void {
    for (const owner of reading.get(row.id) ?? []) series.stop(owner)
    reading.delete(row.id)
  }

  /** Puts at the relay what is missing for this week and the next ones: the invite, or the notice that it is withdrawn. */
  function serve(row: InviteRow): void {
    const base = seedOf(row)
    if (!base) return
    const now = core.now()
    const there = stores.outbox.publicationsOf(row.id)
    const known = new Set(there.map(({ hk }) => hex(hk)))
    const missing = periodsServed(now)
      .map((period) => periodSeed(primitives, base, period))
      .filter((seed) => !known.has(hex(seed)))
    const kept = new Set(
      Array.from({ length: periodsBack + 1 }, (_, i) => hex(periodSeed(primitives, base, Math.max(0, periodOf(now) - i)))),
    )
    for (const period of periodsServed(now)) kept.add(hex(periodSeed(primitives, base, period)))
    const past = there.filter(({ hk }) => !kept.has(hex(hk)))
    if (missing.length === 0 && past.length === 0) return
    core.commit(() => {
      for (const { id } of past) stores.outbox.dropPublication(id)
      for (const seed of missing) exchanges.publishSeries(relaysOf(row), row.id, seed, sealed(row), row.state === 'open' ? 0 : null)
    })
  }

  const seedOf = (row: InviteRow): Uint8Array | null => {
    if (row.state === 'cancelled') return decodeInvite(primitives, row.bytes).initialRV
    return row.short_key && shortInviteKeys(primitives, row.short_key).seed
  }

  /** The short form names one relay; answers, and so notices, come to each. */
  const relaysOf = (row: InviteRow): string[] => {
    const { relays } = decodeInvite(primitives, row.bytes)
    return row.state === 'cancelled' ? relays : relays.slice(0, 1)
  }

  function sealed(row: InviteRow): { blob: Uint8Array; deleteHash: Uint8Array } {
    const deleteKey = row.short_delete ?? random(32)
    const deleteHash = primitives.sha256(deleteKey)
    if (row.state === 'open' && row.short_key)
      return { blob: sealShortInvite(core.context(), row.short_key, row.bytes, deleteKey), deleteHash }
    return { blob: sealCancelNotice(core.context(), decodeInvite(primitives, row.bytes).initialRV, row.withdraw), deleteHash }
  }

  return {
    stop,
    /** After a start, and every so often. */
    look(row: InviteRow): void {
      if (row.expires <= core.now()) return stop(row)
      serve(row)
      if (row.state === 'open') listen(row)
    },
  }
}

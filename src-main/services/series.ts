/**
 * Reading a series: numbers from 0 under one RV seed, written by whoever comes. The reader reads every stored number and
 * watches the first 16 empty ones, at most 64 in all (docs/protocol.md section 4).
 */
import type { RvStatus } from '../ports.ts'
import type { Core } from './core.ts'
import type { Links } from './links.ts'
import type { Purpose, Watch, Watches } from './watches.ts'

const emptyWatched = 16
const mostWatched = 64

interface Reading {
  purpose: Purpose
  seed: Uint8Array
  /** relay → numbers that are used up. */
  done: Map<string, Set<number>>
}

export type Series = ReturnType<typeof createSeries>

export function createSeries(core: Core, links: Links, watches: Watches) {
  const readings = new Map<string, Reading>()

  function refresh(owner: string): void {
    const reading = readings.get(owner)
    if (!reading) return watches.clear(owner)
    watches.set(
      owner,
      links.listening().map((relay) => ({
        purpose: reading.purpose,
        relay,
        hk: reading.seed,
        numbers: openNumbers(reading.done.get(relay) ?? new Set()),
      })),
    )
  }

  return {
    /** Starts reading; `owner` comes back in the watch of every blob. */
    read(owner: string, purpose: Purpose, seed: Uint8Array): void {
      if (readings.has(owner)) return
      readings.set(owner, { purpose, seed, done: new Map() })
      refresh(owner)
    },
    stop(owner: string): void {
      readings.delete(owner)
      refresh(owner)
    },
    /** The number is used up: look further along. */
    done(watch: Watch): void {
      const reading = readings.get(watch.owner)
      if (!reading) return
      const numbers = reading.done.get(watch.relay) ?? new Set()
      reading.done.set(watch.relay, numbers.add(watch.n))
      refresh(watch.owner)
    },
    onStatus(watch: Watch, status: RvStatus): void {
      if (status === 'consumed' || status === 'expired') this.done(watch)
    },
    /** A new connection: what the last one said, or served, may have been false; what is true it will say again. */
    reconsider(relay: string): void {
      for (const [owner, { done }] of readings) if (done.delete(relay)) refresh(owner)
    },
    /** Our relays have changed. */
    refreshAll: () => [...readings.keys()].forEach(refresh),
  }
}

function openNumbers(done: ReadonlySet<number>): number[] {
  const numbers: number[] = []
  for (let n = 0; n < mostWatched && numbers.length < emptyWatched; n++) if (!done.has(n)) numbers.push(n)
  return numbers
}

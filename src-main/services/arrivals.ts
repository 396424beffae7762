/** What relays bring goes to whoever watches for it. */
import type { Files } from './files/files.ts'
import type { Health } from './health.ts'
import type { Inbox } from './inbox.ts'
import type { KeyExchanges } from './keyExchanges.ts'
import type { Reader } from './reader.ts'
import type { Resets } from './resets.ts'
import type { Series } from './series.ts'
import type { Sessions } from './sessions.ts'
import type { Slices } from './slices.ts'
import type { Watch, Watches } from './watches.ts'

export interface ArrivalsParts {
  watches: Watches
  slices: Slices
  sessions: Sessions
  series: Series
  exchanges: KeyExchanges
  files: Files
  health: Health
  inbox: Inbox
  reader: Reader
  resets: Resets
}

export function createArrivals({ watches, slices, sessions, series, exchanges, files, health, inbox, reader, resets }: ArrivalsParts) {
  const byPurpose: Record<Watch['purpose'], (watch: Watch, blob: Uint8Array, rv: string) => void> = {
    chain: (watch, blob, rv) => inbox.onBlob(watch, rv, blob),
    initial: (watch, blob) => exchanges.onInitialBlob(watch, blob),
    step3: (watch, blob) => exchanges.onStep3Blob(watch, blob),
    reset: (watch, blob) => resets.onBlob(watch, blob),
    probe: (watch, blob) => health.onProbeBlob(watch, blob),
    read: (watch, blob) => reader.onBlob(watch, blob),
    file: (watch, blob, rv) => files.onBlob(watch, blob, rv),
  }

  function take(relay: string, rv: string, blob: Uint8Array): void {
    const watch = watches.at(relay, rv) // what came before it may have ended that
    if (watch) byPurpose[watch.purpose](watch, blob, rv)
  }

  return {
    onBlob(relay: string, rv: string, blob: Uint8Array): void {
      if (watches.at(relay, rv)?.purpose === 'chain') slices.add(() => take(relay, rv, blob))
      else take(relay, rv, blob)
    },

    onStatus(relay: string, rv: string, status: 'empty' | 'stored' | 'consumed' | 'expired'): void {
      const watch = watches.at(relay, rv)
      if (!watch) return
      if (watch.purpose === 'chain') sessions.onStatus(watch, status)
      else if (watch.purpose === 'probe') health.onProbeStatus(watch, status)
      else if (watch.purpose === 'file') files.onStatus(watch, status)
      else if (watch.purpose !== 'read') series.onStatus(watch, status)
    },
  }
}

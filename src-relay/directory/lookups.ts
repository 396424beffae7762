/** Guessing codes over HTTP and over WebSocket draws on the same limits; they count before anybody is looked for. */
import { createRateTable } from '../api/rateTable.ts'
import { directoryLimits } from './limits.ts'

export interface Lookups {
  /** @throws Problem `too-many-requests` */
  take(address: string, now: number): void
}

export function createLookups(): Lookups {
  const byAddress = createRateTable(directoryLimits.lookups)
  const inAll = createRateTable(directoryLimits.lookupsInAll)
  return {
    take(address, now) {
      byAddress.take(address, now)
      inAll.take('', now)
    },
  }
}

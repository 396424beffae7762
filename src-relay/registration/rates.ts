/** How often one may ask: by address where nobody is known yet, by device where it is. */
import { createRateTable } from '../api/rateTable.ts'
import type { FactorOf } from '../quotas.ts'

export type Limits = ReturnType<typeof createLimits>

export const registrationRates = {
  /** `/register/*`, by address. */
  register: { perSecond: 0.2, burst: 60 },
  /** `POST /session`, by address: every guess of an API key counts. */
  session: { perSecond: 2, burst: 120 },
  sessionOfDevice: { perSecond: 0.2, burst: 30 },
  /** Sealed requests, by address, whether they open or not. */
  sealed: { perSecond: 200, burst: 2000 },
  sealedOfDevice: { perSecond: 50, burst: 500 },
} as const

export const createLimits = (factorOf: FactorOf) => ({
  register: createRateTable(registrationRates.register),
  session: createRateTable(registrationRates.session),
  sessionOfDevice: createRateTable(registrationRates.sessionOfDevice, { factorOf }),
  sealed: createRateTable(registrationRates.sealed),
  sealedOfDevice: createRateTable(registrationRates.sealedOfDevice, { factorOf }),
})

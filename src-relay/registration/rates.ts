/** How often one may ask: by address where nobody is known yet, by device where it is. */
import { createRateTable } from '../api/rateTable.ts'

export type Limits = ReturnType<typeof createLimits>

export const createLimits = () => ({
  /** `/register/*`, by address. */
  register: createRateTable({ perSecond: 0.2, burst: 60 }),
  /** `POST /session`, by address: every guess of an API key counts. */
  session: createRateTable({ perSecond: 2, burst: 120 }),
  sessionOfDevice: createRateTable({ perSecond: 0.2, burst: 30 }),
  /** Sealed requests, by address, whether they open or not. */
  sealed: createRateTable({ perSecond: 200, burst: 2000 }),
  sealedOfDevice: createRateTable({ perSecond: 50, burst: 500 }),
})

import { createPinia, type Pinia } from 'pinia'
import { markRaw } from 'vue'
import type { Client } from '#shared/contract/contract.ts'

declare module 'pinia' {
  export interface PiniaCustomProperties {
    /** Every store asks the app through this, and through nothing else. */
    api: Client
  }
}

/** A Pinia whose stores all know the given client. */
export function createStores(api: Client): Pinia {
  const pinia = createPinia()
  pinia.use(() => ({ api: markRaw(api) }))
  return pinia
}

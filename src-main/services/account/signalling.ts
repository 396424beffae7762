/** Connections to the directories of relays on which asks by code come and go. */
import type { Account } from '#shared/contract/accountModels.ts'
import type { Core } from '../core.ts'

export type Signalling = ReturnType<typeof createSignalling>

export function createSignalling(_core: Core) {
  return {
    /** Of the connection for the directory user at this relay. */
    stateOf: (_relay: string): Pick<Account, 'state' | 'error'> => ({ state: 'offline', error: null }),
    /** Connects for every directory user there is, and for no other. */
    follow: (): void => undefined,
  }
}

/** By how much the rates of one device or user differ from the rest; read once, as they are set while the relay is stopped. */
import type { AccountDatabase } from './storage/accounts.ts'
import { createQuotaStore, type Quota } from './storage/quotaStore.ts'

/** A factor for rates: 1 for whom nothing is set, 0 for who is blocked. */
export type FactorOf = (name: string) => number

export interface Quotas {
  /** By client_id. */
  device: FactorOf
  /** By code. */
  user: FactorOf
  /** By the id of an account: what is set for it, or for its user. */
  account: FactorOf
}

export function readQuotas(db: AccountDatabase): Quotas {
  const store = createQuotaStore(db)
  const keyOf = (kind: Quota['kind'], name: string): string => `${kind} ${name}`
  const factors = new Map(store.all().map(({ kind, name, factor }) => [keyOf(kind, name), factor]))
  const factorOf = (kind: Quota['kind'], name: string): number | undefined => factors.get(keyOf(kind, name))
  const user: FactorOf = (code) => factorOf('user', code) ?? 1
  return {
    device: (clientId) => factorOf('device', clientId) ?? 1,
    user,
    account(userID) {
      if (factors.size === 0) return 1
      const code = store.codeOf(userID)
      return factorOf('user', userID) ?? (code === null ? 1 : user(code))
    },
  }
}

/** Encrypted private keys and backups: what the key server keeps for users whom the server vouches for. No HTTP here. */
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import type { Clock } from '../ports.ts'
import type { AccountDatabase } from '../storage/accounts.ts'
import { createKeyStore, type EncryptedKey } from '../storage/keyStore.ts'
import type { Quotas } from '../quotas.ts'
import { hashOf, isSame, type Operation, type Validate, type Validated } from './forms.ts'
import { accountRates } from './rates.ts'

/** Who asks, as shown by a token of the server. */
export interface Ticket {
  userID: string
  userAccessToken: string
  /** Network address, for limits only. */
  address: string
}

interface KeysOptions {
  db: AccountDatabase
  clock: Clock
  quotas: Quotas
  validate: Validate
}

export function createKeys({ db, clock, quotas, validate }: KeysOptions) {
  const keys = createKeyStore(db)
  const byAddress = createRateTable(accountRates.keyServer)
  const byUser = createRateTable(accountRates.keyServerOfUser, { factorOf: quotas.account })
  const inOrder = createQueues()

  /**
   * `work` in a transaction, once the server has said that the token is good. One user's requests go one after another: what the server
   * called the latest change must be stored last. A pending key whose change the server has made takes its place first.
   */
  const vouched = <T>(ticket: Ticket, operation: Operation, work: (validated: Validated) => T): Promise<T> => {
    byAddress.take(ticket.address, clock.now())
    return inOrder(ticket.userID, async () => {
      const validated = await validate(ticket.userID, ticket.userAccessToken, operation)
      if (validated === null) throw new Problem('forbidden', 'the access token is not good for this')
      byUser.take(ticket.userID, clock.now())
      return db.transaction(() => {
        settle(ticket.userID, validated)
        return work(validated)
      })
    })
  }

  function settle(userID: string, { change }: Validated): void {
    const pending = keys.get(userID)?.pendingChange ?? null
    if (change !== null && pending !== null && isSame(change, pending)) keys.apply(userID)
  }

  const need = (userID: string) => {
    const key = keys.get(userID)
    if (key === null) throw new Problem('not-found', 'there is no key of this user')
    return key
  }

  return {
    newUser: (ticket: Ticket, key: EncryptedKey) =>
      vouched(ticket, 'newUser', () => {
        const isNew = keys.insert(ticket.userID, key) || isSame(need(ticket.userID).encryptedPrivateKey, key.encryptedPrivateKey)
        if (!isNew) throw new Problem('conflict', 'this user has another key')
      }),
    getKey: (ticket: Ticket) => vouched(ticket, 'getKey', () => need(ticket.userID)),
    pendingChange: (ticket: Ticket, key: EncryptedKey) =>
      vouched(ticket, 'pendingChange', () => {
        need(ticket.userID)
        keys.setPending(ticket.userID, key, hashOf(ticket.userAccessToken))
      }),
    applyPendingChange: (ticket: Ticket) =>
      vouched(ticket, 'applyPendingChange', ({ change }) => {
        const present = need(ticket.userID).change
        const isApplied = change !== null && present !== null && isSame(change, present)
        if (!isApplied) throw new Problem('conflict', 'the server has not changed the password')
      }),
    forget: (userID: string): void => keys.remove(userID),
    deleteKey: (ticket: Ticket) => vouched(ticket, 'deleteKey', () => keys.remove(ticket.userID)),
    putBackup: (ticket: Ticket, { blob, counter }: { blob: Uint8Array; counter: number }) =>
      vouched(ticket, 'putBackup', () => {
        need(ticket.userID) // a backup without a key could never be opened
        const present = keys.backup(ticket.userID)
        const isAgain = present?.counter === counter && present.blob !== null && isSame(present.blob, blob)
        if (isAgain) return
        if (present !== null && counter <= present.counter) throw new Problem('conflict', 'there is a later backup')
        keys.putBackup(ticket.userID, counter, blob)
      }),
    getBackup: (ticket: Ticket) =>
      vouched(ticket, 'getBackup', () => {
        const { blob = null, counter = 0 } = keys.backup(ticket.userID) ?? {}
        if (blob === null) throw new Problem('not-found', 'there is no backup of this user')
        return { blob, counter }
      }),
    deleteBackup: (ticket: Ticket) => vouched(ticket, 'deleteBackup', () => keys.emptyBackup(ticket.userID)),
  }
}

const waitingMost = 20

/** Work by key, one after another; of one key no more than a few may wait. */
function createQueues() {
  const tails = new Map<string, { last: Promise<unknown>; waiting: number }>()
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const queue = tails.get(key) ?? { last: Promise.resolve(), waiting: 0 }
    if (queue.waiting >= waitingMost) throw new Problem('too-many-requests', 'too many requests at once', { 'retry-after': '1' })
    tails.set(key, queue)
    queue.waiting++
    const mine = queue.last.then(work)
    queue.last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      if (--queue.waiting === 0) tails.delete(key)
    }
  }
}

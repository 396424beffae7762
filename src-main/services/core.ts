/** What every service works with while a profile is open. */
import { CairnError } from '#shared/errors.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import { describeError } from '../errorFacts.ts'
import type { Ports } from '../ports.ts'
import { encodeIdentitySecrets, type Identity } from '../protocol/identity.ts'
import type { Context } from '../protocol/primitives.ts'
import { createAccountStore } from '../storage/accountStore.ts'
import { createChangeStore } from '../storage/changeStore.ts'
import { createCodeStore } from '../storage/codeStore.ts'
import { createContactStore } from '../storage/contactStore.ts'
import type { Database, Durability } from '../storage/database.ts'
import { createDeliveryStore } from '../storage/deliveryStore.ts'
import { createExchangeStore } from '../storage/exchangeStore.ts'
import { createFileStore } from '../storage/fileStore.ts'
import { createGroupStore } from '../storage/groupStore.ts'
import { createHistoryStore } from '../storage/historyStore.ts'
import { createIntroductionStore } from '../storage/introductionStore.ts'
import { createItemStore } from '../storage/itemStore.ts'
import { createOutboxStore } from '../storage/outboxStore.ts'
import { createProfileStore } from '../storage/profileStore.ts'
import { createRequestStore } from '../storage/requestStore.ts'
import { createResetAllStore } from '../storage/resetAllStore.ts'
import { createSearchStore } from '../storage/searchStore.ts'
import { createSessionStore } from '../storage/sessionStore.ts'
import { createStreamStore } from '../storage/streamStore.ts'

export const createStores = (db: Database) => ({
  account: createAccountStore(db),
  changes: createChangeStore(db),
  codes: createCodeStore(db),
  contacts: createContactStore(db),
  deliveries: createDeliveryStore(db),
  exchanges: createExchangeStore(db),
  files: createFileStore(db),
  groups: createGroupStore(db),
  history: createHistoryStore(db),
  introductions: createIntroductionStore(db),
  items: createItemStore(db),
  outbox: createOutboxStore(db),
  profile: createProfileStore(db),
  requests: createRequestStore(db),
  resetAll: createResetAllStore(db),
  search: createSearchStore(db),
  sessions: createSessionStore(db),
  streams: createStreamStore(db),
})

export type Stores = ReturnType<typeof createStores>

/** Steps run without a pause: with the dearest (all that is watched for a contact) about 10 ms. */
const slice = 12
/** Between them, so that the window, which asks for its list just then, has the program to itself half of the time. */
const slicePause = 12

export interface Core {
  ports: Ports
  stores: Stores
  /** Our own identity; the object changes when the name does. */
  identity(): Identity
  setIdentity(identity: Identity): void
  now(): number
  context(): Context
  /**
   * One transaction. What `later` was given inside it runs after the commit, in order; nothing of it after a rollback.
   * `unsynced` for what would only be asked again (storage/database.ts).
   */
  commit<T>(work: () => T, durability?: Durability): T
  /**
   * Runs each task in a savepoint of its own, all of them in one durable transaction: a failure is logged and undoes nothing but its task.
   * Where the commit itself fails, nothing of any was done.
   */
  batch(name: string, tasks: () => Iterable<() => void>): void
  /**
   * Runs `task` as the last part of the outermost transaction under way, in a savepoint of its own, or at once where there is
   * none; once for each `key`. A failure is logged and undoes nothing but the task.
   */
  atEnd(key: string, task: () => void): void
  later(task: () => void): void
  /** To the UI, after the commit. */
  emit(event: AppEvent): void
  /** Runs `task` after `ms` unless the profile is closed first. */
  after(ms: number, task: () => void): () => void
  /** Runs what can wait, a few steps at a time, with whatever else happens in between; the first few at once. Steps are short. */
  inSlices(steps: Iterator<void>): void
  /** What `work` yields, or `profile.locked` as soon as the profile is closed. */
  untilClosed<T>(work: Promise<T>): Promise<T>
  /** Runs work that came from outside (a blob, a timer); a failure is logged and leaves everything as it was. */
  guard(name: string, work: () => void): void
  /** Older states of what was deleted leave the disk too, once the transaction is over. */
  scrub(): void
  /** Called after a rollback: what is cached of the database must be read again. */
  onRollback(reload: () => void): void
  readonly open: boolean
  close(): void
}

export function createCore(ports: Ports, db: Database, initial: Identity, send: (event: AppEvent) => void): Core {
  const stores = createStores(db)
  const cancels = new Set<() => void>()
  const reloads: (() => void)[] = []
  let identity = initial
  let open = true
  let inside = false

  const endings = new Map<string, () => void>()
  const reloadAll = (): void => reloads.forEach((reload) => reload())

  const commit = <T>(work: () => T, durability?: Durability): T => {
    if (!open) throw new CairnError('profile.locked')
    if (inside) return db.transaction(work)
    try {
      return db.transaction(() => whole(work), durability)
    } catch (error) {
      reloadAll()
      throw error
    }
  }

  /** The outermost transaction's work; what runs after its commit is no longer inside. */
  const whole = <T>(work: () => T): T => {
    inside = true
    try {
      const result = work()
      runEndings()
      return result
    } finally {
      inside = false
      endings.clear()
    }
  }

  const runEndings = (): void => {
    for (const [key, task] of endings) {
      endings.delete(key) // a task may ask for another of its kind
      guard('app.ending-failed', () => savepoint(task))
    }
  }

  const savepoint = (task: () => void): void => {
    try {
      db.transaction(task)
    } catch (error) {
      reloadAll()
      throw error
    }
  }

  const closing = Promise.withResolvers<never>()
  closing.promise.catch(() => undefined) // most of the time nobody waits for it

  const guard = (name: string, work: () => void): void => {
    if (!open) return
    try {
      work()
    } catch (error) {
      ports.logger.warn(name, describeError(error))
    }
  }

  const after = (ms: number, task: () => void): (() => void) => {
    const cancel = ports.clock.after(ms, () => {
      cancels.delete(cancel)
      guard('app.timer-failed', task)
    })
    cancels.add(cancel)
    return () => {
      cancels.delete(cancel)
      cancel()
    }
  }

  const inSlices = (steps: Iterator<void>): void => {
    for (let i = 0; i < slice; i++) if (steps.next().done) return
    after(slicePause, () => inSlices(steps))
  }

  return {
    ports,
    stores,
    identity: () => identity,
    setIdentity(next) {
      identity = next
      stores.profile.setMeta('identity', encodeIdentitySecrets(next))
    },
    now: () => ports.clock.now(),
    context: () => ({ primitives: ports.primitives, random: ports.random, now: ports.clock.now() }),
    commit,
    batch(name, tasks) {
      guard(name, () =>
        commit(() => {
          for (const task of tasks()) guard(name, () => savepoint(task))
        }),
      )
    },
    atEnd(key, task) {
      if (inside) endings.set(key, task)
      else guard('app.ending-failed', () => commit(task))
    },
    later: (task) => db.afterCommit(() => guard('app.later-failed', task)),
    emit: (event) => db.afterCommit(() => open && send(event)),
    after,
    inSlices,
    untilClosed: (work) => Promise.race([work, closing.promise]),
    guard,
    scrub: () => db.afterCommit(() => guard('app.scrub-failed', db.checkpoint)),
    onRollback: (reload) => void reloads.push(reload),
    get open() {
      return open
    },
    close() {
      open = false
      closing.reject(new CairnError('profile.locked'))
      for (const cancel of cancels) cancel()
      db.close()
    },
  }
}

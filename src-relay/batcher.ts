/**
 * Group commit: the operations of one turn of the event loop reach storage together, at the end of that turn. No timer waits to
 * fill a batch. What comes while storage is at work makes the next batch.
 */
import type { Logger } from './ports.ts'
import type { RelayStorage, StorageOperation, StorageOutcome } from './storage/storage.ts'

/** `null`: storage failed and nothing was done. */
type Done = (outcome: StorageOutcome | null) => void

export interface Batcher {
  /** False when too much waits already; then `done` is never called. */
  submit(operation: StorageOperation, done: Done): boolean
  /** Runs `work` between two batches. */
  between<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

export const createBatcher = (options: { storage: RelayStorage; logger: Logger; maxQueued: number; maxQueuedBytes: number }): Batcher => {
  const { storage, logger, maxQueued, maxQueuedBytes } = options
  let operations: StorageOperation[] = []
  let dones: Done[] = []
  let queuedBytes = 0
  let underWay: Promise<unknown> | null = null
  let isScheduled = false

  const schedule = (): void => {
    if (isScheduled || underWay !== null || operations.length === 0) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      if (underWay === null) void occupy(flush())
    })
  }

  const occupy = <T>(work: Promise<T>): Promise<T> => {
    const finished = work.finally(() => {
      underWay = null
      schedule()
    })
    underWay = finished.catch(() => undefined) // whoever asked for `finished` hears of it
    return finished
  }

  const flush = async (): Promise<void> => {
    const [batch, waiting] = [operations, dones]
    operations = []
    dones = []
    queuedBytes = 0
    let outcomes: StorageOutcome[] | null = null
    try {
      outcomes = await storage.apply(batch)
    } catch (error) {
      logger.warn('relay.storage-failed', { operations: batch.length, error: error instanceof Error ? error.message : 'unknown' })
    }
    waiting.forEach((done, i) => done(outcomes?.[i] ?? null))
  }

  const submit = (operation: StorageOperation, done: Done): boolean => {
    const bytes = operation.kind === 'publish' ? operation.blob.length : 0
    if (operations.length >= maxQueued || queuedBytes + bytes > maxQueuedBytes) return false
    queuedBytes += bytes
    operations.push(operation)
    dones.push(done)
    schedule()
    return true
  }

  return {
    submit,
    between: async (work) => {
      while (underWay !== null) await underWay
      return occupy(work())
    },
    idle: async () => {
      for (;;) {
        while (underWay !== null) await underWay
        if (operations.length === 0) return
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

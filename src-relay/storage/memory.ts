import type { AckOutcome, PublishOutcome, RvState } from '#shared/wire/frames.ts'
import type { StorageLimits } from '../limits.ts'
import type { Clock } from '../ports.ts'
import { digestOf } from './storage.ts'
import type { RelayStorage, RvKey, StorageOperation, StorageOutcome } from './storage.ts'

interface Entry {
  state: 'stored' | 'consumed' | 'expired'
  /** When it came into this state, Unix ms. */
  at: number
  deleteHash: Uint8Array
  digest: Buffer
  blob: Uint8Array
}

const nothing = new Uint8Array(0)
const tombstoneBytes = 128

/** Forgets everything with the process: for tests and for relays that promise nothing. */
export const createMemoryStorage = ({ clock, limits }: { clock: Clock; limits: StorageLimits }): RelayStorage => {
  const entries = new Map<RvKey, Entry>()
  let bytes = 0

  const bury = (rv: RvKey, entry: Entry, state: 'consumed' | 'expired', at: number): void => {
    bytes -= entry.blob.length
    entries.delete(rv) // so that the map stays in the order of `at`
    entries.set(rv, { ...entry, state, at, deleteHash: nothing, blob: nothing })
  }

  /** The entry as it is now: time passes without anybody sweeping. */
  const find = (rv: RvKey): Entry | undefined => {
    const entry = entries.get(rv)
    if (entry === undefined) return undefined
    const now = clock.now()
    if (entry.state === 'stored') {
      if (now < entry.at + limits.blobMs) return entry
      bury(rv, entry, 'expired', now)
      return entries.get(rv)
    }
    if (now < entry.at + limits.tombstoneMs) return entry
    entries.delete(rv)
    bytes -= tombstoneBytes
    return undefined
  }

  const publish = (rv: RvKey, deleteHash: Uint8Array, blob: Uint8Array): PublishOutcome | 'full' => {
    const digest = digestOf(deleteHash, blob)
    const there = find(rv)
    if (there !== undefined) return there.digest.equals(digest) ? 'same' : 'conflict'
    if (bytes + blob.length + tombstoneBytes > limits.bytes) return 'full'
    bytes += blob.length + tombstoneBytes
    entries.set(rv, { state: 'stored', at: clock.now(), deleteHash: new Uint8Array(deleteHash), digest, blob: new Uint8Array(blob) })
    return 'stored'
  }

  const acknowledge = (rv: RvKey, deleteHash: Uint8Array): AckOutcome => {
    const entry = find(rv)
    if (entry?.state !== 'stored') return 'absent'
    if (Buffer.compare(entry.deleteHash, deleteHash) !== 0) return 'refused'
    bury(rv, entry, 'consumed', clock.now())
    return 'dropped'
  }

  const status = (rv: RvKey): RvState => find(rv)?.state ?? 'empty'
  const read = (rv: RvKey): Uint8Array | null => {
    const entry = find(rv)
    return entry?.state === 'stored' ? entry.blob : null
  }

  const applyOne = (operation: StorageOperation): StorageOutcome => {
    switch (operation.kind) {
      case 'publish':
        return { kind: 'publish', result: publish(operation.rv, operation.deleteHash, operation.blob) }
      case 'acknowledge':
        return { kind: 'acknowledge', results: operation.items.map(({ rv, deleteHash }) => acknowledge(rv, deleteHash)) }
      case 'status':
        return { kind: 'status', statuses: operation.rvs.map(status) }
      case 'read':
        return { kind: 'read', blobs: operation.rvs.map(read) }
    }
  }

  const expire = (limit: number): { expired: RvKey[]; done: boolean } => {
    const expired: RvKey[] = []
    let dropped = 0
    for (const [rv, entry] of entries) {
      if (expired.length >= limit || dropped >= limit) return { expired, done: false }
      if (entry.state === 'stored' && find(rv)?.state === 'expired') expired.push(rv)
      else if (find(rv) === undefined) dropped += 1
    }
    return { expired, done: true }
  }

  const countBlobs = (): number => [...entries.values()].filter((entry) => entry.state === 'stored').length

  return {
    apply: async (operations) => operations.map(applyOne),
    expire: async (limit) => expire(limit),
    size: async () => ({ blobs: countBlobs(), bytes }),
    usage: async () => ({ blobs: countBlobs(), tombstones: entries.size - countBlobs(), bytes }),
    close: async () => entries.clear(),
  }
}

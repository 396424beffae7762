/**
 * Where a relay keeps blobs and the memory of numbers that are used up. The relay hands over the operations of one turn of the
 * event loop together; an implementation makes all of them durable before it answers (group commit).
 */
import { hash } from 'node:crypto'
import type { AckOutcome, PublishOutcome, RvState } from '#shared/wire/frames.ts'

/** The 32 bytes of an RV as a string of 32 Latin-1 characters: the smallest key a Map can hold. */
export type RvKey = string

export const rvKeyOf = (rv: Uint8Array): RvKey => Buffer.from(rv.buffer, rv.byteOffset, rv.byteLength).toString('latin1')
export const rvBytesOf = (key: RvKey): Buffer => Buffer.from(key, 'latin1')

/** Byte arrays belong to the caller again when `apply` has answered. */
export type StorageOperation =
  | { kind: 'publish'; rv: RvKey; deleteHash: Uint8Array; blob: Uint8Array }
  | { kind: 'acknowledge'; items: { rv: RvKey; deleteHash: Uint8Array }[] }
  | { kind: 'status'; rvs: RvKey[] }
  | { kind: 'read'; rvs: RvKey[] }

export type StorageOutcome =
  | { kind: 'publish'; result: PublishOutcome | 'full' }
  | { kind: 'acknowledge'; results: AckOutcome[] }
  | { kind: 'status'; statuses: RvState[] }
  /** `null` where nothing lies. */
  | { kind: 'read'; blobs: (Uint8Array | null)[] }

export interface RelayStorage {
  /**
   * Carries the operations out in order and answers in order, when all of it is durable. A rejection means that none of it
   * happened. Calls must not overlap.
   */
  apply(operations: readonly StorageOperation[]): Promise<StorageOutcome[]>
  /** Turns at most `limit` blobs that waited too long into tombstones and drops as many overdue tombstones; `done` when neither is left. */
  expire(limit: number): Promise<{ expired: RvKey[]; done: boolean }>
  /** As `usage`, without counting what takes long to count. */
  size(): Promise<{ blobs: number; bytes: number }>
  usage(): Promise<{ blobs: number; tombstones: number; bytes: number }>
  close(): Promise<void>
}

/** What a tombstone remembers of a publication: enough to tell a safe retry (`same`) from a `conflict`. */
export const digestOf = (deleteHash: Uint8Array, blob: Uint8Array): Buffer => {
  const inner = hash('sha256', blob, 'buffer')
  return hash('sha256', Buffer.concat([deleteHash, inner]), 'buffer').subarray(0, 16)
}

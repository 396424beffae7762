/** What every storage of a relay must do (src-relay/storage/storage.ts). */
import { beforeEach, afterEach, describe, expect, it } from 'vitest'
import type { AckOutcome, RvState } from '#shared/wire/frames.ts'
import { defaultStorageLimits } from '#relay/limits.ts'
import type { StorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import type { Clock } from '#relay/ports.ts'
import { rvKeyOf } from '#relay/storage/storage.ts'
import type { RelayStorage, StorageOperation, StorageOutcome } from '#relay/storage/storage.ts'
import { newBlob, newRendezvous } from '../support/relayFixtures.ts'
import type { Rendezvous } from '../support/relayFixtures.ts'

const day = 24 * 60 * 60 * 1000

const publishOf = ({ rvBytes, deleteHash }: Rendezvous, blob: Uint8Array): StorageOperation => ({
  kind: 'publish',
  rv: rvKeyOf(rvBytes),
  deleteHash,
  blob,
})
const ackOf = (...points: Rendezvous[]): StorageOperation => ({
  kind: 'acknowledge',
  items: points.map(({ rvBytes, deleteHash }) => ({ rv: rvKeyOf(rvBytes), deleteHash })),
})
const statusOf = (...points: Rendezvous[]): StorageOperation => ({ kind: 'status', rvs: points.map(({ rvBytes }) => rvKeyOf(rvBytes)) })
const readOf = (...points: Rendezvous[]): StorageOperation => ({ kind: 'read', rvs: points.map(({ rvBytes }) => rvKeyOf(rvBytes)) })

export const relayStorageConformance = (
  name: string,
  open: (options: { clock: Clock; limits: StorageLimits }) => { storage: RelayStorage; dispose: () => void },
): void => {
  describe(name, () => {
    let now = 0
    const clock: Clock = { now: () => now, after: (ms, task) => systemClock.after(ms, task) }
    let storage: RelayStorage
    let dispose: () => void

    const start = (limits: Partial<StorageLimits> = {}): void => {
      ;({ storage, dispose } = open({ clock, limits: { ...defaultStorageLimits, ...limits } }))
    }
    const one = async (operation: StorageOperation): Promise<StorageOutcome> => {
      const [outcome] = await storage.apply([operation])
      if (outcome === undefined) throw new Error('no outcome')
      return outcome
    }
    const publish = async (point: Rendezvous, blob: Uint8Array): Promise<string> => {
      const outcome = await one(publishOf(point, blob))
      return outcome.kind === 'publish' ? outcome.result : 'wrong kind'
    }
    const acknowledge = async (...points: Rendezvous[]): Promise<AckOutcome[]> => {
      const outcome = await one(ackOf(...points))
      return outcome.kind === 'acknowledge' ? outcome.results : []
    }
    const status = async (...points: Rendezvous[]): Promise<RvState[]> => {
      const outcome = await one(statusOf(...points))
      return outcome.kind === 'status' ? outcome.statuses : []
    }
    const read = async (point: Rendezvous): Promise<Uint8Array | null | undefined> => {
      const outcome = await one(readOf(point))
      return outcome.kind === 'read' ? outcome.blobs[0] : undefined
    }

    beforeEach(() => {
      now = 1_790_000_000_000
      start()
    })
    afterEach(async () => {
      await storage.close()
      dispose()
    })

    it.each([4096, 16384, 65536] as const)('keeps a blob of %i bytes as it came', async (size) => {
      const point = newRendezvous()
      const blob = newBlob(size)
      expect(await publish(point, blob)).toBe('stored')
      expect(Buffer.compare((await read(point)) ?? Buffer.alloc(0), blob)).toBe(0)
      expect(await status(point, newRendezvous())).toEqual(['stored', 'empty'])
    })

    it('is write-once: same for the same blob and hash, conflict for another of either', async () => {
      const point = newRendezvous()
      const blob = newBlob()
      await publish(point, blob)
      expect(await publish(point, blob)).toBe('same')
      expect(await publish(point, newBlob())).toBe('conflict')
      expect(await publish({ ...point, deleteHash: newRendezvous().deleteHash }, blob)).toBe('conflict')
      expect(Buffer.compare((await read(point)) ?? Buffer.alloc(0), blob)).toBe(0)
    })

    it('drops a blob for the right hash only, and remembers that it was there', async () => {
      const point = newRendezvous()
      const blob = newBlob()
      await publish(point, blob)
      expect(await acknowledge({ ...point, deleteHash: newRendezvous().deleteHash })).toEqual(['refused'])
      expect(await read(point)).not.toBeNull()
      expect(await acknowledge(point, newRendezvous())).toEqual(['dropped', 'absent'])
      expect(await read(point)).toBeNull()
      expect(await status(point)).toEqual(['consumed'])
      expect(await acknowledge(point)).toEqual(['absent'])
      expect(await publish(point, blob)).toBe('same')
      expect(await publish(point, newBlob())).toBe('conflict')
      expect(await status(point)).toEqual(['consumed'])
    })

    it('carries a batch out in order', async () => {
      const point = newRendezvous()
      const blob = newBlob()
      const outcomes = await storage.apply([
        statusOf(point),
        publishOf(point, blob),
        publishOf(point, newBlob()),
        statusOf(point),
        ackOf(point),
        readOf(point),
        publishOf(point, blob),
        statusOf(point),
      ])
      expect(outcomes).toEqual([
        { kind: 'status', statuses: ['empty'] },
        { kind: 'publish', result: 'stored' },
        { kind: 'publish', result: 'conflict' },
        { kind: 'status', statuses: ['stored'] },
        { kind: 'acknowledge', results: ['dropped'] },
        { kind: 'read', blobs: [null] },
        { kind: 'publish', result: 'same' },
        { kind: 'status', statuses: ['consumed'] },
      ])
    })

    it('answers an empty batch and empty lists', async () => {
      expect(await storage.apply([])).toEqual([])
      expect(await status()).toEqual([])
      expect(await acknowledge()).toEqual([])
    })

    it('keeps its own copy of what it was given', async () => {
      const point = newRendezvous()
      const blob = newBlob()
      const original = Buffer.from(blob)
      await publish(point, blob)
      blob.fill(0)
      expect(Buffer.compare((await read(point)) ?? Buffer.alloc(0), original)).toBe(0)
    })

    it('lets a blob expire after 30 days, swept or not, and remembers it', async () => {
      const [point, other] = [newRendezvous(), newRendezvous()]
      const blob = newBlob()
      await publish(point, blob)
      now += 30 * day - 1
      expect(await status(point)).toEqual(['stored'])
      await publish(other, blob)
      now += 1
      expect(await status(point, other)).toEqual(['expired', 'stored'])
      expect(await read(point)).toBeNull()
      expect(await acknowledge(point)).toEqual(['absent'])
      await storage.expire(100)
      expect(await status(point, other)).toEqual(['expired', 'stored'])
      expect(await publish(point, blob)).toBe('same')
      expect(await publish(point, newBlob())).toBe('conflict')
      expect(await storage.usage()).toMatchObject({ blobs: 1, tombstones: 1 })
    })

    it('names what a sweep ended and sweeps no more than asked', async () => {
      const points = Array.from({ length: 7 }, newRendezvous)
      for (const point of points) await publish(point, newBlob())
      now += 31 * day
      const keys: string[] = []
      let sweeps = 0
      for (let done = false; !done; sweeps++) {
        const swept = await storage.expire(3)
        expect(swept.expired.length).toBeLessThanOrEqual(3)
        keys.push(...swept.expired)
        done = swept.done
      }
      expect(sweeps).toBeGreaterThanOrEqual(3)
      expect(keys.sort()).toEqual(points.map(({ rvBytes }) => rvKeyOf(rvBytes)).sort())
      expect(await storage.usage()).toMatchObject({ blobs: 0, tombstones: 7 })
      expect(await storage.expire(100)).toEqual({ expired: [], done: true })
    })

    it('forgets a tombstone after 120 days, swept or not', async () => {
      const [eaten, expired] = [newRendezvous(), newRendezvous()]
      const blob = newBlob()
      await publish(eaten, blob)
      await acknowledge(eaten)
      now += 120 * day - 1
      expect(await status(eaten)).toEqual(['consumed'])
      expect(await publish(eaten, newBlob())).toBe('conflict')
      await publish(expired, blob)
      now += 1
      expect(await status(eaten)).toEqual(['empty'])
      expect(await publish(eaten, newBlob())).toBe('stored') // over the remains of the old one
      expect(await acknowledge(eaten)).toEqual(['dropped'])
      expect(await status(eaten)).toEqual(['consumed'])
      now += 151 * day
      while (!(await storage.expire(10)).done);
      expect(await status(eaten, expired)).toEqual(['empty', 'expired'])
      now += 121 * day
      while (!(await storage.expire(10)).done);
      expect(await storage.usage()).toMatchObject({ blobs: 0, tombstones: 0 })
    })

    it('says full instead of storing beyond its limit, and takes again what fits after an acknowledgement', async () => {
      await storage.close()
      dispose()
      start({ bytes: 1024 * 1024 })
      const points: Rendezvous[] = []
      let result = 'stored'
      while (result === 'stored' && points.length < 100) {
        const point = newRendezvous()
        result = await publish(point, newBlob(65536))
        if (result === 'stored') points.push(point)
      }
      expect(result).toBe('full')
      expect(points.length).toBeGreaterThan(5)
      expect((await status(...points)).every((word) => word === 'stored')).toBe(true)
      const [first, second] = points
      if (first === undefined || second === undefined) throw new Error('unreachable')
      expect(await acknowledge(first, second)).toEqual(['dropped', 'dropped'])
      expect(await publish(newRendezvous(), newBlob())).toBe('stored')
    })

    it('still knows what it stored when it is full', async () => {
      await storage.close()
      dispose()
      start({ bytes: 512 * 1024 })
      const point = newRendezvous()
      const blob = newBlob(65536)
      expect(await publish(point, blob)).toBe('stored')
      while ((await publish(newRendezvous(), newBlob(65536))) === 'stored');
      expect(await publish(point, blob)).toBe('same')
      expect(await publish(point, newBlob(65536))).toBe('conflict')
    })
  })
}

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultStorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { createSqliteStorage } from '#relay/storage/sqlite.ts'
import { rvKeyOf } from '#relay/storage/storage.ts'
import type { StorageOperation } from '#relay/storage/storage.ts'
import { relayStorageConformance } from '../../conformance/relayStorage.ts'
import { newBlob, newRendezvous } from '../../support/relayFixtures.ts'
import type { Rendezvous } from '../../support/relayFixtures.ts'

const base = mkdtempSync(join(tmpdir(), 'cairn-storage-'))
afterAll(() => rmSync(base, { recursive: true }))
const newDir = (): string => mkdtempSync(join(base, 'relay-'))

relayStorageConformance('memory storage', (options) => ({ storage: createMemoryStorage(options), dispose: () => undefined }))

relayStorageConformance('SQLite storage', (options) => {
  const dir = newDir()
  return { storage: createSqliteStorage({ dir, ...options }), dispose: () => rmSync(dir, { recursive: true }) }
})

describe('SQLite storage on disk', () => {
  const open = (dir: string) => createSqliteStorage({ dir, clock: systemClock, limits: defaultStorageLimits })

  it('has everything again after it was closed', async () => {
    const dir = join(newDir(), 'made', 'on demand')
    const [kept, eaten] = [newRendezvous(), newRendezvous()]
    const blob = newBlob(16384)
    const first = open(dir)
    await first.apply(
      [kept, eaten].map(({ rvBytes, deleteHash }) => ({ kind: 'publish', rv: rvKeyOf(rvBytes), deleteHash, blob }) as const),
    )
    await first.apply([{ kind: 'acknowledge', items: [{ rv: rvKeyOf(eaten.rvBytes), deleteHash: eaten.deleteHash }] }])
    await first.close()
    expect(existsSync(join(dir, 'relay.db'))).toBe(true)
    const second = open(dir)
    const [status, read] = await second.apply([
      { kind: 'status', rvs: [rvKeyOf(kept.rvBytes), rvKeyOf(eaten.rvBytes)] },
      { kind: 'read', rvs: [rvKeyOf(kept.rvBytes)] },
    ])
    expect(status).toEqual({ kind: 'status', statuses: ['stored', 'consumed'] })
    expect(read).toEqual({ kind: 'read', blobs: [blob] })
    await second.close()
  })

  it('refuses a folder that another relay has open', async () => {
    const dir = newDir()
    const first = open(dir)
    expect(() => open(dir)).toThrow(expect.objectContaining({ code: 'keystore.in-use' }))
    await first.close()
  })

  it('refuses a file that is not its own', () => {
    const dir = newDir()
    writeFileSync(join(dir, 'relay.db'), Buffer.alloc(20_000, 'not a database '))
    expect(() => open(dir)).toThrow(expect.objectContaining({ code: 'keystore.damaged' }))
  })

  it('takes a batch that SQLite cannot hold back as a whole, says full, and acknowledges and stores on', async () => {
    const limits = { ...defaultStorageLimits, bytes: 1024 * 1024, reserveBytes: 0 }
    const storage = createSqliteStorage({ dir: newDir(), clock: systemClock, limits })
    const publish = (points: Rendezvous[]) =>
      storage.apply(points.map(({ rvBytes, deleteHash }) => ({ kind: 'publish', rv: rvKeyOf(rvBytes), deleteHash, blob }) as const))
    const blob = newBlob()
    const first = newRendezvous()
    await publish([first])
    // By their own length they fit, with the rest of their pages they do not: SQLITE_FULL in the middle of the batch.
    const many = Array.from({ length: 230 }, newRendezvous)
    const ack: StorageOperation = { kind: 'acknowledge', items: [{ rv: rvKeyOf(first.rvBytes), deleteHash: first.deleteHash }] }
    const status: StorageOperation = { kind: 'status', rvs: [...many, first].map(({ rvBytes }) => rvKeyOf(rvBytes)) }
    const operations = many.map(({ rvBytes, deleteHash }) => ({ kind: 'publish', rv: rvKeyOf(rvBytes), deleteHash, blob }) as const)
    const outcomes = await storage.apply([ack, ...operations, status])
    expect(outcomes[0]).toEqual({ kind: 'acknowledge', results: ['dropped'] })
    expect(outcomes.slice(1, -1)).toEqual(many.map(() => ({ kind: 'publish', result: 'full' })))
    expect(outcomes.at(-1)).toEqual({ kind: 'status', statuses: [...many.map(() => 'empty'), 'consumed'] })
    expect(await publish(many.slice(0, 20))).toEqual(many.slice(0, 20).map(() => ({ kind: 'publish', result: 'stored' })))
    await storage.close()
  })
})

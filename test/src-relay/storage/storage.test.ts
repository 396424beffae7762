import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultStorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { createSqliteStorage } from '#relay/storage/sqlite.ts'
import { rvKeyOf } from '#relay/storage/storage.ts'
import { relayStorageConformance } from '../../conformance/relayStorage.ts'
import { newBlob, newRendezvous } from '../../support/relayFixtures.ts'

const newDir = (): string => mkdtempSync(join(tmpdir(), 'cairn-storage-'))

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
})

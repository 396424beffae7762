/** A file system of a few hundred kilobytes, where the test may mount one. */
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changePassphrase, createKeystore, keystoreExists, openKeystore, type KeystoreOptions } from '#main/storage/keystore.ts'
import type { Database } from '#main/storage/database.ts'
import { createWrapPorts, snapshot, temporaryFolder } from '#test/support/profileFolder.ts'

const mountable = canMount()
let folder: ReturnType<typeof temporaryFolder>
let dir: string
let options: KeystoreOptions

function canMount(): boolean {
  if (process.platform !== 'linux') return false
  const { path, remove } = temporaryFolder()
  const mounted = mount(path)
  if (mounted) spawnSync('umount', [path])
  remove()
  return mounted
}

function mount(path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'cairn-test', path]).status === 0
}

beforeEach(async () => {
  if (!mountable) return
  folder = temporaryFolder()
  mount(folder.path)
  dir = join(folder.path, 'profile')
  options = { ...(await createWrapPorts()), dir, passphrase: 'correct horse' }
})
afterEach(() => {
  if (!mountable) return
  spawnSync('umount', [folder.path])
  folder.remove()
})

/** Takes all room but `left` bytes. */
function fillDisk(left = 0): void {
  const { bavail, bsize } = statfsSync(folder.path)
  writeFileSync(join(folder.path, 'ballast'), new Uint8Array(Math.max(0, bavail * bsize - left)))
}
const makeRoom = (): void => rmSync(join(folder.path, 'ballast'))
const diskFull = { code: 'keystore.disk-full', retryable: true }
const put = (db: Database, key: string, size: number): void =>
  void db.prepare('INSERT INTO meta VALUES (?, ?)').run(key, new Uint8Array(size))
const keys = (db: Database): unknown[] =>
  db
    .prepare('SELECT key FROM meta ORDER BY key')
    .all()
    .map((row) => row['key'])

test.skipIf(!mountable).each([0, 4096, 20_000, 60_000, 120_000])('creation with %i bytes left', async (left) => {
  fillDisk(left)
  await expect(createKeystore(options)).rejects.toMatchObject(diskFull)
  expect(keystoreExists(dir)).toBe(false)
  makeRoom()
  const db = await createKeystore(options)
  put(db, 'a', 1)
  db.close()
  expect(readdirSync(dir)).toEqual(['cairn.db', 'cairn.key', 'cairn.lock'])
})

test.skipIf(!mountable)('a commit is refused whole, and the next one works when there is room', async () => {
  const db = await createKeystore(options)
  put(db, 'before', 1)
  fillDisk(30_000)
  const attempt = (): void => db.transaction(() => ['x', 'y'].forEach((key) => put(db, key, 100_000)))
  expect(attempt).toThrow(expect.objectContaining(diskFull))
  expect(keys(db)).toEqual(['before'])
  makeRoom()
  db.transaction(() => put(db, 'after', 100_000))
  db.close()
  const again = await openKeystore(options)
  expect(keys(again)).toEqual(['after', 'before'])
  again.close()
})

test.skipIf(!mountable)('what was committed is there after closing on a full disk', async () => {
  const db = await createKeystore(options)
  for (let i = 0; i < 8; i += 1) put(db, `key-${i}`, 50_000)
  fillDisk()
  db.close()
  await expect(openKeystore(options)).rejects.toMatchObject(diskFull)
  makeRoom()
  const again = await openKeystore(options)
  expect(keys(again)).toHaveLength(8)
  expect(again.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  again.close()
})

test.skipIf(!mountable)('a change of passphrase is refused, and the old one holds', async () => {
  ;(await createKeystore(options)).close()
  fillDisk()
  const before = snapshot(dir)['cairn.key']
  await expect(changePassphrase({ ...options, newPassphrase: 'a better one' })).rejects.toMatchObject(diskFull)
  expect(snapshot(dir)['cairn.key']).toBe(before)
  makeRoom()
  ;(await openKeystore(options)).close()
  expect(readdirSync(dir)).toEqual(['cairn.db', 'cairn.key', 'cairn.lock'])
})

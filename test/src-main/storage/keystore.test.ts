import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isCairnError, type ErrorCode } from '#shared/errors.ts'
import { createKdf } from '#main/crypto/kdf.ts'
import type { Database } from '#main/storage/database.ts'
import { wrapKey, type WrapPorts } from '#main/storage/keyFile.ts'
import { changePassphrase, createKeystore, keystoreExists, openKeystore, type KeystoreOptions } from '#main/storage/keystore.ts'
import { migrations } from '#main/storage/migrations.ts'
import { createWrapPorts, snapshot, temporaryFolder } from '#test/support/profileFolder.ts'
import { runKeystoreProcess } from '#test/support/runKeystoreProcess.ts'

let ports: WrapPorts
let folder: ReturnType<typeof temporaryFolder>
let dir: string
let options: KeystoreOptions
const passphrase = 'correct horse'
const isRoot = process.getuid?.() === 0

beforeAll(async () => {
  ports = await createWrapPorts()
})
beforeEach(() => {
  folder = temporaryFolder()
  dir = join(folder.path, 'profile')
  options = { ...ports, dir, passphrase }
})
afterEach(() => folder.remove())

const put = (db: Database, key: string, value: Uint8Array): void => void db.prepare('INSERT INTO meta VALUES (?, ?)').run(key, value)
const keys = (db: Database): unknown[] =>
  db
    .prepare('SELECT key FROM meta ORDER BY key')
    .all()
    .map((row) => row['key'])

/** A closed keystore with `rows` rows, some of them long enough for pages of their own. */
async function createFilled(rows = 3): Promise<void> {
  const db = await createKeystore(options)
  db.transaction(() => {
    for (let i = 0; i < rows; i += 1) put(db, `key-${String(i).padStart(3, '0')}`, new Uint8Array(2000).fill(i))
  })
  db.close()
}

/** Opens, expects `code`, and expects every file to be as it was. */
async function expectRefusal(code: ErrorCode, attempt: () => Promise<unknown> = () => openKeystore(options)): Promise<void> {
  const before = snapshot(dir)
  await expect(attempt()).rejects.toMatchObject({ name: 'CairnError', code })
  expect(snapshot(dir)).toEqual(before)
}

const file = (name: string): string => join(dir, name)
function flip(name: string, at: number): void {
  const bytes = readFileSync(file(name))
  bytes[at]! ^= 0x10
  writeFileSync(file(name), bytes)
}

describe('a new keystore', () => {
  test('is there, keeps what is written, and opens again', async () => {
    expect(keystoreExists(dir)).toBe(false)
    const db = await createKeystore(options)
    expect(keystoreExists(dir)).toBe(true)
    put(db, 'a', new Uint8Array([1, 2, 3]))
    db.close()
    const again = await openKeystore(options)
    expect(again.prepare('SELECT * FROM meta').all()).toEqual([{ key: 'a', value: new Uint8Array([1, 2, 3]) }])
    again.close()
  })

  test.skipIf(process.platform === 'win32')('is for this user alone', async () => {
    const db = await createKeystore(options)
    put(db, 'a', new Uint8Array(1))
    const modes = readdirSync(dir).map((name) => [name, statSync(file(name)).mode & 0o777])
    expect(modes).toEqual(['cairn.db', 'cairn.db-wal', 'cairn.key', 'cairn.lock'].map((name) => [name, 0o600]))
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    db.close()
  })

  test('has two files once it is closed, and an empty one to lock', async () => {
    await createFilled()
    expect(readdirSync(dir)).toEqual(['cairn.db', 'cairn.key', 'cairn.lock'])
    expect(statSync(file('cairn.lock')).size).toBe(0)
  })

  test('is set up to lose nothing and to overwrite what is deleted', async () => {
    const db = await createKeystore(options)
    const pragma = (name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0]
    const names = ['journal_mode', 'synchronous', 'secure_delete', 'foreign_keys', 'locking_mode', 'temp_store', 'auto_vacuum', 'fullfsync']
    expect(names.map(pragma)).toEqual(['wal', 2, 1, 1, 'exclusive', 2, 2, 1])
    db.close()
  })

  test('works with Argon2id at its real cost', async () => {
    const real = { ...options, kdf: createKdf() }
    ;(await createKeystore(real)).close()
    await expectRefusal('keystore.wrong-passphrase', () => openKeystore({ ...real, passphrase: 'wrong' }))
    ;(await openKeystore(real)).close()
  })
})

test('no file holds a word of what is stored, open or closed', async () => {
  const secrets = ['Meet me at the old lighthouse', 'Ada Lovelace', 'CREATE TABLE', 'correct horse', 'SQLite format']
  const look = (): string[] =>
    readdirSync(dir).flatMap((name) => {
      const content = readFileSync(file(name))
      return secrets.filter((secret) => content.includes(secret) || content.includes(Buffer.from(secret, 'utf16le')))
    })
  const db = await createKeystore(options)
  for (let i = 0; i < 50; i += 1) {
    db.transaction(() => put(db, `${secrets[0]} ${i}`, new TextEncoder().encode(`${secrets[1]} `.repeat(100))))
  }
  expect(statSync(file('cairn.db-wal')).size).toBeGreaterThan(50 * 4096)
  expect(look()).toEqual([])
  db.close()
  expect(statSync(file('cairn.db')).size).toBeGreaterThan(50 * 1300)
  expect(look()).toEqual([])
})

describe('creation is refused', () => {
  test('over a keystore', async () => {
    await createFilled()
    await expectRefusal('keystore.exists', () => createKeystore(options))
  })

  test.each(['cairn.key', 'cairn.db'])('over what may be the rest of one: %s', async (rest) => {
    mkdirSync(dir)
    writeFileSync(file(rest), 'something')
    await expectRefusal('keystore.exists', () => createKeystore(options))
  })

  test('while another creation is under way', async () => {
    const results = await Promise.allSettled([createKeystore(options), createKeystore({ ...options, passphrase: 'the other' })])
    expect(results.map((r) => (r.status === 'rejected' && isCairnError(r.reason) ? r.reason.code : r.status))).toEqual([
      'fulfilled',
      'keystore.in-use',
    ])
    if (results[0].status === 'fulfilled') results[0].value.close()
    ;(await openKeystore(options)).close()
  })

  test('where a file is in the place of the folder', async () => {
    writeFileSync(dir, '')
    await expect(createKeystore(options)).rejects.toMatchObject({ code: 'keystore.unwritable' })
  })
})

/** One more than this version knows. */
const newerMigrations = () =>
  [...migrations.keys(), migrations.length].map((n) => ({
    version: n + 1,
    up: (sql: (text: string) => void) => sql(`CREATE TABLE v${n + 1}(x)`),
  }))

describe('opening is refused', () => {
  test('without a keystore, and makes nothing', async () => {
    await expect(openKeystore(options)).rejects.toMatchObject({ code: 'keystore.missing', details: {} })
    expect(existsSync(dir)).toBe(false)
  })

  test.each(['cairn.key', 'cairn.db'])('without %s, which is named', async (name) => {
    await createFilled()
    rmSync(file(name))
    await expectRefusal('keystore.missing')
    await expect(openKeystore(options)).rejects.toMatchObject({ details: { file: name } })
    expect(keystoreExists(dir)).toBe(true)
  })

  test('with a wrong passphrase, and works with the right one afterwards', async () => {
    await createFilled()
    await expectRefusal('keystore.wrong-passphrase', () => openKeystore({ ...options, passphrase: 'incorrect horse' }))
    ;(await openKeystore(options)).close()
  })

  test('while it is open in this process', async () => {
    await createFilled()
    const db = await openKeystore(options)
    await expect(openKeystore(options)).rejects.toMatchObject({ code: 'keystore.in-use' })
    put(db, 'still works', new Uint8Array(1))
    db.close()
  })

  test.each([0, 9, 40, 70, 138])('with cairn.key damaged at byte %i', async (at) => {
    await createFilled()
    flip('cairn.key', at)
    await expectRefusal('keystore.damaged')
  })

  test.each([0, 1, 138])('with cairn.key cut to %i bytes', async (size) => {
    await createFilled()
    truncateSync(file('cairn.key'), size)
    await expectRefusal('keystore.damaged')
  })

  test.each([0, 15, 16, 100, 2000, 4095])('with cairn.db damaged at byte %i of its first page', async (at) => {
    await createFilled()
    flip('cairn.db', at)
    await expectRefusal('keystore.damaged')
  })

  test.each([0, 1, 100, 511, 512, 4095, 4096, 8192])('with cairn.db cut to %i bytes', async (size) => {
    await createFilled()
    truncateSync(file('cairn.db'), size)
    await expectRefusal('keystore.damaged')
  })

  test('with something else in the place of cairn.db', async () => {
    await createFilled()
    writeFileSync(file('cairn.db'), 'Not a database. '.repeat(1000))
    await expectRefusal('keystore.damaged')
  })

  test('with the database of another keystore', async () => {
    await createFilled()
    renameSync(file('cairn.db'), join(folder.path, 'other.db'))
    rmSync(dir, { recursive: true })
    await createFilled()
    renameSync(join(folder.path, 'other.db'), file('cairn.db'))
    await expectRefusal('keystore.damaged')
  })

  test('of a newer schema', async () => {
    const newer = newerMigrations()
    ;(await createKeystore({ ...options, migrations: newer })).close()
    await expectRefusal('keystore.newer-version')
    await expect(openKeystore(options)).rejects.toMatchObject({
      details: { file: 'cairn.db', found: migrations.length + 1, known: migrations.length },
    })
  })

  test('of a newer key file', async () => {
    await createFilled()
    const body = readFileSync(file('cairn.key')).subarray(0, -32)
    body[8] = 2
    writeFileSync(file('cairn.key'), Buffer.concat([body, ports.primitives.sha256(body)]))
    await expectRefusal('keystore.newer-version')
  })
})

test('a refusal leaves a WAL as it is, too', async () => {
  const copy = join(folder.path, 'copy')
  const newer = newerMigrations()
  const db = await createKeystore({ ...options, migrations: newer })
  db.prepare('INSERT INTO v1 VALUES (1)').run()
  execFileSync('cp', ['-r', dir, copy])
  db.close()
  dir = copy
  options = { ...options, dir: copy }
  expect(statSync(file('cairn.db-wal')).size).toBeGreaterThan(0)
  await expectRefusal('keystore.newer-version')
  const again = await openKeystore({ ...options, migrations: newer })
  expect(again.prepare('SELECT x FROM v1').all()).toEqual([{ x: 1 }])
  again.close()
})

test('damage on any page is named when that page is read, and nothing false is ever read', async () => {
  await createFilled(20)
  const whole = readFileSync(file('cairn.db'))
  const pages = whole.length / 4096
  expect(pages).toBeGreaterThan(10)
  for (let page = 1; page <= pages; page += 1) {
    writeFileSync(file('cairn.db'), whole)
    flip('cairn.db', (page - 1) * 4096 + 777)
    const found = await readEverything()
    expect(found, `page ${page}`).toBe('keystore.damaged')
  }
})

async function readEverything(): Promise<string> {
  try {
    const db = await openKeystore(options)
    try {
      const [report] = db.prepare<{ integrity_check: string }>('PRAGMA integrity_check').all()
      if (report?.integrity_check !== 'ok') return 'keystore.damaged'
      db.prepare('SELECT * FROM meta').all()
      return 'all read'
    } finally {
      db.close()
    }
  } catch (error) {
    return isCairnError(error) ? error.code : String(error)
  }
}

describe('a lock file with something in it', () => {
  test('does not keep anybody out', async () => {
    await createFilled()
    writeFileSync(file('cairn.lock'), 'Somebody wrote here. '.repeat(100))
    const db = await openKeystore(options)
    await expect(openKeystore(options)).rejects.toMatchObject({ code: 'keystore.in-use' })
    db.close()
  })
})

describe('changing the passphrase', () => {
  const newPassphrase = 'a better one'

  test('replaces the old one and keeps what is stored, also while it is open', async () => {
    const db = await createKeystore(options)
    put(db, 'before', new Uint8Array(1))
    await changePassphrase({ ...options, newPassphrase })
    put(db, 'after', new Uint8Array(1))
    db.close()
    await expectRefusal('keystore.wrong-passphrase')
    const again = await openKeystore({ ...options, passphrase: newPassphrase })
    expect(keys(again)).toEqual(['after', 'before'])
    again.close()
    expect(statSync(file('cairn.key')).mode & 0o777).toBe(0o600)
  })

  test('wants the old one', async () => {
    await createFilled()
    await expectRefusal('keystore.wrong-passphrase', () => changePassphrase({ ...options, passphrase: 'wrong', newPassphrase }))
  })

  test('is refused where there is no keystore', async () => {
    await expect(changePassphrase({ ...options, newPassphrase })).rejects.toMatchObject({ code: 'keystore.missing' })
  })

  test('is refused with a damaged key file', async () => {
    await createFilled()
    flip('cairn.key', 50)
    await expectRefusal('keystore.damaged', () => changePassphrase({ ...options, newPassphrase }))
  })
})

test('a key file alone with another key does not open a database', async () => {
  await createFilled()
  writeFileSync(file('cairn.key'), await wrapKey(new Uint8Array(32).fill(1), passphrase, ports))
  await expectRefusal('keystore.damaged')
})

describe.skipIf(!isRoot || process.platform !== 'linux')('as a user who may not write', () => {
  const nobody = { uid: 65534 }
  const unwritable = { lines: ['refused keystore.unwritable'], signal: null }
  const refusalOf = async (parameters: string[]): Promise<unknown> => {
    const { lines, signal } = await runKeystoreProcess(parameters, nobody)
    return { lines: lines.slice(-1), signal }
  }
  beforeEach(() => chmodSync(folder.path, 0o755))

  test('creation is refused, and makes nothing', async () => {
    expect(await refusalOf(['create', dir, passphrase])).toEqual(unwritable)
    expect(existsSync(dir)).toBe(false)
  })

  test('opening is refused, and changes nothing', async () => {
    await createFilled()
    rmSync(file('cairn.lock'))
    chmodSync(dir, 0o755)
    for (const name of readdirSync(dir)) chmodSync(file(name), 0o644)
    const before = snapshot(dir)
    expect(await refusalOf(['open', dir, passphrase])).toEqual(unwritable)
    expect(snapshot(dir)).toEqual(before)
  })

  test('a folder that cannot be looked at is not taken for an empty one', async () => {
    await createFilled()
    expect(await refusalOf(['open', dir, passphrase])).toEqual(unwritable)
    expect(await refusalOf(['create', dir, passphrase])).toEqual(unwritable)
  })
})

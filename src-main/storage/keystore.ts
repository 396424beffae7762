/**
 * The keystore: one folder per profile with one encrypted SQLite file, `cairn.db`, and its key, `cairn.key`, wrapped by a
 * passphrase. docs/keystore.md has the formats, docs/decisions/0007-keystore-files.md the reasons.
 *
 * Creation has one moment that counts, the rename of `cairn.key`:
 *   1. `cairn.db.new` is built whole, under a key that exists in memory alone, and synced;
 *   2. `cairn.key` appears, whole;
 *   3. `cairn.db.new` becomes `cairn.db`.
 * Dead before 2: there is no keystore, and the next creation clears the rest away. Dead between 2 and 3: the next opening does 3.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Unlock } from '#shared/contract/appModels.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { createDatabase, type Database } from './database.ts'
import { openEncryptedFile, schemaVersion } from './encryptedFile.ts'
import {
  createEmpty,
  fileNames,
  fileSize,
  leftovers,
  makeFolder,
  readStart,
  removeFolder,
  removeLeftovers,
  renameDurably,
  syncFile,
  syncFolder,
  writeAtomically,
} from './files.ts'
import { lockFolder } from './folderLock.ts'
import { keyFileLimit, unlockOf, unwrapKey, wrapKey, type WrapPorts } from './keyFile.ts'
import { migrate, migrations as allMigrations, refuseNewer, type Migration } from './migrations.ts'

export interface KeystoreOptions extends WrapPorts {
  /** The profile's folder. */
  dir: string
  /** Null: the system's keychain. */
  passphrase: string | null
  /** The app's own unless given; tests have others. */
  migrations?: readonly Migration[]
}

/**
 * How the keystore in the folder opens; null without a key file that says so. Whether it is damaged is for opening to say.
 *
 * @throws `keystore.unwritable` if the folder cannot be looked at.
 */
export function keystoreUnlock(dir: string, { primitives }: Pick<WrapPorts, 'primitives'>): Unlock | null {
  if (fileSize(join(dir, fileNames.key)) === null) return null
  try {
    return unlockOf(readKeyFile(dir), primitives)
  } catch (error) {
    if (isCairnError(error, 'keystore.damaged') || isCairnError(error, 'keystore.newer-version')) return null
    throw error
  }
}

/**
 * True if the folder holds a keystore or any essential part of one, so that nothing may be created over it.
 *
 * @throws `keystore.unwritable` if the folder cannot be looked at.
 */
export const keystoreExists = (dir: string): boolean =>
  fileSize(join(dir, fileNames.key)) !== null || fileSize(join(dir, fileNames.database)) !== null

/**
 * Creates the folder if need be and a keystore in it, and opens that. Afterwards it is on disk. What `fill` writes is there from the
 * first moment: a crash leaves a keystore with it, or none.
 *
 * @throws `keystore.exists`, `keystore.in-use`, `keystore.disk-full`, `keystore.unwritable`; nothing that was there is changed.
 */
export async function createKeystore(options: KeystoreOptions & { fill?: (db: Database) => void }): Promise<Database> {
  const { dir, passphrase, random, migrations = allMigrations, fill } = options
  refuseExisting(dir)
  makeFolder(dir)
  return whileLocked(dir, async (release) => {
    refuseExisting(dir)
    const key = random(32)
    try {
      const keyFile = await wrapKey(key, passphrase, options)
      clearUnfinished(dir)
      buildDatabase(dir, key, migrations, fill)
      writeAtomically(join(dir, fileNames.key), keyFile, random)
      finishCreation(dir)
      return openDatabase(dir, key, migrations, release)
    } finally {
      key.fill(0)
    }
  })
}

/**
 * Opens the keystore and brings its schema up to date. The folder belongs to this process until `close`.
 *
 * @throws `keystore.missing` (`details.file` names the part, if only one is), `keystore.in-use`, `keystore.wrong-passphrase`,
 *   `keystore.damaged`, `keystore.newer-version`, `keystore.disk-full`, `keystore.unwritable`, `keychain.*`; nothing is changed then.
 */
export async function openKeystore(options: KeystoreOptions): Promise<Database> {
  const { dir, passphrase, migrations = allMigrations } = options
  refuseMissing(dir)
  return whileLocked(dir, async (release) => {
    const key = await unwrapKey(readKeyFile(dir), passphrase, options)
    try {
      finishCreation(dir)
      removeLeftovers(dir, leftovers.keyFile)
      removeLeftovers(dir, leftovers.passing)
      return openDatabase(dir, key, migrations, release)
    } finally {
      key.fill(0)
    }
  })
}

/**
 * Makes a keystore of what `build` puts beside its place: the database at `to.database`, other files in the folder `to.files()`; it answers
 * the database's key and the key file. As with a creation, a crash leaves all of it or nothing. `check` sees the database before
 * there is a keystore, and brings it to the state in which it begins.
 *
 * @throws what `build` and `check` throw, `keystore.*`; nothing is left then.
 */
export async function adoptKeystore(options: {
  dir: string
  random: WrapPorts['random']
  build(to: { database: string; files(): string }): Promise<{ key: Uint8Array; keyFile: Uint8Array }>
  check(db: Database): void
}): Promise<Database> {
  const { dir, random, build, check } = options
  refuseExisting(dir)
  return whileLocked(dir, async (release) => {
    refuseExisting(dir)
    clearUnfinished(dir)
    const path = join(dir, fileNames.newDatabase)
    try {
      const { key, keyFile } = await build({ database: path, files: () => newFiles(dir) })
      try {
        prepareAdopted(path, key, check)
        syncFolder(dir)
        writeAtomically(join(dir, fileNames.key), keyFile, random)
        finishCreation(dir)
        return openDatabase(dir, key, allMigrations, release)
      } finally {
        key.fill(0)
      }
    } catch (error) {
      if (!keystoreExists(dir)) clearUnfinished(dir)
      throw error
    }
  })
}

/** A database that came from elsewhere: no newer than this program, and with nothing in it that acts by itself. */
function prepareAdopted(path: string, key: Uint8Array, check: (db: Database) => void): void {
  refuseNewer(schemaVersion(path, key), allMigrations)
  const sql = openEncryptedFile(path, key)
  try {
    const acting = sql.prepare(`SELECT count(*) AS n FROM sqlite_master WHERE type IN ('trigger', 'view')`).get() as { n: number }
    if (acting.n > 0) throw new CairnError('keystore.damaged', { details: { reason: 'schema' } })
    migrate(sql)
    check(createDatabase(sql))
    sql.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    sql.close()
  }
  syncFile(path)
}

function newFiles(dir: string): string {
  const path = join(dir, fileNames.newFiles)
  makeFolder(path)
  return path
}

/** Where there is no keystore: what an interrupted step has left. For the holder of the folder's lock. */
function clearUnfinished(dir: string): void {
  removeLeftovers(dir, leftovers.creation)
  removeFolder(join(dir, fileNames.newFiles))
  removeFolder(join(dir, fileNames.files)) // of a key that is gone
}

/**
 * Clears away what an interrupted import or creation has left where there is no keystore. Another Cairn that is at it just now is let be.
 *
 * @throws `keystore.unwritable`.
 */
export function tidyFolder(dir: string): void {
  if (keystoreExists(dir) || !existsSync(dir)) return
  try {
    const release = lockFolder(dir)
    try {
      clearUnfinished(dir)
      removeLeftovers(dir, leftovers.passing)
    } finally {
      release()
    }
  } catch (error) {
    if (!isCairnError(error, 'keystore.in-use')) throw error
  }
}

/**
 * The database's key, wrapped once more under another passphrase. The caller wipes `key`.
 *
 * @throws as `changePassphrase`; nothing is written.
 */
export async function rewrapKey(
  options: WrapPorts & { dir: string; passphrase: string | null; newPassphrase: string | null },
): Promise<{ key: Uint8Array; keyFile: Uint8Array }> {
  const { dir, passphrase, newPassphrase } = options
  refuseMissing(dir)
  const key = await unwrapKey(readKeyFile(dir), passphrase, options)
  try {
    return { key, keyFile: await wrapKey(key, newPassphrase, options) }
  } catch (error) {
    key.fill(0)
    throw error
  }
}

/**
 * Wraps the same key under another passphrase, or with null under the system's keychain. The keystore may be open meanwhile, and a crash leaves it with the old passphrase
 * or with the new one. A copy of the old `cairn.key` still opens with the old passphrase.
 *
 * @throws `keystore.missing`, `keystore.wrong-passphrase`, `keystore.damaged`, `keystore.newer-version`, `keystore.disk-full`,
 *   `keystore.unwritable`; the old passphrase holds then.
 */
export async function changePassphrase(
  options: WrapPorts & { dir: string; passphrase: string | null; newPassphrase: string | null },
): Promise<void> {
  const { key, keyFile } = await rewrapKey(options)
  key.fill(0)
  writeAtomically(join(options.dir, fileNames.key), keyFile, options.random)
}

/** Runs `open` with the folder locked; the lock passes to what it returns, or is given back if it fails. */
async function whileLocked(dir: string, open: (release: () => void) => Promise<Database>): Promise<Database> {
  const release = lockFolder(dir)
  try {
    return await open(release)
  } catch (error) {
    release()
    throw error
  }
}

function refuseExisting(dir: string): void {
  if (keystoreExists(dir)) throw new CairnError('keystore.exists')
}

function refuseMissing(dir: string): void {
  if (fileSize(join(dir, fileNames.key)) !== null) return
  const details = keystoreExists(dir) ? { file: fileNames.key } : {}
  throw new CairnError('keystore.missing', { details })
}

const readKeyFile = (dir: string): Uint8Array => readStart(join(dir, fileNames.key), keyFileLimit + 1)

/** Step 1: a complete database beside its place, on disk. */
function buildDatabase(dir: string, key: Uint8Array, migrations: readonly Migration[], fill?: (db: Database) => void): void {
  const path = join(dir, fileNames.newDatabase)
  createEmpty(path)
  const sql = openEncryptedFile(path, key)
  try {
    migrate(sql, migrations)
    fill?.(createDatabase(sql))
  } finally {
    sql.close()
  }
  syncFile(path)
  syncFolder(dir)
}

/** Step 3, if it has not happened yet. */
function finishCreation(dir: string): void {
  const from = join(dir, fileNames.newDatabase)
  const to = join(dir, fileNames.database)
  if (fileSize(to) !== null) return
  const files = join(dir, fileNames.newFiles)
  if (existsSync(files)) renameDurably(files, join(dir, fileNames.files))
  if (fileSize(from) === null) throw new CairnError('keystore.missing', { details: { file: fileNames.database } })
  renameDurably(from, to)
}

function openDatabase(dir: string, key: Uint8Array, migrations: readonly Migration[], release: () => void): Database {
  const path = join(dir, fileNames.database)
  refuseNewer(schemaVersion(path, key), migrations)
  const sql = openEncryptedFile(path, key)
  try {
    migrate(sql, migrations)
  } catch (error) {
    sql.close()
    throw error
  }
  return createDatabase(sql, release)
}

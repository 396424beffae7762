/** A keystore out of the program as a profile file, and back in. */
import { join } from 'node:path'
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Database } from './database.ts'
import { createEmpty, fileNames, folderBytes, removeFile } from './files.ts'
import type { WrapPorts } from './keyFile.ts'
import { adoptKeystore, rewrapKey } from './keystore.ts'
import { damaged, openProfileFile, profileFile, type ProfileFile } from './profileFile.ts'

/**
 * A profile file of the open keystore as it is now. `end` removes what it stands on.
 *
 * @throws `keystore.wrong-passphrase`, `keystore.disk-full`, `keystore.unwritable`, `keychain.*`; nothing is left then.
 */
export async function exportKeystore(
  options: WrapPorts & { dir: string; passphrase: string | null; newPassphrase: string; db: Database },
): Promise<ProfileFile & { end(): void }> {
  const { dir, db } = options
  const { key, keyFile } = await rewrapKey(options)
  const database = join(dir, fileNames.outgoing)
  const end = (): void => removeFile(database)
  try {
    end()
    createEmpty(database)
    db.snapshot(database)
    return { ...profileFile(options, { dir, database, key, keyFile }), end }
  } catch (error) {
    end()
    throw error
  } finally {
    key.fill(0)
  }
}

/**
 * A keystore out of the profile file at `path`, opened; its passphrase is that of the file. `check` as in `adoptKeystore`.
 *
 * @throws `import.damaged`, `import.newer-version`, `import.wrong-passphrase`, `import.too-large`, `import.exists`, `keystore.in-use`,
 *   `keystore.disk-full`, `keystore.unwritable`; nothing is made then.
 */
export async function importKeystore(
  options: WrapPorts & { dir: string; path: string; passphrase: string; check(db: Database): void },
): Promise<Database> {
  const { dir, path, passphrase, random, check } = options
  try {
    return await openProfileFile(path, passphrase, options, async ({ key, keyFile, unpack }) =>
      adoptKeystore({
        ...{ dir, random, check },
        async build(to) {
          await unpack(to)
          return { key: key.slice(), keyFile }
        },
      }),
    )
  } catch (error) {
    throw asImport(error)
  }
}

/** What is inside was sealed by whoever made the file; that it is a keystore shows only when it is opened. */
function asImport(error: unknown): unknown {
  if (isCairnError(error, 'keystore.exists')) return new CairnError('import.exists')
  if (isCairnError(error, 'keystore.newer-version')) return new CairnError('import.newer-version', { details: { ...error.details } })
  if (isCairnError(error, 'keystore.damaged') || isCairnError(error, 'codec.malformed')) return damaged('database')
  if (error instanceof Error && error.name === 'SqliteError') return damaged('schema')
  return error
}

/** Bytes on the disk: the database with what was changed last, and sealed files. */
export const storageUsed = (dir: string): { database: number; files: number } => ({
  database: folderBytes(dir, /^cairn\.db(-wal)?$/),
  files: folderBytes(join(dir, fileNames.files), /./),
})

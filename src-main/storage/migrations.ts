/** The schema's history. A migration that was ever released is never changed; a change is a new one at the end. */
import type Sqlite from 'better-sqlite3'
import { CairnError } from '#shared/errors.ts'
import { applicationId } from './encryptedFile.ts'
import { schemaV1 } from './schema.ts'
import { schemaAccount } from './schemaAccount.ts'
import { schemaAddress } from './schemaAddress.ts'
import { schemaDecisions } from './schemaDecisions.ts'
import { schemaFiles } from './schemaFiles.ts'
import { schemaGroups } from './schemaGroups.ts'
import { schemaMessages } from './schemaMessages.ts'
import { schemaPassing } from './schemaPassing.ts'
import { schemaReturns } from './schemaReturns.ts'
import { fillWordIndex } from './fillWordIndex.ts'
import { namingSqliteErrors } from './storageErrors.ts'

export interface Migration {
  /** 1, 2, 3 … without gaps; `PRAGMA user_version` afterwards. */
  version: number
  /** Runs SQL text of one or more statements, or works on the file itself. Foreign keys are checked when all migrations have run. */
  up: (sql: (text: string) => void, file: Sqlite.Database) => void
}

export const migrations: readonly Migration[] = [
  { version: 1, up: (sql) => sql(schemaV1) },
  { version: 2, up: (sql) => sql(schemaAddress) },
  { version: 3, up: (sql) => sql(schemaDecisions) },
  { version: 4, up: (sql) => sql(schemaAccount) },
  {
    version: 5,
    up: (sql, file) => {
      sql(schemaMessages)
      fillWordIndex(file)
    },
  },
  { version: 6, up: (sql) => sql(schemaFiles) },
  { version: 7, up: (sql) => sql(schemaGroups) },
  { version: 8, up: (sql) => sql(schemaPassing) },
  { version: 9, up: (sql) => sql(schemaReturns) },
]

export const latestVersion = (list: readonly Migration[]): number => list.at(-1)?.version ?? 0

/** @throws `keystore.newer-version` if a newer Cairn has written the database. */
export function refuseNewer(version: number, list: readonly Migration[]): void {
  const known = latestVersion(list)
  if (version > known) throw new CairnError('keystore.newer-version', { details: { file: 'cairn.db', found: version, known } })
}

/**
 * Brings the schema to the last of `list`, all steps in one transaction, and turns foreign keys on. They are off on the way:
 * rebuilding a table would otherwise delete the rows that refer to it (sqlite.org/lang_altertable.html, section 7).
 *
 * @throws `keystore.newer-version`, `keystore.disk-full`, `keystore.damaged`, or what a migration throws; the database is
 *   then as before.
 */
export function migrate(sql: Sqlite.Database, list: readonly Migration[] = migrations): void {
  const version = namingSqliteErrors(() => sql.pragma('user_version', { simple: true })) as number
  refuseNewer(version, list)
  const due = list.filter((migration) => migration.version > version)
  if (due.length > 0) namingSqliteErrors(() => apply(sql, due))
  sql.pragma('foreign_keys = ON')
}

function apply(sql: Sqlite.Database, due: readonly Migration[]): void {
  const steps = sql.transaction(() => {
    for (const { version, up } of due) {
      up((text) => void sql.exec(text), sql)
      sql.pragma(`user_version = ${version}`)
    }
    sql.pragma(`application_id = ${applicationId}`)
    const broken = sql.pragma('foreign_key_check') as unknown[]
    if (broken.length > 0) throw new Error(`migration leaves ${broken.length} rows without what they refer to`)
  })
  steps.immediate()
}

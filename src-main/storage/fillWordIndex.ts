import type Sqlite from 'better-sqlite3'
import { createDatabase } from './database.ts'
import { createWordIndex, indexedOf } from './wordIndex.ts'

/** So many texts are in memory at once. */
const batch = 1000

/** The words of everything that was there before the index was. */
export function fillWordIndex(file: Sqlite.Database): void {
  const db = createDatabase(file)
  const index = createWordIndex(db)
  const next = db.prepare(
    `SELECT no, contact, own, text, sent_at FROM items WHERE kind = 'text' AND no > ? ORDER BY no LIMIT ${String(batch)}`,
  )
  for (let rows = next.all(0); rows.length > 0; rows = next.all(rows.at(-1)?.['no'] ?? 0)) for (const row of rows) index.add(indexedOf(row))
}

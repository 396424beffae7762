/** Answers to invites of many uses that wait for the person to agree; each person counts once, however often it answered. */
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, hexId, strings, type Row } from './rows.ts'

export interface RequestRow {
  hash: Uint8Array
  invite: string
  /** Id of who claims to ask, in hex. */
  person: string
  name: string
  relays: string[]
  body: Uint8Array
  at: number
}

const toRequest = (row: Row): RequestRow => ({
  ...(row as unknown as RequestRow),
  hash: blob(row['hash']),
  invite: hexId(row['invite']),
  person: hexId(row['person']),
  relays: strings(row['relays']),
  body: blob(row['body']),
})

export function createRequestStore(db: Database) {
  return {
    insert: (row: RequestRow) =>
      void db
        .prepare('INSERT INTO requests (hash, invite, person, name, relays, body, at) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(row.hash, unhex(row.invite), unhex(row.person), row.name, JSON.stringify(row.relays), row.body, row.at),
    has: (hash: Uint8Array): boolean => db.prepare('SELECT 1 FROM requests WHERE hash = ?').get(hash) !== undefined,
    /** Newest first. */
    all: (): RequestRow[] => (db.prepare('SELECT * FROM requests ORDER BY at DESC, rowid DESC').all() as Row[]).map(toRequest),
    ofPerson: (id: string): RequestRow[] =>
      (db.prepare('SELECT * FROM requests WHERE person = ? ORDER BY at DESC, rowid DESC').all(unhex(id)) as Row[]).map(toRequest),
    ofInvite: (id: string): number => (db.prepare('SELECT count(*) AS n FROM requests WHERE invite = ?').get(unhex(id)) as { n: number }).n,
    people: (): number => (db.prepare('SELECT count(DISTINCT person) AS n FROM requests').get() as { n: number }).n,
    drop: (person: string): boolean => db.prepare('DELETE FROM requests WHERE person = ?').run(unhex(person)).changes > 0,
    dropOlder: (than: number): boolean => db.prepare('DELETE FROM requests WHERE at < ?').run(than).changes > 0,
  }
}

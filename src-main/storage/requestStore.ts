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
  const sql = {
    insert: db.prepare('INSERT INTO requests (hash, invite, person, name, relays, body, at) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    has: db.prepare('SELECT 1 FROM requests WHERE hash = ?'),
    all: db.prepare('SELECT * FROM requests ORDER BY at DESC, rowid DESC'),
    ofPerson: db.prepare('SELECT * FROM requests WHERE person = ? ORDER BY at DESC, rowid DESC'),
    ofInvite: db.prepare('SELECT count(*) AS n FROM requests WHERE invite = ?'),
    people: db.prepare('SELECT count(DISTINCT person) AS n FROM requests'),
    drop: db.prepare('DELETE FROM requests WHERE person = ?'),
    dropOlder: db.prepare('DELETE FROM requests WHERE at < ?'),
  }

  return {
    insert: (row: RequestRow) =>
      void sql.insert.run(row.hash, unhex(row.invite), unhex(row.person), row.name, JSON.stringify(row.relays), row.body, row.at),
    has: (hash: Uint8Array): boolean => sql.has.get(hash) !== undefined,
    /** Newest first. */
    all: (): RequestRow[] => (sql.all.all() as Row[]).map(toRequest),
    ofPerson: (id: string): RequestRow[] => (sql.ofPerson.all(unhex(id)) as Row[]).map(toRequest),
    ofInvite: (id: string): number => (sql.ofInvite.get(unhex(id)) as { n: number }).n,
    people: (): number => (sql.people.get() as { n: number }).n,
    drop: (person: string): boolean => sql.drop.run(unhex(person)).changes > 0,
    dropOlder: (than: number): boolean => sql.dropOlder.run(than).changes > 0,
  }
}

/** People asked by code of a relay's directory, and people who ask. */
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { assignments, blob, blobOrNull, hexId, type Row } from './rows.ts'

export interface CodeRow {
  id: string
  role: 'asker' | 'asked'
  relay: string
  /** The other's, as its name and keys are. */
  code: string
  name: string
  eddsa: Uint8Array
  /** Asker: as the directory has it; asked: what the other sent. */
  ecdh: Uint8Array
  /** Asker: X25519 secret of this ask alone. */
  secret: Uint8Array | null
  /**
   * Asker: `sending` until the relay has it, `waiting` for an answer, or `failed`; with the answer the row goes. Asked: `waiting` for the
   * person, `agreed` until the relay has the answer, `over`: kept to know it again.
   */
  state: 'sending' | 'waiting' | 'failed' | 'agreed' | 'over'
  error: string | null
  /** JSON of the message to be sent. */
  frame: string | null
  at: number
}

const toCode = (row: Row): CodeRow => ({
  ...(row as unknown as CodeRow),
  ...{ id: hexId(row['id']), eddsa: blob(row['eddsa']), ecdh: blob(row['ecdh']), secret: blobOrNull(row['secret']) },
})

export function createCodeStore(db: Database) {
  const sql = {
    insert: db.prepare(
      `INSERT INTO code_asks (id, role, relay, code, name, eddsa, ecdh, secret, state, error, frame, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    byId: db.prepare('SELECT * FROM code_asks WHERE id = ?'),
    all: db.prepare('SELECT * FROM code_asks ORDER BY at DESC, rowid DESC'),
    with: db.prepare('SELECT * FROM code_asks WHERE relay = ? AND code = ? AND role = ?'),
    toSend: db.prepare(`SELECT * FROM code_asks WHERE relay = ? AND state IN ('sending', 'agreed') ORDER BY at, rowid`),
    countAsked: db.prepare(`SELECT count(*) AS n FROM code_asks WHERE role = 'asked' AND state = 'waiting'`),
    countOpen: db.prepare(`SELECT count(*) AS n FROM code_asks WHERE role = 'asker' AND state IN ('sending', 'waiting')`),
    usedBy: db.prepare('SELECT 1 FROM code_asks WHERE relay = ?'),
    remove: db.prepare('DELETE FROM code_asks WHERE id = ?'),
    dropOlder: db.prepare('DELETE FROM code_asks WHERE at < ?'),
  }
  const one = (row: unknown) => (row ? toCode(row as Row) : null)
  const count = (row: unknown) => (row as { n: number }).n

  return {
    insert: (row: CodeRow) =>
      void sql.insert.run(
        ...([unhex(row.id), row.role, row.relay, row.code, row.name, row.eddsa, row.ecdh, row.secret] as const),
        ...([row.state, row.error, row.frame, row.at] as const),
      ),
    byId: (id: string) => one(sql.byId.get(unhex(id))),
    /** Newest first. */
    all: () => (sql.all.all() as Row[]).map(toCode),
    /** There is at most one with a person in each role. */
    with: (relay: string, code: string, role: CodeRow['role']) => one(sql.with.get(relay, code, role)),
    /** What the relay is to get, oldest first. */
    toSend: (relay: string) => (sql.toSend.all(relay) as Row[]).map(toCode),
    /** People who wait for this one to decide. */
    waiting: () => count(sql.countAsked.get()),
    /** Asks of this person's that may still be answered. */
    open: () => count(sql.countOpen.get()),
    /** Whether anything goes by the directory user at this relay. */
    usedBy: (relay: string): boolean => sql.usedBy.get(relay) !== undefined,
    update(id: string, changes: Partial<Pick<CodeRow, 'state' | 'error' | 'frame'>>): void {
      const { set, values } = assignments(changes)
      db.prepare(`UPDATE code_asks SET ${set} WHERE id = ?`).run(...values, unhex(id))
    },
    remove: (id: string) => void sql.remove.run(unhex(id)),
    dropOlder: (than: number): boolean => sql.dropOlder.run(than).changes > 0,
  }
}

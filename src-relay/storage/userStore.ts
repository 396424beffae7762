/** Users of the directory, whom accounts and backups belong to as well. */
import { randomBytes } from 'node:crypto'
import type { AccountDatabase } from './accounts.ts'
import { isSqliteError } from './sqliteDatabase.ts'

export interface User {
  id: number
  code: string
  name: string | null
  /** X25519, 32 bytes. */
  ecdhKey: Uint8Array
  /** Ed25519, 32 bytes. */
  eddsaKey: Uint8Array
  createdAt: number
}

interface Row {
  id: number
  code: string
  name: string | null
  ecdh_key: Buffer
  eddsa_key: Buffer
  created_at: number
}

const toUser = ({ ecdh_key, eddsa_key, created_at, ...row }: Row): User => ({
  ...{ id: row.id, code: row.code, name: row.name, createdAt: created_at },
  ...{ ecdhKey: new Uint8Array(ecdh_key), eddsaKey: new Uint8Array(eddsa_key) },
})

export function createUserStore(db: AccountDatabase) {
  const columns = 'id, code, name, ecdh_key, eddsa_key, created_at'
  const sql = {
    insert: db.prepare<Row>(`INSERT INTO users (code, ecdh_key, eddsa_key, created_at) VALUES (?, ?, ?, ?) RETURNING ${columns}`),
    byCode: db.prepare<Row>(`SELECT ${columns} FROM users WHERE code = ? AND deleted_at IS NULL`),
    byId: db.prepare<Row>(`SELECT ${columns} FROM users WHERE id = ? AND deleted_at IS NULL`),
    all: db.prepare<Row>(`SELECT ${columns} FROM users WHERE deleted_at IS NULL ORDER BY id`),
    hasSigningKey: db.prepare('SELECT 1 FROM users WHERE eddsa_key = ?'),
    rename: db.prepare('UPDATE users SET name = ? WHERE id = ?'),
    remove: db.prepare('UPDATE users SET name = NULL, ecdh_key = ?, eddsa_key = ?, deleted_at = ? WHERE id = ?'),
  }
  const one = (row: Row | undefined): User | null => (row ? toUser(row) : null)

  return {
    /** Null where the code or the signing key is taken; in the caller's transaction. */
    insert(code: string, ecdhKey: Uint8Array, eddsaKey: Uint8Array, now: number): User | null {
      try {
        return one(sql.insert.get(code, ecdhKey, eddsaKey, now))
      } catch (error) {
        if (isSqliteError(error, 'SQLITE_CONSTRAINT')) return null
        throw error
      }
    },
    hasSigningKey: (eddsaKey: Uint8Array) => sql.hasSigningKey.get(eddsaKey) !== undefined,
    byCode: (code: string) => one(sql.byCode.get(code)),
    byId: (id: number) => one(sql.byId.get(id)),
    all: () => sql.all.all().map(toUser),
    rename: (id: number, name: string | null) => void sql.rename.run(name, id),
    remove: (id: number, now: number) => void sql.remove.run(randomBytes(32), randomBytes(32), now, id),
  }
}

export type UserStore = ReturnType<typeof createUserStore>

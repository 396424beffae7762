import { unhex } from '../protocol/bytes.ts'
import type { By } from './contactStore.ts'
import type { Database } from './database.ts'
import { assignments, blob, blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface InviteRow {
  id: string
  kind: 'one' | 'many' | 'reset'
  label: string
  bytes: Uint8Array
  state: 'open' | 'used' | 'cancelled'
  created: number
  expires: number
  contact: number | null
  by: By
  short_key: Uint8Array | null
  short_delete: Uint8Array | null
  short_at: number | null
  /** Many uses: what takes it back, once shown. */
  withdraw: Uint8Array | null
  /** 1: it was given to somebody who asked by code. */
  by_code: number
  /** Hex of the introduction it was made for; null: the person made it. */
  introduction: string | null
}

export interface ExchangeRow {
  id: string
  role: 'inviter' | 'acceptor'
  kind: 'first' | 'reset'
  by: By
  contact: number
  /** Ours, when we are the inviter. */
  invite: string | null
  invite_hash: Uint8Array
  msg2_hash: Uint8Array | null
  secret: Uint8Array | null
  step3: Uint8Array | null
  session: string | null
  ask_relay: string | null
  created: number
  invited_at: number
  answered_at: number | null
  expires: number
  /** Acceptor of an invite of many uses: its `initialRV`. */
  seed: Uint8Array | null
}

const toInvite = (row: Row): InviteRow => ({
  ...(row as unknown as InviteRow),
  id: hexId(row['id']),
  bytes: blob(row['bytes']),
  short_key: blobOrNull(row['short_key']),
  short_delete: blobOrNull(row['short_delete']),
  withdraw: blobOrNull(row['withdraw']),
  introduction: hexIdOrNull(row['introduction']),
})

const toExchange = (row: Row): ExchangeRow => ({
  ...(row as unknown as ExchangeRow),
  id: hexId(row['id']),
  invite: hexIdOrNull(row['invite']),
  invite_hash: blob(row['invite_hash']),
  msg2_hash: blobOrNull(row['msg2_hash']),
  secret: blobOrNull(row['secret']),
  step3: blobOrNull(row['step3']),
  session: hexIdOrNull(row['session']),
  seed: blobOrNull(row['seed']),
})

const idOrNull = (id: string | null) => (id === null ? null : unhex(id))

export function createExchangeStore(db: Database) {
  const sql = {
    insertInvite: db.prepare(
      'INSERT INTO invites (id, kind, label, bytes, state, created, expires, contact, by, short_key, short_delete, withdraw, by_code, introduction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    invite: db.prepare('SELECT * FROM invites WHERE id = ?'),
    invitesOf: db.prepare('SELECT * FROM invites WHERE contact = ?'),
    inviteFor: db.prepare('SELECT * FROM invites WHERE introduction = ?'),
    removeInvite: db.prepare('DELETE FROM invites WHERE id = ?'),
    insert:
      db.prepare(`INSERT INTO exchanges (id, role, kind, by, contact, invite, invite_hash, msg2_hash, secret, step3, session, ask_relay, created, invited_at, answered_at, expires, seed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    remove: db.prepare('DELETE FROM exchanges WHERE id = ?'),
    byId: db.prepare('SELECT * FROM exchanges WHERE id = ?'),
    byMsg2: db.prepare('SELECT * FROM exchanges WHERE invite = ? AND msg2_hash = ?'),
    bySession: db.prepare('SELECT * FROM exchanges WHERE session = ?'),
    ofContact: db.prepare('SELECT * FROM exchanges WHERE contact = ? ORDER BY created'),
    ofInvite: db.prepare('SELECT * FROM exchanges WHERE invite = ?'),
    all: db.prepare('SELECT * FROM exchanges'),
  }

  const invite = (row: unknown) => (row ? toInvite(row as Row) : null)
  const exchange = (row: unknown) => (row ? toExchange(row as Row) : null)
  const many = (rows: unknown[]) => (rows as Row[]).map(toExchange)
  return {
    insertInvite(row: InviteRow): void {
      sql.insertInvite.run(
        unhex(row.id),
        row.kind,
        row.label,
        row.bytes,
        row.state,
        row.created,
        row.expires,
        row.contact,
        row.by,
        row.short_key,
        row.short_delete,
        row.withdraw,
        row.by_code,
        idOrNull(row.introduction),
      )
    },
    invite: (id: string) => invite(sql.invite.get(unhex(id))),
    invites: (kinds: InviteRow['kind'][]) =>
      (
        db.prepare(`SELECT * FROM invites WHERE kind IN (${kinds.map(() => '?').join(', ')}) ORDER BY created DESC`).all(...kinds) as Row[]
      ).map(toInvite),
    invitesOf: (contact: number) => (sql.invitesOf.all(contact) as Row[]).map(toInvite),
    /** Made for an introduction. */
    inviteFor: (introduction: string) => invite(sql.inviteFor.get(unhex(introduction))),
    updateInvite(
      id: string,
      changes: Partial<Pick<InviteRow, 'state' | 'contact' | 'label' | 'short_at' | 'short_key' | 'short_delete'>>,
    ): void {
      const { set, values } = assignments(changes)
      db.prepare(`UPDATE invites SET ${set} WHERE id = ?`).run(...values, unhex(id))
    },
    removeInvite: (id: string) => void sql.removeInvite.run(unhex(id)),

    insert(row: ExchangeRow): void {
      sql.insert.run(
        unhex(row.id),
        row.role,
        row.kind,
        row.by,
        row.contact,
        idOrNull(row.invite),
        row.invite_hash,
        row.msg2_hash,
        row.secret,
        row.step3,
        idOrNull(row.session),
        row.ask_relay,
        row.created,
        row.invited_at,
        row.answered_at,
        row.expires,
        row.seed,
      )
    },
    update(id: string, changes: Partial<Pick<ExchangeRow, 'secret' | 'ask_relay' | 'answered_at'>> & { session?: string | null }): void {
      const { session, ...rest } = changes
      const { set, values } = assignments({ ...rest, ...(session === undefined ? {} : { session: idOrNull(session) }) })
      db.prepare(`UPDATE exchanges SET ${set} WHERE id = ?`).run(...values, unhex(id))
    },
    remove: (id: string) => void sql.remove.run(unhex(id)),
    byId: (id: string) => exchange(sql.byId.get(unhex(id))),
    byMsg2: (inviteId: string, hash: Uint8Array) => exchange(sql.byMsg2.get(unhex(inviteId), hash)),
    bySession: (session: string) => exchange(sql.bySession.get(unhex(session))),
    ofContact: (contact: number) => many(sql.ofContact.all(contact)),
    ofInvite: (inviteId: string) => many(sql.ofInvite.all(unhex(inviteId))),
    all: () => many(sql.all.all()),
  }
}

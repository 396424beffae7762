/** Introductions, as each of the three keeps them, and whom a group wants this person introduced to. Ids are hex. */
import type { Introduction } from '#shared/contract/inviteModels.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { assignments, blobOrNull, hexId, hexIdOrNull, strings, type Row } from './rows.ts'

type Role = Introduction['role']

export interface IntroductionRow {
  id: string
  role: Role
  reason: Introduction['reason']
  /** Who introduces, asks, is asked for; null: this person. */
  via: string | null
  asker: string | null
  target: string | null
  /** What the other end calls itself, where this end was told. */
  name: string
  /** Target: the asker's identity, until the person has decided. */
  person: Uint8Array | null
  group: string | null
  /** `offered`: the asker-to-be decides. `asked`: the one between. `requested`: who is asked for. `answered`: the invite is on its way. */
  state: 'offered' | 'asked' | 'requested' | 'answered' | 'done' | 'refused' | 'expired' | 'cancelled'
  /** The program asked by itself. */
  auto: boolean
  /** Asker: hash of the invite it accepted. */
  inviteHash: Uint8Array | null
  created: number
  changed: number
  expires: number
}

/** A member of a group without a session with this person. */
export interface Wanted {
  target: string
  group: string
  mediators: string[]
}

const toRow = (row: Row): IntroductionRow => ({
  ...(row as unknown as IntroductionRow),
  id: hexId(row['id']),
  via: hexIdOrNull(row['via']),
  asker: hexIdOrNull(row['asker']),
  target: hexIdOrNull(row['target']),
  person: blobOrNull(row['person']),
  group: hexIdOrNull(row['grp']),
  auto: row['auto'] === 1,
  inviteHash: blobOrNull(row['invite_hash']),
})

const idOrNull = (id: string | null) => (id === null ? null : unhex(id))
const pending = `state IN ('offered', 'asked', 'requested', 'answered')`

export function createIntroductionStore(db: Database) {
  const sql = {
    insert: db.prepare(
      `INSERT INTO introductions (id, role, reason, via, asker, target, name, person, grp, state, auto, created, changed, expires)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    get: db.prepare('SELECT * FROM introductions WHERE id = ? AND role = ?'),
    byId: db.prepare('SELECT * FROM introductions WHERE id = ?'),
    byInvite: db.prepare(`SELECT * FROM introductions WHERE role = 'asker' AND invite_hash = ?`),
    shown: db.prepare(
      `SELECT * FROM introductions WHERE (${pending} OR changed > ?) AND NOT (reason = 'group' AND (role = 'mediator' OR state = 'done'))
       ORDER BY changed DESC, rowid DESC`,
    ),
    pending: db.prepare(`SELECT * FROM introductions WHERE ${pending}`),
    countFrom: db.prepare(
      `SELECT (SELECT count(*) FROM introductions WHERE role = 'mediator' AND asker = @id AND created > @since)
            + (SELECT count(*) FROM introductions WHERE role <> 'mediator' AND via = @id AND created > @since) AS n`,
    ),
    undecidedFrom: db.prepare(
      `SELECT (SELECT count(*) FROM introductions WHERE role = 'mediator' AND asker = @id AND state = 'asked')
            + (SELECT count(*) FROM introductions WHERE role = 'asker' AND via = @id AND state = 'offered')
            + (SELECT count(*) FROM introductions WHERE role = 'target' AND via = @id AND state = 'requested') AS n`,
    ),
    undecidedIn: db.prepare(`SELECT * FROM introductions WHERE role = 'target' AND state = 'requested' AND reason = 'group' AND grp = ?`),
    countPair: db.prepare(`SELECT count(*) AS n FROM introductions WHERE role = ? AND asker IS ? AND target IS ? AND ${pending}`),
    tries: db.prepare(`SELECT * FROM introductions WHERE role = 'asker' AND auto = 1 AND target = ? ORDER BY created DESC, rowid DESC`),
    forget: db.prepare(
      `DELETE FROM introductions WHERE changed <= ? AND NOT (${pending}) AND (auto = 0 OR state = 'done' OR role <> 'asker')`,
    ),
    forgetPerson: db.prepare('DELETE FROM introductions WHERE via = ? OR asker = ? OR target = ?'),
    forgetIntroducer: db.prepare('UPDATE contacts SET introduced_by = NULL WHERE introduced_by = ?'),
    want: db.prepare('INSERT OR REPLACE INTO introductions_wanted VALUES (?, ?, ?)'),
    unwant: db.prepare('DELETE FROM introductions_wanted WHERE target = ?'),
    wanted: db.prepare('SELECT * FROM introductions_wanted ORDER BY rowid'),
  }
  const many = (rows: unknown[]) => (rows as Row[]).map(toRow)
  const one = (row: unknown) => (row ? toRow(row as Row) : null)

  return {
    insert(row: Omit<IntroductionRow, 'inviteHash'>): void {
      sql.insert.run(
        ...[unhex(row.id), row.role, row.reason, idOrNull(row.via), idOrNull(row.asker), idOrNull(row.target), row.name],
        ...[row.person, idOrNull(row.group), row.state, row.auto ? 1 : 0, row.created, row.changed, row.expires],
      )
    },
    update(
      { id, role }: Pick<IntroductionRow, 'id' | 'role'>,
      changes: { state: IntroductionRow['state']; changed: number; expires?: number; invite_hash?: Uint8Array; person?: null },
    ): void {
      const { set, values } = assignments(changes)
      db.prepare(`UPDATE introductions SET ${set} WHERE id = ? AND role = ?`).run(...values, unhex(id), role)
    },
    get: (id: string, role: Role) => one(sql.get.get(unhex(id), role)),
    byId: (id: string) => many(sql.byId.all(unhex(id))),
    byInvite: (hash: Uint8Array) => one(sql.byInvite.get(hash)),
    /** Under way or changed since, what changed last first; without the crowd of those who came together in a group, by this person's program or with it. */
    shown: (since: number) => many(sql.shown.all(since)),
    pending: () => many(sql.pending.all()),
    /** That somebody began, as its role has it, since then. */
    countFrom: (id: string, since: number): number => sql.countFrom.get({ id: unhex(id), since })?.['n'] as number,
    /** Of these, what waits for this person's decision. */
    undecidedFrom: (id: string): number => sql.undecidedFrom.get({ id: unhex(id) })?.['n'] as number,
    /** Members of a group who want to be connected with this person, and whom it does not know as such. */
    undecidedIn: (group: string) => many(sql.undecidedIn.all(unhex(group))),
    /** Under way between the same two. */
    countPair: (role: Role, asker: string | null, target: string | null): number =>
      sql.countPair.get(role, idOrNull(asker), idOrNull(target))?.['n'] as number,
    /** What the program asked for by itself, the newest first. */
    tries: (target: string) => many(sql.tries.all(unhex(target))),
    /** Tries that failed are remembered until they are connected: there are three at most. */
    forgetOlder: (changed: number): boolean => sql.forget.run(changed).changes > 0,
    forgetPerson(id: string): boolean {
      const key = unhex(id)
      sql.forgetIntroducer.run(key)
      sql.unwant.run(key)
      return sql.forgetPerson.run(key, key, key).changes > 0
    },

    want: ({ target, group, mediators }: Wanted) => void sql.want.run(unhex(target), unhex(group), JSON.stringify(mediators)),
    unwant: (target: string) => void sql.unwant.run(unhex(target)),
    wanted: (): Wanted[] =>
      (sql.wanted.all() as Row[]).map((row) => ({
        target: hexId(row['target']),
        group: hexId(row['grp']),
        mediators: strings(row['mediators']),
      })),
  }
}

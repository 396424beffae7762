/** Groups, the changes that made them, their members, and how far own messages have come with each of them. Ids and hashes are hex. */
import { base64 } from '@scure/base'
import type { GroupRole, GroupSummary, Writer } from '#shared/contract/models.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface GroupRow {
  contact: number
  state: GroupSummary['state']
  inviter: string | null
  role: GroupRole | null
  members: number
  picture: Uint8Array
  head: string | null
  summary: Uint8Array | null
  passing: boolean
}

const toGroup = (row: Row): GroupRow => ({
  ...(row as unknown as GroupRow),
  inviter: hexIdOrNull(row['inviter']),
  head: hexIdOrNull(row['head']),
  picture: blob(row['picture']),
  passing: row['passing'] === 1,
})

export function createGroupStore(db: Database) {
  const sql = {
    get: db.prepare('SELECT * FROM groups WHERE contact = ?'),
    inviterName: db.prepare(`SELECT CASE label WHEN '' THEN name ELSE label END AS name FROM contacts WHERE id = ?`),
    unheard: db.prepare(
      `SELECT count(*) AS n FROM group_members m WHERE contact = ? AND state IN ('member', 'leaving') AND member <> ?
       AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.id = m.member AND c.state = 'open')`,
    ),
    members: db.prepare(
      `SELECT member FROM group_members WHERE contact = ? AND state IN ('member', 'leaving') AND member <> ? ORDER BY member`,
    ),
    role: db.prepare(`SELECT role FROM group_members WHERE contact = ? AND member = ? AND state IN ('member', 'leaving')`),
    isBlocked: db.prepare('SELECT 1 FROM group_members WHERE contact = ? AND member = ? AND blocked_at IS NOT NULL'),
    hasChange: db.prepare('SELECT 1 FROM group_changes WHERE contact = ? AND hash = ?'),
    shared: db.prepare(
      `SELECT c.id, c.name FROM group_members m JOIN groups g USING (contact) JOIN contacts c ON c.no = m.contact
       WHERE m.member = ? AND m.state IN ('member', 'leaving') AND g.state = 'member' ORDER BY c.name`,
    ),
  }

  const roleOf = (contact: number, member: string): GroupRole | null =>
    (sql.role.get(contact, unhex(member))?.['role'] as GroupRole | undefined) ?? null

  const get = (contact: number): GroupRow | null => {
    const row = sql.get.get(contact)
    return row ? toGroup(row) : null
  }

  const nameOf = (id: string): string => (sql.inviterName.get(unhex(id))?.['name'] as string | undefined) ?? id.slice(0, 8)

  return {
    get,
    /** Null for who is no member. */
    roleOf,
    /** All but oneself. */
    membersOf: (contact: number, me: string): string[] => sql.members.all(contact, unhex(me)).map((row) => hexId(row['member'])),
    /** By this person, here alone. */
    isBlocked: (contact: number, member: string): boolean => sql.isBlocked.get(contact, unhex(member)) !== undefined,
    hasChange: (contact: number, hash: string): boolean => sql.hasChange.get(contact, unhex(hash)) !== undefined,

    /** As the list shows it; null for a conversation that is no group's. */
    summary(contact: number, me: string): GroupSummary | null {
      const row = get(contact)
      if (!row) return null
      const { state, role, members, inviter, picture } = row
      const unheard = state === 'member' ? (sql.unheard.get(contact, unhex(me))?.['n'] as number) : 0
      const shown = { picture: picture.length === 0 ? null : base64.encode(picture), inviter: inviter === null ? null : nameOf(inviter) }
      return { state, role, members, unheard, ...shown }
    },

    /** Groups that this person and a member are both in. */
    shared: (member: string): Writer[] =>
      sql.shared.all(unhex(member)).map((row) => ({ id: hexId(row['id']), name: row['name'] as string })),
  }
}

/** Groups, the changes that made them, their members, and how far own messages have come with each of them. Ids and hashes are hex. */
import { base64 } from '@scure/base'
import type { GroupRole, GroupSummary } from '#shared/contract/groupModels.ts'
import { unhex } from '../protocol/bytes.ts'
import type { Link } from '../protocol/groupBranches.ts'
import type { Database, SqlValue } from './database.ts'
import { createGroupMemberStore } from './groupMemberStore.ts'
import { assignments, blob, blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface GroupRow {
  contact: number
  state: GroupSummary['state']
  inviter: string | null
  role: GroupRole | null
  members: number
  picture: Uint8Array
  head: string | null
  summary: Uint8Array | null
  /** This person's messages may go through other members meanwhile. */
  passing: boolean
}

export interface ChangeRow extends Link {
  signer: string
  /** Whether the head follows it, or is it. */
  way: boolean
  tries: number
  bytes: Uint8Array
}

const toGroup = (row: Row): GroupRow => ({
  ...(row as unknown as GroupRow),
  inviter: hexIdOrNull(row['inviter']),
  head: hexIdOrNull(row['head']),
  picture: blob(row['picture']),
  summary: blobOrNull(row['summary']),
  passing: row['passing'] === 1,
})

const toChange = (row: Row): ChangeRow => ({
  ...{ hash: hexId(row['hash']), parent: hexIdOrNull(row['parent']), generation: row['generation'] as number },
  ...{ ownerSigned: row['owner_signed'] as number, signer: hexId(row['signer']), way: row['way'] === 1 },
  ...{ tries: row['tries'] as number, bytes: blob(row['bytes']) },
})

export function createGroupStore(db: Database) {
  const sql = {
    get: db.prepare('SELECT * FROM groups WHERE contact = ?'),
    all: db.prepare('SELECT * FROM groups ORDER BY contact'),
    insert: db.prepare(`INSERT INTO groups (contact, state, inviter, members, picture) VALUES (?, ?, ?, ?, ?)`),
    invitedBy: db.prepare(`SELECT count(*) AS n FROM groups WHERE inviter = ? AND state = 'invited'`),
    inviterName: db.prepare(`SELECT CASE label WHEN '' THEN name ELSE label END AS name FROM contacts WHERE id = ?`),
    addChange: db.prepare(
      `INSERT INTO group_changes (contact, hash, parent, generation, owner_signed, signer, tries, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    change: db.prepare('SELECT * FROM group_changes WHERE contact = ? AND hash = ?'),
    setWay: db.prepare('UPDATE group_changes SET way = ?, again = ? WHERE contact = ? AND hash = ?'),
    again: db.prepare('SELECT * FROM group_changes WHERE contact = ? AND again = 1 ORDER BY generation'),
    notAgain: db.prepare('UPDATE group_changes SET again = 0 WHERE contact = ?'),
    wayAfter: db.prepare('SELECT * FROM group_changes WHERE contact = ? AND way = 1 AND generation > ? ORDER BY generation'),
    wayAt: db.prepare('SELECT hash FROM group_changes WHERE contact = ? AND way = 1 AND generation = ?'),
    count: db.prepare('SELECT count(*) AS n FROM group_changes WHERE contact = ?'),
    beside: db.prepare('SELECT count(*) AS total, coalesce(sum(signer = ?), 0) AS own FROM group_changes WHERE contact = ? AND way = 0'),
    introduced: db.prepare(`SELECT 1 FROM introductions WHERE reason = 'group' AND role IN ('asker', 'target') AND ? IN (asker, target)`),
    introducing: db.prepare(
      `SELECT 1 FROM introductions WHERE role = 'asker' AND target = ? AND state IN ('asked', 'requested', 'answered')`,
    ),
    hasText: db.prepare(`SELECT 1 FROM items WHERE contact = ? AND kind = 'text' LIMIT 1`),
  }
  const people = createGroupMemberStore(db)

  const get = (contact: number): GroupRow | null => {
    const row = sql.get.get(contact)
    return row ? toGroup(row) : null
  }

  const nameOf = (id: string): string => (sql.inviterName.get(unhex(id))?.['name'] as string | undefined) ?? id.slice(0, 8)

  return {
    ...people,
    get,
    all: (): GroupRow[] => sql.all.all().map(toGroup),

    insert({ contact, state, inviter, members, picture }: Pick<GroupRow, 'contact' | 'state' | 'inviter' | 'members' | 'picture'>): void {
      sql.insert.run(contact, state, inviter === null ? null : unhex(inviter), members, picture)
    },

    update(contact: number, changes: Partial<Omit<GroupRow, 'contact'>>): void {
      const { inviter, head, passing, ...rest } = changes
      const { set, values } = assignments({
        ...(rest as Record<string, SqlValue>),
        ...(inviter === undefined ? {} : { inviter: inviter === null ? null : unhex(inviter) }),
        ...(head === undefined ? {} : { head: head === null ? null : unhex(head) }),
        ...(passing === undefined ? {} : { passing: passing ? 1 : 0 }),
      })
      db.prepare(`UPDATE groups SET ${set} WHERE contact = ?`).run(...values, contact)
    },

    /** Invitations of one person that wait for an answer. */
    invitedBy: (inviter: string): number => sql.invitedBy.get(unhex(inviter))?.['n'] as number,

    addChange(contact: number, change: Omit<ChangeRow, 'way'>): void {
      const { hash, parent, generation, ownerSigned, signer, tries, bytes } = change
      const links = [unhex(hash), parent === null ? null : unhex(parent), generation, ownerSigned] as const
      sql.addChange.run(contact, ...links, unhex(signer), tries, bytes)
    },
    change(contact: number, hash: string): ChangeRow | null {
      const row = sql.change.get(contact, unhex(hash))
      return row ? toChange(row) : null
    },
    /** On the head's way, or beside it; `again` where what it does is to be done again then. */
    setWay: (contact: number, hash: string, on: boolean, again = false) =>
      void sql.setWay.run(on ? 1 : 0, again ? 1 : 0, contact, unhex(hash)),
    /** Own changes to be done again; they are no more so afterwards. */
    takeAgain(contact: number): ChangeRow[] {
      const rows = sql.again.all(contact).map(toChange)
      if (rows.length > 0) sql.notAgain.run(contact)
      return rows
    },
    /** The head's way after a generation, the oldest first. */
    wayAfter: (contact: number, generation: number): ChangeRow[] => sql.wayAfter.all(contact, generation).map(toChange),
    wayAt: (contact: number, generation: number): string | null => hexIdOrNull(sql.wayAt.get(contact, generation)?.['hash'] ?? null),
    countChanges: (contact: number): number => sql.count.get(contact)?.['n'] as number,
    /** Changes beside the head's way: all of them, and those that one person signed. */
    beside(contact: number, signer: string): { total: number; own: number } {
      return sql.beside.get(unhex(signer), contact) as { total: number; own: number }
    },

    /** As the list shows it; null for a conversation that is no group's. */
    summary(contact: number): GroupSummary | null {
      const row = get(contact)
      if (!row) return null
      const { state, role, members, inviter, picture } = row
      const unheard = state === 'member' ? people.unheardOf(contact).length : 0
      const shown = { picture: picture.length === 0 ? null : base64.encode(picture), inviter: inviter === null ? null : nameOf(inviter) }
      return { state, role, members, unheard, ...shown }
    },

    /** Whether a group had somebody introduced to this person, or the other way round. */
    wasIntroducedForGroup: (id: string): boolean => sql.introduced.get(unhex(id)) !== undefined,
    isIntroducing: (id: string): boolean => sql.introducing.get(unhex(id)) !== undefined,
    hasText: (contact: number): boolean => sql.hasText.get(contact) !== undefined,
  }
}

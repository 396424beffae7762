/** The other people of groups: who is in, who was asked, and what each said last. Ids and hashes are hex. */
import type { Writer } from '#shared/contract/itemModels.ts'
import * as v from 'valibot'
import { hex, unhex } from '../protocol/bytes.ts'
import { bytes, decodeCbor, encodeCbor } from '../protocol/cbor.ts'
import type { Database } from './database.ts'
import { blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface GroupMemberRow {
  member: string
  name: string
  state: 'invited' | 'declined' | 'accepted' | 'member' | 'leaving' | 'former'
  since: number | null
  at: number
  head: string | null
  unheard: string[]
  said_at: number
  blocked_at: number | null
}

const idsSchema = v.array(bytes(32))

const toMember = (row: Row): GroupMemberRow => ({
  ...(row as unknown as GroupMemberRow),
  member: hexId(row['member']),
  head: hexIdOrNull(row['head']),
  unheard: row['unheard'] === null ? [] : decodeCbor(row['unheard'] as Uint8Array, idsSchema).map(hex),
})

export function createGroupMemberStore(db: Database) {
  const isIn = `m.state IN ('member', 'leaving')`
  const hasSession = `EXISTS (SELECT 1 FROM contacts c WHERE c.id = m.member AND c.state = 'open' AND c.kind = 'person' AND c.blocked_at IS NULL)`
  const sql = {
    people: db.prepare('SELECT * FROM group_members WHERE contact = ? ORDER BY member'),
    person: db.prepare('SELECT * FROM group_members WHERE contact = ? AND member = ?'),
    members: db.prepare(`SELECT member FROM group_members m WHERE contact = ? AND ${isIn} ORDER BY member`),
    isMember: db.prepare(`SELECT 1 FROM group_members m WHERE contact = ? AND member = ? AND ${isIn}`),
    isBlocked: db.prepare('SELECT 1 FROM group_members WHERE contact = ? AND member = ? AND blocked_at IS NOT NULL'),
    put: db.prepare(
      `INSERT INTO group_members (contact, member, name, state, since, at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET name = excluded.name, state = excluded.state, since = excluded.since, at = excluded.at`,
    ),
    said: db.prepare('UPDATE group_members SET head = ?, unheard = ifnull(?, unheard), said_at = ? WHERE contact = ? AND member = ?'),
    identity: db.prepare('SELECT identity FROM group_members WHERE contact = ? AND member = ?'),
    setIdentity: db.prepare('UPDATE group_members SET identity = ? WHERE contact = ? AND member = ?'),
    block: db.prepare('UPDATE group_members SET blocked_at = ? WHERE contact = ? AND member = ?'),
    dropPerson: db.prepare('DELETE FROM group_members WHERE contact = ? AND member = ?'),
    unheard: db.prepare(`SELECT member FROM group_members m WHERE contact = ? AND ${isIn} AND NOT ${hasSession} ORDER BY member`),
    heard: db.prepare(
      `SELECT c.no, m.member FROM group_members m JOIN contacts c ON c.id = m.member
       WHERE m.contact = ? AND ${isIn} AND c.state = 'open' AND c.kind = 'person' AND c.blocked_at IS NULL ORDER BY m.member`,
    ),
    groupsOf: db.prepare(`SELECT contact FROM group_members m WHERE member = ? AND ${isIn} ORDER BY contact`),
    shared: db.prepare(
      `SELECT c.id, c.name FROM group_members m JOIN groups g USING (contact) JOIN contacts c ON c.no = m.contact
       WHERE m.member = ? AND ${isIn} AND g.state = 'member' ORDER BY c.name`,
    ),
  }

  const ids = (rows: Row[]): string[] => rows.map((row) => hexId(row['member']))

  return {
    /** Members, those asked to be, and those who were. */
    people: (contact: number): GroupMemberRow[] => sql.people.all(contact).map(toMember),
    person(contact: number, member: string): GroupMemberRow | null {
      const row = sql.person.get(contact, unhex(member))
      return row ? toMember(row) : null
    },
    /** All but this person. */
    membersOf: (contact: number): string[] => ids(sql.members.all(contact)),
    isMember: (contact: number, member: string): boolean => sql.isMember.get(contact, unhex(member)) !== undefined,
    /** By this person, here alone. */
    isBlocked: (contact: number, member: string): boolean => sql.isBlocked.get(contact, unhex(member)) !== undefined,
    putPerson(
      contact: number,
      { member, name, state, since, at }: Pick<GroupMemberRow, 'member' | 'name' | 'state' | 'since' | 'at'>,
    ): void {
      sql.put.run(contact, unhex(member), name, state, since, at)
    },
    dropPerson: (contact: number, member: string) => void sql.dropPerson.run(contact, unhex(member)),
    /** What a member says to hold to, and whom it does not hear; null: as before. */
    said(contact: number, member: string, head: string, unheard: readonly string[] | null, at: number): void {
      sql.said.run(unhex(head), unheard && encodeCbor(unheard.map(unhex)), at, contact, unhex(member))
    },
    /** A member's public identity, where another one said it. */
    identityOf: (contact: number, member: string): Uint8Array | null =>
      blobOrNull(sql.identity.get(contact, unhex(member))?.['identity'] ?? null),
    setIdentity: (contact: number, member: string, identity: Uint8Array) => void sql.setIdentity.run(identity, contact, unhex(member)),
    blockPerson: (contact: number, member: string, at: number | null) => void sql.block.run(at, contact, unhex(member)),

    /** Members this person has no session with, and those it has, with the numbers of their contacts. */
    unheardOf: (contact: number): string[] => ids(sql.unheard.all(contact)),
    heardOf: (contact: number): { no: number; id: string }[] =>
      sql.heard.all(contact).map((row) => ({ no: row['no'] as number, id: hexId(row['member']) })),
    /** Groups, by contact, in which somebody is a member. */
    groupsOf: (member: string): number[] => sql.groupsOf.all(unhex(member)).map((row) => row['contact'] as number),
    /** Groups that this person and a member are both in. */
    shared: (member: string): Writer[] =>
      sql.shared.all(unhex(member)).map((row) => ({ id: hexId(row['id']), name: row['name'] as string })),
  }
}

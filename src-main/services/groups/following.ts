/** The head moved: what that means for the conversation, the list of members and this person's own part in it. All in one transaction. */
import { roleIn, type GroupState } from '../../protocol/groupState.ts'
import type { ChangeRow, GroupRow } from '../../storage/groupStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Changes, Move } from './changes.ts'
import { differences, type GroupLine } from './differences.ts'
import type { Group, GroupTools } from './parts.ts'

/** What this person is, given what the group says of it. Who has left stays so until invited anew; who was asked has not said yes yet. */
export function ownState(held: GroupRow['state'], after: GroupState, me: string): GroupRow['state'] {
  if (held === 'invited' || held === 'left') return held
  if (!after.members.has(me)) return held === 'joining' ? 'joining' : 'removed'
  return after.dissolved ? 'dissolved' : 'member'
}

export type Following = ReturnType<typeof createFollowing>

export function createFollowing(core: Core, parts: { conversations: Conversations; changes: Changes; tools: GroupTools }) {
  const { stores } = core
  const { conversations, changes, tools } = parts

  /** Answers who is in the group now and was not before. */
  function follow(group: Group, { before, after, followed }: Move): string[] {
    const me = core.identity().id
    const { contact, row } = group
    const state = ownState(row.state, after, me)
    const leaving = new Set(stores.groups.people(contact.no).flatMap((one) => (one.state === 'leaving' ? [one.member] : [])))
    const newcomers = listMembers(contact.no, after, me)
    stores.groups.update(contact.no, {
      ...{ state, members: after.members.size, picture: after.picture },
      role: state === 'member' ? roleIn(after, me) : null,
    })
    stores.contacts.update(contact.no, { name: after.name, timer: after.timer })
    tell(group, state, before, after, followed, leaving)
    tools.changed(group)
    return newcomers
  }

  function tell(
    group: Group,
    state: GroupRow['state'],
    before: GroupState | null,
    after: GroupState,
    followed: ChangeRow[],
    leaving: ReadonlySet<string>,
  ): void {
    const me = core.identity().id
    const [was, is] = [before?.members.has(me) === true && group.row.state !== 'joining', state === 'member' || state === 'dissolved']
    const isOwnBeginning = before === null && followed.length === 1 && after.owner === me
    if (!was && is) return line(group, { event: isOwnBeginning ? 'group-created' : 'group-joined', by: me, about: [me] })
    if (!was || before === null || group.row.state === 'left') return
    const steps = { followed: followed.map(changes.decode), leaving }
    const lines = differences(before, after, steps)
    // who is out hears of that alone
    for (const one of state === 'removed' ? lines.filter(({ about }) => about.includes(me)) : lines) line(group, one)
  }

  function line({ contact }: Group, { event, by, about, text, count }: GroupLine): void {
    const own = by === core.identity().id
    const names = about.map((id) => (id === core.identity().id ? core.identity().nick : stores.items.writer(contact.no, id).name))
    conversations.systemLine(contact, {
      ...{ event, by: own ? 'you' : 'them', author: own ? null : by },
      ...{ text: text ?? names.join('\n'), count: count ?? 0 },
    })
  }

  /** Those who are out keep their names, for what they wrote. */
  function listMembers(no: number, after: GroupState, me: string): string[] {
    const known = new Map(stores.groups.people(no).map((person) => [person.member, person]))
    const newcomers: string[] = []
    for (const [id, { name, since }] of after.members) {
      if (id === me) continue
      const person = known.get(id)
      const isIn = person?.state === 'member' || person?.state === 'leaving'
      const state = person?.state === 'leaving' && person.since === since ? 'leaving' : 'member'
      if (!isIn) newcomers.push(id)
      if (person?.name === name && person.since === since && person.state === state) continue
      stores.groups.putPerson(no, { member: id, name, state, since, at: isIn ? person.at : core.now() })
    }
    for (const person of known.values())
      if ((person.state === 'member' || person.state === 'leaving') && !after.members.has(person.member))
        stores.groups.putPerson(no, { ...person, state: 'former', at: core.now() })
    return newcomers
  }

  return { follow, line }
}

/** What the page of a group shows. */
import type { GroupDetails, GroupMemberInfo, GroupRole } from '#shared/contract/groupModels.ts'
import { roleIn, type GroupState } from '../../protocol/groupState.ts'
import type { GroupMemberRow } from '../../storage/groupMemberStore.ts'
import { verificationOf } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Changes } from './changes.ts'
import type { Group, GroupTools } from './parts.ts'

const order: readonly (GroupRole | null)[] = ['owner', 'admin', 'member']

export function createGroupDetails(core: Core, { changes, tools }: { changes: Changes; tools: GroupTools }) {
  const { stores } = core
  const nameOf = (no: number, id: string): string => (id === core.identity().id ? core.identity().nick : stores.items.writer(no, id).name)

  function member(no: number, state: GroupState, id: string, person: GroupMemberRow | null): GroupMemberInfo {
    const isSelf = id === core.identity().id
    const contact = stores.contacts.byId(id)
    const isHeard = isSelf || tools.withSession(id) !== null
    return {
      ...{ id, name: nameOf(no, id), role: roleIn(state, id) ?? 'member', self: isSelf },
      connection: isHeard ? 'connected' : stores.groups.isIntroducing(id) ? 'introducing' : 'waiting',
      verified: contact ? verificationOf(contact) : 'no',
      unheard: (isSelf ? stores.groups.unheardOf(no) : (person?.unheard ?? []))
        .filter((other) => other !== id && state.members.has(other))
        .map((other) => nameOf(no, other)),
      ...{ blocked: person !== null && person.blocked_at !== null, leaving: person?.state === 'leaving' },
    }
  }

  return function details({ contact, row }: Group): GroupDetails {
    const state = changes.headState(row)
    const people = new Map(stores.groups.people(contact.no).map((person) => [person.member, person]))
    const members = state === null ? [] : [...state.members.keys()].map((id) => member(contact.no, state, id, people.get(id) ?? null))
    const rank = (one: GroupMemberInfo) => order.indexOf(one.role)
    return {
      ...{ id: contact.id, name: contact.name },
      members: members.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)),
      invited: [...people.values()].flatMap(({ member: id, state: is, at }) =>
        is === 'invited' || is === 'declined' || is === 'accepted' ? [{ id, name: nameOf(contact.no, id), state: is, at }] : [],
      ),
      passing: row.passing,
      technical: {
        ...{ generation: state?.generation ?? 0, head: row.head ?? '', changes: stores.groups.countChanges(contact.no) },
        refused: stores.profile.refusals(contact.no),
      },
    }
  }
}

/** Who is asked to join, what they say, and an invitation that came. Everything in the transaction of what caused it. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { hex } from '../../protocol/bytes.ts'
import type { GroupMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import { isPicture } from '../files/content.ts'
import type { Changes } from './changes.ts'
import type { Gossip } from './gossip.ts'
import type { Group, GroupTools } from './parts.ts'
import type { Signing } from './signing.ts'

type Of<T extends GroupMessage['t']> = Extract<GroupMessage, { t: T }>

/** Of one person, unanswered. */
const invitationsMost = 20

export interface InvitationParts {
  changes: Changes
  conversations: Conversations
  gossip: Gossip
  signing: Signing
  tools: GroupTools
}

export type Invitations = ReturnType<typeof createInvitations>

export function createInvitations(core: Core, { changes, conversations, gossip, signing, tools }: InvitationParts) {
  const { stores } = core

  /** Errors: `contact.unknown`, `contact.self`, `contact.blocked`, `session.none`. */
  function invitee(id: string): Contact {
    const contact = conversations.byId(id)
    if (contact.kind !== 'person') throw new CairnError('contact.unknown')
    if (conversations.isSelf(contact)) throw new CairnError('contact.self')
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    if (contact.state !== 'open') throw new CairnError('session.none')
    return contact
  }

  /** Asks people to join, again where they were asked before. Errors: as `invitee`, `group.full`. */
  function invite(group: Group, ids: readonly string[]): void {
    const { contact, row } = group
    const people = new Map(stores.groups.people(contact.no).map((person) => [person.member, person.state]))
    const isIn = (id: string) => people.get(id) === 'member' || people.get(id) === 'leaving'
    const asked = [...new Set(ids)].map(invitee).filter(({ id }) => !isIn(id))
    const waiting = [...people].filter(([id, state]) => ['invited', 'accepted'].includes(state) && !ids.includes(id)).length
    if (row.members + waiting + asked.length > limits.groupMembers) throw new CairnError('group.full')
    for (const one of asked) {
      stores.groups.putPerson(contact.no, { member: one.id, name: one.name, state: 'invited', since: null, at: core.now() })
      const picture = row.picture.length > 0 ? { picture: row.picture } : {}
      tools.say(one.no, group, { t: 'group.invite', name: contact.name, members: row.members, ...picture })
    }
    if (asked.length > 0) tools.changed(group)
  }

  function withdraw(group: Group, member: string): void {
    const person = stores.groups.person(group.contact.no, member)
    if (person === null || !['invited', 'declined', 'accepted'].includes(person.state)) return
    stores.groups.dropPerson(group.contact.no, member)
    tools.changed(group)
  }

  /** An answer to what this person asked. */
  function answered(contact: Contact, group: Group, { accept }: Of<'group.answer'>): void {
    const { no } = group.contact
    const person = stores.groups.person(no, contact.id)
    if (person?.state === 'member' || person?.state === 'leaving') return accept ? gossip.sayHead(contact.no, group) : undefined
    if (person === null || person.state === 'former' || group.row.state !== 'member') return tools.refuse(contact, 'group.not-invited')
    stores.groups.putPerson(no, { ...person, name: contact.name, state: accept ? 'accepted' : 'declined', at: core.now() })
    tools.changed(group)
    signing.review(group)
  }

  function arrived(contact: Contact, message: Of<'group.invite'>): void {
    const id = hex(message.group)
    const known = tools.find(id)
    if (known) return again(contact, known)
    if (stores.contacts.byId(id) !== null || stores.groups.invitedBy(contact.id) >= invitationsMost)
      return tools.refuse(contact, 'group.invite-refused')
    const made = stores.contacts.insertGroup({ id, name: message.name, now: core.now() })
    const picture = message.picture && isPicture(message.picture) ? message.picture : new Uint8Array()
    const members = Math.min(message.members, limits.groupMembers)
    stores.groups.insert({ contact: made.no, state: 'invited', inviter: contact.id, members, picture })
    core.later(() => conversations.changed(made.no))
  }

  /** To a group that is known here. */
  function again(contact: Contact, group: Group): void {
    const { state } = group.row
    if (state === 'member' || state === 'dissolved') return
    stores.groups.update(group.contact.no, { inviter: contact.id })
    if (state === 'joining') return tools.say(contact.no, group, { t: 'group.answer', accept: true })
    stores.groups.update(group.contact.no, { state: 'invited' })
    stores.contacts.update(group.contact.no, { activity: core.now() })
    tools.changed(group)
  }

  /** What this person says to an invitation. Errors: `group.unknown`. */
  function answer(group: Group, accept: boolean): void {
    const { contact, row } = group
    if (row.state !== 'invited') throw new CairnError('group.unknown')
    const inviter = row.inviter === null ? null : tools.withSession(row.inviter)
    if (inviter) tools.say(inviter.no, group, { t: 'group.answer', accept })
    if (accept || row.head !== null) {
      stores.groups.update(contact.no, { state: accept ? 'joining' : 'left' })
      return tools.changed(group)
    }
    stores.contacts.remove(contact.no)
    core.emit({ type: 'conversationRemoved', id: contact.id })
  }

  /** Has said yes and heard nothing since: once more. */
  function remind(group: Group): void {
    const inviter = group.row.inviter === null ? null : tools.withSession(group.row.inviter)
    if (inviter) tools.say(inviter.no, group, { t: 'group.answer', accept: true })
  }

  /** Changes came from whoever invited: by them, somebody who may not add anybody, and has not. */
  function judgeInviter(contact: Contact, group: Group): void {
    const state = changes.headState(group.row)
    if (group.row.state !== 'joining' || group.row.inviter !== contact.id || state === null || state.admins.has(contact.id)) return
    tools.refuse(contact, 'group.invite-refused')
    stores.groups.update(group.contact.no, { state: 'removed' })
    tools.changed(group)
  }

  return { invite, withdraw, answered, arrived, answer, remind, judgeInviter }
}

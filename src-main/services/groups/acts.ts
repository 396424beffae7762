/** What the person does in a group. Errors everywhere: `group.unknown`, `group.not-member`, `group.not-allowed`. */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupDetails, GroupRole } from '#shared/contract/groupModels.ts'
import { unhex } from '../../protocol/bytes.ts'
import type { Operation } from '../../protocol/groupChange.ts'
import { roleIn, type GroupState } from '../../protocol/groupState.ts'
import { parseNick } from '../../protocol/identity.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import { fromBase64, isPicture } from '../files/content.ts'
import type { Files } from '../files/files.ts'
import type { Changes } from './changes.ts'
import type { Following } from './following.ts'
import type { Invitations } from './invitations.ts'
import type { Group, GroupTools } from './parts.ts'
import type { Signing } from './signing.ts'

export interface ActParts {
  changes: Changes
  conversations: Conversations
  details(group: Group): GroupDetails
  files: Pick<Files, 'wipeAll'>
  following: Following
  invitations: Invitations
  signing: Signing
  tools: GroupTools
}

const noPicture = new Uint8Array()

export function createGroupActs(core: Core, parts: ActParts) {
  const { stores } = core
  const { changes, conversations, files, following, invitations, signing, tools } = parts

  const model = ({ contact }: Group): Conversation => conversations.model(conversations.byId(contact.id))
  const details = ({ contact }: Group): GroupDetails => parts.details(tools.get(contact.id))

  /** Errors: `group.unknown`, `group.not-member`; `group.not-allowed` for one who is not among `roles`. */
  function as(id: string, roles: readonly GroupRole[] = ['owner', 'admin']): { group: Group; state: GroupState } {
    const group = tools.get(id)
    const state = changes.headState(group.row)
    if (group.row.state !== 'member' || state === null) throw new CairnError('group.not-member')
    if (group.row.role === null || !roles.includes(group.row.role)) throw new CairnError('group.not-allowed')
    return { group, state }
  }

  /** What is so already is no error. */
  function sign(group: Group, op: Operation): void {
    try {
      core.commit(() => signing.sign(group, op))
    } catch (error) {
      if (!isCairnError(error, 'group.refused')) throw error
    }
  }

  /** Errors: `picture.unsupported`. */
  function pictureOf(text: string | null): Uint8Array {
    const picture = text === null ? noPicture : fromBase64(text)
    if (picture.length > 0 && !isPicture(picture)) throw new CairnError('picture.unsupported')
    return picture
  }

  /** Errors: as `invite`, `picture.unsupported`, `input.invalid`. */
  function create(wanted: { name: string; members: readonly string[]; picture: string | null }): Conversation {
    const picture = pictureOf(wanted.picture)
    const name = parseNick(wanted.name)
    return core.commit(() => {
      const first = changes.begin(name)
      const contact = stores.contacts.insertGroup({ id: first.hash, name, now: core.now() })
      stores.groups.insert({ contact: contact.no, state: 'member', inviter: null, members: 1, picture: noPicture })
      const { move } = changes.learn((tools.byNo(contact.no) as Group).row, contact.id, [first.bytes])
      if (move) following.follow({ contact, row: (tools.byNo(contact.no) as Group).row }, move)
      if (picture.length > 0) signing.sign(tools.get(contact.id), { op: 'picture', picture })
      invitations.invite(tools.get(contact.id), wanted.members)
      return model(tools.get(contact.id))
    })
  }

  /** Errors: those of `invitations.invite`. */
  function invite(id: string, members: readonly string[]): GroupDetails {
    const { group } = as(id)
    core.commit(() => invitations.invite(group, members))
    return details(group)
  }

  function withdraw(id: string, member: string): GroupDetails {
    const { group } = as(id)
    core.commit(() => invitations.withdraw(group, member))
    return details(group)
  }

  function answer(id: string, accept: boolean): Conversation {
    const group = tools.get(id)
    const before = model(group)
    core.commit(() => invitations.answer(group, accept))
    return stores.contacts.byId(id) ? model(group) : before
  }

  /** Errors: `group.owner`: the group would be without one. */
  function leave(id: string): Conversation {
    const group = tools.get(id)
    if (group.row.state !== 'member' && group.row.state !== 'joining') throw new CairnError('group.not-member')
    if (group.row.role === 'owner') throw new CairnError('group.owner')
    core.commit(() => {
      const inviter = group.row.state === 'joining' && group.row.inviter !== null ? tools.withSession(group.row.inviter) : null
      if (inviter) tools.say(inviter.no, group, { t: 'group.answer', accept: false })
      else for (const { no } of stores.groups.heardOf(group.contact.no)) tools.say(no, group, { t: 'group.leave' })
      stores.groups.update(group.contact.no, { state: 'left', role: null })
      following.line(group, { event: 'group-left', by: core.identity().id, about: [core.identity().id] })
      tools.changed(group)
    })
    return model(group)
  }

  function remove(id: string, member: string): GroupDetails {
    const { group, state } = as(id)
    if (!state.members.has(member)) throw new CairnError('group.not-member')
    sign(group, { op: 'remove', members: [unhex(member)] })
    return details(group)
  }

  /** Errors: `session.none` where the person who is to be an admin is not known here. */
  function setRole(id: string, member: string, role: GroupRole): GroupDetails {
    const { group, state } = as(id, ['owner'])
    const held = roleIn(state, member)
    if (held === null) throw new CairnError('group.not-member')
    if (held === role) return details(group)
    if (held === 'owner' || (role === 'owner' && held !== 'admin')) throw new CairnError('group.not-allowed')
    if (role === 'owner') sign(group, { op: 'transfer', member: unhex(member) })
    else if (role === 'member') sign(group, { op: 'demote', member: unhex(member) })
    else sign(group, { op: 'promote', identity: identityOf(member) })
    return details(group)
  }

  function identityOf(member: string): Uint8Array {
    const contact = tools.withSession(member)
    if (!contact) throw new CairnError('session.none')
    return contact.public
  }

  function rename(id: string, wanted: string): Conversation {
    const { group, state } = as(id)
    const name = parseNick(wanted)
    if (name !== state.name) sign(group, { op: 'rename', name })
    return model(group)
  }

  function setPicture(id: string, text: string | null): Conversation {
    const { group } = as(id)
    sign(group, { op: 'picture', picture: pictureOf(text) })
    return model(group)
  }

  function setTimer(id: string, seconds: number): Conversation {
    const { group, state } = as(id)
    if (state.timer !== seconds) sign(group, { op: 'timer', seconds })
    return model(group)
  }

  function dissolve(id: string): Conversation {
    const { group } = as(id, ['owner'])
    sign(group, { op: 'dissolve' })
    return model(group)
  }

  /** Errors: `group.not-allowed` for who is still in it. */
  function forget(id: string): void {
    const { contact, row } = tools.get(id)
    if (row.state === 'member' || row.state === 'joining') throw new CairnError('group.not-allowed')
    core.commit(() => {
      stores.profile.dropRefusals(contact.no)
      files.wipeAll(contact.no)
      stores.items.forgetWords(contact.no)
      stores.contacts.remove(contact.no)
      core.emit({ type: 'conversationRemoved', id })
      core.scrub()
    })
  }

  function blockMember(id: string, member: string, blocked: boolean): GroupDetails {
    const group = tools.get(id)
    if (stores.groups.person(group.contact.no, member) === null) throw new CairnError('group.not-member')
    core.commit(() => {
      stores.groups.blockPerson(group.contact.no, member, blocked ? core.now() : null)
      tools.changed(group)
    })
    return details(group)
  }

  return {
    ...{ create, details: (id: string) => parts.details(tools.get(id)), invite, withdraw, answer, leave, remove, setRole },
    ...{ rename, setPicture, setTimer, dissolve, forget, blockMember },
  }
}

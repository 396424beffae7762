import type { AppEvent } from '#shared/contract/events.ts'
import type { Input } from '#shared/contract/contract.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupDelivery, GroupDetails, GroupMemberInfo, GroupSummary } from '#shared/contract/groupModels.ts'
import type { Writer } from '#shared/contract/itemModels.ts'
import { CairnError } from '#shared/errors.ts'
import type { FakeState } from './fakeModel.ts'
import { fakeId, minutes, person } from './fakeState.ts'

export const writer = (name: string): Writer => ({ id: fakeId(name), name })

export const summary = (more: Partial<GroupSummary> = {}): GroupSummary => ({
  ...{ state: 'member', role: 'owner', members: 5, unheard: 0, picture: null, inviter: null },
  ...more,
})

/** A group's row in the list. */
export const group = (name: string, about: Partial<GroupSummary> = {}, more: Partial<Conversation> = {}): Conversation =>
  person(name, { group: summary(about), verified: 'no', ...more })

export const member = (name: string, more: Partial<GroupMemberInfo> = {}): GroupMemberInfo => ({
  ...{ ...writer(name), role: 'member', self: false, connection: 'connected', verified: 'no' },
  ...{ unheard: [], blocked: false, leaving: false },
  ...more,
})

export const groupDetails = (conversation: Conversation, members: GroupMemberInfo[], more: Partial<GroupDetails> = {}): GroupDetails => ({
  ...{ id: conversation.id, name: conversation.name, members, invited: [], passing: false },
  technical: { generation: 7, head: fakeId('head'), changes: 9, refused: { 'group.refused': 1 } },
  ...more,
})

export const delivery = (name: string, status: GroupDelivery['status'], at: number): GroupDelivery => ({ ...writer(name), status, at })

/** What the app says about the groups of a scripted state; every change is told as an event too. */
export function groupAnswers(state: FakeState, emit: (event: AppEvent) => void) {
  const conversation = (id: string): Conversation => {
    const found = state.conversations.find((one) => one.id === id)
    if (!found?.group) throw new CairnError('group.unknown')
    return found
  }
  const details = (id: string): GroupDetails => {
    const found = state.groups[id]
    if (!found) throw new CairnError('group.unknown')
    return found
  }
  const summarised = (id: string, change: Partial<GroupSummary>, more: Partial<Conversation> = {}): Conversation => {
    const found = conversation(id)
    Object.assign(found, more, { group: { ...found.group, ...change } })
    emit({ type: 'conversation', conversation: structuredClone(found) })
    return found
  }
  const changed = (id: string, change: Partial<GroupDetails>): GroupDetails => (state.groups[id] = { ...details(id), ...change })
  const members = (id: string, who: string, change: Partial<GroupMemberInfo>) =>
    changed(id, { members: details(id).members.map((one) => (one.id === who ? { ...one, ...change } : one)) })
  const nameOf = (id: string) => state.conversations.find((one) => one.id === id)?.name ?? id.slice(0, 8)
  const asked = (id: string) => ({ id, name: nameOf(id), state: 'invited' as const, at: Date.now() })

  return {
    'groups.create': ({ name, members: ids, picture }: Input<'groups.create'>): Conversation => {
      const made = group(name, { members: 1, picture: picture ?? null }, { activity: Date.now() })
      state.conversations.push(made)
      state.items[made.id] = []
      const self = { ...member('Jonas Reuter', { self: true, role: 'owner' }), id: state.app.profile?.id ?? '' }
      state.groups[made.id] = groupDetails(made, [self], { invited: ids.map(asked) })
      return made
    },
    'groups.details': ({ id }: { id: string }) => details(id),
    'groups.invite': ({ id, members: ids }: Input<'groups.invite'>) =>
      changed(id, { invited: [...details(id).invited.filter((one) => !ids.includes(one.id)), ...ids.map(asked)] }),
    'groups.withdraw': ({ id, member: who }: Input<'groups.withdraw'>) =>
      changed(id, { invited: details(id).invited.filter((one) => one.id !== who) }),
    'groups.answer': async ({ id, accept }: Input<'groups.answer'>) => {
      await Promise.resolve() // what it tells comes after the question, as from the real one
      if (accept) return summarised(id, { state: 'joining' })
      const found = conversation(id)
      state.conversations = state.conversations.filter((one) => one.id !== id)
      emit({ type: 'conversationRemoved', id })
      return { ...found, group: { ...found.group, state: 'left' } }
    },
    'groups.leave': ({ id }: { id: string }) => {
      if (conversation(id).group?.role === 'owner') throw new CairnError('group.owner')
      return summarised(id, { state: 'left', role: null })
    },
    'groups.dissolve': ({ id }: { id: string }) => summarised(id, { state: 'dissolved', role: null }),
    'groups.forget': ({ id }: { id: string }) => {
      if (conversation(id).group?.state === 'member') throw new CairnError('group.not-allowed')
      state.conversations = state.conversations.filter((one) => one.id !== id)
      emit({ type: 'conversationRemoved', id })
      return null
    },
    'groups.remove': ({ id, member: who }: Input<'groups.remove'>) =>
      changed(id, { members: details(id).members.filter((one) => one.id !== who) }),
    'groups.setRole': ({ id, member: who, role }: Input<'groups.setRole'>) => {
      if (role !== 'owner') return members(id, who, { role })
      summarised(id, { role: 'admin' })
      return changed(id, {
        members: details(id).members.map((one) => ({ ...one, role: one.id === who ? 'owner' : one.self ? 'admin' : one.role })),
      })
    },
    'groups.rename': ({ id, name }: Input<'groups.rename'>) => summarised(id, {}, { name, ownName: name }),
    'groups.setPicture': ({ id, picture }: Input<'groups.setPicture'>) => summarised(id, { picture: picture ?? null }),
    'groups.blockMember': ({ id, member: who, blocked }: Input<'groups.blockMember'>) => members(id, who, { blocked }),
    'groups.connect': ({ id, member: who }: Input<'groups.connect'>) => members(id, who, { connection: 'introducing' }),
    'groups.setPassing': ({ id, passing }: Input<'groups.setPassing'>) => changed(id, { passing }),
    'groups.deliveries': ({ id }: { id: string }): GroupDelivery[] =>
      details(id)
        .members.filter(({ self }) => !self)
        .map(({ name, connection }, at) =>
          delivery(name, connection === 'connected' ? (['read', 'delivered', 'sent'] as const)[at % 3]! : 'unconnected', minutes(3)),
        ),
    'conversations.open': ({ id }: { id: string }): Conversation => {
      const found = state.conversations.find((one) => one.id === id)
      if (found) return found
      const who = Object.values(state.groups).flatMap((one) => one.members).find((one) => one.id === id) // prettier-ignore
      if (!who) throw new CairnError('contact.unknown')
      const opened = person(who.name, { id, verified: 'no' })
      state.conversations.push(opened)
      state.items[id] = []
      return opened
    },
  }
}

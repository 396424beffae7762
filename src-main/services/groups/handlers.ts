import type { Handlers } from '#shared/contract/contract.ts'
import type { Profile } from '../profile.ts'

/** What windows may ask about groups. `opened` throws `profile.locked` where none is open. */
export const groupsHandlers = (opened: () => Profile): Pick<Handlers, Extract<keyof Handlers, `groups.${string}`>> => ({
  'groups.create': (wanted) => opened().groups.acts.create(wanted),
  'groups.details': ({ id }) => opened().groups.acts.details(id),
  'groups.invite': ({ id, members }) => opened().groups.acts.invite(id, members),
  'groups.withdraw': ({ id, member }) => opened().groups.acts.withdraw(id, member),
  'groups.answer': ({ id, accept }) => opened().groups.acts.answer(id, accept),
  'groups.leave': ({ id }) => opened().groups.acts.leave(id),
  'groups.remove': ({ id, member }) => opened().groups.acts.remove(id, member),
  'groups.setRole': ({ id, member, role }) => opened().groups.acts.setRole(id, member, role),
  'groups.rename': ({ id, name }) => opened().groups.acts.rename(id, name),
  'groups.setPicture': ({ id, picture }) => opened().groups.acts.setPicture(id, picture),
  'groups.dissolve': ({ id }) => opened().groups.acts.dissolve(id),
  'groups.forget': ({ id }) => {
    opened().groups.acts.forget(id)
    return null
  },
  'groups.blockMember': ({ id, member, blocked }) => opened().groups.acts.blockMember(id, member, blocked),
  'groups.connect': ({ id, member }) => opened().groups.connect(id, member),
  'groups.setPassing': ({ id, passing }) => opened().groups.setPassing(id, passing),
  'groups.deliveries': ({ id, messageId }) => opened().messages.deliveries(id, messageId),
})

import type { Handlers } from '#shared/contract/contract.ts'
import { CairnError } from '#shared/errors.ts'
import type { Profile } from '../profile.ts'

const later = (): never => {
  throw new CairnError('method.unknown')
}

/** What windows may ask about groups. `opened` throws `profile.locked` where none is open. */
export const groupsHandlers = (_opened: () => Profile): Pick<Handlers, Extract<keyof Handlers, `groups.${string}`>> => ({
  'groups.create': later,
  'groups.details': later,
  'groups.invite': later,
  'groups.withdraw': later,
  'groups.answer': later,
  'groups.leave': later,
  'groups.remove': later,
  'groups.setRole': later,
  'groups.rename': later,
  'groups.setPicture': later,
  'groups.dissolve': later,
  'groups.forget': later,
  'groups.blockMember': later,
  'groups.connect': later,
  'groups.setPassing': later,
  'groups.deliveries': later,
})

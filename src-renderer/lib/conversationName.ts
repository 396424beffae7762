import type { Conversation } from '#shared/contract/conversationModels.ts'
import { words } from '../locales/index.ts'
import { firstName } from './names.ts'

type Named = Pick<Conversation, 'name' | 'self' | 'group'>

/** Notes to oneself have a name in the language of the program. */
export const conversationName = ({ name, self }: Named): string => (self ? words.talk.self.name : name)

/** As used in sentences; the name of a group is one. */
export const shortName = ({ name, self, group }: Named): string => (self ? words.talk.self.name : group ? name : firstName(name))

/** Who is writing in a group, as used in sentences. */
export const typistNames = (typists: Readonly<Record<string, { name: string }>> = {}): string[] =>
  Object.values(typists).map(({ name }) => firstName(name))

import type { Conversation } from '#shared/contract/models.ts'
import { words } from '../locales/index.ts'
import { firstName } from './names.ts'

type Named = Pick<Conversation, 'name' | 'self'>

/** Notes to oneself have a name in the language of the program. */
export const conversationName = ({ name, self }: Named): string => (self ? words.talk.self.name : name)

/** As used in sentences. */
export const shortName = ({ name, self }: Named): string => (self ? words.talk.self.name : firstName(name))

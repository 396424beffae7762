import type { Handlers } from '#shared/contract/contract.ts'
import { CairnError } from '#shared/errors.ts'
import type { Profile } from '../profile.ts'

const later = (): never => {
  throw new CairnError('method.unknown')
}

/** What windows may ask about introductions. `opened` throws `profile.locked` where none is open. */
export const introductionsHandlers = (_opened: () => Profile): Pick<Handlers, Extract<keyof Handlers, `introductions.${string}`>> => ({
  'introductions.list': later,
  'introductions.offer': later,
  'introductions.ask': later,
  'introductions.answer': later,
  'introductions.cancel': later,
})

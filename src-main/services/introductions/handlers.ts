import type { Handlers } from '#shared/contract/contract.ts'
import type { Profile } from '../profile.ts'

/** What windows may ask about introductions. `opened` throws `profile.locked` where none is open. */
export const introductionsHandlers = (opened: () => Profile): Pick<Handlers, Extract<keyof Handlers, `introductions.${string}`>> => ({
  'introductions.list': () => opened().introductions.list(),
  'introductions.offer': ({ id, to }) => done(opened().introductions.offer(id, to)),
  'introductions.ask': ({ via, person }) => done(opened().introductions.ask(via, person)),
  'introductions.answer': ({ introductionId, accept }) => done(opened().introductions.answer(introductionId, accept)),
  'introductions.cancel': ({ introductionId }) => done(opened().introductions.cancel(introductionId)),
})

const done = (_: void): null => null

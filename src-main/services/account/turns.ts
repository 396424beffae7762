/** Work of a relay's directory user that must not overlap: it is made, used, and removed again. */
import { CairnError } from '#shared/errors.ts'
import type { Core } from '../core.ts'

export type Turns = ReturnType<typeof createTurns>

export function createTurns(core: Core) {
  const last = new Map<string, Promise<unknown>>()
  /** One after the other for the same relay; a failure is the caller's alone. Errors: `profile.locked` where it is, when the turn comes. */
  return <T>(relay: string, work: () => Promise<T>): Promise<T> => {
    const start = (): Promise<T> => {
      if (!core.open) throw new CairnError('profile.locked')
      return work()
    }
    const turn = (last.get(relay) ?? Promise.resolve()).then(start, start)
    last.set(relay, turn)
    return turn
  }
}

/** Members of a group whom this person has no session with: asked for by the program, three times at most, through one after another. */
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow, Wanted } from '../../storage/introductionStore.ts'
import { limits } from '#shared/contract/limits.ts'
import type { Core } from '../core.ts'
import type { Parts } from './parts.ts'

const hour = 3600_000
/** After so long since the last one ended: the first at once. */
const backOff = [0, hour, 24 * hour] as const

/** When the next try may be, of what was tried (the newest first); null: never again by itself. */
export function nextTry(tries: readonly Pick<IntroductionRow, 'changed'>[]): number | null {
  const wait = backOff[tries.length]
  return wait === undefined ? null : (tries[0]?.changed ?? 0) + wait
}

type Ask = (via: Contact, person: string, reason: 'group', group: string, auto: boolean) => void

export function createTries(core: Core, parts: Parts, ask: Ask) {
  const { introductions } = core.stores

  /** Who is asked for at the moment. */
  const waiting = (): Set<string | null> => {
    const own = introductions.pending().filter(({ role, state }) => role === 'asker' && (state === 'asked' || state === 'answered'))
    return new Set(own.map(({ target }) => target))
  }

  /** The first, in the order of preference, that was not asked yet; after all of them, from the beginning. */
  function mediatorFor({ mediators, target }: Wanted, tries: readonly IntroductionRow[]): Contact | null {
    const there = mediators.flatMap((id) => (id === target ? [] : (parts.heard(id) ?? [])))
    return there.find(({ id }) => !tries.some(({ via }) => via === id)) ?? there[0] ?? null
  }

  function tryOne(wanted: Wanted, under: Set<string | null>): void {
    if (parts.isConnected(wanted.target)) return introductions.unwant(wanted.target)
    if (under.has(wanted.target) || under.size >= limits.introductions) return
    const tries = introductions.tries(wanted.target).filter(({ state }) => state !== 'done')
    const next = nextTry(tries)
    if (next === null) return introductions.unwant(wanted.target)
    const via = next <= core.now() ? mediatorFor(wanted, tries) : null
    if (!via) return
    ask(via, wanted.target, 'group', wanted.group, true)
    under.add(wanted.target)
  }

  /** For a group of hundreds this runs with each that is connected: what is under way is looked at once. */
  function tryAll(): void {
    const under = waiting()
    for (const one of introductions.wanted()) tryOne(one, under)
  }

  return {
    /** In a transaction of its own; what cannot be now is tried with the next housekeeping, or when somebody is connected. */
    run: (): void => core.commit(tryAll),
    want: introductions.want,
  }
}

/** Members of a group whom this person has no session with: asked for by the program, three times at most, through one after another. */
import type { Contact } from '../../storage/contactStore.ts'
import type { IntroductionRow, Wanted } from '../../storage/introductionStore.ts'
import { limits } from '#shared/contract/limits.ts'
import type { Core } from '../core.ts'
import type { Hearers, Parts } from './parts.ts'

const hour = 3600_000
/** After so long since the last one ended: the first at once. */
const backOff = [0, hour, 24 * hour] as const

/** So many are begun, and then no more for a while unless some of them come about: whoever lets a hundred people in is not asked for all at once. */
const atOnce = 8
const restMs = 15_000

/** When the next try may be, of what was tried (the newest first); null: never again by itself. */
export function nextTry(tries: readonly Pick<IntroductionRow, 'changed'>[]): number | null {
  const wait = backOff[tries.length]
  return wait === undefined ? null : (tries[0]?.changed ?? 0) + wait
}

type Ask = (via: Contact, person: string, reason: 'group', group: string, auto: boolean) => void

/** What the members of a group say is read once for all who are wanted of it. */
function onceEach(hearers: Hearers): Hearers {
  const known = new Map<string, ReturnType<Hearers>>()
  return (group) => {
    const found = known.get(group) ?? hearers(group)
    known.set(group, found)
    return found
  }
}

export function createTries(core: Core, parts: Parts, { ask, hearers }: { ask: Ask; hearers: Hearers }) {
  const { introductions } = core.stores

  let resting: (() => void) | null = null

  /** Whom this person asked for and still waits for, and how many of these it may ask for now. */
  function waiting(): { under: Set<string | null>; room: number } {
    const own = introductions.pending().filter(({ role, state }) => role === 'asker' && (state === 'asked' || state === 'answered'))
    const fresh = own.filter(({ changed }) => changed > core.now() - restMs)
    return { under: new Set(own.map(({ target }) => target)), room: atOnce - fresh.length }
  }

  /** The first, in the order of preference, that was not asked yet; after all of them, from the beginning. Whoever hears it by now comes first. */
  function mediatorFor({ mediators, target }: Wanted, tries: readonly IntroductionRow[], hear: readonly string[]): Contact | null {
    const there = [...new Set([...hear, ...mediators])].flatMap((id) => (id === target ? [] : (parts.heard(id) ?? [])))
    return there.find(({ id }) => !tries.some(({ via }) => via === id)) ?? there[0] ?? null
  }

  /** True where somebody was asked. */
  function tryOne(wanted: Wanted, under: Set<string | null>, hear: Hearers): boolean {
    if (under.has(wanted.target) || under.size >= limits.introductions) return false
    const tries = introductions.tries(wanted.target).filter(({ state }) => state !== 'done')
    const next = nextTry(tries)
    if (next === null) introductions.unwant(wanted.target)
    const isDue = next !== null && next <= core.now()
    const via = isDue ? mediatorFor(wanted, tries, hear(wanted.group)(wanted.target)) : null
    if (!via) return false
    ask(via, wanted.target, 'group', wanted.group, true)
    under.add(wanted.target)
    return true
  }

  /** For a group of hundreds this runs with each that is connected: what is under way is looked at once. */
  function tryAll(): void {
    const wanted = introductions.wanted().filter(({ target }) => {
      const isDone = parts.isConnected(target)
      if (isDone) introductions.unwant(target)
      return !isDone
    })
    if (wanted.length === 0) return
    const { under, room } = waiting()
    let left = room
    const hear = onceEach(hearers)
    for (const one of wanted) {
      if (left <= 0) return rest()
      if (tryOne(one, under, hear)) left -= 1
    }
  }

  function rest(): void {
    resting ??= core.after(restMs, () => {
      resting = null
      core.commit(tryAll)
    })
  }

  return {
    /** In a transaction of its own; what cannot be now is tried with the next housekeeping, or when somebody is connected. */
    run: (): void => core.commit(tryAll),
    want: introductions.want,
  }
}

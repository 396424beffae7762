/** A life of a group by chance: people come, go, are taken out, rename it, quarrel, and are away for weeks. */
import { isCairnError } from '#shared/errors.ts'
import { createTalk, type Talk } from './talk.ts'
import { createDice } from '#test/support/seeded.ts'
import { createWorld, day, hour, minute, type Person, type World } from './world.ts'

export interface Result {
  delivered: number
  members: number
  /** Messages that had to be shown to somebody else. */
  owed: number
}

/** Most are small, so that there can be many; one in seventy has tens of people. */
function sizeOf(seed: string): { count: number; steps: number } {
  const dice = createDice(`${seed} size`)
  if (dice.chance(0.015)) return { count: 20 + dice.below(4), steps: 8 }
  return dice.chance(0.85) ? { count: 3 + dice.below(3), steps: 16 } : { count: 6 + dice.below(3), steps: 20 }
}

/** Errors: what the program throws but a named refusal; the message of what does not hold at the end. */
export function runSchedule(seed: string): Result {
  const { count, steps } = sizeOf(seed)
  const world = createWorld(seed, count, { lose: createDice(`${seed} loss`).chance(0.5) ? 0.08 : 0, repeat: 0.05 })
  const { people, dice } = world
  const founder = people[0] as Person
  for (const [i, one] of people.entries()) for (const other of people.slice(i + 1)) if (i === 0 || dice.chance(0.25)) world.meet(one, other)
  world.pass(minute)
  const first = people.slice(1).filter((_, i) => i < 2 || dice.chance(0.6))
  const { id } = founder.groups.acts.create({ name: 'G', members: first.map((one) => one.id), picture: null })
  const talk = createTalk(id)
  world.onMoved(talk.look)
  people.forEach(talk.look)
  comeTogether(world, id)
  for (let i = 0; i < steps; i++) {
    world.pass(dice.chance(0.5) ? dice.below(3_000) : dice.below(dice.chance(0.1) ? 7 * day : hour))
    for (const person of people) if (person.online) answer(world, person, id)
    step(world, id, talk)
    people.forEach(talk.look)
  }
  const honest = people.filter(({ rogue }) => !rogue)
  const verdict = () => {
    people.forEach(talk.look)
    const { problems, owed } = talk.judge(honest, world.haveSession)
    return { problems: [...judge(world, id), ...problems], owed }
  }
  world.heal(14, () => {
    for (const person of people) answer(world, person, id)
    return verdict().problems.length === 0
  })
  const { problems, owed } = verdict()
  if (problems.length > 0) throw new Error(problems.slice(0, 12).join('\n'))
  return { delivered: world.delivered(), members: people.filter((one) => isIn(one, id)).length, owed }
}

/** Most of those who were asked say yes, and some become admins: the life of a group of one is short. */
function comeTogether(world: World, id: string): void {
  const founder = world.people[0] as Person
  world.pass(10_000)
  for (const person of world.people) answer(world, person, id)
  world.pass(10_000)
  for (const member of founder.core.stores.groups.membersOf(stateOf(founder, id)?.contact ?? 0))
    if (world.dice.chance(0.4)) act(() => founder.groups.acts.setRole(id, member, 'admin'))
  world.pass(10_000)
}

const stateOf = (person: Person, id: string) => person.rowOf(id)

const isIn = (person: Person, id: string): boolean => ['member', 'dissolved'].includes(stateOf(person, id)?.state ?? '')

function answer({ dice }: World, person: Person, id: string): void {
  if (stateOf(person, id)?.state === 'invited') act(() => person.groups.acts.answer(id, dice.chance(0.9)))
}

/** What a person may not do is refused, and changes nothing. */
function act(what: () => unknown): void {
  try {
    what()
  } catch (error) {
    if (!isCairnError(error)) throw error
  }
}

function step(world: World, id: string, talk: Talk): void {
  const { people, dice } = world
  const there = people.filter((one) => one.online && stateOf(one, id)?.state === 'member')
  const one = <T>(list: readonly T[]): T | undefined => list[dice.below(Math.max(1, list.length))]
  const admins = there.filter((person) => stateOf(person, id)?.role !== 'member')
  const admin = one(admins)
  const owner = there.find((person) => stateOf(person, id)?.role === 'owner')
  const memberOf = (person: Person) => one(person.core.stores.groups.membersOf(stateOf(person, id)?.contact ?? 0))
  const acts = (person: Person) => person.groups.acts
  const atOnce = (all: Person[]) =>
    all.forEach((two) =>
      act(() => (dice.chance(0.5) ? acts(two).rename(id, `A${dice.below(1000)}`) : acts(two).setTimer(id, 60 * dice.below(10)))),
    )
  const events: (() => unknown)[] = [
    () =>
      admin &&
      acts(admin).invite(
        id,
        people.filter((two) => two !== admin && dice.chance(0.2) && admin.knows(two)).map((two) => two.id),
      ),
    () =>
      admin &&
      acts(admin).invite(
        id,
        people.filter((two) => two !== admin && dice.chance(0.2) && admin.knows(two)).map((two) => two.id),
      ),
    () => admin && dice.chance(0.5) && acts(admin).remove(id, memberOf(admin) ?? ''),
    () => admin && acts(admin).rename(id, `N${dice.below(1000)}`),
    () => admin && acts(admin).setTimer(id, 60 * dice.below(10)),
    () => owner && acts(owner).setRole(id, memberOf(owner) ?? '', 'admin'),
    () => owner && acts(owner).setRole(id, memberOf(owner) ?? '', dice.chance(0.8) ? 'admin' : 'owner'),
    () => owner && acts(owner).setRole(id, memberOf(owner) ?? '', 'member'),
    () => dice.chance(0.3) && acts(one(there) ?? (people[0] as Person)).leave(id),
    () => dice.chance(0.6) && world.leave(one(people) as Person),
    () => people.forEach(world.comeBack),
    () => world.comeBack(one(people) as Person),
    () => people.forEach(world.comeBack),
    () => world.breakSession(one(people) as Person, one(people) as Person),
    () => world.mend(),
    // several at once
    () => atOnce(admins),
    () => atOnce(admins.filter((two) => two !== owner)),
    () => atOnce(admins.filter((two) => two !== owner)),
    () => atOnce(admins.filter((two) => two !== owner)),
    () => dice.chance(0.3) && admins.forEach((two) => act(() => acts(two).remove(id, memberOf(two) ?? ''))),
    // one that follows nobody any more, and one that signs on
    () => admin && dice.chance(0.3) && admin !== owner && (admin.rogue = true),
    () => people.filter(({ rogue, online }) => rogue && online).forEach((two) => act(() => acts(two).rename(id, `R${dice.below(1000)}`))),
    () => dice.chance(0.02) && owner && acts(owner).dissolve(id),
  ]
  act(one(events) as () => unknown)
  for (const writer of there) if (dice.chance(0.15)) act(() => talk.write(writer))
}

/** Whoever is honest holds to what the honest that hear it hold to; who is out knows it. */
function judge(world: World, id: string): string[] {
  const honest = world.people.filter(({ rogue }) => !rogue)
  const rows = new Map(honest.map((person) => [person, stateOf(person, id)]))
  const problems: string[] = [...world.warnings]
  for (const a of honest.filter((one) => isIn(one, id))) {
    const roster = new Set(a.core.stores.groups.membersOf(rows.get(a)?.contact ?? 0))
    for (const b of honest) {
      if (a === b || !world.haveSession(a, b)) continue
      const [mine, theirs] = [rows.get(a), rows.get(b)]
      const where = `${a.name} holds to ${mine?.head?.slice(0, 8)}, ${b.name} (${theirs?.state}) to ${theirs?.head?.slice(0, 8)}`
      if (mine?.state === 'dissolved' && theirs?.state === 'left') continue // nothing follows a dissolution, a removal neither
      if (roster.has(b.id) && !isIn(b, id)) problems.push(`${where}: a member does not know it`)
      if (roster.has(b.id) && mine?.head !== theirs?.head) problems.push(`${where}: they differ`)
      if (!roster.has(b.id) && isIn(b, id)) problems.push(`${where}: it is out and does not know it`)
    }
  }
  return problems
}

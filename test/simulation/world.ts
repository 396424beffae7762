/**
 * Many people, one clock, and what carries their messages: late, out of step with each other, twice, or not at all. Sessions break and
 * come back, programs end for weeks. Everything follows from the seed.
 */
import type { Message } from '#main/protocol/message.ts'
import { createDice, seededRandom } from '#test/support/seeded.ts'
import { createManualClock } from '#test/support/manualClock.ts'
import { createCourier } from './courier.ts'
import { createMember, type Member } from './member.ts'

export interface Person extends Member {
  /** The program runs. */
  online: boolean
  /** Follows nobody's changes but its own. */
  rogue: boolean
}

export type World = ReturnType<typeof createWorld>

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export function createWorld(seed: string, count: number, trouble: { lose: number; repeat: number }) {
  const dice = createDice(seed)
  const clock = createManualClock()
  const warnings: string[] = []
  const faults = { ...trouble }
  /** Sessions by both names, and whether they work at the moment. */
  const sessions = new Map<string, { works: boolean; held: (() => void)[] }>()
  const people: Person[] = []
  let delivered = 0
  let onMoved: (person: Person) => void = () => undefined

  const pair = (a: Member, b: Member): string => [a.name, b.name].toSorted().join(' ')
  const byId = (id: string): Person => people.find((one) => one.id === id) as Person

  /** What the person's program does when it runs; until then it waits. */
  const waiting = new Map<Person, (() => void)[]>()
  function whenOnline(person: Person, task: () => void): void {
    if (person.online) return task()
    waiting.set(person, [...(waiting.get(person) ?? []), task])
  }

  /** What groups say of themselves may be lost for good: they look after it. What people write is in the courier's hands. */
  function post(from: Person, to: Person, message: Message): void {
    if (message.t === 'text') return courier.send({ from, to, message })
    if (dice.chance(faults.lose)) return
    const arrive = (): void => {
      if (!to.rogue || message.t !== 'group.changes') to.receive(from, message)
    }
    carry(from, to, arrive)
    if (dice.chance(faults.repeat)) carry(from, to, arrive)
  }

  function carry(from: Member, to: Member, arrive: () => void): void {
    const session = sessions.get(pair(from, to))
    const go = (): void =>
      void clock.after(50 + dice.below(dice.chance(0.05) ? 5 * minute : 3_000), () =>
        whenOnline(byId(to.id), () => {
          delivered += 1
          arrive()
        }),
      )
    if (session?.works === false) session.held.push(go)
    else go()
  }

  const courier = createCourier({ dice, lose: () => faults.lose, carry: ({ from, to }, arrive) => carry(from, to, arrive) })

  /** A program that was closed does not wake by timers of its own. */
  function after(person: () => Person, generation: number, ms: number, task: () => void): () => void {
    return clock.after(ms, () => {
      if (person().online && generations[people.indexOf(person())] === generation) task()
    })
  }
  const generations: number[] = []

  for (let i = 0; i < count; i++) {
    generations.push(0)
    const random = seededRandom(`${seed} ${i}`)
    const me = (): Person => people[i] as Person
    const surroundings = {
      ...{ now: clock.now, random },
      after: (ms: number, task: () => void) => after(me, generations[i] as number, ms, task),
      send: (to: string, message: Message) => post(me(), byId(to), message),
      moved: () => onMoved(me()),
      introduce: (member: string, mediators: string[]) => introduce(me(), byId(member), mediators.map(byId)),
      warn: (event: string, facts: object) => {
        // who has been taken out meanwhile is refused when what it wrote is looked at
        const isRefusal = event === 'messages.kept-refused' && (facts as { code?: string }).code === 'group.not-member'
        if (!isRefusal) warnings.push(`${event} ${JSON.stringify(facts)}`)
      },
    }
    people.push(Object.assign(createMember(i, surroundings), { online: true, rogue: false }))
  }

  function meet(a: Person, b: Person): void {
    if (a === b || sessions.has(pair(a, b))) return
    sessions.set(pair(a, b), { works: true, held: [] })
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      whenOnline(one, () => one.meet(other))
  }

  /** The first of the mediators that knows both and is there brings them together, most of the time. */
  function introduce(asker: Person, target: Person, mediators: Person[]): void {
    const mediator = mediators.find((one) => sessions.has(pair(one, asker)) && sessions.has(pair(one, target)))
    if (mediator && !dice.chance(0.1)) clock.after(2_000 + dice.below(minute), () => meet(asker, target))
  }

  function leave(person: Person): void {
    person.online = false
  }

  function comeBack(person: Person): void {
    if (person.online) return
    person.online = true
    const at = people.indexOf(person)
    generations[at] = (generations[at] as number) + 1
    person.restart()
    for (const task of (waiting.get(person) ?? []).splice(0)) task()
  }

  function breakSession(a: Person, b: Person): void {
    const session = sessions.get(pair(a, b))
    if (session) session.works = false
  }

  /** Sessions that broke are replaced, and now and then one that works, in the middle of everything: both say what they hold to. */
  function mend(): void {
    for (const [key, session] of sessions) {
      if (session.works && !dice.chance(0.1)) continue
      session.works = true
      for (const go of session.held.splice(0)) go()
      reset(key)
    }
  }

  function reset(key: string): void {
    const [a, b] = key.split(' ').map((name) => people.find((one) => one.name === name) as Person)
    if (!a || !b) return
    whenOnline(a, () => a.meet(b))
    whenOnline(b, () => b.meet(a))
    courier.reset(a, b)
  }

  function pass(ms: number): void {
    const until = clock.now() + ms
    while (clock.step(until));
  }

  /** Days in which nothing is lost any more, everybody is there, and each program looks after itself; until it is well. */
  function heal(days: number, isWell: () => boolean): void {
    faults.lose = 0
    people.forEach(comeBack)
    mend()
    for (const [key] of sessions) reset(key)
    pass(hour)
    for (let i = 0; i < days && !isWell(); i++) {
      for (const person of people) person.groups.housekeeping()
      pass(day)
    }
  }

  return {
    ...{ dice, people, clock, warnings, meet, leave, comeBack, breakSession, mend, pass, heal },
    haveSession: (a: Member, b: Member) => sessions.has(pair(a, b)),
    delivered: () => delivered,
    onMoved: (listener: (person: Person) => void) => void (onMoved = listener),
  }
}

/** What members tell of whom they hear, also where the change it is told under comes later. */
import { expect, it } from 'vitest'
import fc from 'fast-check'
import { memberBitsMost, packMembers, unpackMembers } from '#main/protocol/memberBits.ts'
import type { Message } from '#main/protocol/message.ts'
import { createMember, type Member } from '#test/simulation/member.ts'
import { createManualClock } from '#test/support/manualClock.ts'
import { seededRandom } from '#test/support/seeded.ts'

it('whom a head names is packed into bits and comes back', () => {
  const id = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16).padStart(64, '0'))
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 250 }), fc.uniqueArray(id, { maxLength: 20 }), fc.nat(), (ids, strangers, every) => {
      const state = { members: new Map(ids.map((one) => [one, { name: '', since: 0 }])) }
      const some = ids.filter((_, i) => i % ((every % 5) + 1) === 0)
      const bits = packMembers(state, [...some, ...strangers.filter((one) => !ids.includes(one))])
      expect(bits.length).toBeLessThanOrEqual(memberBitsMost)
      expect(unpackMembers(state, bits)).toEqual(some.toSorted())
    }),
  )
})

it('bits past the last member say nothing', () => {
  const state = { members: new Map([['aa', { name: '', since: 0 }]]) }
  expect(unpackMembers(state, new Uint8Array(memberBitsMost).fill(0xff))).toEqual(['aa'])
  expect(unpackMembers({ members: new Map() }, Uint8Array.of(1))).toEqual([])
})

/** Four people, and what they send, which goes on only where the test says so. */
function createTable() {
  const clock = createManualClock()
  const post: { from: Member; to: string; message: Message }[] = []
  const people = ['ann', 'ben', 'cleo', 'dan'].map((seed, i) => {
    const me: Member = createMember(i, {
      ...{ now: clock.now, after: clock.after, random: seededRandom(seed) },
      send: (to, message) => post.push({ from: me, to, message }),
      moved: () => undefined,
      introduce: () => undefined,
      warn: (event) => expect(event).toBe('nothing'),
    })
    return me
  }) as [Member, Member, Member, Member]

  /** All that is on its way now and is not held, in its order, and what follows from it within some seconds. */
  function deliver(isHeld: (from: Member, to: Member, message: Message) => boolean = () => false): void {
    const held: typeof post = []
    do {
      for (let next = post.shift(); next !== undefined; next = post.shift()) {
        const to = people.find((one) => one.id === next?.to) as Member
        if (isHeld(next.from, to, next.message)) held.push(next)
        else to.receive(next.from, next.message)
      }
    } while (clock.step(clock.now() + 5_000) || post.length > 0)
    post.push(...held)
  }
  const meet = (a: Member, b: Member): void => (a.meet(b), b.meet(a))
  return { people, deliver, meet, clock }
}

/** Ann's group, with Ben in it; she has asked Cleo and Dan, who have said yes. They know her alone. */
function createGroup() {
  const table = createTable()
  const [ann, ben, cleo, dan] = table.people
  for (const other of [ben, cleo, dan]) table.meet(ann, other)
  const { id } = ann.groups.acts.create({ name: 'Walkers', members: [ben.id], picture: null })
  table.deliver()
  ben.groups.acts.answer(id, true)
  table.deliver()
  ann.groups.acts.invite(id, [cleo.id, dan.id])
  table.deliver()
  for (const one of [cleo, dan]) one.groups.acts.answer(id, true)
  return { ...table, id }
}

it('is understood once the change it was told under is here', () => {
  const { people, deliver, meet, id } = createGroup()
  const [ann, ben, cleo, dan] = people
  deliver((from, to, { t }) => from === ann && to === ben && t === 'group.changes') // Ben does not know that they have joined
  meet(ben, cleo)

  const unheard = () => ben.core.stores.groups.person(ben.rowOf(id)?.contact ?? 0, cleo.id)?.unheard
  expect(unheard()).toBeUndefined()
  deliver(({ name }, to, { t }) => t === 'group.changes' && to === ben && [ann.name, cleo.name].includes(name))
  expect(unheard()).toBeUndefined()
  deliver(({ name }, to, { t }) => t === 'group.changes' && to === ben && name === ann.name)
  expect(unheard()).toEqual([dan.id])
  deliver()
  expect(unheard()).toEqual([dan.id])
})

it('says who can bring somebody together with somebody, as long as it is fresh', () => {
  const { people, deliver, meet, clock, id } = createGroup()
  const [, ben, cleo, dan] = people
  const hearers = () => ben.groups.hearers(id)(dan.id)
  expect(hearers()).toEqual([]) // nobody knows that he is in
  deliver()
  meet(ben, cleo)
  deliver()
  expect(hearers()).toEqual([]) // Ann has said nothing since he is in, and Cleo that she does not hear him
  meet(cleo, dan)
  for (const end = clock.now() + 60_000; clock.now() < end;) {
    clock.step(end)
    deliver()
  }
  expect(hearers()).toEqual([cleo.id])
  expect(ben.groups.hearers(id)('ee'.repeat(32))).toEqual([]) // no member
  expect(ben.groups.hearers('ee'.repeat(32))(dan.id)).toEqual([]) // no group
  while (clock.step(clock.now() + 15 * 60_000));
  expect(hearers()).toEqual([])
})

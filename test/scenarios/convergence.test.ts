/**
 * Two whole apps that write, change, react to and take back messages over a bad network, with restarts and resets, as a seed decides. After
 * that comes quiet; then both must show the same messages in the same state, and know the same timer.
 *
 * A failure names its seed: `CAIRN_SEED=17 npx vitest run --project unit test/scenarios/convergence.test.ts` runs that one alone,
 * `CAIRN_SEEDS=100` so many.
 */
import { expect, test } from 'vitest'
import { createWorld, noFaults, type Person, type World } from '#test/support/twoApps.ts'
import { node } from '#test/support/providers.ts'

const minute = 60_000
const steps = 60
const badNetwork = { drop: 0.1, duplicate: 0.15, delay: 0.25, corrupt: 0.02, forget: 0.03 }
const emoji = ['👍', '❤️', '🎉', ''] as const

type Deed = (world: World, person: Person, step: number) => Promise<unknown>

const pick = async ({ dice }: World, person: Person, isRight: (own: boolean) => boolean): Promise<string | null> => {
  const some = (await person.texts()).filter(({ own, deleted }) => !deleted && isRight(own))
  return some[dice.below(some.length)]?.id ?? null
}

const change: Deed = async (world, person, step) => {
  const messageId = await pick(world, person, (own) => own)
  if (messageId !== null)
    await person.call('conversations.edit', { id: person.id.peer, messageId, text: `${person.name} changed ${String(step)}` })
}
const react: Deed = async (world, person) => {
  const messageId = await pick(world, person, () => true)
  const wanted = emoji[world.dice.below(emoji.length)] ?? ''
  if (messageId !== null) await person.call('conversations.react', { id: person.id.peer, messageId, emoji: wanted })
}
const takeBack: Deed = async (world, person) => {
  const messageId = await pick(world, person, (own) => own)
  if (messageId !== null) await person.call('conversations.delete', { id: person.id.peer, messageIds: [messageId], for: 'both' })
}
const deeds: readonly (readonly [share: number, deed: Deed])[] = [
  [0.2, change],
  [0.25, react],
  [0.08, takeBack],
  [
    0.05,
    ({ dice }, person) => person.call('conversations.setTimer', { id: person.id.peer, seconds: [0, 3_600, 2_419_200][dice.below(3)] ?? 0 }),
  ],
  [0.05, async (_, person) => (await person.lock(), person.unlock())],
  [0.04, (_, person) => person.call('sessions.reset', { id: person.id.peer })],
]

async function act(world: World, step: number): Promise<void> {
  const { dice } = world
  const person = world.people[dice.below(2)] as Person
  const deed = deeds.find(([share]) => dice.chance(share))?.[1]
  if (deed) await deed(world, person, step)
  else await person.say(`${person.name} ${String(step)}`)
  await world.advance(dice.below(dice.chance(0.2) ? minute : 3_000))
}

/** As both should show it, whoever looks: authors by name, reactions in no order. */
async function view(person: Person, other: Person) {
  const author = (own: boolean) => (own ? person : other).name
  const texts = (await person.texts()).map(({ id, own, text, deleted, reactions }) => ({
    ...{ id, author: author(own), text, deleted },
    reactions: reactions.map((reaction) => `${author(reaction.own)} ${reaction.emoji}`).toSorted(),
  }))
  return { timer: (await person.conversation())?.timer, texts: texts.toSorted((a, b) => a.id.localeCompare(b.id)) }
}

async function quieten(world: World): Promise<void> {
  world.setFaults(noFaults)
  for (let round = 0; round < 12; round++) {
    for (const person of world.people) {
      await person.lock()
      await person.unlock()
    }
    await world.advance(10 * minute)
    const waiting = await Promise.all(world.people.map(async (person) => (await person.details()).technical.outbox))
    if (
      waiting.every((count) => count === 0) &&
      (await Promise.all(world.people.map((one) => one.conversation()))).every((one) => !one?.trouble)
    )
      return
  }
}

const one = process.env['CAIRN_SEED']
const many = Number(process.env['CAIRN_SEEDS'] ?? 3)
const seeds = one === undefined ? Array.from({ length: many }, (_, i) => i + 1) : [Number(one)]

test.each(seeds)('both end with the same, seed %i', { timeout: 180_000 }, async (seed) => {
  const world = await createWorld(`convergence ${String(seed)}`, node)
  try {
    await world.meet()
    world.setFaults(badNetwork)
    for (let step = 0; step < steps; step++) await act(world, step)
    await quieten(world)
    await world.advance(minute)
    const [ann, ben] = world.people
    const [seen, other] = [await view(ann, ben), await view(ben, ann)]
    expect(seen.texts.length).toBeGreaterThan(10)
    expect(other).toEqual(seen)
  } finally {
    await world.dispose()
  }
})

/** A group of three who have no relay at all, on one network: two of them come to know each other through the third. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile } from '#test/support/files.ts'
import { connectOnLan, lanPeople, meet } from '#test/support/lanApps.ts'
import { createTestWorld, type TestApp } from '#test/support/testApp.ts'

const world = createTestWorld()
let people: TestApp[]
let alice: TestApp
let bob: TestApp
let cleo: TestApp
let group: string

beforeAll(async () => {
  people = [alice, bob, cleo] = await lanPeople(world, 'Alice', 'Bob', 'Cleo')
  await Promise.all([bob, cleo].map((friend) => connectOnLan(alice, friend)))
  group = (await alice.call('groups.create', { name: 'Walkers', members: [bob.id, cleo.id] })).id
  for (const app of [bob, cleo]) {
    await app.untilConversation(group, 'is invited', (one) => one.group?.state === 'invited')
    await app.call('groups.answer', { id: group, accept: true })
  }
  for (const app of people) await app.untilConversation(group, 'all are in', (one) => one.group?.members === 3)
})
afterAll(() => world.end())

const others = (app: TestApp) => people.filter((one) => one !== app)

async function untilAllHaveFile(from: TestApp): Promise<void> {
  const bytes = someBytes(200_000)
  await sendFile(from, group, { bytes, name: `of ${from.name}` })
  for (const app of others(from)) {
    const { file } = await untilFile(app, group, (one) => isHere(one) && one.name === `of ${from.name}`)
    expect(await digestOf(app, file.id)).toBe(sha256(bytes))
  }
}

it('who knows both is heard by both, its files too; who does not know another waits, and says so', async () => {
  await alice.send(group, 'Alice to both')
  for (const app of [bob, cleo]) await app.untilShown(group, ['Alice to both'])
  await untilAllHaveFile(alice)
  await bob.send(group, 'Bob to both')
  await alice.untilShown(group, ['Bob to both'])
  for (const app of [bob, cleo]) expect((await app.conversation(group)).group?.unheard).toBe(1)
})

it('once the two have met, everything comes, once, and files go from each to all', async () => {
  await meet(bob, cleo)
  for (const app of people) await app.untilConversation(group, 'all hear each other', (one) => one.group?.unheard === 0)
  await cleo.untilShown(group, ['Bob to both'])
  await cleo.send(group, 'Cleo to both')
  for (const app of people) {
    await app.untilShown(group, ['Cleo to both'])
    expect((await app.shown(group)).filter(Boolean)).toEqual(['Alice to both', 'Bob to both', 'Cleo to both'])
  }
  for (const app of [bob, cleo]) await untilAllHaveFile(app)
})

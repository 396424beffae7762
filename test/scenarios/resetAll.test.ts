/** Every session anew, with progress that outlives the program. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect, createTestWorld, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'
import { eventually } from '#test/support/eventually.ts'

let world: TestWorld
let relay: TestRelay
let alice: TestApp
let friends: TestApp[]

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
  friends = []
  for (const name of ['Ann', 'Ben', 'Cem']) {
    const friend = await world.app({ name, relay: relay.address })
    await connect(alice, friend)
    friends.push(friend)
  }
})
afterEach(() => world.end())

const untilDone = (done: number) =>
  eventually(
    `${done} are done`,
    () => alice.call('sessions.resetAllState', {}),
    (state) => state?.done === done,
    30_000,
  )
const sessions = async () => Promise.all(friends.map(async ({ id }) => (await alice.call('contacts.details', { id })).technical.sessionId))

it('resets every session, tells how far it is, and is over when the person says so', async () => {
  const before = await sessions()
  expect(await alice.call('sessions.resetAll', {})).toMatchObject({ total: 3 })
  await untilDone(3)
  expect(await alice.call('sessions.resetAllState', {})).toMatchObject({ total: 3, done: 3, waiting: [] })
  const after = await sessions()
  expect(after.filter((id) => id === null || before.includes(id))).toEqual([])
  expect(alice.events).toContainEqual({ type: 'resetAll', resetAll: expect.objectContaining({ done: 3 }) as unknown })
  for (const friend of friends) {
    await alice.send(friend.id, 'on new keys')
    await friend.untilShown(alice.id, ['on new keys'])
  }
  await alice.call('sessions.endResetAll', {})
  expect(await alice.call('sessions.resetAllState', {})).toBeNull()
})

it('who is away is waited for by name, over a restart; asking again asks nobody twice', async () => {
  const [ann, ben, cem] = friends as [TestApp, TestApp, TestApp]
  await cem.lock()
  await alice.call('contacts.rename', { id: cem.id, label: 'Cem from work' })
  await alice.call('sessions.resetAll', {})
  await untilDone(2)
  const requests = () =>
    alice.withDatabase((db) => db.prepare<{ id: Uint8Array }>(`SELECT id FROM invites WHERE kind = 'reset' ORDER BY id`).all())
  const asked = await requests()
  expect(asked).toHaveLength(1)
  expect(await alice.call('sessions.resetAll', {})).toMatchObject({ total: 3, done: 2, waiting: ['Cem from work'] })
  expect(await requests()).toEqual(asked)
  const lines = async (friend: TestApp) => (await friend.items(alice.id)).filter((item) => item.kind === 'system' && item.event === 'reset')
  expect([(await lines(ann)).length, (await lines(ben)).length]).toEqual([1, 1])
  await cem.unlock()
  await untilDone(3)
})

it('a contact that is blocked, deleted, or whose reset is cancelled belongs to it no more', async () => {
  const [ann, ben, cem] = friends as [TestApp, TestApp, TestApp]
  for (const friend of friends) await friend.lock()
  await alice.call('sessions.resetAll', {})
  expect((await alice.call('sessions.resetAllState', {}))?.waiting).toEqual(['Ann', 'Ben', 'Cem'])
  await alice.call('contacts.block', { id: ann.id, blocked: true })
  await alice.call('contacts.remove', { id: ben.id, block: false })
  await eventually(
    'only Cem is waited for',
    () => alice.call('sessions.resetAllState', {}),
    (state) => state?.total === 1 && state.waiting.join() === 'Cem',
  )
  await alice.call('sessions.cancelReset', { id: cem.id })
  expect(await alice.call('sessions.resetAllState', {})).toBeNull()
})

it('is nothing where there is nobody', async () => {
  const lonely = await world.app({ name: 'Lone', relay: relay.address })
  expect(await lonely.call('sessions.resetAll', {})).toBeNull()
})

it('many contacts are asked a few at a time', async () => {
  for (let n = 0; n < 7; n++) {
    const friend = await world.app({ name: `Friend ${n}`, relay: relay.address })
    await connect(alice, friend)
    await friend.lock()
  }
  for (const friend of friends) await friend.lock()
  await alice.call('sessions.resetAll', {})
  const asked = async () => (await alice.call('conversations.list', {})).filter(({ trouble }) => trouble?.kind === 'resetting').length
  expect(await asked()).toBe(8)
  await alice.lock() // what was not asked yet goes on with the next start
  await alice.unlock()
  expect(await asked()).toBe(10)
})

/** A contact that restored an older copy also lacks what was done to messages it has. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { connect, createTestWorld, untilDelivered, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  const relay = await world.relay()
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
  await connect(alice, bob)
})
afterEach(() => world.end())

const textsOf = async (app: TestApp, of: TestApp) => (await app.items(of.id)).filter((item) => item.kind === 'text')

it('edits, deletions, reactions and the timer come back, once, and an ordinary reset asks about none of them', async () => {
  for (const text of ['first', 'second', 'third']) await alice.send(bob.id, text)
  await bob.untilShown(alice.id, ['first', 'second', 'third'])
  await untilDelivered(alice, bob.id)
  const copy = join(world.folder(), 'copy')
  await bob.lock()
  cpSync(bob.dir, copy, { recursive: true })
  await bob.unlock()

  const [first = '', second = '', third = ''] = (await textsOf(alice, bob)).map(({ id }) => id)
  await alice.call('conversations.edit', { id: bob.id, messageId: first, text: 'first, said better' })
  await alice.call('conversations.delete', { id: bob.id, messageIds: [second], for: 'both' })
  await alice.call('conversations.react', { id: bob.id, messageId: third, emoji: '👍' })
  await alice.call('conversations.setTimer', { id: bob.id, seconds: 3600 })
  await bob.untilShown(alice.id, ['first, said better'])
  await untilDelivered(alice, bob.id)
  await bob.call('sessions.reset', { id: alice.id })
  await bob.untilConversation(alice.id, 'is mended', ({ trouble }) => trouble === null)
  await untilDelivered(alice, bob.id)
  expect((await alice.conversation(bob.id)).question).toBeNull()

  await bob.lock()
  rmSync(bob.dir, { recursive: true })
  cpSync(copy, bob.dir, { recursive: true })
  await bob.unlock()
  await alice.untilConversation(bob.id, 'has the question', ({ question }) => question?.texts === 4)
  expect(await bob.shown(alice.id)).toEqual(['first', 'second', 'third'])
  await alice.call('conversations.returnHistory', { id: bob.id, give: true })
  await untilDelivered(alice, bob.id)
  const mended = await eventually(
    'Bob has them',
    () => textsOf(bob, alice),
    ([one, two, three]) => one?.text === 'first, said better' && two?.deleted === true && three?.reactions.length === 1,
  )
  expect(mended).toHaveLength(3)
  await bob.untilConversation(alice.id, 'has the timer', ({ timer }) => timer === 3600)
  expect((await alice.conversation(bob.id)).question).toBeNull()
})

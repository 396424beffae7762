/** Whether a contact that restored an older copy gets back what it lacks is the person's to say. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, createTestWorld, untilDelivered, type TestApp, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let alice: TestApp
let bob: TestApp

/** Bob's computer is put back to before the last four texts, and the session is mended. */
beforeEach(async () => {
  world = createTestWorld()
  const relay = await world.relay()
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
  await connect(alice, bob)
  await say('before')
  const copy = join(world.folder(), 'copy')
  await bob.lock()
  cpSync(bob.dir, copy, { recursive: true })
  await bob.unlock()
  await say('after 1')
  await say('after 2')
  await bob.lock()
  rmSync(bob.dir, { recursive: true })
  cpSync(copy, bob.dir, { recursive: true })
})
afterEach(() => world.end())

async function say(what: string): Promise<void> {
  await alice.send(bob.id, `Alice ${what}`)
  await bob.untilShown(alice.id, [`Alice ${what}`])
  await bob.send(alice.id, `Bob ${what}`)
  await alice.untilShown(bob.id, [`Bob ${what}`])
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
}

const before = ['Alice before', 'Bob before']
const all = [...before, 'Alice after 1', 'Bob after 1', 'Alice after 2', 'Bob after 2']

async function untilAsked(): Promise<void> {
  await bob.unlock()
  await alice.untilConversation(bob.id, 'has the question', ({ question }) => question?.texts === 4)
  await bob.untilConversation(alice.id, 'is at peace', ({ trouble }) => trouble === null)
}

describe('the question', () => {
  it('holds everything back until it is answered; yes gives all of it back, once', async () => {
    await untilAsked()
    await say('meanwhile')
    expect(await bob.shown(alice.id)).toEqual([...before, 'Alice meanwhile', 'Bob meanwhile'])
    const answered = await alice.call('conversations.returnHistory', { id: bob.id, give: true })
    expect(answered.question).toBeNull()
    await bob.untilShown(alice.id, all)
    await untilDelivered(alice, bob.id)
    expect((await bob.shown(alice.id)).toSorted()).toEqual([...all, 'Alice meanwhile', 'Bob meanwhile'].toSorted())
    await alice.call('conversations.returnHistory', { id: bob.id, give: true }) // again: nothing more
    await say('in the end')
    expect((await bob.shown(alice.id)).length).toBe(all.length + 4)
  })

  it('stays over restarts', async () => {
    await untilAsked()
    await alice.lock()
    await alice.unlock()
    expect((await alice.conversation(bob.id)).question).toEqual({ texts: 4 })
    await alice.call('conversations.returnHistory', { id: bob.id, give: true })
    await bob.untilShown(alice.id, all)
  })

  it('no sends nothing, and a later reset asks again', async () => {
    await untilAsked()
    await alice.call('conversations.returnHistory', { id: bob.id, give: false })
    await say('meanwhile')
    expect(await bob.shown(alice.id)).toEqual([...before, 'Alice meanwhile', 'Bob meanwhile'])
    expect((await alice.conversation(bob.id)).question).toBeNull()
    await bob.call('sessions.reset', { id: alice.id })
    await alice.untilConversation(bob.id, 'is asked again', ({ question }) => question?.texts === 4)
  })
})

describe('answered beforehand', () => {
  it('yes: it comes back by itself', async () => {
    await alice.call('settings.set', { history: 'yes' })
    await bob.unlock()
    await bob.untilShown(alice.id, all)
    expect((await alice.conversation(bob.id)).question).toBeNull()
  })

  it('no: nothing comes back, and nobody is asked', async () => {
    await alice.call('settings.set', { history: 'no' })
    await bob.unlock()
    await bob.untilConversation(alice.id, 'is at peace', ({ trouble }) => trouble === null)
    await say('meanwhile')
    expect(await bob.shown(alice.id)).toEqual([...before, 'Alice meanwhile', 'Bob meanwhile'])
    expect((await alice.conversation(bob.id)).question).toBeNull()
  })
})

it('a reset that loses nothing asks nothing, also with messages on their way', async () => {
  await alice.call('settings.set', { history: 'yes' })
  await bob.unlock()
  await bob.untilShown(alice.id, all)
  await untilDelivered(alice, bob.id)
  await alice.call('settings.set', { history: 'ask' })
  await alice.send(bob.id, 'on its way')
  await alice.call('sessions.reset', { id: bob.id })
  await bob.send(alice.id, 'crossing it')
  await alice.untilConversation(bob.id, 'is at peace', ({ trouble }) => trouble === null)
  await bob.untilShown(alice.id, ['on its way'])
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
  const asked = [alice, bob].flatMap(({ events }) => events).filter((event) => event.type === 'conversation' && event.conversation.question)
  expect(asked).toEqual([])
})

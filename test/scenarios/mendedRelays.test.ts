/** Things that went wrong once, one test each: relays that answer late, move, or lose something. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { advanceUntil, connect, createTestWorld, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'
import {
  bobWhoMoves,
  bobWhoseConfirmIsLost,
  connectAcross,
  muteTransport,
  sessionEvents,
  talk,
  untilConnected,
} from '#test/support/troubledPair.ts'

const minute = 60_000
const hour = 60 * minute
let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

/** The last text lies at the relay. */
const untilSent = (app: TestApp, to: string): Promise<unknown> =>
  eventually(
    'it lies at the relay',
    async () => (await app.items(to)).at(-1),
    (item) => item?.kind === 'text' && item.status === 'sent',
  )
const blobsAt = async (at: TestRelay): Promise<number> => (await at.storage.usage()).blobs

it('a ping that is read before we may send is answered as soon as we may', async () => {
  const bobsRelay = await world.relay()
  let isMute = false
  const bob = await world.app({ name: 'Bob', relay: bobsRelay.address, transport: muteTransport(relay, () => isMute) })
  await connectAcross(alice, bob)
  await talk(alice, bob, 'before')
  await eventually(
    'nothing lies at Bob’s relay',
    () => blobsAt(bobsRelay),
    (n) => n === 0,
  )
  await bob.lock()
  await alice.lock()
  await alice.clock.advance(25 * hour)
  await alice.unlock()
  await eventually(
    'a ping lies there',
    () => blobsAt(bobsRelay),
    (n) => n > 0,
  )
  isMute = true
  await bob.unlock()
  await eventually(
    'it is read',
    () => blobsAt(bobsRelay),
    (n) => n === 0,
  )
  await alice.clock.advance(30_000)
  const owed = () => bob.withDatabase((db) => db.prepare<{ pong_due: unknown }>('SELECT pong_due FROM contacts').get()?.pong_due)
  expect(await owed()).toBeInstanceOf(Uint8Array)
  await bob.send(alice.id, 'I may not send yet')
  isMute = false
  await advanceUntil('Bob may send', [bob.clock], 30_000, async () => (await alice.shown(bob.id)).includes('I may not send yet'))
  expect(await owed()).toBeNull()
  await talk(alice, bob, 'after')
  await alice.clock.advance(10 * minute)
  expect((await alice.refused(bob.id))['session.ping']).toBeUndefined()
  expect(await sessionEvents(alice, bob.id)).toEqual(['connected'])
})

it('texts for a relay that is gone arrive at the next one', async () => {
  const { bob, move } = await bobWhoMoves(world)
  await connectAcross(alice, bob)
  await bob.lock()
  await alice.send(bob.id, 'lay at the old one')
  await untilSent(alice, bob.id)
  await move()
  await alice.send(bob.id, 'waited for the old one')
  await bob.unlock()
  expect(await bob.untilShown(alice.id, ['waited for the old one'])).toEqual(['lay at the old one', 'waited for the old one'])
  await talk(alice, bob, 'afterwards')
  expect(await sessionEvents(alice, bob.id)).toEqual(['connected'])
})

it('a session’s first message that the relay loses is sent again: the inviter’s contact opens', async () => {
  const { bob, state } = await bobWhoseConfirmIsLost(world, relay)
  await bob.call('invites.accept', { text: (await alice.call('invites.create', {})).file.text })
  await bob.untilConversation(alice.id, 'is open', (conversation) => conversation.state === 'open')
  await eventually(
    'it is lost',
    () => state.lost,
    (lost) => lost === 1,
  )
  expect((await alice.conversation(bob.id)).state).toBe('connecting')
  await advanceUntil('Alice is connected', [bob.clock], 30_000, async () => (await alice.conversation(bob.id)).state === 'open', 20)
  await talk(alice, bob, 'afterwards')
  await advanceUntil('it has a receipt', [alice.clock], 1000, async () => {
    await untilConnected(bob)
    return bob.withDatabase((db) => db.prepare('SELECT kind FROM outbox').all().length === 0)
  })
  expect(await sessionEvents(bob, alice.id)).toEqual(['connected'])
})

it.each(['another relay', 'the same relay'])(
  'a contact at %s that was blocked at the start is spoken with again once it is not',
  async (where) => {
    const isSame = where === 'the same relay'
    const bob = await world.app({ name: 'Bob', relay: (isSame ? relay : await world.relay()).address })
    await (isSame ? connect(alice, bob) : connectAcross(alice, bob))
    await talk(alice, bob, 'before')
    await alice.call('contacts.block', { id: bob.id, blocked: true })
    await alice.lock()
    await alice.unlock()
    await bob.send(alice.id, 'while I was blocked')
    await untilSent(bob, alice.id)
    await untilConnected(alice)
    await alice.call('contacts.block', { id: bob.id, blocked: false })
    await alice.untilShown(bob.id, ['while I was blocked'])
    await talk(alice, bob, 'again')
    expect(await sessionEvents(alice, bob.id)).toEqual(['connected'])
  },
)

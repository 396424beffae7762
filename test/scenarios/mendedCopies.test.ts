/** Things that went wrong once, one test each: computers that were put back to an older state. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { decodeIdentitySecrets } from '#main/protocol/identity.ts'
import { rendezvousPoint } from '#main/protocol/rendezvous.ts'
import { openResetRequest, resetSeries } from '#main/protocol/reset.ts'
import { eventually } from '#test/support/eventually.ts'
import { context, createPuppet, primitives } from '#test/support/puppet.ts'
import { advanceUntil, connect, createTestWorld, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'
import { bobWhoMoves, bobWhoseConfirmIsLost, connectAcross, sessionEvents, talk } from '#test/support/troubledPair.ts'

const minute = 60_000
let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
  await alice.call('settings.set', { history: 'yes' })
})
afterEach(() => world.end())

/** Keeps a copy of a profile as it is now; the answer puts it back and leaves the profile locked. */
async function keepCopy(app: TestApp): Promise<() => Promise<void>> {
  const copy = join(world.folder(), 'copy')
  await app.lock()
  cpSync(app.dir, copy, { recursive: true })
  await app.unlock()
  return async () => {
    await app.lock()
    rmSync(app.dir, { recursive: true })
    cpSync(copy, app.dir, { recursive: true })
  }
}

it('an older copy whose relay has changed since is mended', async () => {
  const { bob, relays, move } = await bobWhoMoves(world)
  await connectAcross(alice, bob)
  await talk(alice, bob, 'before the copy')
  const putBack = await keepCopy(bob)
  await talk(alice, bob, 'after the copy')
  await putBack()
  await move()
  await bob.unlock()
  await bob.untilShown(alice.id, ['Alice after the copy', 'Bob after the copy'])
  await eventually(
    'the reset is through',
    async () => [await sessionEvents(alice, bob.id), await sessionEvents(bob, alice.id)],
    (both) => both.every((kinds) => kinds.includes('reset')),
  )
  await talk(alice, bob, 'at the new relay')
  await bob.untilConversation(alice.id, 'is at peace', ({ trouble }) => trouble === null)
  const { technical } = await alice.call('contacts.details', { id: bob.id })
  expect(technical.relays).toEqual([relays[1].address])
})

it('a session’s first message that the relay loses after a restore is sent again: the history comes back', async () => {
  const { bob, state } = await bobWhoseConfirmIsLost(world, relay)
  state.losing = false
  await connect(alice, bob)
  await talk(alice, bob, 'before the copy')
  const putBack = await keepCopy(bob)
  await talk(alice, bob, 'after the copy')
  await putBack()
  state.losing = true
  await bob.unlock()
  await eventually(
    'it is lost',
    () => state.lost,
    (lost) => lost > 0,
  )
  state.losing = false
  const all = ['Alice before the copy', 'Bob before the copy', 'Alice after the copy', 'Bob after the copy']
  const isBack = async () => (await bob.shown(alice.id)).length === all.length
  expect(await bob.shown(alice.id)).toHaveLength(2)
  await advanceUntil('the history is back', [bob.clock], 30_000, isBack, 20)
  expect((await bob.shown(alice.id)).toSorted()).toEqual(all.toSorted())
})

it('a request for a reset that an older copy has read is withdrawn and made anew', async () => {
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(alice, bob)
  const { identity, key } = await bob.withDatabase((db) => ({
    identity: decodeIdentitySecrets(
      primitives,
      db.prepare<{ value: Uint8Array }>(`SELECT value FROM meta WHERE key = 'identity'`).get()!.value,
    ),
    key: db.prepare<{ key: Uint8Array; my_reset: Uint8Array }>('SELECT key, my_reset FROM contact_keys').get()!,
  }))
  await bob.lock()
  await alice.withDatabase((db) => db.prepare('DELETE FROM sessions').run())
  const older = createPuppet({ relay: relay.address, identity })
  world.defer(() => older.close())
  const series = resetSeries(primitives, key.key, key.my_reset, bob.id)
  const untilRequested = () =>
    eventually(
      'a request lies there',
      () => older.readSeries(series),
      (found) => found.length === 1,
    )
  const [blob] = await untilRequested()
  const request = openResetRequest(context(), identity, { id: alice.id, contactKey: key.key }, blob as Uint8Array)
  const rv = rendezvousPoint(primitives, { hk: series, n: 0, relay: relay.address })
  await older.link.acknowledge([{ rv, deleteKey: request.deleteKey }])
  expect((await alice.conversation(bob.id)).trouble).toMatchObject({ kind: 'resetting', by: 'program' })
  await alice.clock.advance(5 * minute)
  expect(await older.readSeries(series)).toEqual([])
  await advanceUntil('it is asked anew', [alice.clock], minute, async () => (await older.readSeries(series)).length > 0, 20)
  await bob.unlock()
  await alice.untilConversation(bob.id, 'is at peace', ({ trouble }) => trouble === null)
  await talk(alice, bob, 'after it')
})

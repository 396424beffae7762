/** How far ahead a receiver watches: eight numbers of a chain that begins, more as it goes on. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RelayLink, Transport } from '#main/ports.ts'
import { eventually } from '#test/support/eventually.ts'
import { silentLogger } from '#test/support/relayFixtures.ts'
import {
  connect,
  createTestWorld,
  testTransport,
  untilDelivered,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'
import { sessionEvents, talk } from '#test/support/troubledPair.ts'

let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

/** Counts what its links watch. */
function countingTransport() {
  const watched = new Set<string>()
  const real = testTransport(silentLogger)
  const open: Transport['open'] = (address, events) => {
    const link = real.open(address, events)
    const watch: RelayLink['watch'] = (add, remove) => {
      for (const rv of add) watched.add(rv)
      for (const rv of remove) watched.delete(rv)
      link.watch(add, remove)
    }
    return { ...link, watch }
  }
  return { transport: { ...real, open }, watched }
}

it('many texts in one chain, written while the reader was away, all arrive in order', async () => {
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(alice, bob)
  await talk(alice, bob, 'before')
  await bob.lock()
  const texts = Array.from({ length: 90 }, (_, i) => `while away ${String(i)}`)
  for (const text of texts) await alice.send(bob.id, text)
  await bob.unlock()
  expect((await bob.untilShown(alice.id, texts)).filter((text) => text.startsWith('while'))).toEqual(texts)
  await untilDelivered(alice, bob.id)
  expect(await sessionEvents(alice, bob.id)).toEqual(['connected'])
})

it('a chain is watched further as it goes on, and its successor is not', async () => {
  const { transport, watched } = countingTransport()
  const bob = await world.app({ name: 'Bob', relay: relay.address, transport })
  await connect(alice, bob)
  await talk(bob, alice, 'first') // Alice's answer begins a chain
  const atFirst = watched.size
  for (let i = 0; i < 40; i++) await alice.send(bob.id, `text ${String(i)}`)
  await bob.untilShown(alice.id, ['text 39'])
  const full = await eventually(
    'the window is open',
    async () => watched.size,
    (size) => size > atFirst + 12,
  )
  await talk(bob, alice, 'then')
  await eventually(
    'the chain that begins is watched no further than the first',
    async () => watched.size,
    (size) => size < full - 12,
  )
})

/** Files go back to a contact that restored an older copy: those that were sent to it, and its own. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile, withFiles } from '#test/support/files.ts'
import { connect, createTestWorld, untilDelivered, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let relay: TestRelay
let alice: TestApp
let bob: TestApp
let copy: string
let bytesBefore = 0

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
  await connect(alice, bob)
  await settle()
  bytesBefore = (await relay.storage.size()).bytes
  copy = join(world.folder(), 'copy')
  await bob.lock()
  cpSync(bob.dir, copy, { recursive: true })
  await bob.unlock()
})
afterEach(() => world.end())

async function settle(): Promise<void> {
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
}

async function putBack(): Promise<void> {
  await bob.lock()
  rmSync(bob.dir, { recursive: true })
  cpSync(copy, bob.dir, { recursive: true })
  await bob.unlock()
}

/** Sent, and here at the other side. */
async function passes(from: TestApp, to: TestApp, name: string, bytes: Uint8Array, text = ''): Promise<void> {
  await sendFile(from, to.id, { bytes, name }, text)
  await untilFile(to, from.id, (file) => file.name === name && isHere(file))
}

const filesIn = ({ dir }: TestApp): string[] => (existsSync(join(dir, 'files')) ? readdirSync(join(dir, 'files')) : [])
/** What the two say meanwhile is small: whoever is busy leaves some of it at the relay for a while. */
const untilCopiesGone = (count: number) =>
  eventually(
    'nothing is left of the copies, here and at the relay',
    async () => {
      await alice.clock.advance(11 * 60_000) // the relay is asked what is read
      return { files: filesIn(alice).length, bytes: (await relay.storage.size()).bytes - bytesBefore }
    },
    ({ files, bytes }) => files === count && bytes < 128 * 1024,
  )

async function expectAll(bytes: Record<string, Uint8Array>): Promise<void> {
  const names = Object.keys(bytes)
  const back = await eventually(
    'Bob has the files',
    async () => (await withFiles(bob, alice.id)).filter(({ file }) => isHere(file) || file.state === 'sent'),
    (files) => files.length === names.length,
    60_000,
  )
  expect(back.map(({ file }) => file.name)).toEqual(names)
  for (const { file } of back) expect(await digestOf(bob, file.id)).toBe(sha256(bytes[file.name] ?? new Uint8Array()))
}

it('with and without words, of either side, in their places, once; what they travelled as is gone afterwards', async () => {
  const bytes = { empty: someBytes(0), plan: someBytes(150_000), film: someBytes(3 * 1024 * 1024), reply: someBytes(70_000) }
  await passes(alice, bob, 'empty', bytes.empty)
  await passes(alice, bob, 'plan', bytes.plan, 'the plan')
  await passes(alice, bob, 'film', bytes.film)
  await passes(bob, alice, 'reply', bytes.reply)
  await settle()
  const before = filesIn(alice)
  await putBack()
  await alice.untilConversation(bob.id, 'has the question', ({ question }) => question?.texts === 4)
  await alice.call('conversations.returnHistory', { id: bob.id, give: true })
  await alice.lock() // before anything has left
  await alice.unlock()
  await expectAll(bytes)
  const shown = await withFiles(bob, alice.id)
  expect(shown.map(({ own, text }) => [own, text])).toEqual([
    [false, ''],
    [false, 'the plan'],
    [false, ''],
    [true, ''],
  ])
  await settle()
  await untilCopiesGone(before.length)
  expect(filesIn(alice)).toEqual(before)
  expect((await withFiles(alice, bob.id)).map(({ file }) => file.state)).toEqual(['sent', 'sent', 'sent', 'here'])

  // once more, from the files that have come back
  await putBack()
  await alice.untilConversation(bob.id, 'has the question', ({ question }) => question?.texts === 4)
  await alice.call('conversations.returnHistory', { id: bob.id, give: true })
  await expectAll(bytes)
})

it('not what is not here: then what was said about it comes alone; and not what is deleted before it has come', async () => {
  await alice.call('settings.set', { autoDownload: 'never' })
  await sendFile(bob, alice.id, { bytes: someBytes(5000), name: 'unseen' }, 'look at this')
  await sendFile(bob, alice.id, { bytes: someBytes(5000), name: 'unseen too' })
  const kept = someBytes(300_000)
  await passes(alice, bob, 'kept', kept)
  await passes(alice, bob, 'regretted', someBytes(300_000))
  await settle()
  const { id } = (await withFiles(alice, bob.id)).find(({ file }) => file.name === 'regretted') ?? { id: '' }
  await putBack()
  await alice.untilConversation(bob.id, 'has the question', ({ question }) => question?.texts === 3)
  await bob.call('settings.set', { autoDownload: 'never' })
  await alice.call('conversations.returnHistory', { id: bob.id, give: true })
  await untilFile(bob, alice.id, ({ name, state }) => name === 'regretted' && state === 'offered')
  await alice.call('conversations.delete', { id: bob.id, messageIds: [id], for: 'both' })
  await bob.call('files.fetch', { id: alice.id, messageId: (await withFiles(bob, alice.id))[0]?.id ?? '' })
  await expectAll({ kept })
  await bob.untilShown(alice.id, ['look at this'])
  await settle()
  expect(await withFiles(bob, alice.id)).toHaveLength(1)
  await untilCopiesGone(1) // and what nobody has fetched of Bob's, which is small
})

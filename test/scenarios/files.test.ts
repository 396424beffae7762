/** Files between whole apps over a real relay: every size, every ending, and what must not happen. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chunkBytes } from '#main/protocol/fileChunks.ts'
import { eventually } from '#test/support/eventually.ts'
import { digestOf, handOver, isHere, sendFile, sha256, someBytes, untilFile, withFiles } from '#test/support/files.ts'
import { newMessageId } from '#test/support/messageId.ts'
import {
  bytesBelow,
  connect,
  createTestWorld,
  untilDelivered,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'

const mebi = 1024 * 1024
let world: TestWorld
let relay: TestRelay
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
  await connect(alice, bob)
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
  before = (await relay.storage.size()).blobs
})
afterEach(() => world.end())

const filesIn = ({ dir }: TestApp): string[] => (existsSync(join(dir, 'files')) ? readdirSync(join(dir, 'files')) : [])
const untilNoFiles = (app: TestApp) =>
  eventually(
    `${app.name} has no files`,
    () => filesIn(app),
    (names) => names.length === 0,
  )

/** Of a file; what an invite is read by stays. */
const untilRelayEmpty = () =>
  eventually(
    'the relay keeps nothing of it',
    async () => (await relay.storage.size()).blobs,
    (blobs) => blobs <= before,
  )
let before = 0

describe('a file', () => {
  it('of any size arrives as it was', { timeout: 60_000 }, async () => {
    for (const size of [0, 1, 4000, chunkBytes, chunkBytes + 1, 3 * mebi]) await arrives(size)
  })

  async function arrives(size: number): Promise<void> {
    const bytes = someBytes(size)
    const sent = await sendFile(alice, bob.id, { bytes, name: 'a.bin' }, 'see this')
    expect(sent).toMatchObject({ text: 'see this', status: 'waiting', file: { name: 'a.bin', size, kind: 'file', state: 'sending' } })
    const { file, text } = await untilFile(bob, alice.id, (one) => isHere(one) && one.size === size)
    expect([text, file.done]).toEqual(['see this', size])
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
    expect(await digestOf(alice, sent.file?.id ?? '')).toBe(sha256(bytes))
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    await untilDelivered(alice, bob.id)
    expect((await alice.conversation(bob.id)).last).toMatchObject({ text: 'see this', file: { kind: 'file', name: 'a.bin' } })
  }

  it('lies nowhere in the open, and its chunks are gone from the relay once they are here', async () => {
    const marked = Buffer.from('nobody may read this. '.repeat(20_000))
    await sendFile(alice, bob.id, { bytes: marked, name: 'secret name.txt' })
    await untilFile(bob, alice.id, isHere)
    await untilRelayEmpty()
    await alice.lock()
    for (const { bytes } of bytesBelow(alice.dir)) {
      expect(bytes.includes('nobody may read this')).toBe(false)
      expect(bytes.includes('secret name')).toBe(false)
    }
  })

  it('is one to answer, to react to, to quote, to edit the words of, and to forward', async () => {
    const bytes = someBytes(100_000)
    const { id } = await sendFile(alice, bob.id, { bytes, name: 'plan.pdf', type: 'application/pdf' })
    await untilFile(bob, alice.id, isHere)
    await bob.call('conversations.react', { id: alice.id, messageId: id, emoji: '👍' })
    await bob.call('conversations.send', { id: alice.id, messageId: newMessageId(Date.now()), text: 'good', replyTo: id })
    await alice.untilShown(bob.id, ['good'])
    const [first, second] = await alice.items(bob.id).then((items) => items.filter((item) => item.kind === 'text'))
    expect(first).toMatchObject({ reactions: [{ emoji: '👍', own: false }] })
    expect(second).toMatchObject({ reply: { id, text: '', state: 'here', file: { kind: 'file', name: 'plan.pdf' } } })
    await alice.call('conversations.edit', { id: bob.id, messageId: id, text: 'the plan' })
    await bob.untilShown(alice.id, ['the plan'])

    const self = await bob.call('conversations.self', {})
    await bob.call('conversations.forward', { id: alice.id, items: [id], to: [{ id: self.id, messageIds: [newMessageId(Date.now())] }] })
    const copy = await untilFile(bob, self.id, isHere)
    expect(copy).toMatchObject({ text: 'the plan', forwarded: true, status: 'delivered', file: { name: 'plan.pdf', size: 100_000 } })
    expect(await digestOf(bob, copy.file.id)).toBe(sha256(bytes))
  })

  it('waits for the person where it is large or nothing is to come by itself, stops, and goes on', async () => {
    await bob.call('settings.set', { autoDownload: 'never' })
    const bytes = someBytes(2 * mebi)
    const { id } = await sendFile(alice, bob.id, { bytes })
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    const offered = await untilFile(bob, alice.id, ({ state }) => state === 'offered')
    expect(offered.file).toMatchObject({ done: 0, error: null })
    expect(await digestOf(bob, offered.file.id)).toBeNull()
    expect(
      await bob.codeOf('conversations.forward', {
        id: alice.id,
        items: [id],
        to: [{ id: alice.id, messageIds: [newMessageId(Date.now())] }],
      }),
    ).toBe('file.not-here')
    await bob.call('files.fetch', { id: alice.id, messageId: id })
    await bob.call('files.stop', { id: alice.id, messageId: id })
    expect((await withFiles(bob, alice.id)).at(-1)?.file.state).toBe('offered')
    await bob.call('files.fetch', { id: alice.id, messageId: id })
    const { file } = await untilFile(bob, alice.id, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
  })

  it('of somebody who is blocked stops, cannot be fetched, and goes on when it is fetched afterwards', async () => {
    await bob.call('settings.set', { autoDownload: 'always' })
    const bytes = someBytes(12 * mebi)
    const { id } = await sendFile(alice, bob.id, { bytes })
    await untilFile(bob, alice.id, ({ done }) => done > 0)
    await bob.call('contacts.block', { id: alice.id, blocked: true })
    const stopped = await untilFile(bob, alice.id, ({ state }) => state !== 'receiving')
    expect(stopped.file).toMatchObject({ state: 'offered', error: null })
    expect(stopped.file.done).toBeLessThan(bytes.length)
    expect(await bob.codeOf('files.fetch', { id: alice.id, messageId: id })).toBe('contact.blocked')
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    await bob.lock()
    await bob.unlock()
    expect((await withFiles(bob, alice.id)).at(-1)?.file).toMatchObject({ state: 'offered', done: stopped.file.done })
    expect((await relay.storage.size()).blobs - before).toBeGreaterThan(0)
    await bob.call('contacts.block', { id: alice.id, blocked: false })
    await bob.call('files.fetch', { id: alice.id, messageId: id })
    const { file } = await untilFile(bob, alice.id, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
  })

  it('goes on after a lock on either side, and tells its progress at a bounded rate', async () => {
    await bob.call('settings.set', { autoDownload: 'always' })
    const bytes = someBytes(20 * mebi)
    await sendFile(alice, bob.id, { bytes })
    await untilFile(bob, alice.id, ({ done }) => done > 0)
    await bob.lock()
    await alice.lock()
    await alice.unlock()
    await bob.unlock()
    const { file } = await untilFile(bob, alice.id, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    const told = bob.events.filter((event) => event.type === 'file')
    expect(told.length).toBeGreaterThan(1)
    expect(told.length).toBeLessThan(320) // there are 321 chunks
    await untilRelayEmpty()
  })
})

describe('the end of a file', () => {
  it('comes with its message: deleted for both, it is on no disk and at no relay', async () => {
    await bob.call('settings.set', { autoDownload: 'never' })
    const { id } = await sendFile(alice, bob.id, { bytes: someBytes(mebi) })
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    await untilFile(bob, alice.id, ({ state }) => state === 'offered')
    await alice.call('conversations.delete', { id: bob.id, messageIds: [id], for: 'both' })
    await untilNoFiles(alice)
    await untilRelayEmpty()
    await eventually(
      'Bob sees that it is deleted',
      () => bob.items(alice.id),
      (items) => items.some((item) => item.kind === 'text' && item.deleted && item.file === null),
    )
    expect((await bob.tables())['files']).toEqual([])
  })

  it('comes with the time it may stay, and with its contact', async () => {
    await alice.call('conversations.setTimer', { id: bob.id, seconds: 60 })
    await sendFile(alice, bob.id, { bytes: someBytes(5000) })
    await untilFile(bob, alice.id, isHere)
    expect(filesIn(bob)).toHaveLength(1)
    await bob.call('conversations.markRead', { id: alice.id })
    await bob.clock.advance(61_000)
    await untilNoFiles(bob)
    expect((await bob.tables())['files']).toEqual([])
    await sendFile(bob, alice.id, { bytes: someBytes(5000) })
    await bob.call('contacts.remove', { id: alice.id, block: false })
    await untilNoFiles(bob)
  })

  it('comes at the next start for what was handed over and never sent', async () => {
    await handOver(alice, { name: 'x', type: '', bytes: someBytes(200_000) })
    const dropped = await handOver(alice, { name: 'y', type: '', bytes: someBytes(200_000) })
    await alice.call('files.discard', { fileId: dropped })
    expect(filesIn(alice)).toHaveLength(1)
    await alice.lock()
    await alice.unlock()
    await untilNoFiles(alice)
  })
})

describe('handing over', () => {
  it('refuses what is too large, incomplete, out of order, unknown, or for somebody without a session', async () => {
    const about = { name: 'x', type: 'text/plain' }
    expect(await alice.codeOf('files.begin', { ...about, size: 100 * mebi + 1 })).toBe('file.too-large')
    const { fileId } = await alice.call('files.begin', { ...about, size: 10 })
    const data = Buffer.from('12345').toString('base64')
    expect(await alice.codeOf('files.append', { fileId, offset: 5, data })).toBe('input.invalid')
    await alice.call('files.append', { fileId, offset: 0, data })
    const send = { messageId: newMessageId(Date.now()), fileId }
    expect(await alice.codeOf('files.send', { id: bob.id, ...send })).toBe('file.incomplete')
    expect(await alice.codeOf('files.append', { fileId, offset: 5, data: `${data}${data}` })).toBe('input.invalid')
    expect(await alice.codeOf('files.append', { fileId, offset: 5, data: '!' })).toBe('input.invalid')
    await alice.call('files.append', { fileId, offset: 5, data })
    expect(await alice.codeOf('files.send', { id: bob.id, ...send })).toBe('ok')
    expect(await alice.codeOf('files.send', { id: bob.id, ...send })).toBe('ok') // the same call again
    expect(await alice.codeOf('files.send', { id: bob.id, ...send, messageId: newMessageId(Date.now()) })).toBe('file.unknown')
    expect(await withFiles(alice, bob.id)).toHaveLength(1)
    const carol = await world.app({ name: 'Carol', relay: relay.address })
    const invite = await carol.call('invites.create', {})
    await alice.call('contacts.block', { id: bob.id, blocked: true })
    await bob.lock()
    const { id } = await alice.call('invites.accept', { text: invite.file.text })
    if ((await alice.conversation(id)).state === 'connecting')
      expect(await alice.codeOf('files.send', { id, ...send, messageId: newMessageId(Date.now()) })).toBe('session.none')
    expect(await alice.codeOf('files.send', { id: bob.id, ...send, messageId: newMessageId(Date.now()) })).toBe('contact.blocked')
  })
})

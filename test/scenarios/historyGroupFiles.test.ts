/** Files of a group go back to a member that restored an older copy, from each other member, over three whole apps. */
import { cpSync, existsSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile, withFiles } from '#test/support/files.ts'
import { spawnKillable, type Running } from '#test/support/killable.ts'
import {
  connect,
  createTestWorld,
  passphrase,
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
let cleo: TestApp
let group: string
/** Bob's folder, as it was once. */
let copy: string

/** Alice's group; the other two know each other by nothing else. Bob's copy is of before anything was sent in it. */
beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  const app = (name: string) => world.app({ name, relay: relay.address })
  ;[alice, bob, cleo] = [await app('Alice'), await app('Bob'), await app('Cleo')]
  await Promise.all([connect(alice, bob), connect(alice, cleo)])
  const { id } = await alice.call('groups.create', { name: 'Walkers', members: [bob.id, cleo.id] })
  for (const one of [bob, cleo]) {
    await one.untilConversation(id, 'is invited', (found) => found.group?.state === 'invited')
    await one.call('groups.answer', { id, accept: true })
  }
  group = id
  for (const one of [alice, bob, cleo]) {
    await one.untilConversation(id, 'all are in, and hear each other', (found) => found.group?.members === 3 && found.group.unheard === 0)
    await one.call('settings.set', { autoDownload: 'always', history: 'no' })
  }
  await alice.send(group, 'hello')
  await cleo.send(group, 'hello, all')
  await bob.send(group, 'hello to both')
  for (const one of [alice, bob, cleo]) await one.untilShown(group, ['hello', 'hello, all', 'hello to both'])
  await settle()
  copy = await copyOf(bob)
})
afterEach(() => world.end())

async function settle(): Promise<void> {
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
    [cleo, bob],
    [bob, cleo],
  ] as const) {
    await one.call('conversations.open', { id: other.id })
    await untilDelivered(one, other.id)
  }
}

async function copyOf(app: TestApp): Promise<string> {
  const folder = join(world.folder(), 'copy')
  await app.lock()
  cpSync(app.dir, folder, { recursive: true })
  await app.unlock()
  return folder
}

async function putBack(app = bob, from = copy): Promise<void> {
  await app.lock()
  rmSync(app.dir, { recursive: true })
  cpSync(from, app.dir, { recursive: true })
  await app.unlock()
}

const picture = (name: string, bytes: Uint8Array) => ({ bytes, name, type: 'image/png' })

/** Sent to the group, and here at all others. */
async function passes(from: TestApp, name: string, bytes: Uint8Array, text = '', to = [alice, bob, cleo]): Promise<TextMessage> {
  const sent = await sendFile(from, group, picture(name, bytes), text)
  for (const app of to.filter((one) => one !== from)) await untilFile(app, group, (file) => file.name === name && isHere(file))
  await untilFile(from, group, ({ state }) => state === 'sent')
  return sent
}

const filesIn = ({ dir }: TestApp): string[] => (existsSync(join(dir, 'files')) ? readdirSync(join(dir, 'files')) : [])
const copiesOf = (app: TestApp): Promise<number> =>
  app.withDatabase((db) => db.prepare<{ n: number }>('SELECT count(*) AS n FROM files WHERE own = 1 AND peer IS NOT NULL').get()?.n ?? -1)

/** `app` asks its person about `texts` messages, who gives them. */
async function gives(app: TestApp, texts: number): Promise<void> {
  await untilAsked(app, bob, texts)
  await app.call('conversations.returnHistory', { id: bob.id, give: true })
}

async function untilAsked(app: TestApp, about: TestApp, texts: number): Promise<void> {
  const find = async () => (await app.call('conversations.open', { id: about.id })).question?.texts
  await eventually(`${app.name} has the question about ${about.name}`, find, (count) => count === texts, 20_000)
}

/** Both have as many files as before, and the relay hardly more bytes: what people say meanwhile is small. */
async function untilCopiesGone(before: { files: number[]; bytes: number }): Promise<void> {
  await eventually(
    'nothing is left of the copies',
    async () => {
      for (const app of [alice, cleo]) await app.clock.advance(11 * 60_000) // the relay is asked what is read
      return { files: [alice, cleo].map((app) => filesIn(app).length), bytes: (await relay.storage.size()).bytes }
    },
    ({ files, bytes }) => files.join() === before.files.join() && bytes < before.bytes + mebi / 2,
    30_000,
  )
}
const now = async () => ({ files: [alice, cleo].map((app) => filesIn(app).length), bytes: (await relay.storage.size()).bytes })

const untilHere = (count: number) =>
  eventually(
    'Bob has the files',
    async () => (await withFiles(bob, group)).filter(({ file }) => isHere(file)),
    (files) => files.length === count,
    60_000,
  )

async function expectFiles(bytes: Record<string, Uint8Array>): Promise<void> {
  const files = await untilHere(Object.keys(bytes).length)
  expect(files.map(({ file }) => file.name).toSorted()).toEqual(Object.keys(bytes).toSorted())
  for (const { file } of files) expect(await digestOf(bob, file.id)).toBe(sha256(bytes[file.name] ?? new Uint8Array()))
}

describe('a member that restored an older copy', () => {
  it('gets files back in whole and once, although two return them; what they travelled as is gone afterwards', async () => {
    const bytes = { alices: someBytes(2 * mebi), bobs: someBytes(2 * mebi + 1), cleos: someBytes(0) }
    const ids = [
      (await passes(alice, 'alices', bytes.alices, 'seen from here')).id,
      (await passes(bob, 'bobs', bytes.bobs)).id,
      (await passes(cleo, 'cleos', bytes.cleos)).id,
    ]
    await settle()
    const before = await now()
    await alice.call('settings.set', { history: 'ask' })
    await cleo.call('settings.set', { history: 'ask' })
    await putBack()
    await gives(alice, 2)
    expect(await copiesOf(alice)).toBe(2) // and goes on after a lock
    await untilHere(2)
    await gives(cleo, 2)
    expect(await copiesOf(cleo)).toBe(2) // one of what is there by now
    await expectFiles(bytes)
    await settle()
    await untilCopiesGone(before)
    const shown = await withFiles(bob, group)
    expect(new Map(shown.map(({ id, own, author, text }) => [id, [own, author?.name, text]]))).toEqual(
      new Map([
        [ids[0], [false, 'Alice', 'seen from here']],
        [ids[1], [true, undefined, '']],
        [ids[2], [false, 'Cleo', '']],
      ]),
    )
    expect(shown.length).toBe(3)
    expect([await copiesOf(alice), await copiesOf(cleo)]).toEqual([0, 0])
    for (const app of [alice, cleo])
      for (const { file } of await withFiles(app, group)) expect(await digestOf(app, file.id)).toBe(sha256(bytes[file.name as 'bobs']))

    // once more, both at once
    await alice.call('settings.set', { history: 'yes' })
    await cleo.call('settings.set', { history: 'yes' })
    await putBack()
    await expectFiles(bytes)
    await settle()
    expect(await withFiles(bob, group)).toHaveLength(3)
    await untilCopiesGone(before)
  })

  it('gets a copy of its own where another one did the same', async () => {
    const copyOfCleo = await copyOf(cleo)
    const bytes = someBytes(2 * mebi)
    await passes(alice, 'alices', bytes)
    await settle()
    const before = await now()
    await alice.call('settings.set', { history: 'ask' })
    await putBack()
    await putBack(cleo, copyOfCleo)
    await untilAsked(alice, bob, 1)
    await untilAsked(alice, cleo, 1)
    for (const { id } of [bob, cleo]) await alice.call('conversations.returnHistory', { id, give: true })
    expect(await copiesOf(alice)).toBe(2)
    for (const app of [bob, cleo]) {
      const { file } = await untilFile(app, group, isHere)
      expect(await digestOf(app, file.id)).toBe(sha256(bytes))
    }
    await untilCopiesGone(before)
  })

  it('gets the words alone of a file that is not whole; another member that has it brings the file', async () => {
    await alice.call('settings.set', { autoDownload: 'never' })
    const damaged = someBytes(200_000)
    await passes(alice, 'damaged', damaged, 'what it was')
    const name = filesIn(alice)[0] ?? ''
    await passes(alice, 'damaged too', damaged)
    const bytes = someBytes(300_000)
    await passes(bob, 'unseen', bytes, 'look at this', [cleo])
    await settle()
    for (const file of filesIn(alice)) truncateSync(join(alice.dir, 'files', file), 1000)
    expect(filesIn(alice)).toContain(name)
    for (const { file, own } of await withFiles(alice, group))
      if (own) await expect(digestOf(alice, file.id)).rejects.toMatchObject({ code: 'file.damaged' })
    await alice.call('settings.set', { history: 'yes' })
    await cleo.call('settings.set', { history: 'ask' })
    await putBack()
    await bob.untilShown(group, ['what it was', 'look at this'], 20_000)
    await untilDelivered(alice, bob.id)
    expect(await withFiles(bob, group)).toEqual([])
    expect(await bob.shown(group)).toHaveLength(5)
    await gives(cleo, 1)
    await expectFiles({ unseen: bytes })
    expect((await withFiles(bob, group)).map(({ own, text }) => [own, text])).toEqual([[true, 'look at this']])
    expect(await bob.shown(group)).toHaveLength(5)
    const { hits } = await bob.call('search.messages', { query: 'unseen', limit: 10 })
    expect(hits).toHaveLength(1)
  })

  it('and was removed meanwhile gets nothing; what was on its way when it was removed is taken back', async () => {
    await passes(alice, 'alices', someBytes(2 * mebi))
    await passes(bob, 'bobs', someBytes(2 * mebi))
    await alice.send(bob.id, 'between us')
    await bob.untilShown(alice.id, ['between us'])
    await settle()
    const before = await now()
    await bob.call('settings.set', { autoDownload: 'never' })
    await alice.call('settings.set', { history: 'yes' })
    await putBack()
    await bob.call('settings.set', { autoDownload: 'never' })
    await eventually(
      'Bob is offered both',
      () => withFiles(bob, group),
      (files) => files.filter(({ file }) => file.state === 'offered').length === 2,
      20_000,
    )
    await settle()
    await bob.lock()
    expect(await copiesOf(alice)).toBe(2)
    await alice.call('groups.remove', { id: group, member: bob.id })
    expect(await copiesOf(alice)).toBe(0)
    await untilCopiesGone(before)
    await cleo.untilConversation(group, 'knows', (one) => one.group?.members === 2)

    await cleo.call('settings.set', { history: 'yes' })
    rmSync(bob.dir, { recursive: true })
    cpSync(copy, bob.dir, { recursive: true })
    await bob.unlock()
    await bob.untilShown(alice.id, ['between us'], 20_000)
    await bob.untilConversation(group, 'knows that it is out', (one) => one.group?.state === 'removed', 20_000)
    await settle()
    expect([await copiesOf(alice), await copiesOf(cleo)]).toEqual([0, 0])
    expect(await withFiles(bob, group)).toEqual([])
  })

  it('a member that deletes its message takes back what goes to whoever lost it', async () => {
    const { id } = await passes(alice, 'regretted', someBytes(2 * mebi))
    await settle()
    await alice.call('settings.set', { history: 'yes' })
    await putBack()
    await bob.call('settings.set', { autoDownload: 'never' })
    await untilFile(bob, group, ({ state }) => state === 'offered')
    expect(await copiesOf(alice)).toBe(1)
    await eventually(
      'the copy is at the relay',
      async () => (await relay.storage.size()).bytes,
      (bytes) => bytes > 4 * mebi,
    )
    await alice.call('conversations.delete', { id: group, messageIds: [id], for: 'both' })
    expect(await copiesOf(alice)).toBe(0)
    await eventually(
      'the relay has neither the copy nor what lay there for all',
      async () => (await relay.storage.size()).bytes,
      (bytes) => bytes < mebi / 2,
    )
    await eventually(
      'Bob has nothing of it',
      () => withFiles(bob, group),
      (files) => files.length === 0,
    )
  })

  it('has them although either program was killed on the way', { timeout: 120_000 }, async () => {
    const bytes = { alices: someBytes(5 * mebi), bobs: someBytes(5 * mebi) }
    await passes(alice, 'alices', bytes.alices)
    await passes(bob, 'bobs', bytes.bobs)
    await settle()
    const before = await now()
    await alice.call('settings.set', { history: 'yes' })
    await alice.close()
    await bob.close()
    rmSync(bob.dir, { recursive: true })
    cpSync(copy, bob.dir, { recursive: true })
    const again = (name: string, dir: string) => world.app({ name, relay: '', dir })

    bob = await again('Bob', bob.dir)
    const [dir, bobsDir] = [alice.dir, bob.dir]
    await killedAt(dir, { name: 'receive published', nth: 60, when: 'after' })
    await bob.close()
    alice = await again('Alice', dir)
    await killedAt(bobsDir, { name: 'receive blob', nth: 40, when: 'after' })
    bob = await again('Bob', bobsDir)
    await expectFiles(bytes)
    expect(await withFiles(bob, group)).toHaveLength(2)
    await settle()
    await untilCopiesGone(before)
  })
})

/** Opened in a process of its own, which is killed there. */
async function killedAt(dir: string, at: { name: string; nth: number; when: 'after' }): Promise<void> {
  const waiting = spawnKillable(world.folder())
  world.defer(() => waiting.dispose())
  const time = { at: Date.now(), then: Date.now(), speed: 1 }
  const running: Running = await waiting.begin({ role: 'app', dir, time, port: 0, at }, { info: () => undefined, warn: () => undefined })
  await running.call('profile.unlock', { passphrase })
  await running.killed
}

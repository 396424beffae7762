/** What people do with messages in a group, over three whole apps and a real relay. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unhex } from '#main/protocol/bytes.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile } from '#test/support/files.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { connect, createTestWorld, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

let group: string
let world: TestWorld
let relay: TestRelay
let alice: TestApp
let bob: TestApp
let cleo: TestApp

/** Alice's; the other two know each other by nothing else. */
async function makeGroup(): Promise<void> {
  const { id } = await alice.call('groups.create', { name: 'Walkers', members: [bob.id, cleo.id] })
  for (const app of [bob, cleo]) {
    await app.untilConversation(id, 'is invited', (one) => one.group?.state === 'invited')
    await app.call('groups.answer', { id, accept: true })
  }
  group = id
  for (const app of [alice, bob, cleo])
    await app.untilConversation(id, 'all are in, and hear each other', (one) => one.group?.members === 3 && one.group.unheard === 0)
}

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  const { address } = relay
  ;[alice, bob, cleo] = [
    await world.app({ name: 'Alice', relay: address }),
    await world.app({ name: 'Bob', relay: address }),
    await world.app({ name: 'Cleo', relay: address }),
  ]
  await Promise.all([connect(alice, bob), connect(alice, cleo)])
})
afterEach(() => world.end())

const texts = async (app: TestApp): Promise<TextMessage[]> => (await app.items(group)).filter((item) => item.kind === 'text')

const until = (app: TestApp, what: string, isRight: (all: TextMessage[]) => boolean): Promise<TextMessage[]> =>
  eventually(`${app.name}: ${what}`, () => texts(app), isRight)

describe('in a group', () => {
  it('a message goes to every member, and says how far it has come with all of them', async () => {
    await makeGroup()
    const sent = await alice.send(group, 'who comes along?')
    for (const app of [bob, cleo]) {
      const [message] = await until(app, 'has it', ([first]) => first?.text === 'who comes along?')
      expect(message).toMatchObject({ id: sent.id, own: false, author: { id: alice.id, name: 'Alice' } })
      expect((await app.conversation(group)).last).toMatchObject({ text: 'who comes along?', author: { name: 'Alice' } })
      expect(await app.shown(alice.id)).toEqual([])
    }
    await until(alice, 'knows that both have it', ([first]) => first?.status === 'delivered')
    await bob.call('conversations.markRead', { id: group })
    await eventually(
      'Alice knows who has read it',
      () => alice.call('groups.deliveries', { id: group, messageId: sent.id }),
      ([first, second]) => first?.status === 'read' && second?.status === 'delivered',
    )
    expect((await texts(alice))[0]?.status).toBe('delivered')
    await cleo.call('conversations.markRead', { id: group })
    await until(alice, 'knows that all have read it', ([first]) => first?.status === 'read')
    expect((await bob.conversation(group)).unread).toBe(0)
  })

  it('answers, reactions, edits and deletions are those of their authors alone', async () => {
    await makeGroup()
    const { id } = await alice.send(group, 'at nine?')
    await until(bob, 'has it', (all) => all.length === 1)
    await until(cleo, 'has it', (all) => all.length === 1)
    await bob.call('conversations.react', { id: group, messageId: id, emoji: '👍' })
    await cleo.call('conversations.react', { id: group, messageId: id, emoji: '🎉' })
    const [reacted] = await until(alice, 'has both reactions', ([first]) => first?.reactions.length === 2)
    expect(reacted?.reactions.map(({ own, author }) => [own, author?.name]).toSorted()).toEqual([
      [false, 'Bob'],
      [false, 'Cleo'],
    ])
    await bob.call('conversations.send', { id: group, messageId: newMessageId(), text: 'rather ten', replyTo: id })
    const [, answer] = await until(alice, 'has the answer', (all) => all.length === 2)
    expect(answer).toMatchObject({ author: { name: 'Bob' }, reply: { id, own: true, state: 'here' } })
    expect(await cleo.codeOf('conversations.edit', { id: group, messageId: id, text: 'mine' })).toBe('message.not-own')
    await alice.call('conversations.edit', { id: group, messageId: id, text: 'at ten, then' })
    await until(cleo, 'has the edit', ([first]) => first?.text === 'at ten, then' && first.editedAt !== null)
    await alice.call('conversations.delete', { id: group, messageIds: [id], for: 'both' })
    for (const app of [bob, cleo]) await until(app, 'has nothing of it', ([first]) => first?.deleted === true)
  })

  it('what is written before there is a session waits for it, and then comes in order', async () => {
    const { id } = await alice.call('groups.create', { name: 'Walkers', members: [bob.id, cleo.id] })
    group = id
    const join = async (app: TestApp, members: number): Promise<void> => {
      await app.untilConversation(id, 'is invited', (one) => one.group?.state === 'invited')
      await app.call('groups.answer', { id, accept: true })
      await app.untilConversation(id, 'is in', (one) => one.group?.state === 'member' && one.group.members === members)
    }
    await join(bob, 2)
    await bob.lock()
    await join(cleo, 3)
    await cleo.lock()
    await bob.unlock()
    await bob.untilConversation(id, 'knows of Cleo', (one) => one.group?.members === 3 && one.group.unheard === 1)
    await bob.send(group, 'one')
    const second = await bob.send(group, 'two')
    const edited = await bob.send(group, 'thre')
    await bob.call('conversations.edit', { id: group, messageId: edited.id, text: 'three' })
    await until(alice, 'has all', (all) => all.length === 3 && all[2]?.text === 'three')
    const statuses = async () =>
      (await bob.call('groups.deliveries', { id, messageId: second.id })).map(({ name, status }) => [name, status])
    await eventually('Alice has it', statuses, (all) => all[0]?.[1] === 'delivered')
    expect(await statuses()).toEqual([
      ['Alice', 'delivered'],
      ['Cleo', 'unconnected'],
    ])
    await cleo.unlock()
    await until(cleo, 'has all', (all) => all.map(({ text }) => text).join() === 'one,two,three')
    await until(bob, 'knows', (all) => all.every(({ status }) => status === 'delivered'))
    expect((await bob.call('conversations.list', {})).map(({ name }) => name).toSorted()).toEqual(['Alice', 'Walkers'])
    const refused = { details: { id }, block: { id, blocked: true }, rename: { id, label: 'Mine' }, remove: { id, block: false } }
    for (const [what, input] of Object.entries(refused))
      expect(await bob.codeOf(`contacts.${what}` as 'contacts.details', input)).toBe('contact.unknown')
    expect(await bob.call('conversations.open', { id: cleo.id })).toMatchObject({ name: 'Cleo', introducedBy: 'Alice', state: 'open' })
  })

  it('what waits for a session goes sealed through a common member, where its author allows it, and comes once', async () => {
    const { id } = await alice.call('groups.create', { name: 'Walkers', members: [bob.id, cleo.id] })
    group = id
    for (const [app, members] of [
      [bob, 2],
      [cleo, 3],
    ] as const) {
      await app.untilConversation(id, 'is invited', (one) => one.group?.state === 'invited')
      await app.call('groups.answer', { id, accept: true })
      await app.untilConversation(id, 'is in', (one) => one.group?.state === 'member' && one.group.members === members)
      await app.lock()
    }
    await bob.unlock()
    await bob.untilConversation(id, 'knows of Cleo', (one) => one.group?.members === 3 && one.group.unheard === 1)
    const first = await bob.send(group, 'one')
    const statusFor = async (messageId: string, name: string) =>
      (await bob.call('groups.deliveries', { id, messageId })).find((delivery) => delivery.name === name)?.status
    await bob.clock.advance(2 * 60_000)
    expect(await statusFor(first.id, 'Cleo')).toBe('unconnected')

    expect((await bob.call('groups.setPassing', { id, passing: true })).passing).toBe(true)
    const second = await bob.send(group, 'two')
    await bob.call('conversations.react', { id, messageId: second.id, emoji: '👍' })
    await bob.clock.advance(2 * 60_000)
    await eventually(
      'a copy is on its way',
      () => statusFor(second.id, 'Cleo'),
      (status) => status === 'passed',
    )
    await until(alice, 'has both herself', (all) => all.length === 2)
    await eventually(
      'Alice has them on their way to Cleo',
      () => alice.withDatabase((db) => db.prepare<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE kind = 'group.passed'`).get()?.n),
      (n) => n === 3,
    )
    await bob.lock()

    await cleo.unlock()
    const passed = await until(cleo, 'has both, and what was done with one', (all) => all.length === 2 && all[1]?.reactions.length === 1)
    expect(passed.map(({ text, author, passedBy }) => [text, author?.name, passedBy?.name])).toEqual([
      ['one', 'Bob', 'Alice'],
      ['two', 'Bob', 'Alice'],
    ])
    expect((await cleo.conversation(group)).unread).toBe(2)
    await bob.unlock()
    await until(cleo, 'has them from Bob too', (all) => all.length === 2 && all.every(({ passedBy }) => passedBy === null))
    expect((await texts(cleo)).map(({ text }) => text)).toEqual(['one', 'two'])
    await eventually(
      'Bob knows',
      () => statusFor(second.id, 'Cleo'),
      (status) => status === 'delivered',
    )
    await cleo.call('conversations.markRead', { id })
    await eventually(
      'and that it was read',
      () => statusFor(first.id, 'Cleo'),
      (status) => status === 'read',
    )
  })

  it('what was written under a change that is not here yet is shown when it is', async () => {
    await makeGroup()
    const { state } = (await bob.conversation(group)).group ?? {}
    expect(state).toBe('member')
    const before = await bob.withDatabase((db) => db.prepare<Record<string, Uint8Array>>('SELECT head, summary FROM groups').get())
    await alice.call('groups.rename', { id: group, name: 'Runners' })
    await bob.untilConversation(group, 'has the new name', ({ name }) => name === 'Runners')
    await alice.lock()
    await bob.withDatabase((db) =>
      db.transaction(() => {
        db.prepare(`UPDATE contacts SET name = 'Walkers' WHERE kind = 'group'`).run()
        db.prepare('DELETE FROM group_changes WHERE hash = (SELECT head FROM groups)').run()
        db.prepare('UPDATE groups SET head = ?, summary = ?').run(before?.['head'] ?? null, before?.['summary'] ?? null)
      }),
    )
    await bob.lock()
    await alice.unlock()
    await alice.send(group, 'under the new name')
    await bob.unlock()
    await until(bob, 'has it', ([first]) => first?.text === 'under the new name')
    expect((await bob.conversation(group)).name).toBe('Runners')
    expect((await bob.tables())['group_waiting']).toEqual([])
  })

  it('a member that restored an older copy gets back what was written to the group since', async () => {
    await makeGroup()
    await alice.send(group, 'before the copy')
    await until(bob, 'has it', (all) => all.length === 1)
    await eventually(
      'nothing waits',
      () => alice.call('contacts.details', { id: bob.id }),
      ({ technical }) => technical.outbox === 0,
    )
    await bob.lock()
    const copy = join(world.folder(), 'copy')
    cpSync(bob.dir, copy, { recursive: true })
    await bob.unlock()
    await alice.send(group, 'after the copy')
    await bob.send(group, 'of Bob himself')
    await alice.send(bob.id, 'between us, after the copy')
    await until(bob, 'has it', (all) => all.length === 3)
    await until(alice, 'knows', (all) => all.length === 3 && all[1]?.status === 'delivered')
    await alice.call('settings.set', { history: 'yes' })
    await bob.lock()
    rmSync(bob.dir, { recursive: true })
    cpSync(copy, bob.dir, { recursive: true })
    await bob.unlock()
    await bob.untilShown(alice.id, ['between us, after the copy'], 20_000)
    const all = await until(bob, 'has all again', (list) => list.length === 3)
    expect(all.map(({ text, author }) => `${author?.name ?? 'Bob'}: ${text}`).toSorted()).toEqual([
      'Alice: after the copy',
      'Alice: before the copy',
      'Bob: of Bob himself',
    ])
  })

  it('a file lies once for all members, also for one that comes later', async () => {
    await makeGroup()
    await cleo.lock()
    const bytes = someBytes(200_000)
    const before = (await relay.storage.size()).blobs
    await sendFile(alice, group, { bytes, name: 'map.bin' }, 'the map')
    const { file } = await untilFile(bob, group, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
    await untilFile(alice, group, ({ state }) => state === 'sent')
    await cleo.unlock()
    const late = await untilFile(cleo, group, isHere)
    expect(await digestOf(cleo, late.file.id)).toBe(sha256(bytes))
    expect(late).toMatchObject({ text: 'the map', author: { name: 'Alice' } })
    await bob.lock()
    await bob.unlock()
    await alice.call('conversations.delete', { id: group, messageIds: [late.id], for: 'both' })
    for (const app of [bob, cleo]) await until(app, 'has nothing of it', ([first]) => first?.deleted === true && first.file === null)
    await eventually(
      'the relay has no chunk of it',
      async () => (await relay.storage.size()).blobs,
      (blobs) => blobs <= before,
    )
  })

  it('nobody who was removed is heard, and nothing goes to one', async () => {
    await makeGroup()
    await bob.send(group, 'first')
    await until(alice, 'has it', (all) => all.length === 1)
    await cleo.lock()
    await alice.call('groups.remove', { id: group, member: cleo.id })
    await bob.untilConversation(group, 'knows', (one) => one.group?.members === 2)
    await alice.send(group, 'without Cleo')
    await until(bob, 'has it', ([, second]) => second?.text === 'without Cleo')
    await alice.send(cleo.id, 'between us')
    await cleo.unlock()
    await cleo.untilShown(alice.id, ['between us'])
    await cleo.untilConversation(group, 'knows that it is out', (one) => one.group?.state === 'removed')
    expect((await texts(cleo)).map(({ text }) => text)).not.toContain('without Cleo')
    expect(await cleo.codeOf('conversations.send', { id: group, messageId: newMessageId(), text: 'may I?' })).toBe('group.not-member')
  })

  it('a member that takes the id of another one’s message takes nothing away', async () => {
    await makeGroup()
    const messageId = newMessageId()
    await bob.withDatabase((db) => void db.prepare(`UPDATE group_members SET state = 'former' WHERE member = ?`).run(unhex(alice.id)))
    await bob.call('conversations.send', { id: group, messageId, text: 'first come' })
    await until(cleo, 'has the first', (all) => all.length === 1)
    await alice.call('conversations.send', { id: group, messageId, text: 'the same id' })
    const both = await until(cleo, 'has both', (all) => all.length === 2)
    expect(both.map(({ text, author }) => [text, author?.name])).toEqual([
      ['first come', 'Bob'],
      ['the same id', 'Alice'],
    ])
    expect(new Set(both.map(({ id }) => id)).size).toBe(2)
  })
})

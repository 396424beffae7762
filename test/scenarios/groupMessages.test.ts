/** What people do with messages in a group, over three whole apps and a real relay. The group itself is planted: who is in it is another test's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unhex } from '#main/protocol/bytes.ts'
import { createStores } from '#main/services/core.ts'
import type { Database } from '#main/storage/database.ts'
import type { TextMessage } from '#shared/contract/models.ts'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { connect, createTestWorld, type TestApp, type TestWorld } from '#test/support/testApp.ts'

const group = 'ab'.repeat(32)
const head = 'cd'.repeat(32)
let world: TestWorld
let alice: TestApp
let bob: TestApp
let cleo: TestApp

function addMember(db: Database, no: number, { id, name }: TestApp): void {
  const add = db.prepare('INSERT INTO group_members (contact, member, name, role, state, at) VALUES (?, ?, ?, ?, ?, 0)')
  add.run(no, unhex(id), name, 'member', 'member')
}
const addChange = (db: Database, no: number, hash: string): void =>
  void db.prepare('INSERT INTO group_changes VALUES (?, ?, NULL, 0, 1, ?)').run(no, unhex(hash), new Uint8Array(1))

/** Known to `app` with these members. */
const plant = (app: TestApp, members: TestApp[]) =>
  app.withDatabase((db) =>
    db.transaction(() => {
      const { no } = createStores(db).contacts.insertGroup({ id: group, name: 'Walkers', now: app.clock.now() })
      db.prepare(`INSERT INTO groups (contact, state, role, members, picture, head) VALUES (?, 'member', 'member', ?, x'', ?)`).run(
        ...[no, members.length, unhex(head)],
      )
      addChange(db, no, head)
      for (const member of members) addMember(db, no, member)
    }),
  )

const forget = (app: TestApp, who: TestApp) =>
  app.withDatabase((db) => void db.prepare(`UPDATE group_members SET state = 'former', role = NULL WHERE member = ?`).run(unhex(who.id)))

beforeEach(async () => {
  world = createTestWorld()
  const { address: relay } = await world.relay()
  ;[alice, bob, cleo] = [
    await world.app({ name: 'Alice', relay }),
    await world.app({ name: 'Bob', relay }),
    await world.app({ name: 'Cleo', relay }),
  ]
  await Promise.all([connect(alice, bob), connect(alice, cleo)])
  for (const app of [alice, bob, cleo]) await plant(app, [alice, bob, cleo])
})
afterEach(() => world.end())

const texts = async (app: TestApp): Promise<TextMessage[]> => (await app.items(group)).filter((item) => item.kind === 'text')

const until = (app: TestApp, what: string, isRight: (all: TextMessage[]) => boolean): Promise<TextMessage[]> =>
  eventually(`${app.name}: ${what}`, () => texts(app), isRight)

describe('in a group', () => {
  it('a message goes to every member, and says how far it has come with all of them', async () => {
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
      () => alice.withDatabase((db) => db.prepare('SELECT status FROM group_deliveries ORDER BY status').all()),
      (all) => JSON.stringify(all) === '[{"status":"delivered"},{"status":"read"}]',
    )
    expect((await texts(alice))[0]?.status).toBe('delivered')
    await cleo.call('conversations.markRead', { id: group })
    await until(alice, 'knows that all have read it', ([first]) => first?.status === 'read')
    expect((await bob.conversation(group)).unread).toBe(0)
  })

  it('answers, reactions, edits and deletions are those of their authors alone', async () => {
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
    await bob.send(group, 'one')
    await bob.send(group, 'two')
    const edited = await bob.send(group, 'thre')
    await bob.call('conversations.edit', { id: group, messageId: edited.id, text: 'three' })
    await until(alice, 'has all', (all) => all.length === 3 && all[2]?.text === 'three')
    expect(await texts(cleo)).toEqual([])
    expect((await texts(bob)).map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
    await connect(bob, cleo)
    await until(cleo, 'has all', (all) => all.map(({ text }) => text).join() === 'one,two,three')
    await until(bob, 'knows', (all) => all.every(({ status }) => status === 'delivered'))
  })

  it('what was written under a change that is not here yet waits for it, and holds up nothing else', async () => {
    const later = 'ef'.repeat(32)
    await alice.withDatabase((db) => {
      const { no } = db.prepare<{ no: number }>(`SELECT no FROM contacts WHERE kind = 'group'`).get() as { no: number }
      addChange(db, no, later)
      db.prepare('UPDATE groups SET head = ?').run(unhex(later))
    })
    await alice.send(group, 'under the new order')
    await alice.send(bob.id, 'between us')
    await bob.untilShown(alice.id, ['between us'])
    expect(await texts(bob)).toEqual([])
    expect((await bob.tables())['group_waiting']).toHaveLength(1)
  })

  it('nobody who is no member is heard, and nothing goes to one', async () => {
    const forget = (app: TestApp, who: TestApp) =>
      app.withDatabase(
        (db) => void db.prepare(`UPDATE group_members SET state = 'former', role = NULL WHERE member = ?`).run(unhex(who.id)),
      )
    await forget(alice, cleo)
    await cleo.send(group, 'may I?')
    await cleo.send(alice.id, 'between us')
    await alice.untilShown(cleo.id, ['between us'])
    await alice.send(group, 'without Cleo')
    await until(bob, 'has it', ([first]) => first?.text === 'without Cleo')
    await alice.send(cleo.id, 'as well')
    await cleo.untilShown(alice.id, ['as well'])
    expect((await texts(cleo)).map(({ text }) => text)).toEqual(['may I?'])
    expect((await texts(alice)).map(({ text }) => text)).toEqual(['without Cleo'])
    expect(await alice.refused(cleo.id)).toMatchObject({ 'message.group.not-member': 1 })
  })

  it('a member that takes the id of another one’s message takes nothing away', async () => {
    const messageId = newMessageId()
    await connect(bob, cleo)
    await forget(bob, alice) // so that only Cleo gets it
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

/** What people do with messages, over two whole apps and a real relay: answer, react, change, take back, let disappear, read. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeCbor } from '#main/protocol/cbor.ts'
import type { Message } from '#main/protocol/message.ts'
import { random } from '#test/support/profileFolder.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { createPuppet, type Puppet } from '#test/support/puppet.ts'
import { connect, createTestWorld, untilDelivered, untilOpen, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

const hour = 3_600_000
let world: TestWorld
let relay: TestRelay
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
  await connect(alice, bob)
})
afterEach(() => world.end())

const texts = async (app: TestApp, of: TestApp): Promise<TextMessage[]> => (await app.items(of.id)).filter((item) => item.kind === 'text')

/** The one message with these words, as `app` shows it, once it is as wanted. */
const until = async (app: TestApp, of: TestApp, what: string, isRight: (message: TextMessage) => boolean): Promise<TextMessage> => {
  const all = await eventually(
    `${app.name}: ${what}`,
    () => texts(app, of),
    (list) => list.some(isRight),
  )
  return all.find(isRight) as TextMessage
}

async function said(text: string): Promise<TextMessage> {
  const sent = await alice.send(bob.id, text)
  await bob.untilShown(alice.id, [text])
  return sent
}

const restart = async (app: TestApp): Promise<void> => {
  await app.lock()
  await app.unlock()
}

describe('between two people', () => {
  it('an answer quotes what it answers, until that is deleted', async () => {
    const first = await said('shall we go on Saturday?')
    await bob.call('conversations.send', { id: alice.id, messageId: newMessageId(), text: 'gladly', replyTo: first.id })
    const answer = await until(alice, bob, 'the answer', ({ text }) => text === 'gladly')
    expect(answer.reply).toEqual({ id: first.id, own: true, state: 'here', text: 'shall we go on Saturday?', file: null })
    await alice.call('conversations.delete', { id: bob.id, messageIds: [first.id], for: 'both' })
    await until(bob, alice, 'the quotation says so', ({ reply }) => reply?.state === 'deleted')
    await bob.call('conversations.delete', { id: alice.id, messageIds: [first.id], for: 'me' })
    expect((await texts(bob, alice)).map(({ text, reply }) => [text, reply?.state])).toEqual([['gladly', 'missing']])
  })

  it('a reaction is shown on both sides, replaced, taken back, and there after a restart', async () => {
    const { id } = await said('hello')
    await bob.call('conversations.react', { id: alice.id, messageId: id, emoji: '👍' })
    await bob.call('conversations.react', { id: alice.id, messageId: id, emoji: '❤️' })
    await until(alice, bob, 'the second reaction', ({ reactions }) => reactions[0]?.emoji === '❤️')
    await alice.call('conversations.react', { id: bob.id, messageId: id, emoji: '🎉' })
    await until(bob, alice, 'both', ({ reactions }) => reactions.length === 2)
    await restart(bob)
    expect((await texts(bob, alice))[0]?.reactions).toEqual([
      { emoji: '❤️', own: true },
      { emoji: '🎉', own: false },
    ])
    await bob.call('conversations.react', { id: alice.id, messageId: id, emoji: '' })
    await until(alice, bob, 'it is taken back', ({ reactions }) => reactions.length === 1 && reactions[0]?.own === true)
    expect(await bob.codeOf('conversations.react', { id: alice.id, messageId: id, emoji: 'no' })).toBe('input.invalid')
  })

  it('an edit keeps what was there before, and only the author can, for a day', async () => {
    const { id } = await said('see you at sevn')
    await alice.call('conversations.edit', { id: bob.id, messageId: id, text: 'see you at seven' })
    await alice.call('conversations.edit', { id: bob.id, messageId: id, text: 'see you at eight' })
    await until(bob, alice, 'the last edit', ({ text, editedAt }) => text === 'see you at eight' && editedAt !== null)
    const versions = await bob.call('conversations.versions', { id: alice.id, messageId: id })
    expect(versions.map(({ text }) => text)).toEqual(['see you at sevn', 'see you at seven', 'see you at eight'])
    expect(await bob.codeOf('conversations.edit', { id: alice.id, messageId: id, text: 'mine' })).toBe('message.not-own')
    await alice.clock.advance(25 * hour)
    expect(await alice.codeOf('conversations.edit', { id: bob.id, messageId: id, text: 'later' })).toBe('message.too-late')
    expect((await texts(alice, bob))[0]?.text).toBe('see you at eight')
  })

  it('deleting for both leaves a mark and nothing else; for me alone it leaves nothing, also when the message comes again', async () => {
    const [one, two] = [await said('a secret'), await said('another')]
    await bob.call('conversations.react', { id: alice.id, messageId: one.id, emoji: '😮' })
    expect(await bob.codeOf('conversations.delete', { id: alice.id, messageIds: [one.id], for: 'both' })).toBe('message.not-own')
    await alice.call('conversations.delete', { id: bob.id, messageIds: [one.id], for: 'both' })
    const gone = await until(bob, alice, 'it is taken back', ({ deleted }) => deleted)
    expect(gone).toMatchObject({ id: one.id, text: '', reactions: [], editedAt: null })
    expect(await bob.conversation(alice.id)).toMatchObject({ unread: 1 })
    await bob.call('conversations.delete', { id: alice.id, messageIds: [one.id, two.id], for: 'me' })
    expect(await texts(bob, alice)).toEqual([])
    await bob.call('sessions.reset', { id: alice.id })
    await bob.untilConversation(alice.id, 'is mended', ({ trouble }) => trouble === null)
    await said('after it')
    expect(await bob.shown(alice.id)).toEqual(['after it'])
    for (const app of [alice, bob]) expect(JSON.stringify(await app.tables())).not.toContain('a secret')
  })

  it('what was never sent is deleted before anybody has it', async () => {
    const carol = await world.app({ name: 'Carol', relay: relay.address })
    const invite = await carol.call('invites.create', {})
    await carol.lock()
    await alice.call('invites.accept', { text: invite.file.text })
    const { id } = await alice.send(carol.id, 'thought better of it')
    await alice.call('conversations.delete', { id: carol.id, messageIds: [id], for: 'both' })
    expect(await texts(alice, carol)).toEqual([])
    await carol.unlock()
    await untilOpen(alice, carol)
    await alice.send(carol.id, 'what I mean')
    await carol.untilShown(alice.id, ['what I mean'])
    await untilDelivered(alice, carol.id)
    expect(await carol.items(alice.id)).toHaveLength(2) // the line that they are connected, and this
  })

  it('disappears on both sides in its time, over restarts, from every table, and both sides agree about the time', async () => {
    await alice.call('conversations.setTimer', { id: bob.id, seconds: 30 })
    await bob.untilConversation(alice.id, 'knows the timer', ({ timer }) => timer === 30)
    const sent = await said('for your eyes only')
    expect(sent.ttl).toBe(30)
    await untilDelivered(alice, bob.id)
    await bob.clock.advance(hour)
    expect(await bob.shown(alice.id)).toEqual(['for your eyes only']) // unread: its time has not begun
    await bob.call('conversations.markRead', { id: alice.id })
    await restart(bob)
    expect((await texts(bob, alice))[0]?.expiresAt).not.toBeNull()
    await Promise.all([alice.clock.advance(31_000), bob.clock.advance(31_000)])
    for (const [app, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await eventually(
        `${app.name} shows it no more`,
        () => app.shown(other.id),
        (all) => all.length === 0,
      )
      expect(app.events).toContainEqual({ type: 'itemsRemoved', conversationId: other.id, ids: [sent.id] })
      expect(JSON.stringify(await app.tables())).not.toContain('for your eyes only')
    }
    await bob.call('conversations.setTimer', { id: alice.id, seconds: 0 })
    await alice.untilConversation(bob.id, 'knows that it is off', ({ timer }) => timer === 0)
    const lines = (await alice.items(bob.id)).flatMap((item) =>
      item.kind === 'system' && item.event === 'timer' ? [[item.by, item.count]] : [],
    )
    expect(lines).toEqual([
      ['you', 30],
      ['them', 0],
    ])
  })

  it('one whose time ended while the profile was locked is not shown again', async () => {
    await bob.call('conversations.setTimer', { id: alice.id, seconds: 60 })
    await alice.untilConversation(bob.id, 'knows the timer', ({ timer }) => timer === 60)
    await said('soon gone')
    await bob.call('conversations.markRead', { id: alice.id })
    await bob.lock()
    await bob.clock.advance(61_000)
    await bob.unlock()
    expect(await bob.shown(alice.id)).toEqual([])
  })

  it('what was read is told only where both want it', async () => {
    await said('read me')
    await untilDelivered(alice, bob.id)
    await bob.call('conversations.markRead', { id: alice.id })
    await until(alice, bob, 'it was read', ({ status }) => status === 'read')
    await bob.call('settings.set', { readReceipts: false })
    await said('and me')
    await bob.call('conversations.markRead', { id: alice.id })
    await untilDelivered(alice, bob.id)
    await bob.send(alice.id, 'an answer, with which a receipt goes')
    await alice.untilShown(bob.id, ['an answer, with which a receipt goes'])
    expect((await texts(alice, bob)).map(({ status }) => status)).toEqual(['read', 'delivered', 'received'])
    await alice.call('conversations.markRead', { id: bob.id })
    await bob.send(alice.id, 'and another')
    await alice.untilShown(bob.id, ['and another'])
    await untilDelivered(bob, alice.id)
    expect((await texts(bob, alice)).map(({ status }) => status)).toEqual(['received', 'received', 'delivered', 'delivered'])
  })

  it('who writes is told only where both want it, and no longer once the text is there', async () => {
    const seen = () => alice.events.filter((event) => event.type === 'typing')
    await bob.call('conversations.typing', { id: alice.id })
    await said('off')
    expect(seen()).toEqual([])
    for (const app of [alice, bob]) await app.call('settings.set', { typing: true })
    await bob.call('conversations.typing', { id: alice.id })
    await eventually(
      'Alice sees it',
      async () => seen(),
      (all) => all.length === 1,
    )
    await bob.send(alice.id, 'here it is')
    await alice.untilShown(bob.id, ['here it is'])
    expect(seen().map(({ until: end }) => end > 0)).toEqual([true, false])
  })

  it('forwards copies that say so, refuses what is deleted, and notes to oneself go nowhere', async () => {
    const { id } = await said('the recipe')
    const self = await bob.call('conversations.self', {})
    expect(self).toMatchObject({ id: bob.id, self: true, state: 'open' })
    const to = [{ id: bob.id, messageIds: [newMessageId()] }]
    await bob.call('conversations.forward', { id: alice.id, items: [id], to })
    await bob.call('conversations.forward', { id: alice.id, items: [id], to }) // the same call once more
    await bob.send(bob.id, 'buy flour')
    const notes = (await bob.items(bob.id)).filter((item) => item.kind === 'text')
    expect(notes.map(({ text, forwarded, status }) => [text, forwarded, status])).toEqual([
      ['the recipe', true, 'delivered'],
      ['buy flour', false, 'delivered'],
    ])
    expect((await bob.tables())['outbox']).toEqual([])
    for (const method of ['contacts.block', 'contacts.verify'] as const)
      expect(await bob.codeOf(method, { id: bob.id, blocked: true, verified: true })).toMatch(/contact.self|input.invalid/)
    await alice.call('conversations.delete', { id: bob.id, messageIds: [id], for: 'both' })
    await until(bob, alice, 'it is taken back', ({ deleted }) => deleted)
    expect(await bob.codeOf('conversations.forward', { id: alice.id, items: [id], to })).toBe('message.deleted')
    await restart(bob)
    await bob.call('profile.rename', { name: 'Robert' })
    await alice.untilConversation(bob.id, 'knows the new name', ({ name }) => name === 'Robert')
  })

  it('pins, archives, and lists both; something new brings an archived conversation back, unless it is muted', async () => {
    const { id } = await said('the address is 5 Mill Lane')
    await said('and the code 1234')
    await bob.call('conversations.pinMessage', { id: alice.id, messageId: id, pinned: true })
    await bob.call('conversations.pin', { id: alice.id, pinned: true })
    await bob.call('conversations.archive', { id: alice.id, archived: true })
    await restart(bob)
    expect((await bob.call('conversations.pinnedMessages', { id: alice.id })).map((message) => message.id)).toEqual([id])
    expect(await bob.conversation(alice.id)).toMatchObject({ pinned: true, archived: true })
    await said('are you there?')
    expect(await bob.conversation(alice.id)).toMatchObject({ archived: false })
    await bob.call('contacts.mute', { id: alice.id, time: 'always' })
    await bob.call('conversations.archive', { id: alice.id, archived: true })
    await said('hm')
    expect(await bob.conversation(alice.id)).toMatchObject({ archived: true })
  })

  it('what an older version kept because it could not read it is read after the update', async () => {
    const id = random(16)
    const later = { t: 'text', id, stream: random(8), seq: 1, at: bob.clock.now(), text: 'from the future' }
    await bob.withDatabase((db) => {
      const { no } = db.prepare<{ no: number }>('SELECT no FROM contacts').get() as { no: number }
      db.prepare('INSERT INTO foreign_messages VALUES (?, ?, ?, ?)').run(no, id, encodeCbor(later), bob.clock.now())
      db.prepare('INSERT INTO foreign_messages VALUES (?, ?, ?, ?)').run(no, random(16), encodeCbor({ ...later, t: 'hologram' }), 1)
    })
    await bob.untilShown(alice.id, ['from the future'])
    expect((await bob.tables())['foreign_messages']).toHaveLength(1)
  })

  it('pages lead both ways from any message', async () => {
    for (let i = 1; i <= 9; i++) await alice.send(bob.id, String(i))
    const all = await texts(alice, bob)
    const page = await alice.call('conversations.items', { id: bob.id, around: all[4]?.id ?? '', limit: 3 })
    expect(page).toMatchObject({ items: [{ text: '4' }, { text: '5' }, { text: '6' }], more: true, newer: true })
    const after = await alice.call('conversations.items', { id: bob.id, after: all[5]?.position ?? 0, limit: 5 })
    expect(after).toMatchObject({ items: [{ text: '7' }, { text: '8' }, { text: '9' }], newer: false })
    expect(await alice.codeOf('conversations.items', { id: bob.id, around: newMessageId(), limit: 3 })).toBe('message.unknown')
  })
})

describe('a contact that speaks by hand', () => {
  let puppet: Puppet
  let seq: number

  beforeEach(async () => {
    puppet = createPuppet({ relay: relay.address })
    const invite = await alice.call('invites.create', {})
    await puppet.accept(invite.file.text)
    await puppet.send(puppet.confirm())
    await alice.untilConversation(puppet.identity.id, 'is open', ({ state }) => state === 'open')
    seq = 0
  })
  afterEach(() => puppet.close())

  const say = (message: Record<string, unknown>) =>
    puppet.send({ id: random(16), stream: puppet.stream, seq: ++seq, at: alice.clock.now(), ...message } as unknown as Message)
  const shown = () => alice.items(puppet.identity.id).then((items) => items.filter((item) => item.kind === 'text'))
  const last = async (text: string) => {
    await say({ t: 'text', text })
    await alice.untilShown(puppet.identity.id, [text])
  }

  it('changes that come before their message wait for it; a second deletion, edits and reactions after one change nothing', async () => {
    const [id, other] = [random(16), random(16)]
    const at = alice.clock.now()
    await say({ t: 'edit', of: id, text: 'second', at: at + 2 })
    await say({ t: 'edit', of: id, text: 'first', at: at + 1 })
    await say({ t: 'reaction', of: id, emoji: '👍' })
    await say({ t: 'delete', of: other })
    await say({ t: 'text', id, text: 'original', at })
    await say({ t: 'text', id: other, text: 'never seen', at })
    await last('end')
    expect((await shown()).map(({ text, deleted, reactions }) => [text, deleted, reactions.length])).toEqual([
      ['second', false, 1],
      ['', true, 0],
      ['end', false, 0],
    ])
    expect(await alice.conversation(puppet.identity.id)).toMatchObject({ unread: 2 })
    await say({ t: 'delete', of: id })
    await say({ t: 'edit', of: id, text: 'back again', at: at + 9 })
    await say({ t: 'reaction', of: id, emoji: '👍', at: at + 9 })
    await say({ t: 'delete', of: id })
    await last('end again')
    expect((await shown())[0]).toMatchObject({ text: '', deleted: true, reactions: [] })
    expect((await alice.tables())['early_events']).toEqual([])
  })

  it('cannot touch what others wrote, and what it sends too late or broken is refused by name', async () => {
    const mine = await alice.send(puppet.identity.id, 'mine')
    const of = new Uint8Array(Buffer.from(mine.id.replaceAll('-', ''), 'hex'))
    await say({ t: 'edit', of, text: 'yours', at: alice.clock.now() + 1 })
    await say({ t: 'delete', of })
    const old = random(16)
    await say({ t: 'text', id: old, text: 'old', at: alice.clock.now() - 48 * hour })
    await say({ t: 'edit', of: old, text: 'new' })
    await say({ t: 'reaction', of, emoji: 'not an emoji' })
    await say({ t: 'text', text: 'named', mentions: [{ from: 0, length: 500, id: random(32) }] })
    await last('end')
    expect((await shown()).map(({ text, mentions }) => [text, mentions.length])).toEqual([
      ['mine', 0],
      ['old', 0],
      ['named', 0],
      ['end', 0],
    ])
    expect(await alice.refused(puppet.identity.id)).toMatchObject({ 'message.session.refused': 3, 'message.codec.malformed': 1 })
  })

  it('that lacks numbers which nobody sends again is told not to wait for them', async () => {
    for (const text of ['one', 'two', 'three']) await alice.send(puppet.identity.id, text)
    const sent = () => puppet.received.filter((message) => message.t === 'text')
    await puppet.until('the texts', () => sent().length === 3)
    const [first, second, third] = sent()
    const stream = first?.stream ?? new Uint8Array()
    await say({ t: 'ping', id: random(16), receipts: [{ stream, upTo: third?.seq ?? 0, beyond: new Uint8Array() }] })
    await untilDelivered(alice, puppet.identity.id)
    const far = new Uint8Array(70)
    far[69] = 1
    await say({ t: 'ping', id: random(16), receipts: [{ stream, upTo: first?.seq ?? 0, beyond: far }] })
    await puppet.until('the numbers that will not come', (received) => received.some(({ t }) => t === 'void'))
    const told = puppet.received.find((message) => message.t === 'void')
    expect(told).toMatchObject({ stream, from: second?.seq, upTo: third?.seq })
  })

  it('is believed when it says that some of its numbers will not come, as far as they are the next ones', async () => {
    const receipts = () => puppet.received.flatMap((message) => ('receipts' in message ? (message.receipts ?? []) : []))
    const upTo = (n: number) => receipts().some((receipt) => Buffer.from(receipt.stream).equals(puppet.stream) && receipt.upTo === n)
    await last('one') // 1
    seq = 5
    await last('six') // 6
    await say({ t: 'void', from: 3, upTo: 5 }) // 7: two is missing before it
    await puppet.until('a receipt up to 1', () => upTo(1))
    await say({ t: 'void', from: 2, upTo: 900 }) // 8: no further than itself
    await puppet.until('a receipt up to 8', () => upTo(8))
  })

  it('keeps no more than a thousand changes for messages that never come', async () => {
    for (let i = 0; i < 40; i++) await say({ t: 'reaction', of: random(16), emoji: '👍' })
    await last('end')
    expect((await alice.tables())['early_events']).toHaveLength(40)
    await alice.withDatabase((db) => {
      const { n } = db.prepare<{ n: number }>('SELECT max(no) AS n FROM contacts').get() as { n: number }
      db.prepare(
        `INSERT INTO early_events (contact, target, id, body, at) SELECT ?, randomblob(16), randomblob(16), x'a0', ? FROM (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 960) SELECT i FROM c)`,
      ).run(n, alice.clock.now())
    })
    await say({ t: 'reaction', of: random(16), emoji: '👍' })
    await last('end of all')
    expect((await alice.tables())['early_events']).toHaveLength(1000)
  })
})

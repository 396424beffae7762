/** What a person decides about a contact: its name here, quiet, and its end. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
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
})
afterEach(() => world.end())

async function talked(): Promise<void> {
  await connect(alice, bob)
  await alice.send(bob.id, 'hello')
  await bob.untilShown(alice.id, ['hello'])
  await bob.send(alice.id, 'hello back')
  await alice.untilShown(bob.id, ['hello back'])
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
}

describe('a name of one’s own for a contact', () => {
  it('is shown instead of theirs, told to nobody, survives a restart and their new name, and ends when it is emptied', async () => {
    await talked()
    expect(await alice.call('contacts.rename', { id: bob.id, label: '  Bob from the mill ' })).toMatchObject({
      name: 'Bob from the mill',
      ownName: 'Bob',
    })
    await bob.call('profile.rename', { name: 'Robert' })
    await alice.untilConversation(bob.id, 'knows the new name', ({ ownName }) => ownName === 'Robert')
    await alice.lock()
    await alice.unlock()
    expect(await alice.conversation(bob.id)).toMatchObject({ name: 'Bob from the mill', ownName: 'Robert' })
    expect((await alice.call('contacts.details', { id: bob.id })).name).toBe('Bob from the mill')
    expect(await bob.conversation(alice.id)).toMatchObject({ name: 'Alice', ownName: 'Alice' })
    expect(await alice.call('contacts.rename', { id: bob.id, label: '' })).toMatchObject({ name: 'Robert' })
  })

  it.each(['a\nb', 'a\u202eb', 'x'.repeat(65)])('refuses %j, and keeps the name there was', async (label) => {
    await connect(alice, bob)
    expect(await alice.codeOf('contacts.rename', { id: bob.id, label })).toBe('input.invalid')
    expect(await alice.conversation(bob.id)).toMatchObject({ name: 'Bob' })
  })
})

describe('mute', () => {
  it.each([
    ['hour', hour],
    ['eight-hours', 8 * hour],
  ] as const)('for %s ends by itself, and says so', async (time, ms) => {
    await connect(alice, bob)
    const from = alice.clock.now()
    const { mutedUntil } = await alice.call('contacts.mute', { id: bob.id, time })
    expect(mutedUntil).toBeGreaterThanOrEqual(from + ms)
    expect(mutedUntil).toBeLessThanOrEqual(alice.clock.now() + ms)
    await bob.send(alice.id, 'psst')
    await alice.untilShown(bob.id, ['psst'])
    expect(await alice.conversation(bob.id)).toMatchObject({ unread: 1, mutedUntil })
    await alice.clock.advance(ms - hour / 2)
    expect((await alice.conversation(bob.id)).mutedUntil).toBe(mutedUntil)
    const before = alice.events.length
    await alice.clock.advance(hour / 2)
    expect((await alice.conversation(bob.id)).mutedUntil).toBeNull()
    expect(alice.events.slice(before)).toContainEqual(
      expect.objectContaining({ type: 'conversation', conversation: expect.objectContaining({ id: bob.id, mutedUntil: null }) as unknown }),
    )
  })

  it('without an end lasts over restarts and months, until it is turned off', async () => {
    await connect(alice, bob)
    await alice.call('contacts.mute', { id: bob.id, time: 'always' })
    await alice.lock()
    await alice.clock.advance(90 * 24 * hour)
    await alice.unlock()
    expect((await alice.conversation(bob.id)).mutedUntil).toBe(Number.MAX_SAFE_INTEGER)
    expect((await alice.call('contacts.mute', { id: bob.id, time: 'off' })).mutedUntil).toBeNull()
  })

  it('that ended while the profile was locked has ended', async () => {
    await connect(alice, bob)
    await alice.call('contacts.mute', { id: bob.id, time: 'hour' })
    await alice.lock()
    await alice.clock.advance(2 * hour)
    await alice.unlock()
    expect((await alice.conversation(bob.id)).mutedUntil).toBeNull()
    const { contacts } = await alice.tables()
    expect(JSON.parse(contacts?.[0] as string)).toMatchObject({ muted_until: null })
  })
})

/** Ids, keys and words by which a row could be told to be about the contact. */
async function tracesOf(app: TestApp, contact: TestApp): Promise<string[]> {
  const { technical } = await app.call('contacts.details', { id: contact.id })
  return app.withDatabase((db) => {
    const text = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value))
    const all = (sql: string) =>
      db
        .prepare(sql)
        .all()
        .flatMap((row) => Object.values(row).map(text))
    return [
      ...[contact.id, contact.name, technical.sessionId ?? ''],
      ...all(`SELECT id FROM sessions UNION SELECT session FROM exchanges WHERE session IS NOT NULL`),
      ...all('SELECT key FROM contact_keys UNION SELECT my_reset FROM contact_keys UNION SELECT peer_reset FROM contact_keys'),
      ...all('SELECT stream FROM streams UNION SELECT stream FROM own_streams UNION SELECT id FROM items UNION SELECT id FROM outbox'),
      ...all('SELECT header_key FROM skipped UNION SELECT hk FROM publications WHERE owner IN (SELECT id FROM sessions)'),
    ].filter((trace) => trace !== '')
  })
}

const found = async (app: TestApp, traces: readonly string[]): Promise<string[]> => {
  const whole = JSON.stringify(await app.tables())
  return traces.filter((trace) => whole.includes(trace))
}

describe('deleting a contact', () => {
  it('leaves nothing of it in the database, tells it nothing, and a fresh invite brings both together again', async () => {
    await talked()
    await alice.call('contacts.rename', { id: bob.id, label: 'Bob the builder' })
    const label = await alice.call('invites.create', { label: 'spare' })
    await bob.lock()
    await alice.send(bob.id, 'never to leave') // waits: of a session that is there
    await alice.call('sessions.reset', { id: bob.id })
    const traces = [...(await tracesOf(alice, bob)), 'Bob the builder', 'hello', 'never to leave']
    expect(await found(alice, traces)).not.toEqual([])
    const before = alice.events.length
    await alice.call('contacts.remove', { id: bob.id, block: false })
    expect(statSync(join(alice.dir, 'cairn.db-wal')).size).toBe(0)
    expect(alice.events.slice(before)).toContainEqual({ type: 'conversationRemoved', id: bob.id })
    expect(await found(alice, traces)).toEqual([])
    expect((await alice.call('invites.list', {})).map(({ id }) => id)).toEqual([label.id])
    expect(await alice.codeOf('contacts.details', { id: bob.id })).toBe('contact.unknown')

    const stored = await bobsRefusals()
    await bob.unlock()
    await bob.send(alice.id, 'are you there?')
    await alice.clock.advance(20 * 60_000)
    expect(await alice.call('conversations.list', {})).toEqual([])
    expect(await bob.shown(alice.id)).toEqual(expect.not.arrayContaining(['after it']))
    expect(await bobsRefusals()).toEqual(stored)

    await bob.call('invites.accept', { text: label.file.text })
    await untilOpen(alice, bob)
    await alice.untilShown(bob.id, ['are you there?'])
    await alice.send(bob.id, 'here I am again')
    await bob.untilShown(alice.id, ['here I am again'])
    expect((await alice.shown(bob.id)).includes('hello')).toBe(false)
    expect(await bob.shown(alice.id)).toEqual(expect.arrayContaining(['hello', 'hello back', 'are you there?', 'here I am again']))
    expect((await alice.conversation(bob.id)).question).toBeNull()
    expect((await bob.conversation(alice.id)).question).toBeNull()
  })

  const bobsRefusals = async () => {
    const wasLocked = (await bob.call('app.state', {})).phase === 'locked'
    if (wasLocked) await bob.unlock()
    const refused = await bob.refused(alice.id)
    if (wasLocked) await bob.lock()
    return refused
  }

  it('takes back what no relay has yet, also what was to close a session', async () => {
    await talked()
    await relay.close()
    await alice.send(bob.id, 'on its way')
    await alice.call('contacts.remove', { id: bob.id, block: false })
    const { publications, outbox, sessions } = await alice.tables()
    expect([publications, outbox, sessions]).toEqual([[], [], []])
  })

  it('that is still connecting ends the exchange, and the invite it answered', async () => {
    const { id, file } = await alice.call('invites.create', { label: 'Bob' })
    await alice.lock()
    await bob.call('invites.accept', { text: file.text })
    await eventually(
      'the answer lies at the relay',
      () => bob.withDatabase((db) => db.prepare('SELECT 1 FROM publications WHERE stored_at IS NOT NULL').all().length),
      (count) => count > 0,
    )
    await bob.lock() // so that it stays half-way
    await alice.unlock()
    await alice.untilConversation(bob.id, 'has the answer', ({ state }) => state === 'connecting')
    await alice.call('contacts.remove', { id: bob.id, block: false })
    expect(await alice.call('conversations.list', {})).toEqual([])
    expect(await alice.call('invites.list', {})).toEqual([])
    const tables = await alice.tables()
    expect(JSON.stringify(tables)).not.toContain(bob.id)
    expect(tables['invites']?.map((row) => JSON.parse(row as string) as unknown)).toEqual([
      expect.objectContaining({ id, state: 'cancelled', label: '', contact: null }),
    ])
    await bob.unlock()
    await bob.call('contacts.remove', { id: alice.id, block: false })
    expect(JSON.stringify(await bob.tables())).not.toContain(alice.id)
    await connect(bob, alice)
  })

  it('and blocking it too keeps its id and name, refuses its invites and answers, until it is unblocked', async () => {
    await talked()
    const fresh = await alice.call('invites.create', { label: '' })
    const theirs = await bob.call('invites.create', {})
    await alice.call('contacts.remove', { id: bob.id, block: true })
    expect(await alice.call('contacts.blocked', {})).toMatchObject([{ id: bob.id, name: 'Bob', deleted: true }])
    for (const method of ['invites.inspect', 'invites.accept'] as const)
      expect(await alice.codeOf(method, { text: theirs.file.text })).toBe('invite.blocked')
    await bob.call('invites.accept', { text: fresh.file.text })
    await eventually(
      'the answer was refused',
      () => alice.withDatabase((db) => db.prepare(`SELECT count FROM refusals WHERE name = 'invite.blocked'`).all()),
      (rows) => rows.length === 1,
    )
    expect(await alice.call('conversations.list', {})).toEqual([])
    const rest = await alice.tables()
    const mentions = Object.entries(rest).filter(([, rows]) => JSON.stringify(rows).includes(bob.id))
    expect(mentions.map(([table]) => table)).toEqual(['blocked'])
    expect(await alice.call('contacts.unblock', { id: bob.id })).toEqual([])
    expect(await alice.codeOf('contacts.unblock', { id: bob.id })).toBe('contact.unknown')
    expect(JSON.stringify(await alice.tables())).not.toContain(bob.id)
    await connect(alice, bob)
  })

  it('is refused for nobody and for what is no id; nothing changes', async () => {
    await connect(alice, bob)
    expect(await alice.codeOf('contacts.remove', { id: alice.id, block: false })).toBe('contact.unknown')
    expect(await alice.codeOf('contacts.remove', { id: 'x', block: false })).toBe('input.invalid')
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
  })
})

it('the list of blocked people has those with a conversation too, and unblocks them', async () => {
  await talked()
  await alice.call('contacts.block', { id: bob.id, blocked: true })
  expect(await alice.call('contacts.blocked', {})).toMatchObject([{ id: bob.id, name: 'Bob', deleted: false }])
  expect(await alice.call('contacts.unblock', { id: bob.id })).toEqual([])
  await alice.call('conversations.send', { id: bob.id, messageId: newMessageId(), text: 'welcome back' })
  await bob.untilShown(alice.id, ['welcome back'])
})

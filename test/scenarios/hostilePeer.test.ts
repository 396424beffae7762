/** Somebody who speaks the protocol and means no good: made of the protocol's own functions, without an app around them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Identity } from '#main/protocol/identity.ts'
import { decodeIdentitySecrets, decodePublicIdentity } from '#main/protocol/identity.ts'
import { makeReceipt, type Message } from '#main/protocol/message.ts'
import { openResetRequest, resetSeries } from '#main/protocol/reset.ts'
import { eventually } from '#test/support/eventually.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, createPuppet, encodeCbor, identityNamed, inviteIn, primitives, type Puppet } from '#test/support/puppet.ts'
import {
  advanceUntil,
  connect,
  createTestWorld,
  untilDelivered,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'

const day = 24 * 3600_000
let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

function puppetAs(identity?: Identity): Puppet {
  const puppet = createPuppet({ relay: relay.address, now: () => alice.clock.now(), ...(identity ? { identity } : {}) })
  world.defer(() => puppet.close())
  return puppet
}

const newInvite = async () => inviteIn((await alice.call('invites.create', {})).file.text)
const identityOf = (app: TestApp): Promise<Identity> =>
  app.withDatabase((db) =>
    decodeIdentitySecrets(primitives, db.prepare<{ value: Uint8Array }>(`SELECT value FROM meta WHERE key = 'identity'`).get()!.value),
  )
/** The identity of somebody whose program is locked from now on, as a thief has it. */
async function takenFrom(app: TestApp): Promise<Identity> {
  const identity = await identityOf(app)
  await app.lock()
  return identity
}
const publicOf = async (app: TestApp) => decodePublicIdentity(primitives, (await identityOf(app)).publicBytes)

/** A puppet with an open session to Alice. */
async function friend(name = 'Mallory'): Promise<Puppet> {
  const puppet = puppetAs(identityNamed(name))
  const { file } = await alice.call('invites.create', {})
  await puppet.accept(file.text)
  await puppet.send(puppet.confirm())
  await alice.untilConversation(puppet.identity.id, 'is open', ({ state }) => state === 'open')
  await puppet.until('the confirmation', (received) => received.some(({ t }) => t === 'session.confirm'))
  return puppet
}

const refusals = (of: Puppet) => alice.refused(of.identity.id)
const count = async (name: string): Promise<number> =>
  alice.withDatabase((db) => db.prepare<{ n: number }>('SELECT coalesce(sum(count), 0) AS n FROM refusals WHERE name = ?').get(name)!.n)

describe('who claims to be somebody else', () => {
  it('never becomes that contact, alters nothing of it, and comes four times at most', async () => {
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    await connect(alice, bob)
    await untilDelivered(alice, bob.id)
    await untilDelivered(bob, alice.id)
    const asBob = await publicOf(bob)
    // public halves are Bob's, secret ones are the liar's own
    const liar: Identity = { ...identityNamed('Bob'), id: asBob.id, publicBytes: asBob.bytes }
    const puppet = puppetAs(liar)
    const known = await alice.conversation(bob.id)
    const details = await alice.call('contacts.details', { id: bob.id })
    for (let i = 0; i < 6; i++) await puppet.answer(await newInvite(), { relays: [relay.address] })
    await eventually(
      'the fifth is refused',
      () => count('invite.too-many-answers'),
      (n) => n >= 2,
    )
    const now = await alice.conversation(bob.id)
    expect({ ...now, exchange: null }).toEqual({ ...known, exchange: null })
    const { technical, session, ...rest } = await alice.call('contacts.details', { id: bob.id })
    expect(rest).toMatchObject({ name: details.name, verified: details.verified, safetyNumber: details.safetyNumber })
    expect(technical).toMatchObject({ sessionId: details.technical.sessionId, relays: details.technical.relays })
    expect(session.history).toEqual(details.session.history)
    const unconfirmed = await alice.withDatabase(
      (db) => db.prepare<{ n: number }>('SELECT count(*) AS n FROM sessions WHERE confirmed_at IS NULL').get()!.n,
    )
    expect(unconfirmed).toBeLessThanOrEqual(4)
    await alice.send(bob.id, 'still between us')
    await bob.untilShown(alice.id, ['still between us'])
    await bob.send(alice.id, 'and back')
    await alice.untilShown(bob.id, ['still between us', 'and back'])
    await alice.clock.advance(31 * day)
    expect(await alice.withDatabase((db) => db.prepare<{ n: number }>('SELECT count(*) AS n FROM exchanges').get()!.n)).toBe(0)
    expect(await alice.shown(bob.id)).toEqual(['still between us', 'and back'])
  })

  it('with a name that is not signed by those keys is not heard at all', async () => {
    const bob = identityNamed('Bob')
    const puppet = puppetAs()
    const renamed = identityNamed('Robert').publicBytes
    const tampered = bob.publicBytes.slice()
    tampered[tampered.indexOf('B'.charCodeAt(0), 10)] = 'R'.charCodeAt(0)
    for (const publicBytes of [tampered, renamed.subarray(0, 900), random(1300)])
      await puppet.answer(await newInvite(), { as: { ...bob, publicBytes } })
    await eventually(
      'all are refused',
      async () => (await count('invite.answer-crypto.failed')) + (await count('invite.answer-codec.malformed')),
      (n) => n >= 3,
    )
    expect(await alice.call('conversations.list', {})).toEqual([])
  })

  it('an answer to a blocked contact’s name, to a single-use invite meant for another, or from ourselves makes nothing', async () => {
    const blocked = await friend('Blocked')
    await alice.call('contacts.block', { id: blocked.identity.id, blocked: true })
    await puppetAs(blocked.identity).answer(await newInvite())
    await puppetAs(await identityOf(alice)).answer(await newInvite())
    await eventually(
      'both are refused',
      async () => [await count('invite.blocked'), await count('invite.own')],
      (counts) => counts.every((n) => n > 0),
    )
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
    expect((await alice.conversation(blocked.identity.id)).exchange).toBeNull()
  })
})

describe('reset requests', () => {
  interface Known {
    bob: TestApp
    contactKey: Uint8Array
    aliceReset: Uint8Array
  }

  /** Alice and Bob, and what Bob's side knows of resets. */
  async function known(): Promise<Known> {
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    await connect(alice, bob)
    await untilDelivered(bob, alice.id)
    const key = await bob.withDatabase((db) => db.prepare<{ key: Uint8Array; peer_reset: Uint8Array }>('SELECT * FROM contact_keys').get()!)
    return { bob, contactKey: key.key, aliceReset: key.peer_reset }
  }

  const sessionId = async (bob: TestApp) => (await alice.call('contacts.details', { id: bob.id })).technical.sessionId

  it('forged by who lacks the contactKey, are counted and change nothing', async () => {
    const { bob, contactKey, aliceReset } = await known()
    const before = await sessionId(bob)
    const bobsIdentity = await identityOf(bob)
    // even with both identities, an old invite and the place itself: the MAC needs the contactKey
    const forger = puppetAs({ ...identityNamed('Bob'), id: bobsIdentity.id, publicBytes: bobsIdentity.publicBytes })
    await forger.requestReset(await publicOf(alice), { contactKey, peerResetRV: aliceReset, macKey: random(32) })
    await eventually(
      'it is counted',
      () => alice.refused(bob.id),
      (counts) => counts['reset.session.refused'] === 1,
    )
    // and a stranger's own identity under the right MAC is not Bob's
    await puppetAs().requestReset(await publicOf(alice), { contactKey, peerResetRV: aliceReset })
    await eventually(
      'it is counted',
      () => alice.refused(bob.id),
      (counts) => (counts['reset.session.refused'] ?? 0) >= 2,
    )
    expect(await sessionId(bob)).toBe(before)
    expect((await alice.conversation(bob.id)).trouble).toBeNull()
    expect(await alice.withDatabase((db) => db.prepare('SELECT * FROM exchanges').all())).toEqual([])
    await bob.send(alice.id, 'all is well')
    await alice.untilShown(bob.id, ['all is well'])
  })

  it('replayed at the next number or expired, are counted and change nothing', async () => {
    const { bob, contactKey, aliceReset } = await known()
    const twin = puppetAs(await takenFrom(bob))
    const to = await publicOf(alice)
    const { blob, invite } = await twin.requestReset(to, { contactKey, peerResetRV: aliceReset })
    const session = await twin.finish(invite)
    await twin.send(twin.confirm())
    await eventually(
      'the session is reset',
      () => sessionId(bob),
      (id) => id === Buffer.from(session.sessionId).toString('hex'),
    )
    const events = (await alice.call('contacts.details', { id: bob.id })).session.history.length
    const series = resetSeries(primitives, contactKey, aliceReset, alice.id)
    await twin.publishSeries(series, { blob, deleteHash: random(32) })
    await eventually(
      'the replay is counted',
      () => alice.refused(bob.id),
      (counts) => (counts['reset.repeated'] ?? 0) > 0,
    )
    await twin.requestReset(to, {
      contactKey,
      peerResetRV: aliceReset,
      terms: { created: alice.clock.now() - 8 * day, expires: alice.clock.now() - day },
    })
    await eventually(
      'the expired one is counted',
      () => alice.refused(bob.id),
      (counts) => (counts['reset.invite.expired'] ?? 0) > 0,
    )
    expect((await alice.call('contacts.details', { id: bob.id })).session.history).toHaveLength(events)
    expect(await alice.withDatabase((db) => db.prepare('SELECT * FROM exchanges').all())).toEqual([])
  })

  it('that cross end in one session, and nothing is lost', async () => {
    const { bob } = await known()
    await alice.send(bob.id, 'before')
    await Promise.all([alice.call('sessions.reset', { id: bob.id }), bob.call('sessions.reset', { id: alice.id })])
    await Promise.all([alice.send(bob.id, 'meanwhile A'), bob.send(alice.id, 'meanwhile B')])
    for (const [app, peer] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const shown = await app.untilShown(peer.id, ['before', 'meanwhile A', 'meanwhile B'])
      expect(shown).toHaveLength(3)
      await app.untilConversation(peer.id, 'is at peace', ({ trouble }) => trouble === null)
    }
    await eventually(
      'one session on both sides',
      async () => [await sessionId(bob), (await bob.call('contacts.details', { id: alice.id })).technical.sessionId],
      ([a, b]) => a !== null && a === b,
    )
    await alice.send(bob.id, 'after')
    await bob.untilShown(alice.id, ['after'])
  })
})

describe('inside a valid session', () => {
  const reliable = (puppet: Puppet, seq: number, changes: object) => encodeCbor({ ...puppet.text('x', seq), ...changes })

  it('what is malformed is counted, and the session goes on', async () => {
    const puppet = await friend()
    const other = identityNamed('Somebody')
    const stream = random(8)
    const bad: [string, Uint8Array][] = [
      ['an unknown type', encodeCbor({ t: 'telepathy', id: random(16) })],
      ['no type', encodeCbor({ id: random(16) })],
      ['no map', encodeCbor([1, 2, 3])],
      ['no CBOR', random(200)],
      ['nothing', new Uint8Array(0)],
      ['two encodings', new Uint8Array([...encodeCbor({ t: 'ping', id: random(16) }), 0])],
      ['a text without end', reliable(puppet, 1, { text: 'x'.repeat(20_001) })],
      ['an empty text', reliable(puppet, 1, { text: '' })],
      ['seq 0', reliable(puppet, 0, {})],
      ['a seq beyond all', reliable(puppet, 1, { seq: -1 })],
      ['a short id', reliable(puppet, 1, { id: random(8) })],
      ['a long stream', reliable(puppet, 1, { stream: random(9) })],
      [
        'a hundred receipts',
        encodeCbor({ t: 'receipt', receipts: Array.from({ length: 100 }, () => ({ stream, upTo: 1, beyond: new Uint8Array(0) })) }),
      ],
      ['a bitmap without end', encodeCbor({ t: 'receipt', receipts: [{ stream, upTo: 1, beyond: random(1000) }] })],
      [
        'another’s identity',
        encodeCbor({
          t: 'profile',
          id: random(16),
          stream,
          seq: 1,
          at: 1,
          identity: other.publicBytes,
          relays: [relay.address],
        }),
      ],
      [
        'a broken identity',
        encodeCbor({ t: 'profile', id: random(16), stream, seq: 2, at: 1, identity: random(500), relays: [relay.address] }),
      ],
      [
        'relays that are none',
        encodeCbor({
          t: 'profile',
          id: random(16),
          stream,
          seq: 3,
          at: 1,
          identity: puppet.identity.publicBytes,
          relays: ['http://evil/'],
        }),
      ],
    ]
    for (const [, bytes] of bad) await puppet.sendBytes(bytes)
    await puppet.send(puppet.text('sound', 1))
    expect(await alice.untilShown(puppet.identity.id, ['sound'])).toEqual(['sound'])
    const counted = await eventually(
      'all are counted',
      () => refusals(puppet),
      (counts) => Object.values(counts).reduce((a, b) => a + b, 0) >= bad.length,
    )
    expect(Object.keys(counted).toSorted()).toEqual(
      expect.arrayContaining(['message.codec.malformed', 'message.codec.newer-version', 'message.session.refused']),
    )
    expect(await alice.conversation(puppet.identity.id)).toMatchObject({ name: 'Mallory', trouble: null })
    expect((await alice.call('contacts.details', { id: puppet.identity.id })).technical.relays).toEqual([relay.address])
    expect(alice.log.join('\n')).not.toContain('app.later-failed')
    expect(alice.log.join('\n')).not.toContain('inbox.failed')
  })

  it('receipts for what was never sent empty nothing', async () => {
    const puppet = await friend()
    const { id } = await alice.send(puppet.identity.id, 'is it there?')
    await puppet.until('it', (received) => received.some(({ t }) => t === 'text'))
    const text = puppet.received.find((message): message is Extract<Message, { t: 'text' }> => message.t === 'text')!
    const status = async () => (await alice.items(puppet.identity.id)).find((item) => item.id === id)
    await puppet.send({ t: 'receipt', receipts: [{ stream: random(8), upTo: 1_000_000, beyond: random(128) }] })
    await puppet.send(puppet.text('after the receipt', 1))
    await alice.untilShown(puppet.identity.id, ['after the receipt'])
    expect(await status()).toMatchObject({ status: 'sent' })
    await puppet.send({
      t: 'receipt',
      receipts: [{ stream: text.stream, upTo: Number.MAX_SAFE_INTEGER, beyond: new Uint8Array(128).fill(255) }],
    })
    await puppet.send(puppet.text('after another', 2))
    await alice.untilShown(puppet.identity.id, ['after another'])
    // of the right stream it is true for what was sent; numbers never given out hurt nothing later
    await alice.send(puppet.identity.id, 'and this?')
    await puppet.until('that too', (received) => received.filter(({ t }) => t === 'text').length === 2)
    expect((await alice.call('contacts.details', { id: puppet.identity.id })).technical.outbox).toBe(1)
  })

  it('history is not forged at somebody who was not restored', async () => {
    const puppet = await friend()
    const of = { id: random(16), stream: random(8), seq: 1, at: 1, text: 'You said this once' }
    await puppet.send({ t: 'history', id: random(16), stream: puppet.stream, seq: 1, at: 1, of })
    await puppet.send(puppet.text('well?', 2))
    await alice.untilShown(puppet.identity.id, ['well?'])
    expect(await alice.shown(puppet.identity.id)).toEqual(['well?'])
    expect(await refusals(puppet)).toMatchObject({ 'message.session.refused': 1 })
  })

  it('an id that is taken does not replace, move or hide a message, in this conversation or another', async () => {
    const [one, two] = [await friend('One'), await friend('Two')]
    const { id } = await alice.send(one.identity.id, 'mine')
    const taken = Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))
    await two.send({ ...two.text('not yours', 1), id: taken } as Message)
    await two.send(two.text('sound', 2))
    await alice.untilShown(two.identity.id, ['sound'])
    expect(await alice.shown(one.identity.id)).toEqual(['mine'])
    expect(await alice.shown(two.identity.id)).not.toContain('mine')
  })

  it('the same message again, under whatever number and stream, is shown once', async () => {
    const puppet = await friend()
    const message = puppet.text('once', 1)
    for (const changes of [{}, {}, { seq: 2 }, { stream: random(8) }]) await puppet.send({ ...message, ...changes })
    await puppet.send(puppet.text('end', 3))
    await alice.untilShown(puppet.identity.id, ['end'])
    expect((await alice.shown(puppet.identity.id)).filter((text) => text === 'once')).toHaveLength(1)
  })

  it('numbers far ahead, and streams without number, do not stop what comes after', async () => {
    const puppet = await friend()
    await puppet.send({ ...puppet.text('far', 1), seq: Number.MAX_SAFE_INTEGER } as Message)
    for (let i = 0; i < 40; i++) await puppet.send({ ...puppet.text(`stream ${i}`, 1), stream: random(8) } as Message)
    await puppet.send(puppet.text('near', 1))
    const shown = await alice.untilShown(puppet.identity.id, ['far', 'near', 'stream 39'], 20_000)
    expect(shown).toHaveLength(42)
    await alice.send(puppet.identity.id, 'answer')
    await puppet.until('the answer', (received) => received.some((message) => message.t === 'text' && message.text === 'answer'))
  })

  it('a flood arrives whole and leaves the app answering', async () => {
    const puppet = await friend()
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    await connect(alice, bob)
    const flood = Array.from({ length: 300 }, (_, i) => `flood ${i}`)
    const sending = (async () => {
      for (const [i, text] of flood.entries()) await puppet.send(puppet.text(text, i + 1))
    })()
    await bob.send(alice.id, 'can you hear me?')
    await alice.untilShown(bob.id, ['can you hear me?'])
    await sending
    expect(await alice.untilShown(puppet.identity.id, flood, 40_000)).toEqual(flood)
  })

  it('pings are answered, and who only asks gets only answers', async () => {
    const puppet = await friend()
    for (let i = 0; i < 50; i++) await puppet.send({ t: 'ping', id: random(16) })
    await puppet.until('the answers', (received) => received.filter(({ t }) => t === 'pong').length === 50)
    expect(await alice.conversation(puppet.identity.id)).toMatchObject({ unread: 0, trouble: null })
  })
})

it('a thief with the keys but without the conversation gets none of it returned', async () => {
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(alice, bob)
  await alice.send(bob.id, 'for Bob alone')
  await bob.untilShown(alice.id, ['for Bob alone'])
  await untilDelivered(alice, bob.id)
  const thief = puppetAs(await takenFrom(bob))
  const { file } = await alice.call('invites.create', {})
  await thief.accept(file.text)
  await thief.send(thief.confirm())
  await thief.until('the confirmation', (received) => received.some(({ t }) => t === 'session.confirm'))
  await thief.send(
    thief.confirm({
      receipts: [{ stream: random(8), upTo: 0, beyond: new Uint8Array(0) }],
      own: [{ stream: random(8), last: 9 }],
    }),
  )
  await thief.send({ t: 'ping', id: random(16) })
  await thief.until('the answer', (received) => received.some(({ t }) => t === 'pong'))
  await alice.clock.advance(60_000)
  await thief.send({ t: 'ping', id: random(16) })
  await thief.until('the second answer', (received) => received.filter(({ t }) => t === 'pong').length === 2)
  expect(thief.received.filter(({ t }) => t === 'text' || t === 'history')).toEqual([])
})

it('what a peer has read and names in no receipt is sent again after a minute, not before', async () => {
  const puppet = await friend()
  const contact = puppet.identity.id
  const texts = () => puppet.received.filter((one) => one.t === 'text')
  const say = async (text: string) => {
    await alice.send(contact, text)
    await puppet.until(text, () => texts().some((one) => one.text === text))
  }
  const copies = () => texts().filter((one) => one.text === 'once')
  await say('once')
  const { stream, seq } = copies()[0]!
  const receipt = (): Promise<void> => puppet.send({ t: 'receipt', receipts: [makeReceipt(stream, seq - 1, [], 0)] })

  await alice.clock.advance(20_000)
  await receipt()
  for (const text of ['two', 'three', 'four']) await say(text) // what would be sent again comes before the last of them
  expect(copies().length).toBe(1)

  await alice.clock.advance(60_000)
  await receipt()
  await puppet.until('it again', () => copies().length === 2)
  const [first, second] = copies()
  expect([second?.id, second?.seq]).toEqual([first?.id, first?.seq])
})

it('a peer that reads and neither receipts nor answers is asked, and then a new session is asked for, once', async () => {
  const puppet = await friend()
  const contact = puppet.identity.id
  await alice.send(contact, 'hello?')
  await puppet.until('it', (received) => received.some(({ t }) => t === 'text'))
  await advanceUntil('the question', [alice.clock], 30_000, () => puppet.received.some(({ t }) => t === 'ping'), 20)
  await advanceUntil('the request', [alice.clock], 30_000, async () => (await alice.conversation(contact)).trouble !== null, 20)
  expect((await alice.conversation(contact)).trouble).toMatchObject({ kind: 'resetting', by: 'program' })
  expect(await refusals(puppet)).toMatchObject({ 'session.ping': 1 })
  await alice.clock.advance(1800_000)
  const mine = resetSeries(primitives, puppet.session!.contactKey, puppet.session!.resetRV, contact)
  await eventually(
    'one request',
    () => puppet.readSeries(mine),
    ({ length }) => length === 1,
  )
  // two days later it is called what it is, and nothing is lost
  await alice.clock.sleep(2 * day)
  expect((await alice.conversation(contact)).trouble).toMatchObject({ kind: 'no-answer' })
  expect((await alice.call('contacts.details', { id: contact })).technical.outbox).toBe(1)
})

it('a peer that answers resets and never confirms one is given up after three, and the person is asked', async () => {
  const puppet = await friend()
  const contact = puppet.identity.id
  const { contactKey, resetRV } = puppet.session!
  await alice.withDatabase((db) => db.prepare('UPDATE sessions SET state = zeroblob(10)').run())
  const mine = resetSeries(primitives, contactKey, resetRV, contact)
  const me = { id: alice.id, contactKey }
  const answered = new Set<string>()
  const answerAll = async (): Promise<void> => {
    for (const blob of await puppet.readSeries(mine)) {
      const { invite } = openResetRequest(context(alice.clock.now()), puppet.identity, me, blob)
      if (answered.has(invite.bytes.toString())) continue
      answered.add(invite.bytes.toString())
      await puppet.answer(invite)
    }
  }
  const isAsked = async () => {
    await answerAll()
    const { trouble } = await alice.conversation(contact)
    return trouble?.kind === 'broken' && answered.size === 3
  }
  await advanceUntil('the person is asked', [alice.clock], 60_000, isAsked, 120)
  await alice.clock.advance(6 * 3600_000)
  await answerAll()
  expect(answered.size).toBe(3)
  const times = await alice.withDatabase((db) =>
    db
      .prepare<{ at: number }>('SELECT at FROM reset_attempts ORDER BY at')
      .all()
      .map(({ at }) => at),
  )
  expect(times).toHaveLength(3)
  expect(await alice.conversation(contact)).toMatchObject({ trouble: { kind: 'broken' }, state: 'open' })
  // the person may: a request by hand is one more
  await alice.call('sessions.reset', { id: contact })
  await eventually(
    'the fourth request',
    async () => {
      await answerAll()
      return answered.size
    },
    (size) => size === 4,
  )
}, 60_000)

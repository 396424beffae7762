/** A public contact address: many answer, each is asked about, nothing is sent to anybody before; and who would spoil it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { periodLength, periodOf, periodSeed } from '#main/protocol/address.ts'
import { isCancelNotice, sealCancelNotice } from '#main/protocol/cancelNotice.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { answerInvite } from '#main/protocol/keyExchange.ts'
import { rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import { parseShortInviteText, shortInviteKeys } from '#main/protocol/shortInvite.ts'
import { requestsMost } from '#main/services/requests.ts'
import type { Invite } from '#main/protocol/invite.ts'
import type { Input } from '#shared/contract/contract.ts'
import type { Requests } from '#shared/contract/inviteModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, createPuppet, identityNamed, inviteIn, primitives, type Puppet } from '#test/support/puppet.ts'
import { connect, createTestWorld, untilOpen, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

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

const person = (name: string, at = relay.address) => world.app({ name, relay: at })
const puppetAt = (options: Partial<Parameters<typeof createPuppet>[0]> = {}): Puppet => {
  const puppet = createPuppet({ relay: relay.address, ...options })
  world.defer(() => puppet.close())
  return puppet
}

/** The address, once its short form is at the relay. */
async function address(app = alice, days = 365) {
  const { id } = await app.call('invites.create', { uses: 'many', days })
  const found = await eventually(
    'the address is at the relay',
    async () => (await app.call('invites.list', {})).find((one) => one.id === id),
    (invite) => typeof invite?.short === 'string',
  )
  if (!found?.short) throw new Error('no address')
  return { ...found, short: found.short }
}

async function answerAddress(app: TestApp, short: string): Promise<void> {
  const preview = await app.call('invites.fetch', { text: short })
  if (preview.kind !== 'full') throw new Error('not looked up')
  expect(preview).toMatchObject({ uses: 'many' })
  await app.call('invites.accept', { text: preview.text })
}

/** Its computer is off meanwhile: weeks of housekeeping are not lived through. */
async function awayFor(app: TestApp, ms: number): Promise<void> {
  await app.lock()
  await app.clock.advance(ms)
  await app.unlock()
}

const untilRequests = (isRight: (requests: Requests) => boolean, app = alice): Promise<Requests> =>
  eventually('the requests', () => app.call('requests.list', {}), isRight)
const waits = ({ id }: { id: string }) => untilRequests(({ list }) => list.some((one) => one.id === id))

/** What the address's series is this week, for somebody who answers by hand. */
const thisWeek = (invite: Invite, now = Date.now()): Invite => ({
  ...invite,
  initialRV: periodSeed(primitives, invite.initialRV, periodOf(now)),
})

describe('many answer', () => {
  it('two people are each asked about, and each talks; the address stays open', async () => {
    const { id, short } = await address()
    const [bob, carol] = [await person('Bob'), await person('Carol')]
    for (const app of [bob, carol]) await answerAddress(app, short)
    await waits(bob)
    const { list, more } = await waits(carol)
    expect(list.map(({ name }) => name).toSorted()).toEqual(['Bob', 'Carol'])
    expect({ more, relations: list.map(({ relation, askRelay }) => [relation, askRelay]) }).toEqual({
      more: false,
      relations: [
        ['new', null],
        ['new', null],
      ],
    })
    expect(await alice.call('conversations.list', {})).toEqual([])
    expect(await bob.conversation(alice.id)).toMatchObject({ state: 'connecting', exchange: { role: 'acceptor', asks: true } })
    for (const app of [bob, carol]) {
      await alice.call('requests.accept', { id: app.id })
      await untilOpen(alice, app)
      await app.send(alice.id, `hello from ${app.name}`)
      await alice.untilShown(app.id, [`hello from ${app.name}`])
      await alice.send(app.id, `hello to ${app.name}`)
      await app.untilShown(alice.id, [`hello to ${app.name}`])
    }
    expect((await alice.call('requests.list', {})).list).toEqual([])
    expect((await alice.call('invites.list', {})).map((invite) => [invite.id, invite.state])).toEqual([[id, 'open']])
    expect(alice.events.some((event) => event.type === 'requests' && event.requests.list.length === 2)).toBe(true)
  })

  it('nothing lies where a requester looks before the owner agrees, also over a restart of both', async () => {
    const { file } = await address()
    const bob = puppetAt()
    const invite = inviteIn(file.text)
    const { step3RV } = await bob.answer({ ...thisWeek(invite) })
    await untilRequests(({ list }) => list.length === 1)
    await alice.lock()
    await alice.unlock()
    expect((await alice.call('requests.list', {})).list).toMatchObject([{ id: bob.identity.id, name: 'Mallory' }])
    expect(await bob.readSeries(step3RV)).toEqual([])
    await alice.call('requests.accept', { id: bob.identity.id })
    await eventually(
      'msg3',
      () => bob.readSeries(step3RV),
      (found) => found.length === 1,
    )
  })

  it('a request survives the restart of its sender, who is connected when the owner agrees much later', async () => {
    const { short } = await address()
    const bob = await person('Bob')
    await answerAddress(bob, short)
    await waits(bob)
    await bob.lock()
    await bob.unlock()
    for (const app of [alice, bob]) await awayFor(app, 20 * day)
    await alice.call('requests.accept', { id: bob.id })
    await untilOpen(alice, bob)
  })

  it('declined is silent, and who asks again is asked about again', async () => {
    const { short } = await address()
    const bob = await person('Bob')
    await answerAddress(bob, short)
    await waits(bob)
    await alice.call('requests.decline', { id: bob.id })
    expect(await alice.call('requests.list', {})).toEqual({ list: [], more: false })
    expect(await alice.call('conversations.list', {})).toEqual([])
    expect(await bob.conversation(alice.id)).toMatchObject({ state: 'connecting' })
    expect(await alice.codeOf('requests.accept', { id: bob.id })).toBe('request.unknown')
    expect(await alice.codeOf('requests.decline', { id: bob.id })).toBe('request.unknown')
    await bob.call('exchanges.cancel', { contactId: alice.id })
    await answerAddress(bob, short)
    await waits(bob)
  })

  it('blocked: nothing of those keys comes again, and their own invites are refused by name', async () => {
    const { file } = await address()
    const bob = puppetAt()
    await bob.answer(thisWeek(inviteIn(file.text)))
    await untilRequests(({ list }) => list.length === 1)
    await alice.call('requests.block', { id: bob.identity.id })
    await bob.answer(thisWeek(inviteIn(file.text)))
    await eventually(
      'it is refused',
      () => alice.withDatabase((db) => db.prepare(`SELECT count FROM refusals WHERE name = 'invite.blocked'`).all()),
      (found) => found.length === 1,
    )
    expect((await alice.call('requests.list', {})).list).toEqual([])
    expect(await alice.codeOf('invites.inspect', { text: bob.invite().text })).toBe('invite.blocked')
  })

  it('a known contact who answers is asked about too, and its conversation is mended', async () => {
    const bob = await person('Bob')
    await connect(alice, bob)
    await alice.send(bob.id, 'before')
    const { short } = await address()
    await answerAddress(bob, short)
    expect((await waits(bob)).list).toMatchObject([{ id: bob.id, relation: 'known' }])
    await alice.call('requests.accept', { id: bob.id })
    await eventually(
      'a second session',
      async () => (await alice.call('contacts.details', { id: bob.id })).session.history.length,
      (count) => count === 2,
    )
    await bob.send(alice.id, 'after')
    await alice.untilShown(bob.id, ['before', 'after'])
  })

  it('a relay that the requester names and we have never used is asked about in the same question', async () => {
    const elsewhere = await world.relay()
    const { short } = await address()
    const bob = await person('Bob', elsewhere.address)
    await answerAddress(bob, short)
    expect((await waits(bob)).list).toMatchObject([{ askRelay: elsewhere.address }])
    const before = elsewhere.connections()
    await alice.lock()
    await alice.unlock()
    expect(elsewhere.connections()).toBe(before)
    await alice.call('requests.accept', { id: bob.id })
    await untilOpen(alice, bob)
    expect(elsewhere.connections()).toBeGreaterThan(before)
  })
})

describe('for a year', () => {
  it('weeks later, the owner having been there, the same short text works', async () => {
    const { short } = await address()
    const bob = await person('Bob')
    await alice.clock.advance(periodLength)
    for (let week = 0; week < 9; week++) await awayFor(alice, periodLength)
    await awayFor(bob, 10 * periodLength)
    await eventually(
      'it is served in that week',
      () => bob.codeOf('invites.fetch', { text: short }),
      (code) => code === 'ok',
    )
    await answerAddress(bob, short)
    await waits(bob)
    await alice.call('requests.accept', { id: bob.id })
    await untilOpen(alice, bob)
  })

  it('with the owner away for three weeks it is found, and answered when the owner comes back', async () => {
    const { short } = await address()
    await alice.lock()
    const bob = await person('Bob')
    await awayFor(bob, 3 * periodLength)
    await answerAddress(bob, short)
    await alice.clock.advance(3 * periodLength + 3 * day)
    await alice.unlock()
    await waits(bob)
  })

  it('an answer that no relay took belongs to the week in which one does', async () => {
    const { file } = await address()
    const bob = await person('Bob')
    await relay.close()
    await bob.call('invites.accept', { text: file.text })
    await awayFor(bob, 8 * periodLength)
    await bob.clock.advance(20 * 60_000)
    const [row] = await bob.withDatabase((db) => db.prepare<{ hk: Uint8Array }>('SELECT hk FROM publications').all())
    const now = periodSeed(primitives, inviteIn(file.text).initialRV, periodOf(bob.clock.now()))
    expect(Buffer.from(row?.hk ?? []).toString('hex')).toBe(Buffer.from(now).toString('hex'))
  })

  it('expires: answers are read no more, and what was asked before can still be agreed to', async () => {
    const { short, file } = await address(alice, 30)
    const bob = await person('Bob')
    await answerAddress(bob, short)
    await waits(bob)
    await awayFor(alice, 30 * day - 60_000)
    expect((await alice.call('invites.list', {}))[0]).toMatchObject({ state: 'open' })
    // it lapses a moment later together with the request's own 30 days; both are asked for before that
    await alice.call('requests.accept', { id: bob.id })
    await alice.clock.advance(61_000)
    expect((await alice.call('invites.list', {}))[0]).toMatchObject({ state: 'expired' })
    await untilOpen(alice, bob)
    const carol = await person('Carol')
    await awayFor(carol, 30 * day + 60_000)
    expect(await carol.codeOf('invites.inspect', { text: file.text })).toBe('invite.expired')
  })

  it('a single-use invite is open for the days that were asked for, and never longer than a relay keeps it', async () => {
    const lifetime = async (input: Input<'invites.create'>) => {
      const { created, expires } = await alice.call('invites.create', input)
      return (expires - created) / day
    }
    expect([await lifetime({}), await lifetime({ days: 1 }), await lifetime({ days: 30 })]).toEqual([14, 1, 30])
    expect(await lifetime({ uses: 'many' })).toBe(365)
    expect(await alice.codeOf('invites.create', { days: 31 })).toBe('input.invalid')
    expect(await alice.codeOf('invites.create', { days: 0 })).toBe('input.invalid')
    expect(await alice.codeOf('invites.create', { days: 366, uses: 'many' })).toBe('input.invalid')
  })
})

/** The notice of withdrawal lies where an acceptor would answer now. */
async function noticeOf(text: string, now = Date.now()): Promise<void> {
  const puppet = puppetAt()
  const found = await eventually(
    'the notice',
    () => puppet.readSeries(thisWeek(inviteIn(text), now).initialRV),
    (blobs) => blobs.some((blob) => isCancelNotice(primitives, inviteIn(text), blob)),
  )
  expect(found.length).toBeGreaterThan(0)
}

describe('withdrawn', () => {
  it('says so to whoever has the file, takes the short form back, and keeps who had asked', async () => {
    const { id, short, file } = await address()
    const [bob, carol] = [await person('Bob'), await person('Carol')]
    await answerAddress(bob, short)
    await waits(bob)
    expect(await alice.call('invites.cancel', { id })).toMatchObject({ state: 'cancelled' })
    await noticeOf(file.text)
    expect(await carol.codeOf('invites.accept', { text: file.text })).toBe('invite.cancelled')
    expect(['invite.not-found', 'invite.used']).toContain(await carol.codeOf('invites.fetch', { text: short }))
    expect(await carol.call('conversations.list', {})).toEqual([])
    await alice.lock()
    await alice.unlock()
    await alice.call('requests.accept', { id: bob.id })
    await untilOpen(alice, bob)
    expect(await alice.call('invites.list', {})).toEqual([])
  })

  it('says so months later too', async () => {
    const { id, file } = await address()
    await alice.call('invites.cancel', { id })
    const carol = await person('Carol')
    for (let week = 0; week < 12; week++) await awayFor(alice, periodLength)
    await awayFor(carol, 12 * periodLength)
    await noticeOf(file.text, carol.clock.now())
    expect(await carol.codeOf('invites.accept', { text: file.text })).toBe('invite.cancelled')
  })

  it('only by its owner: a notice that a stranger makes is none', async () => {
    const { file } = await address()
    const invite = inviteIn(file.text)
    const mallory = puppetAt()
    const week = thisWeek(invite).initialRV
    for (const forged of [
      sealCancelNotice(context(), invite.initialRV, null),
      sealCancelNotice(context(), invite.initialRV, random(32)),
      sealCancelNotice(context(), week, random(32)),
    ])
      await mallory.publishSeries(week, { blob: forged, deleteHash: random(32) })
    const bob = await person('Bob')
    await bob.call('invites.accept', { text: file.text })
    await waits(bob)
  })

  it('a new address takes the place of the one before', async () => {
    const first = await address()
    const second = await address()
    expect((await alice.call('invites.list', {})).map(({ id }) => id)).toEqual([second.id])
    const bob = await person('Bob')
    await noticeOf(first.file.text)
    expect(await bob.codeOf('invites.accept', { text: first.file.text })).toBe('invite.cancelled')
    await answerAddress(bob, second.short)
    await waits(bob)
  })
})

describe('strangers', () => {
  it('a flood of requests stays at the relay: the list is bounded, says that more wait, and takes them when there is room', async () => {
    const { file } = await address()
    const invite = inviteIn(file.text)
    const flood = puppetAt()
    const crowd = Array.from({ length: requestsMost + 3 }, (_, i) => identityNamed(`Stranger ${i}`))
    for (const [i, as] of crowd.entries()) await answerAt(flood, invite, as, i)
    const { list } = await untilRequests((requests) => requests.list.length === requestsMost && requests.more)
    await alice.lock()
    await alice.unlock()
    expect(await untilRequests(({ more }) => more)).toMatchObject({ list: { length: requestsMost } })
    for (const { id } of list.slice(0, 3)) await alice.call('requests.decline', { id })
    const after = await untilRequests((requests) => requests.list.length === requestsMost && !requests.more)
    expect(new Set(after.list.map(({ id }) => id)).size).toBe(requestsMost)
  })

  it('the same person counts once, however often; a fifth answer in its name is refused; agreeing finds the real one', async () => {
    const { short, file } = await address()
    const bob = await person('Bob')
    const mallory = puppetAt()
    // Mallory claims Bob's keys, which anybody can who has seen them
    const bobs = inviteIn((await bob.call('invites.create', {})).file.text).identity
    const claimed = { ...generateIdentity(context(), 'Bob'), id: bobs.id, publicBytes: bobs.bytes }
    const claim = () =>
      eventually('published', () => mallory.answer(thisWeek(inviteIn(file.text)), { as: claimed }).catch(() => null), Boolean)
    for (let i = 0; i < 2; i++) await claim()
    await untilRequests(({ list }) => list.length === 1)
    await answerAddress(bob, short)
    for (let i = 0; i < 3; i++) await claim()
    await eventually(
      'refused by name',
      () => alice.withDatabase((db) => db.prepare(`SELECT count FROM refusals WHERE name = 'invite.too-many-answers'`).all()),
      (found) => found.length === 1,
    )
    expect((await alice.call('requests.list', {})).list).toMatchObject([{ id: bob.id, name: 'Bob' }])
    await alice.call('requests.accept', { id: bob.id })
    await untilOpen(alice, bob)
  })

  it('noise in this week fills this week', async () => {
    const { short, file } = await address()
    const mallory = puppetAt()
    const { K } = parseShortInviteText(short)
    const { seed } = shortInviteKeys(primitives, K)
    for (const week of [thisWeek(inviteIn(file.text)).initialRV, periodSeed(primitives, seed, periodOf(Date.now()))])
      for (let i = 0; i < 5; i++) await mallory.publishSeries(week, { blob: random(4096), deleteHash: random(32) })
    const bob = await person('Bob')
    await answerAddress(bob, short)
    await waits(bob)
  })

  it('takes back only what is its own: the blob of the address stays where a stranger acknowledges it', async () => {
    const { short } = await address()
    const { seed } = shortInviteKeys(primitives, parseShortInviteText(short).K)
    const mallory = puppetAt()
    const hk = periodSeed(primitives, seed, periodOf(Date.now()))
    const rv = rendezvousPoint(primitives, { hk, n: 0, relay: relay.address })
    await mallory.link.acknowledge([{ rv, deleteKey: random(32) }]).catch(() => undefined)
    expect(await mallory.link.status([rv])).toEqual(['stored'])
  })
})

/** An answer of somebody's own, at a number that only the caller uses: fast for a crowd. */
async function answerAt(puppet: Puppet, msg1: Invite, as: ReturnType<typeof identityNamed>, number: number): Promise<void> {
  const offer = { step3RV: random(32), resetRV: random(32), relays: [relay.address], epoch: Date.now() }
  const { blob, deleteHash } = answerInvite(context(), as, msg1, offer)
  const place = { hk: thisWeek(msg1).initialRV, n: number, relay: relay.address }
  expect(await puppet.link.publish({ write: writeKey(primitives, place), deleteHash, blob })).toBe('stored')
}

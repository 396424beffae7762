/** People brought together by a third one: whole apps over real sockets and a real relay. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Introduction } from '#shared/contract/inviteModels.ts'
import { hex, unhex } from '#main/protocol/bytes.ts'
import { decodeIdentitySecrets, decodePublicIdentity, type Identity } from '#main/protocol/identity.ts'
import { sealIntroduction } from '#main/protocol/introduction.ts'
import type { NewInvite } from '#main/protocol/invite.ts'
import type { Message } from '#main/protocol/message.ts'
import { eventually } from '#test/support/eventually.ts'
import { random } from '#test/support/profileFolder.ts'
import { flipBit } from '#test/support/providers.ts'
import { context, createPuppet, identityNamed, primitives, type Puppet } from '#test/support/puppet.ts'
import { connect, createTestWorld, untilDelivered, untilOpen, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

const [hour, day] = [3600_000, 24 * 3600_000]
let world: TestWorld
let relay: TestRelay

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
})
afterEach(() => world.end())

const app = (name: string): Promise<TestApp> => world.app({ name, relay: relay.address })

/** Ada and Cleo, who do not know each other, and Ben, who knows both. */
async function threePeople(): Promise<[ada: TestApp, ben: TestApp, cleo: TestApp]> {
  const [ada, ben, cleo] = [await app('Ada'), await app('Ben'), await app('Cleo')]
  await Promise.all([connect(ben, ada), connect(ben, cleo)])
  return [ada, ben, cleo]
}

const listOf = (of: TestApp) => of.call('introductions.list', {})
const untilState = async (of: TestApp, state: Introduction['state'], n = 0): Promise<Introduction> => {
  const list = await eventually(
    `${of.name}’s introduction: ${state}`,
    () => listOf(of),
    (found) => found[n]?.state === state,
  )
  return list[n]!
}
const answer = async (of: TestApp, accept: boolean): Promise<void> => {
  const { id } = await untilState(of, 'asks')
  await of.call('introductions.answer', { introductionId: id, accept })
}
const ask = (from: TestApp, via: TestApp, person: TestApp) => from.call('introductions.ask', { via: via.id, person: person.id })
const introducerOf = async (of: TestApp, other: TestApp) => (await of.conversation(other.id)).introducedBy
const lines = async (of: TestApp, other: TestApp) =>
  (await of.items(other.id)).flatMap((item) => (item.kind === 'system' ? [[item.event, item.text]] : []))
const hasConversation = async (of: TestApp, other: TestApp) => (await of.call('conversations.list', {})).some(({ id }) => id === other.id)

async function talk(one: TestApp, other: TestApp): Promise<void> {
  await one.send(other.id, `from ${one.name}`)
  await other.untilShown(one.id, [`from ${one.name}`])
  await other.send(one.id, `from ${other.name}`)
  await one.untilShown(other.id, [`from ${other.name}`])
}

describe('an introduction', () => {
  it('that is offered comes about when both agree; both see who introduced them, and nobody sees the invite', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ben.call('introductions.offer', { id: ada.id, to: cleo.id })
    expect(await untilState(ada, 'asks')).toMatchObject({ role: 'asker', reason: 'offer', via: { name: 'Ben' }, other: { name: 'Cleo' } })
    expect(await untilState(ben, 'waiting')).toMatchObject({
      role: 'mediator',
      via: null,
      other: { name: 'Ada' },
      target: { name: 'Cleo' },
    })
    await answer(ada, true)
    expect(await untilState(cleo, 'asks')).toMatchObject({ role: 'target', via: { name: 'Ben' }, other: { name: 'Ada' } })
    expect(await hasConversation(cleo, ada)).toBe(false)
    await answer(cleo, true)
    await untilOpen(ada, cleo)
    for (const of of [ada, ben, cleo]) await untilState(of, 'done')
    for (const [of, other] of [
      [ada, cleo],
      [cleo, ada],
    ] as const) {
      expect(await introducerOf(of, other)).toBe('Ben')
      expect((await of.call('contacts.details', { id: other.id })).introducedBy).toBe('Ben')
      expect(await lines(of, other)).toEqual([['connected', 'Ben']])
    }
    await talk(ada, cleo)
    expect(await cleo.call('invites.list', {})).toEqual([])
    expect(cleo.events.flatMap((event) => (event.type === 'invite' ? [event.invite.id] : []))).toEqual([])
  })

  it('on request asks the one between, then the other end, and goes on over restarts of all three', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ask(ada, ben, cleo)
    await ask(ada, ben, cleo) // pressed twice
    await ada.lock()
    await untilState(ben, 'asks')
    await ben.lock()
    await ben.unlock()
    expect(await untilState(ben, 'asks')).toMatchObject({
      role: 'mediator',
      reason: 'ask',
      other: { name: 'Ada' },
      target: { name: 'Cleo' },
    })
    await answer(ben, true)
    await untilState(cleo, 'asks')
    await cleo.lock()
    await cleo.unlock()
    await answer(cleo, true)
    await cleo.lock() // before a relay has it
    await cleo.unlock()
    await untilState(ben, 'done')
    await cleo.lock()
    await ada.unlock()
    await untilState(ada, 'connecting')
    await ada.lock()
    await ada.unlock()
    expect(await ada.conversation(cleo.id)).toMatchObject({ state: 'connecting', introducedBy: 'Ben' })
    await cleo.unlock()
    await untilOpen(ada, cleo)
    expect([await introducerOf(ada, cleo), await introducerOf(cleo, ada)]).toEqual(['Ben', 'Ben'])
    expect(await listOf(ada)).toMatchObject([{ state: 'done' }])
    expect(await ada.codeOf('introductions.ask', { via: ben.id, person: cleo.id })).toBe('introduction.known')
  })

  it('is refused by either, and taken back, and nobody is connected by that', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ben.call('introductions.offer', { id: ada.id, to: cleo.id })
    await answer(ada, false)
    await untilState(ben, 'refused')
    expect(await listOf(cleo)).toEqual([])

    await ask(ada, ben, cleo)
    await answer(ben, false)
    await untilState(ada, 'refused')
    expect(await listOf(cleo)).toEqual([])

    await ask(ada, ben, cleo)
    await answer(ben, true)
    await answer(cleo, false)
    await untilState(ada, 'refused')
    await untilState(ben, 'refused')

    await ask(ada, ben, cleo)
    await answer(ben, true)
    await untilState(cleo, 'asks')
    await ada.call('introductions.cancel', { introductionId: (await untilState(ada, 'waiting')).id })
    for (const of of [ada, ben, cleo]) await untilState(of, 'cancelled')

    await ben.call('introductions.offer', { id: ada.id, to: cleo.id })
    await untilState(ada, 'asks')
    const { id } = await untilState(ben, 'waiting')
    await ben.call('introductions.cancel', { introductionId: id })
    await untilState(ada, 'cancelled')
    expect(await ada.codeOf('introductions.answer', { introductionId: id, accept: true })).toBe('introduction.unknown')
    expect([await hasConversation(ada, cleo), await hasConversation(cleo, ada)]).toEqual([false, false])
  })

  it('that nobody decides about expires everywhere, and so does an invite that nobody answers', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ask(ada, ben, cleo)
    await answer(ben, true)
    await untilState(cleo, 'asks')
    await ada.lock() // away for good
    await answer(cleo, true)
    await untilState(ben, 'done')
    await untilDelivered(cleo, ben.id)
    for (const of of [ben, cleo]) await of.clock.sleep(7 * day + hour)
    await untilState(cleo, 'expired')
    const open = await cleo.withDatabase(
      (db) => db.prepare<{ n: number }>(`SELECT count(*) AS n FROM invites WHERE introduction IS NOT NULL AND state = 'open'`).get()!.n,
    )
    expect(open).toBe(0)
    await ada.clock.sleep(7 * day + hour)
    await ada.unlock()
    await untilState(ada, 'expired')
    expect(await ada.refused(ben.id)).toEqual({})
    expect(await hasConversation(ada, cleo)).toBe(false)
    await ada.clock.sleep(31 * day)
    await eventually(
      'it is forgotten',
      () => listOf(ada),
      (list) => list.length === 0,
    )
  })

  it('asked for from both ends, and through two people at once, ends in one conversation', async () => {
    const [ada, ben, cleo] = await threePeople()
    const dora = await app('Dora')
    await Promise.all([connect(dora, ada), connect(dora, cleo)])
    await Promise.all([ask(ada, ben, cleo), ask(cleo, dora, ada), ask(ada, dora, cleo)])
    await answer(ben, true)
    await eventually(
      'Dora has both',
      () => listOf(dora),
      (list) => list.length === 2,
    )
    for (const { id, state } of await listOf(dora))
      if (state === 'asks') await dora.call('introductions.answer', { introductionId: id, accept: true })
    await untilOpen(ada, cleo) // neither is asked: each had asked for the other
    await talk(ada, cleo)
    for (const of of [ada, cleo])
      await eventually(
        `${of.name} has nothing pending`,
        () => listOf(of),
        (list) => list.every(({ state }) => ['done', 'cancelled', 'refused'].includes(state)),
      )
    for (const [of, other] of [
      [ada, cleo],
      [cleo, ada],
    ] as const) {
      expect(await lines(of, other)).toHaveLength(1)
      expect((await of.conversation(other.id)).trouble).toBeNull()
    }
    await talk(cleo, ada)
  })

  it('that is not needed any more settles when they are connected by an invite', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ask(ada, ben, cleo)
    await answer(ben, true)
    await untilState(cleo, 'asks')
    await connect(cleo, ada)
    await untilState(ada, 'done')
    await untilState(cleo, 'done')
    await untilState(ben, 'cancelled')
    expect(await introducerOf(ada, cleo)).toBeNull()
  })

  it('is not for oneself, the one between, or somebody blocked; who it is through must be a contact', async () => {
    const [ada, ben] = [await app('Ada'), await app('Ben')]
    await connect(ben, ada)
    const nobody = hex(random(32))
    const askFor = (person: string, via = ben.id) => ada.codeOf('introductions.ask', { via, person })
    expect(await askFor(ada.id)).toBe('contact.self')
    expect(await askFor(ben.id)).toBe('introduction.known')
    expect(await askFor(nobody, nobody)).toBe('contact.unknown')
    expect(await ada.codeOf('introductions.offer', { id: ben.id, to: ben.id })).toBe('introduction.known')
    // whom Ben does not know: no word comes back, as when he does not decide
    expect(await askFor(nobody)).toBe('ok')
    await eventually(
      'Ben has counted it',
      () => ben.refused(ada.id),
      (refused) => refused['introduction.unknown-person'] === 1,
    )
    expect(await listOf(ben)).toEqual([])
    expect(await listOf(ada)).toMatchObject([{ state: 'waiting' }])
    await ada.call('contacts.block', { id: ben.id, blocked: true })
    expect(await askFor(nobody)).toBe('contact.blocked')
  })

  it('leaves nothing of somebody who is deleted', async () => {
    const [ada, ben, cleo] = await threePeople()
    await ask(ada, ben, cleo)
    await answer(ben, true)
    await answer(cleo, true)
    await untilOpen(ada, cleo)
    await ada.call('contacts.remove', { id: ben.id, block: false })
    expect(await listOf(ada)).toEqual([])
    expect(await introducerOf(ada, cleo)).toBeNull()
    const tables = await ada.tables()
    expect([tables['introductions'], tables['introductions_wanted']]).toEqual([[], []])
    await talk(ada, cleo)
  })
})

describe('a session whose own way is closed', () => {
  it('is mended through a common contact, and the conversation goes on', async () => {
    const [ada, ben, cleo] = await threePeople()
    await connect(ada, cleo)
    await talk(ada, cleo)
    await untilDelivered(ada, cleo.id)
    await untilDelivered(cleo, ada.id)
    await ada.withDatabase((db) => {
      const no = db.prepare<{ no: number }>('SELECT no FROM contacts WHERE id = ?').get(unhex(cleo.id))!.no
      for (const table of ['sessions', 'contact_keys']) db.prepare(`DELETE FROM ${table} WHERE contact = ?`).run(no)
    })
    await ada.send(cleo.id, 'are you there?')
    await ask(ada, ben, cleo)
    await cleo.untilShown(ada.id, ['are you there?']) // nobody was asked
    expect(await listOf(ben)).toMatchObject([{ reason: 'reset', state: 'done' }])
    expect(await listOf(cleo)).toMatchObject([{ reason: 'reset', state: 'done' }])
    await cleo.send(ada.id, 'always')
    await ada.untilShown(cleo.id, ['from Ada', 'from Cleo', 'are you there?', 'always'])
    expect((await ada.call('conversations.list', {})).filter(({ id }) => id === cleo.id)).toHaveLength(1)
    expect(await lines(ada, cleo)).toEqual([
      ['connected', ''],
      ['connected', 'Ben'],
    ])
  })
})

describe('members of a group', () => {
  /** As if the group's service had made it: a conversation, and who is in it. */
  const joinGroup = (of: TestApp, group: Uint8Array, members: TestApp[]) =>
    of.withDatabase((db) => {
      db.prepare(
        `INSERT INTO contacts (id, public, name, created, state, relays, stream, activity, heard_at, kind)
         VALUES (?, x'', 'Choir', 0, 'open', '[]', zeroblob(8), 0, 0, 'group')`,
      ).run(group)
      const { no } = db.prepare<{ no: number }>('SELECT no FROM contacts WHERE id = ?').get(group)!
      db.prepare(`INSERT INTO groups (contact, state, members, picture) VALUES (?, 'member', 3, x'')`).run(no)
      for (const { id, name } of members)
        db.prepare(`INSERT INTO group_members (contact, member, name, state, at) VALUES (?, ?, ?, 'member', 0)`).run(no, unhex(id), name)
    })
  const want = (of: TestApp, group: Uint8Array, person: TestApp, mediators: TestApp[]) =>
    of.withDatabase((db) =>
      db
        .prepare('INSERT INTO introductions_wanted VALUES (?, ?, ?)')
        .run(unhex(person.id), group, JSON.stringify(mediators.map(({ id }) => id))),
    )
  const triesOf = async (of: TestApp) => (await listOf(of)).map(({ via, state }) => [via?.name, state]).toReversed()

  it('are introduced without a question, by what each of them knows itself', async () => {
    const [ada, ben, cleo] = await threePeople()
    const group = random(32)
    for (const of of [ada, ben, cleo]) await joinGroup(of, group, [ada, ben, cleo])
    await want(ada, group, cleo, [ben])
    const isKnown = async (of: TestApp, other: TestApp): Promise<boolean> => {
      const known = await of.call('contacts.details', { id: other.id }).catch(() => null)
      return known !== null && (await listOf(of)).length === 0 // what is done in a group is no news
    }
    for (const [of, other] of [
      [ada, cleo],
      [cleo, ada],
    ] as const)
      await eventually(`${of.name} knows ${other.name}`, () => isKnown(of, other), Boolean)
    // known by the group alone: in nobody's list, and there to be written to
    expect([await hasConversation(ada, cleo), await hasConversation(cleo, ada)]).toEqual([false, false])
    await ada.call('conversations.open', { id: cleo.id })
    await cleo.call('conversations.open', { id: ada.id })
    await untilOpen(ada, cleo)
    await talk(ada, cleo)
    expect([await introducerOf(ada, cleo), await introducerOf(cleo, ada)]).toEqual(['Ben', 'Ben'])
  })

  it('are asked about where this person’s own state has no such group', async () => {
    const [ada, ben, cleo] = await threePeople()
    const group = random(32)
    for (const of of [ada, ben]) await joinGroup(of, group, [ada, ben, cleo])
    await want(ada, group, cleo, [ben])
    expect(await untilState(cleo, 'asks')).toMatchObject({ reason: 'group', other: { name: 'Ada' } })
    expect(await hasConversation(cleo, ada)).toBe(false)
  })

  it('are asked for three times at most, through one after another, an hour and a day apart', async () => {
    const [ada, ben, cleo] = await threePeople()
    const dora = await app('Dora')
    await Promise.all([connect(dora, ada), connect(dora, cleo)])
    const group = random(32)
    for (const of of [ada, ben, dora]) await joinGroup(of, group, [ada, ben, cleo, dora])
    await want(ada, group, cleo, [dora, ben])
    await answer(cleo, false)
    await untilState(ada, 'refused')
    await ada.clock.sleep(hour / 2)
    expect(await triesOf(ada)).toEqual([['Dora', 'refused']])
    await ada.clock.sleep(hour)
    await answer(cleo, false)
    await eventually(
      'the second is refused',
      () => triesOf(ada),
      (tries) => tries[1]?.[1] === 'refused',
    )
    await ada.lock()
    await ada.clock.sleep(23 * hour)
    await ada.unlock()
    expect(await listOf(ada)).toHaveLength(2)
    await ada.clock.sleep(2 * hour)
    await answer(cleo, false)
    await eventually(
      'the third is refused',
      () => triesOf(ada),
      (tries) => tries[2]?.[1] === 'refused',
    )
    await ada.clock.sleep(8 * day)
    expect(await triesOf(ada)).toEqual([
      ['Dora', 'refused'],
      ['Ben', 'refused'],
      ['Dora', 'refused'],
    ])
    expect((await ada.tables())['introductions_wanted']).toEqual([])
  })
})

describe('whoever lies about introductions', () => {
  let alice: TestApp
  let mallory: Puppet
  let seq: number

  beforeEach(async () => {
    alice = await app('Alice')
    mallory = createPuppet({ relay: relay.address, identity: identityNamed('Mallory'), now: () => alice.clock.now() })
    world.defer(() => mallory.close())
    seq = 0
    await mallory.accept((await alice.call('invites.create', {})).file.text)
    await mallory.send(mallory.confirm())
    await alice.untilConversation(mallory.identity.id, 'is open', ({ state }) => state === 'open')
  })

  type Introduce = Extract<Message, { t: `introduce.${string}` }>
  type Said = Introduce extends infer M ? (M extends Introduce ? Omit<M, 'id' | 'stream' | 'seq' | 'at'> : never) : never
  const say = (said: Said): Promise<void> =>
    mallory.send({ ...said, id: random(16), stream: mallory.stream, seq: ++seq, at: alice.clock.now() })
  const heard = <T extends Introduce['t']>(t: T) =>
    mallory.received.flatMap((message) => (message.t === t ? [message as Extract<Introduce, { t: T }>] : []))
  const untilRefused = (name: string, times = 1) =>
    eventually(
      `${name} is counted ${times} times`,
      () => alice.refused(mallory.identity.id),
      (refused) => refused[`introduction.${name}`] === times,
    )
  const publicOf = (of: TestApp): Promise<Uint8Array> =>
    of.withDatabase((db) => {
      const { value } = db.prepare<{ value: Uint8Array }>(`SELECT value FROM meta WHERE key = 'identity'`).get()!
      return decodeIdentitySecrets(primitives, value).publicBytes
    })
  const asAlice = async () => decodePublicIdentity(primitives, await publicOf(alice))
  const puppetOf = (identity: Identity): Puppet => {
    const puppet = createPuppet({ relay: relay.address, identity, now: () => alice.clock.now() })
    world.defer(() => puppet.close())
    return puppet
  }

  it('brings nobody else’s invite, none that is not for the asker, none for another introduction, and none twice', async () => {
    const cleo = puppetOf(identityNamed('Cleo'))
    const toAlice = await asAlice()
    await alice.call('introductions.ask', { via: mallory.identity.id, person: cleo.identity.id })
    await mallory.until('the ask', () => heard('introduce.ask').length === 1)
    const [{ introduction } = { introduction: random(16) }] = heard('introduce.ask')
    const bring = (from: Puppet, terms: Partial<NewInvite>, named = hex(introduction)) =>
      say({
        ...{ t: 'introduce.answer', introduction },
        sealed: sealIntroduction(context(), toAlice, named, from.invite(terms).bytes),
      })
    await bring(mallory, { for: alice.id })
    await untilRefused('another-person')
    await bring(cleo, { for: mallory.identity.id })
    await untilRefused('not-for-us')
    await bring(cleo, { for: alice.id }, hex(random(16)))
    await untilRefused('another-introduction')
    await bring(cleo, { for: alice.id, expires: alice.clock.now() - 1 })
    await untilRefused('invite.expired')
    await say({ t: 'introduce.answer', introduction: random(16), sealed: random(16_384) })
    await untilRefused('unknown')
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
    expect(await untilState(alice, 'waiting')).toMatchObject({ other: { id: cleo.identity.id } })

    await bring(cleo, { for: alice.id }) // the right one
    await untilState(alice, 'connecting')
    const exchanges = async () => (await alice.tables())['exchanges']!.length
    expect(await exchanges()).toBe(1)
    await bring(cleo, { for: alice.id })
    await untilRefused('repeated')
    await say({ t: 'introduce.answer', introduction })
    await untilRefused('repeated', 2)
    expect(await exchanges()).toBe(1)
  })

  it('offers nobody who is the other one, or no keys at all; passes for nobody else; and cannot flood', async () => {
    await say({ t: 'introduce.offer', introduction: random(16), person: mallory.identity.publicBytes })
    await untilRefused('wrong-person')
    const cleo = identityNamed('Cleo').publicBytes
    const tampered = flipBit(cleo, cleo.length - 1)
    await say({ t: 'introduce.request', introduction: random(16), person: tampered, reason: 'ask' })
    await eventually(
      'it is counted',
      () => alice.refused(mallory.identity.id),
      (refused) => refused['message.crypto.failed'] === 1,
    )
    await say({ t: 'introduce.ask', introduction: random(16), person: random(32), reason: 'offer' })
    await untilRefused('not-offered')
    await say({ t: 'introduce.ask', introduction: random(16), person: random(32), reason: 'group', group: random(32) })
    await untilRefused('not-in-group')
    expect(await listOf(alice)).toEqual([])

    // reason and group are no one's word to take: a stranger is asked about
    const introduction = random(16)
    const stranger = identityNamed('Stranger')
    await say({ t: 'introduce.request', introduction, person: stranger.publicBytes, reason: 'reset' })
    await untilState(alice, 'asks')
    await say({ t: 'introduce.request', introduction, person: stranger.publicBytes, reason: 'ask' })
    await untilRefused('repeated')
    await say({ t: 'introduce.answer', introduction, sealed: random(100) })
    await untilRefused('wrong-role')
    for (let i = 0; i < 70; i++)
      await say({ t: 'introduce.offer', introduction: random(16), person: i % 2 ? stranger.publicBytes : identityNamed('N').publicBytes })
    await untilRefused('too-many', 7)
    expect(await listOf(alice)).toHaveLength(64)
    expect(heard('introduce.answer')).toEqual([])
  })

  it('of whom it says too early that it is in a group needs no answer any more once that is so', async () => {
    const [bob, cleo] = [await app('Bob'), await app('Cleo')]
    await Promise.all([connect(bob, alice), connect(bob, cleo)])
    const { id } = await bob.call('groups.create', { name: 'Walkers', members: [alice.id] })
    const join = async (one: TestApp) => {
      await one.untilConversation(id, 'is asked', ({ group }) => group?.state === 'invited')
      await one.call('groups.answer', { id, accept: true })
      await one.untilConversation(id, 'is in', ({ group }) => group?.state === 'member')
    }
    await join(alice)
    const person = await publicOf(cleo)
    await say({ t: 'introduce.request', introduction: random(16), person, reason: 'group', group: unhex(id) })
    await untilState(alice, 'asks')
    expect(heard('introduce.answer')).toEqual([])
    await bob.call('groups.invite', { id, members: [cleo.id] })
    await join(cleo)
    await mallory.until('the answer', () => heard('introduce.answer').length === 1)
    expect(heard('introduce.answer')[0]?.sealed).toBeDefined()
  })
})

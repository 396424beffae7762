/** Groups over a real relay: what owner, admins and members may do, and that everybody comes to hold to the same. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GroupDetails } from '#shared/contract/groupModels.ts'
import type { SystemLine } from '#shared/contract/itemModels.ts'
import { signChange, type GroupChange, type Operation } from '#main/protocol/groupChange.ts'
import { afterOperation, stateDigest, type GroupState } from '#main/protocol/groupState.ts'
import { unhex } from '#main/protocol/bytes.ts'
import type { GroupMessage } from '#main/protocol/message.ts'
import type { Identity } from '#main/protocol/identity.ts'
import { eventually } from '#test/support/eventually.ts'
import { random } from '#test/support/profileFolder.ts'
import { createPuppet, identityNamed, primitives, type Puppet } from '#test/support/puppet.ts'
import { connect, createTestWorld, type TestApp, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let relay: TestRelay
let ann: TestApp
let ben: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  ;[ann, ben] = [await world.app({ name: 'Ann', relay: relay.address }), await world.app({ name: 'Ben', relay: relay.address })]
  await connect(ann, ben)
})
afterEach(() => world.end())

/** A further person whom Ann knows. */
async function friend(name: string): Promise<TestApp> {
  const app = await world.app({ name, relay: relay.address })
  await connect(ann, app)
  return app
}

const details = (app: TestApp, id: string): Promise<GroupDetails> => app.call('groups.details', { id })
const headOf = async (app: TestApp, id: string): Promise<string> => (await details(app, id)).technical.head
const stateOf = async (app: TestApp, id: string) => (await app.conversation(id)).group?.state
const untilState = (app: TestApp, id: string, state: string) =>
  app.untilConversation(id, `is ${state}`, ({ group }) => group?.state === state)
const lines = async (app: TestApp, id: string): Promise<SystemLine[]> =>
  (await app.items(id)).flatMap((item) => (item.kind === 'system' ? [item] : []))
const events = async (app: TestApp, id: string): Promise<string[]> => (await lines(app, id)).map(({ event }) => event)

/** All of them hold to one change, and to one list of members. */
async function untilAgreed(id: string, ...apps: TestApp[]): Promise<void> {
  await eventually(
    'everybody holds to the same',
    () => Promise.all(apps.map((app) => headOf(app, id))),
    (heads) => new Set(heads).size === 1,
  )
  const rosters = await Promise.all(
    apps.map(async (app) => (await details(app, id)).members.map((one) => `${one.id} ${one.role}`).toSorted()),
  )
  for (const roster of rosters) expect(roster).toEqual(rosters[0])
}

async function join(id: string, ...apps: TestApp[]): Promise<void> {
  for (const app of apps) {
    await untilState(app, id, 'invited')
    await app.call('groups.answer', { id, accept: true })
  }
  for (const app of apps) await untilState(app, id, 'member')
}

async function groupOf(...members: TestApp[]): Promise<string> {
  const { id } = await ann.call('groups.create', { name: 'Walkers', members: members.map((app) => app.id) })
  await join(id, ...members)
  await untilAgreed(id, ann, ...members)
  return id
}

describe('a group', () => {
  it('is made, and those who are asked join it or do not', async () => {
    const cleo = await friend('Cleo')
    const { id, group } = await ann.call('groups.create', { name: 'Walkers', members: [ben.id, cleo.id] })
    expect(group).toMatchObject({ state: 'member', role: 'owner', members: 1 })
    expect(await untilState(ben, id, 'invited')).toMatchObject({ name: 'Walkers', group: { inviter: 'Ann', role: null, members: 1 } })
    await untilState(cleo, id, 'invited')
    await cleo.call('groups.answer', { id, accept: false })
    expect((await cleo.call('conversations.list', {})).some((one) => one.id === id)).toBe(false)
    await join(id, ben)
    await untilAgreed(id, ann, ben)
    const invited = await eventually(
      'Ann knows of the refusal',
      async () => (await details(ann, id)).invited,
      ([one]) => one?.state === 'declined',
    )
    expect(invited).toMatchObject([{ id: cleo.id, name: 'Cleo' }])
    expect((await details(ben, id)).members).toMatchObject([
      { name: 'Ann', role: 'owner', self: false, connection: 'connected' },
      { name: 'Ben', role: 'member', self: true },
    ])
    expect(await events(ann, id)).toEqual(['group-created', 'group-joined'])
    expect(await lines(ben, id)).toMatchObject([{ event: 'group-joined', by: 'you', author: null }])
    await ann.call('groups.invite', { id, members: [cleo.id] })
    await join(id, cleo)
    await untilAgreed(id, ann, ben, cleo)
  })

  it('is changed by its admins, what concerns admins by its owner alone, and nothing by anybody else', async () => {
    const cleo = await friend('Cleo')
    const id = await groupOf(ben, cleo)
    const refused = async (app: TestApp): Promise<string[]> => [
      await app.codeOf('groups.rename', { id, name: 'Mine' }),
      await app.codeOf('groups.setPicture', { id, picture: null }),
      await app.codeOf('groups.invite', { id, members: [ann.id] }),
      await app.codeOf('groups.remove', { id, member: cleo.id }),
      await app.codeOf('groups.setRole', { id, member: app.id, role: 'admin' }),
      await app.codeOf('groups.dissolve', { id }),
    ]
    expect(new Set(await refused(ben))).toEqual(new Set(['group.not-allowed']))
    expect(await ann.codeOf('groups.setRole', { id, member: ben.id, role: 'owner' })).toBe('group.not-allowed')
    expect(await ann.codeOf('groups.leave', { id })).toBe('group.owner')
    expect(await ann.codeOf('groups.setPicture', { id, picture: 'AAAA' })).toBe('picture.unsupported')
    expect(await ann.codeOf('groups.remove', { id, member: 'ab'.repeat(32) })).toBe('group.not-member')

    await ann.call('groups.setRole', { id, member: ben.id, role: 'admin' })
    await ben.untilConversation(id, 'is an admin', ({ group }) => group?.role === 'admin')
    await ben.call('groups.rename', { id, name: 'Hikers' })
    await ann.untilConversation(id, 'has the new name', ({ name }) => name === 'Hikers')
    expect(await ben.codeOf('groups.remove', { id, member: ann.id })).toBe('group.not-allowed')
    expect(await ben.codeOf('groups.setRole', { id, member: cleo.id, role: 'admin' })).toBe('group.not-allowed')

    await ann.call('groups.setRole', { id, member: ben.id, role: 'owner' })
    await ben.untilConversation(id, 'is the owner', ({ group }) => group?.role === 'owner')
    await ben.call('groups.setRole', { id, member: ann.id, role: 'member' })
    await ann.untilConversation(id, 'is no admin', ({ group }) => group?.role === 'member')
    expect(await events(ann, id)).toEqual(expect.arrayContaining(['group-promoted', 'group-renamed', 'group-owner', 'group-demoted']))
    expect((await lines(ann, id)).find(({ event }) => event === 'group-renamed')).toMatchObject({
      by: 'them',
      text: 'Hikers',
      author: { id: ben.id },
    })
    await untilAgreed(id, ann, ben)
  })

  it('lets members go, by themselves and by others, and they hear nothing of it any more', async () => {
    const [cleo, dan] = [await friend('Cleo'), await friend('Dan')]
    const id = await groupOf(ben, cleo, dan)
    await ben.call('groups.leave', { id })
    expect(await stateOf(ben, id)).toBe('left')
    await eventually(
      'Ben is out',
      async () => (await details(ann, id)).members.map(({ name }) => name),
      (names) => !names.includes('Ben'),
    )
    expect((await lines(ann, id)).at(-1)).toMatchObject({ event: 'group-left', author: { id: ben.id } })

    await ann.call('groups.remove', { id, member: cleo.id })
    await untilState(cleo, id, 'removed')
    expect((await lines(cleo, id)).at(-1)).toMatchObject({ event: 'group-removed', by: 'them', text: 'Cleo', author: { id: ann.id } })
    const [before, refusedBefore] = [await headOf(cleo, id), await cleo.codeOf('groups.rename', { id, name: 'Mine' })]
    expect(refusedBefore).toBe('group.not-member')
    await ann.call('groups.rename', { id, name: 'Secret' })
    await dan.untilConversation(id, 'has the new name', ({ name }) => name === 'Secret')
    // Cleo asks, as a program would that does not know: its head is answered with nothing that came after
    await cleo.lock()
    await cleo.unlock()
    await ann.send(cleo.id, 'after everything else')
    await cleo.untilShown(ann.id, ['after everything else'])
    expect(await headOf(cleo, id)).toBe(before)
    expect((await cleo.conversation(id)).name).toBe('Walkers')

    await cleo.call('groups.forget', { id })
    expect(await cleo.codeOf('groups.details', { id })).toBe('group.unknown')
    await ann.call('groups.invite', { id, members: [ben.id] })
    await join(id, ben) // who has left may come back
    await untilAgreed(id, ann, ben, dan)
    await ann.call('groups.dissolve', { id })
    for (const app of [ben, dan]) await untilState(app, id, 'dissolved')
    expect(await ann.codeOf('groups.rename', { id, name: 'Again' })).toBe('group.not-member')
  })

  it('is the same for everybody after one was away, and after two admins changed it at once', async () => {
    const cleo = await friend('Cleo')
    const id = await groupOf(ben, cleo)
    await ann.call('groups.setRole', { id, member: ben.id, role: 'admin' })
    await ben.untilConversation(id, 'is an admin', ({ group }) => group?.role === 'admin')
    await untilAgreed(id, ann, ben, cleo)
    await cleo.lock()
    for (const name of ['One', 'Two', 'Three']) await ann.call('groups.rename', { id, name })
    await ben.untilConversation(id, 'follows', ({ name }) => name === 'Three')
    await Promise.all([ann.call('groups.rename', { id, name: 'By Ann' }), ben.call('groups.rename', { id, name: 'By Ben' })])
    await cleo.unlock()
    await untilAgreed(id, ann, ben, cleo)
    const names = await Promise.all([ann, ben, cleo].map(async (app) => (await app.conversation(id)).name))
    expect(new Set(names).size).toBe(1)
    const agreed = await headOf(ann, id)
    for (const app of [ann, ben, cleo]) await app.lock()
    for (const app of [ann, ben, cleo]) await app.unlock()
    expect(await headOf(cleo, id)).toBe(agreed) // out of the keystore, with nothing followed anew
  })
})

describe('who means no good', () => {
  let mallory: Puppet
  let seq = 2

  /** Mallory has a session with Ben. */
  beforeEach(async () => {
    mallory = createPuppet({ relay: relay.address, identity: identityNamed('Mallory') })
    world.defer(() => mallory.close())
    await mallory.accept((await ben.call('invites.create', {})).file.text)
    await mallory.send(mallory.confirm())
    await ben.untilConversation(mallory.identity.id, 'is open', ({ state }) => state === 'open')
    seq = 2
  })

  type Without<T> = T extends unknown ? Omit<T, 'id' | 'stream' | 'seq' | 'at'> : never
  const say = (message: Without<GroupMessage>) =>
    mallory.send({ ...message, id: random(16), stream: mallory.stream, seq: seq++, at: Date.now() })
  const untilRefused = (name: string, times = 1) =>
    eventually(
      `${name} is refused`,
      () => ben.refused(mallory.identity.id),
      (refused) => (refused[name] ?? 0) >= times,
    )

  /** As `who` would sign it, allowed or not. */
  function forge(who: Identity, id: string, parent: GroupChange, before: GroupState, op: Operation): GroupChange {
    const place = { group: id, parent: parent.hash, generation: parent.generation + 1, at: Date.now(), op }
    return signChange(primitives, who, { ...place, state: stateDigest(primitives, before) })
  }

  function begin(owner: Identity): { first: GroupChange; state: GroupState } {
    const op: Operation = { op: 'create', name: 'Trap', owner: owner.publicBytes, salt: random(16) }
    const state = afterOperation(primitives, null, owner.id, op)
    return {
      first: signChange(primitives, owner, {
        group: null,
        parent: null,
        generation: 0,
        at: Date.now(),
        op,
        state: stateDigest(primitives, state),
      }),
      state,
    }
  }

  it('changes nothing of a group: neither as a stranger, nor by what is of another group, nor by asking', async () => {
    const id = await groupOf(ben)
    const before = await headOf(ben, id)
    const { first, state } = begin(mallory.identity)
    await say({ t: 'group.changes', group: unhex(id), changes: [first.bytes] })
    await untilRefused('group.refused.other-group')
    const inner = { ...first, hash: before, generation: 7 }
    await say({
      t: 'group.changes',
      group: unhex(id),
      changes: [forge(mallory.identity, id, inner, state, { op: 'rename', name: 'Mine' }).bytes],
    })
    await untilRefused('group.refused.order')
    const next = { ...inner, generation: (await details(ben, id)).technical.generation }
    await say({
      t: 'group.changes',
      group: unhex(id),
      changes: [forge(mallory.identity, id, next, state, { op: 'rename', name: 'Mine' }).bytes],
    })
    await untilRefused('group.refused.not-allowed')
    const asAnn = { ...mallory.identity, id: ann.id }
    await say({ t: 'group.changes', group: unhex(id), changes: [forge(asAnn, id, next, state, { op: 'rename', name: 'Mine' }).bytes] })
    await untilRefused('group.refused.signature')
    await say({ t: 'group.fetch', group: unhex(id), known: [] })
    await untilRefused('group.not-member')
    await say({ t: 'group.answer', group: unhex(id), accept: true })
    await untilRefused('group.not-invited')
    await say({ t: 'group.leave', group: unhex(random(32).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')) })
    await untilRefused('group.unknown')
    expect(await headOf(ben, id)).toBe(before)
    expect((await ben.conversation(id)).name).toBe('Walkers')
    expect(mallory.received.filter(({ t }) => t === 'group.changes')).toEqual([])
    await ann.call('groups.rename', { id, name: 'Goes on' })
    await ben.untilConversation(id, 'follows', ({ name }) => name === 'Goes on')
  })

  it('cannot invite to a group without the word of one of its admins, nor without end', async () => {
    const { first } = begin(identityNamed('Owner'))
    await say({ t: 'group.invite', group: unhex(first.hash), name: 'Trap', members: 3 })
    await untilState(ben, first.hash, 'invited')
    await ben.call('groups.answer', { id: first.hash, accept: true })
    await say({ t: 'group.changes', group: unhex(first.hash), changes: [first.bytes] })
    await untilRefused('group.invite-refused')
    expect(await stateOf(ben, first.hash)).toBe('removed')
    for (let i = 0; i < 22; i++) await say({ t: 'group.invite', group: random(32), name: `Junk ${i}`, members: 1 })
    await untilRefused('group.invite-refused', 3)
    expect((await ben.call('conversations.list', {})).filter(({ name }) => name.startsWith('Junk'))).toHaveLength(20)
  })

  it('fills nobody’s disk as an admin either', { timeout: 120_000 }, async () => {
    const { first, state } = begin(mallory.identity)
    const added = afterOperation(primitives, state, mallory.identity.id, { op: 'add', members: [{ id: unhex(ben.id), name: 'Ben' }] })
    const add = forge(mallory.identity, first.hash, first, added, { op: 'add', members: [{ id: unhex(ben.id), name: 'Ben' }] })
    await say({ t: 'group.invite', group: unhex(first.hash), name: 'Trap', members: 1 })
    await untilState(ben, first.hash, 'invited')
    await ben.call('groups.answer', { id: first.hash, accept: true })
    await say({ t: 'group.changes', group: unhex(first.hash), changes: [first.bytes, add.bytes] })
    await untilState(ben, first.hash, 'member')
    const junk = Array.from({ length: 260 }, (_, i) => {
      const op: Operation = { op: 'rename', name: `N${i}` }
      return forge(mallory.identity, first.hash, add, afterOperation(primitives, added, mallory.identity.id, op), op).bytes
    })
    for (let i = 0; i < junk.length; i += 65) await say({ t: 'group.changes', group: unhex(first.hash), changes: junk.slice(i, i + 65) })
    await untilRefused('group.refused.too-many')
    expect((await details(ben, first.hash)).technical.changes).toBeLessThan(220)
  })
})

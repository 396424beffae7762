/** The profile's life as the bridge sees it: passphrases, other processes, damage, full disks, blocking, names and addresses. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, statfsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SystemLine } from '#shared/contract/itemModels.ts'
import { eventually } from '#test/support/eventually.ts'
import { snapshot, temporaryFolder } from '#test/support/profileFolder.ts'
import { startKeystoreProcess } from '#test/support/runKeystoreProcess.ts'
import { newMessageId } from '#test/support/messageId.ts'
import {
  connect,
  createTestWorld,
  passphrase,
  startTestApp,
  untilDelivered,
  type CallError,
  type TestApp,
  type TestRelay,
  type TestWorld,
  localRelayAt,
} from '#test/support/testApp.ts'

let world: TestWorld
let relay: TestRelay

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
})
afterEach(() => world.end())

const start = (name: string) => world.app({ name, relay: relay.address })

async function pair(): Promise<[TestApp, TestApp]> {
  const [alice, bob] = [await start('Alice'), await start('Bob')]
  await connect(alice, bob)
  await alice.send(bob.id, 'hello')
  await bob.untilShown(alice.id, ['hello'])
  await untilDelivered(alice, bob.id)
  return [alice, bob]
}

const lines = async (app: TestApp, of: string): Promise<SystemLine[]> =>
  (await app.items(of)).filter((item): item is SystemLine => item.kind === 'system')
const eventsOf = async (app: TestApp, of: string) => (await lines(app, of)).map(({ event }) => event)

describe('unlocking', () => {
  it('a wrong passphrase is named, costs more time each time, and changes no file', async () => {
    const alice = await start('Alice')
    await alice.lock()
    const before = snapshot(alice.dir)
    const waits: number[] = []
    for (let i = 0; i < 8; i++) {
      expect(await alice.codeOf('profile.unlock', { passphrase: 'not the right one' })).toBe('keystore.wrong-passphrase')
      // not even the right one is tried while it waits
      const error = await alice.call('profile.unlock', { passphrase }).then(
        () => null,
        (refusal: CallError) => refusal,
      )
      expect(error?.code).toBe('profile.wait')
      waits.push(Number(error?.details['seconds']))
      await alice.clock.advance(Number(error?.details['seconds']) * 1000)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 32, 32])
    expect(snapshot(alice.dir)).toEqual(before)
    expect(await alice.codeOf('profile.unlock', { passphrase })).toBe('ok')
    await alice.lock()
    expect(await alice.codeOf('profile.unlock', { passphrase: 'not the right one' })).toBe('keystore.wrong-passphrase')
    await alice.clock.advance(1000)
    await alice.unlock()
  })

  it('nothing but state and unlocking is answered while it is locked', async () => {
    const [alice, bob] = await pair()
    await alice.lock()
    expect(await alice.call('app.state', {})).toMatchObject({ phase: 'locked', profile: null })
    for (const [method, input] of [
      ['conversations.list', {}],
      ['conversations.send', { id: bob.id, messageId: newMessageId(), text: 'x' }],
      ['contacts.details', { id: bob.id }],
      ['invites.create', {}],
      ['network.state', {}],
      ['profile.rename', { name: 'Eve' }],
    ] as const)
      expect(await alice.codeOf(method, input as never)).toBe('profile.locked')
    expect(await alice.codeOf('profile.create', { name: 'Eve', passphrase, relay: { kind: 'address', address: relay.address } })).toBe(
      'keystore.exists',
    )
    await bob.send(alice.id, 'while you were locked')
    await alice.unlock()
    await alice.untilShown(bob.id, ['hello', 'while you were locked'])
    await alice.send(bob.id, 'back again')
    await bob.untilShown(alice.id, ['back again'])
  })

  it('a profile in use, by another app or another process, is left alone', async () => {
    const [alice, bob] = await pair()
    await expect(startTestApp({ name: 'Alice', relay: relay.address, dir: alice.dir })).rejects.toMatchObject({ code: 'keystore.in-use' })
    await alice.send(bob.id, 'undisturbed')
    await bob.untilShown(alice.id, ['undisturbed'])
    await alice.lock()
    const other = startKeystoreProcess(['hold', alice.dir, passphrase])
    world.defer(() => other.child.kill('SIGKILL'))
    await eventually(
      'the other process has it',
      () => other.lines(),
      (said) => said.some((line) => line.startsWith('row ')),
    )
    expect(await alice.codeOf('profile.unlock', { passphrase })).toBe('keystore.in-use')
    other.child.kill('SIGKILL')
    await eventually(
      'it is free again',
      () => alice.codeOf('profile.unlock', { passphrase }),
      (code) => code === 'ok',
    )
    expect(await alice.shown(bob.id)).toEqual(['hello', 'undisturbed'])
  })

  it.each<[string, string, (dir: string) => void]>([
    ['a key file cut short', 'keystore.damaged', (dir) => truncateSync(join(dir, 'cairn.key'), 50)],
    ['a key file of nonsense', 'keystore.damaged', (dir) => writeFileSync(join(dir, 'cairn.key'), 'nonsense')],
    ['a key file of a later version', 'keystore.newer-version', (dir) => writeFileSync(join(dir, 'cairn.key'), newerKeyFile(dir))],
    ['a database of nonsense', 'keystore.damaged', (dir) => writeFileSync(join(dir, 'cairn.db'), Buffer.alloc(40_960, 7))],
    ['an empty database', 'keystore.damaged', (dir) => truncateSync(join(dir, 'cairn.db'), 0)],
    ['no database', 'keystore.missing', (dir) => rmSync(join(dir, 'cairn.db'))],
  ])('%s is named %s, and nothing is overwritten', async (_, code, harm) => {
    const alice = await start('Alice')
    await alice.lock()
    const kept = temporaryFolder()
    world.defer(kept.remove)
    for (const file of ['cairn.key', 'cairn.db']) copyFileSync(join(alice.dir, file), join(kept.path, file))
    harm(alice.dir)
    const before = snapshot(alice.dir)
    expect(await alice.codeOf('profile.unlock', { passphrase })).toBe(code)
    expect(await alice.codeOf('profile.create', { name: 'Eve', passphrase, relay: { kind: 'address', address: relay.address } })).toBe(
      'keystore.exists',
    )
    expect(snapshot(alice.dir)).toEqual(before)
    for (const file of ['cairn.key', 'cairn.db']) copyFileSync(join(kept.path, file), join(alice.dir, file))
    await alice.unlock()
  })

  it('a database of a later version is named, and left as it is', async () => {
    const alice = await start('Alice')
    await alice.withDatabase((db) => db.prepare('PRAGMA user_version = 1000').run()).catch(() => undefined)
    const before = snapshot(alice.dir)
    expect(await alice.codeOf('profile.unlock', { passphrase })).toBe('keystore.newer-version')
    expect(snapshot(alice.dir)).toEqual(before)
  })
})

/** The key file with the next version's number and a checksum that holds. */
function newerKeyFile(dir: string): Uint8Array {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const body = readFileSync(join(dir, 'cairn.key')).subarray(0, -32)
  body[8] = 3
  return Buffer.concat([body, createHash('sha256').update(body).digest()])
}

const canMount = process.platform === 'linux' && process.getuid?.() === 0

describe.skipIf(!canMount)('a full disk', () => {
  it('refuses a message by name, keeps everything, and the message goes when there is room', async () => {
    const { path, remove } = temporaryFolder()
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'cairn-test', path]).status !== 0) return remove()
    world.defer(() => {
      spawnSync('umount', [path])
      remove()
    })
    const alice = await world.app({ name: 'Alice', relay: relay.address, dir: join(path, 'profile') })
    const bob = await start('Bob')
    await connect(alice, bob)
    await alice.send(bob.id, 'while there is room')
    await bob.untilShown(alice.id, ['while there is room'])
    await untilDelivered(alice, bob.id)
    const details = (await alice.call('contacts.details', { id: bob.id })).session
    const { bavail, bsize } = statfsSync(path)
    const ballast = join(path, 'ballast')
    writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - 8192)))
    const message = { id: bob.id, messageId: newMessageId(alice.clock.now()), text: 'x'.repeat(15_000) }
    let code = 'ok'
    const sent: string[] = []
    for (let i = 0; i < 40 && code === 'ok'; i++) {
      message.messageId = newMessageId(alice.clock.now())
      code = await alice.codeOf('conversations.send', message)
      if (code === 'ok') sent.push(message.messageId)
    }
    expect(code).toBe('keystore.disk-full')
    const texts = (await alice.items(bob.id)).filter((item) => item.kind === 'text')
    expect(texts.map(({ id }) => id).slice(1)).toEqual(sent)
    rmSync(ballast)
    expect(await alice.codeOf('conversations.send', message)).toBe('ok')
    await alice.send(bob.id, 'room again')
    const shown = await bob.untilShown(alice.id, ['room again'], 20_000)
    expect(shown).toHaveLength(sent.length + 3)
    expect((await alice.call('contacts.details', { id: bob.id })).session.since).toBe(details.since)
    await alice.lock()
    await alice.unlock()
    expect(await alice.shown(bob.id)).toHaveLength(sent.length + 3)
  })
})

describe('blocking', () => {
  it('nothing is read or sent meanwhile; what waited arrives after it', async () => {
    const [alice, bob] = await pair()
    await alice.call('contacts.block', { id: bob.id, blocked: true })
    expect(await alice.conversation(bob.id)).toMatchObject({ state: 'blocked' })
    expect(await alice.codeOf('conversations.send', { id: bob.id, messageId: newMessageId(), text: 'no' })).toBe('contact.blocked')
    expect(await alice.codeOf('sessions.reset', { id: bob.id })).toBe('contact.blocked')
    await bob.send(alice.id, 'are you there?')
    await bob.call('sessions.reset', { id: alice.id })
    await eventually(
      'it waits at the relay',
      async () => (await bob.items(alice.id)).find((item) => item.kind === 'text' && item.text === 'are you there?'),
      (item) => item?.kind === 'text' && item.status === 'sent',
    )
    await alice.lock()
    await alice.unlock()
    await alice.clock.advance(600_000)
    expect(await alice.shown(bob.id)).toEqual(['hello'])
    await alice.call('contacts.block', { id: bob.id, blocked: false })
    await alice.untilShown(bob.id, ['hello', 'are you there?'])
    await alice.send(bob.id, 'now I am')
    await bob.untilShown(alice.id, ['hello', 'are you there?', 'now I am'])
    await bob.untilConversation(alice.id, 'is at peace', ({ trouble }) => trouble === null)
  })

  it('in the middle of an exchange: nothing is sent, and it goes on after it', async () => {
    const [alice, bob] = [await start('Alice'), await start('Bob')]
    const { file } = await alice.call('invites.create', {})
    await alice.lock()
    await bob.call('invites.accept', { text: file.text })
    await bob.call('contacts.block', { id: alice.id, blocked: true })
    await alice.unlock()
    await alice.untilConversation(bob.id, 'has the answer', ({ state }) => state === 'connecting')
    await bob.clock.advance(600_000)
    expect((await bob.conversation(alice.id)).state).toBe('blocked')
    expect((await alice.conversation(bob.id)).state).toBe('connecting')
    expect(await bob.codeOf('conversations.send', { id: alice.id, messageId: newMessageId(), text: 'no' })).toBe('contact.blocked')
    await bob.call('contacts.block', { id: alice.id, blocked: false })
    await bob.untilConversation(alice.id, 'is open', ({ state }) => state === 'open')
    await bob.send(alice.id, 'here I am')
    await alice.untilShown(bob.id, ['here I am'])
    await alice.send(bob.id, 'welcome')
    await bob.untilShown(alice.id, ['here I am', 'welcome'])
  })
})

describe('what is remembered and told', () => {
  it('a new name reaches the contact, with a line that has the old one', async () => {
    const [alice, bob] = await pair()
    expect(await alice.call('profile.rename', { name: '  Alicia ' })).toMatchObject({ profile: { id: alice.id, name: 'Alicia' } })
    await bob.untilConversation(alice.id, 'has the new name', ({ name }) => name === 'Alicia')
    expect((await lines(bob, alice.id)).at(-1)).toMatchObject({ event: 'renamed', by: 'them', text: 'Alice' })
    expect(await bob.shown(alice.id)).toEqual(['hello'])
    await alice.lock()
    await alice.unlock()
    expect((await alice.call('app.state', {})).profile?.name).toBe('Alicia')
    expect((await alice.call('invites.create', {})).file.name).toBe('Alicia.cairn')
    for (const name of ['', '   ', 'x'.repeat(65), 'a\nb', 'a\u202eb', 'a\u0000b'])
      expect(await alice.codeOf('profile.rename', { name })).toBe('input.invalid')
  })

  it('verification and its end are lines, once each, and survive a restart and a reset', async () => {
    const [alice, bob] = await pair()
    const numbers = [
      (await alice.call('contacts.details', { id: bob.id })).safetyNumber,
      (await bob.call('contacts.details', { id: alice.id })).safetyNumber,
    ]
    expect(numbers[0]).toEqual(numbers[1])
    for (let twice = 0; twice < 2; twice++) await alice.call('contacts.verify', { id: bob.id, verified: true })
    await alice.call('sessions.reset', { id: bob.id })
    await eventually(
      'the reset is told',
      () => eventsOf(alice, bob.id),
      (events) => events.includes('reset'),
    )
    await alice.lock()
    await alice.unlock()
    expect(await alice.conversation(bob.id)).toMatchObject({ verified: 'yes' })
    for (let twice = 0; twice < 2; twice++) await alice.call('contacts.verify', { id: bob.id, verified: false })
    expect(await eventsOf(alice, bob.id)).toEqual(['connected', 'verified', 'reset', 'unverified'])
    expect(await eventsOf(bob, alice.id)).toEqual(['connected', 'reset'])
  })

  it('drafts and what is unread survive a restart', async () => {
    const [alice, bob] = await pair()
    await alice.call('conversations.setDraft', { id: bob.id, text: 'half a thou' })
    expect(await bob.conversation(alice.id)).toMatchObject({ unread: 1 })
    await alice.send(bob.id, 'second')
    await bob.untilShown(alice.id, ['second'])
    await alice.call('conversations.setDraft', { id: bob.id, text: 'half a thought' })
    for (const app of [alice, bob]) {
      await app.lock()
      await app.unlock()
    }
    expect(await alice.conversation(bob.id)).toMatchObject({ draft: 'half a thought', unread: 0 })
    expect(await bob.conversation(alice.id)).toMatchObject({ unread: 2, draft: '' })
    await bob.call('conversations.markRead', { id: alice.id })
    await alice.send(bob.id, 'half a thought, finished')
    expect(await alice.conversation(bob.id)).toMatchObject({ draft: '' })
    await bob.untilConversation(alice.id, 'one is unread', ({ unread }) => unread === 1)
  })

  it('a relay of one’s own at another port: contacts are told, and the conversation goes on', async () => {
    const relays = [await world.relay(), await world.relay()]
    let current = 0
    const localRelay = localRelayAt(() => relays[current]?.address ?? '')
    const alice = await world.app({ name: 'Alice', relay: 'local', localRelay })
    const bob = await start('Bob')
    const { file } = await alice.call('invites.create', {})
    await bob.call('invites.accept', { text: file.text })
    await alice.untilConversation(bob.id, 'asks about Bob’s relay', ({ exchange }) => exchange?.askRelay === relay.address)
    await alice.call('exchanges.allowRelay', { contactId: bob.id, allow: true })
    await alice.untilConversation(bob.id, 'is open', ({ state }) => state === 'open')
    await bob.send(alice.id, 'at the first address')
    await alice.untilShown(bob.id, ['at the first address'])
    await alice.lock()
    current = 1
    await relays[0]?.close()
    await alice.unlock()
    await eventually(
      'Bob knows the new address',
      async () => (await bob.call('contacts.details', { id: alice.id })).technical.relays,
      (known) => known.includes(relays[1]?.address ?? ''),
    )
    await bob.send(alice.id, 'at the second address')
    await alice.untilShown(bob.id, ['at the first address', 'at the second address'])
    await alice.send(bob.id, 'good')
    await bob.untilShown(alice.id, ['good'])
    expect((await alice.call('network.state', {})).relays.find(({ own }) => own)?.address).toBe(relays[1]?.address)
  })
})

/** Files from somebody who means no good, relays that lose and damage, full disks and programs that die. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MessageFile } from '#shared/contract/itemModels.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import { chunkBytes, chunkCount, chunkLength, chunkSeed, sealChunk } from '#main/protocol/fileChunks.ts'
import { unhex } from '#main/protocol/bytes.ts'
import type { Message, WireFile } from '#main/protocol/message.ts'
import { deleteKey, writeKey } from '#main/protocol/rendezvous.ts'
import { eventually } from '#test/support/eventually.ts'
import { digestOf, isHere, sendFile, sha256, someBytes, untilFile, withFiles } from '#test/support/files.ts'
import { spawnKillable, startHere, type Running } from '#test/support/killable.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, createPuppet, identityNamed, primitives, type Puppet } from '#test/support/puppet.ts'
import { spawnProcess } from '#test/support/process.ts'
import {
  advanceUntil,
  connect,
  createTestWorld,
  newId,
  passphrase,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'

const mebi = 1024 * 1024
let world: TestWorld

beforeEach(() => {
  world = createTestWorld()
})
afterEach(() => world.end())

describe('a sender who lies', () => {
  let relay: TestRelay
  let alice: TestApp
  let mallory: Puppet
  let seq = 1

  beforeEach(async () => {
    relay = await world.relay()
    alice = await world.app({ name: 'Alice', relay: relay.address })
    mallory = createPuppet({ relay: relay.address, now: () => alice.clock.now(), identity: identityNamed('Mallory') })
    world.defer(() => mallory.close())
    const { file } = await alice.call('invites.create', {})
    await mallory.accept(file.text)
    await mallory.send(mallory.confirm())
    await alice.untilConversation(mallory.identity.id, 'is open', ({ state }) => state === 'open')
    seq = 1
  })

  const fileOf = (size: number, more: Partial<WireFile> = {}): WireFile => ({
    ...{ name: 'x.bin', type: 'application/octet-stream', size, secret: random(32), relay: relay.address },
    ...more,
  })
  const say = (file: WireFile) => {
    const { stream } = mallory.text('', ++seq) as Extract<Message, { t: 'text' }>
    const id = unhex(newMessageId(alice.clock.now()).replaceAll('-', ''))
    return mallory.send({ t: 'attachment', id, stream, seq, at: alice.clock.now(), text: '', file })
  }
  const put = (file: WireFile, i: number, blob: Uint8Array, n = 0) => {
    const place = { hk: chunkSeed(primitives, file.secret, i), n, relay: file.relay }
    const deleteHash = primitives.sha256(deleteKey(primitives, place))
    return mallory.link.publish({ write: writeKey(primitives, place), deleteHash, blob })
  }
  const newest = (isRight: (file: MessageFile) => boolean) => untilFile(alice, mallory.identity.id, isRight)

  it('about the relay gets nobody to go there', async () => {
    await say(fileOf(10, { relay: lanPlace(newId()), name: 'at somebody else’s' }))
    expect((await newest(({ name }) => name === 'at somebody else’s')).file.state).toBe('asks')
    const stranger = await world.relay()
    await say(fileOf(10, { relay: stranger.address, name: 'setup\u202egpj.exe' }))
    const { file, id } = await newest(({ relay: at }) => at === stranger.address)
    expect(file).toMatchObject({ state: 'asks', relay: stranger.address, danger: 'disguised', name: 'setupgpj.exe' })
    await alice.lock()
    await alice.unlock()
    await alice.call('network.retry', {})
    expect(stranger.connections()).toBe(0)
    await alice.call('files.fetch', { id: mallory.identity.id, messageId: id }) // the person agrees
    await eventually(
      'Alice is there',
      () => stranger.connections(),
      (count) => count > 0,
    )
  })

  it('about what is in it gets nothing on the disk', { timeout: 60_000 }, async () => {
    const size = 2 * chunkBytes
    const swapped = fileOf(size)
    for (const [i, from] of [
      [0, 1],
      [1, 0],
    ] as const)
      for (let n = 0; n < 4; n++) await put(swapped, i, sealChunk(context(), swapped, from, random(chunkLength(size, from))), n)
    await say(swapped)
    expect((await newest(({ state }) => state === 'failed')).file).toMatchObject({ error: 'file.damaged', done: 0 })

    const longer = fileOf(size + 1)
    const shorter = { ...longer, size }
    for (let n = 0; n < 4; n++) await put(longer, 0, sealChunk(context(), shorter, 0, random(chunkLength(size, 0))), n)
    await say(longer)
    expect((await newest(({ size: said, state }) => said === size + 1 && state === 'failed')).file).toMatchObject({ error: 'file.damaged' })
  })

  it('and one who was lied to: what somebody else put in a place is passed over', async () => {
    const file = fileOf(5)
    const chunk = random(5)
    await put(file, 0, random(4096))
    await put(file, 0, sealChunk(context(), file, 0, chunk), 1)
    await say(file)
    expect(await digestOf(alice, (await newest(isHere)).file.id)).toBe(sha256(chunk))
  })

  it('with a preview that is no picture, sizes beyond all measure, or fields that are none, changes nothing', async () => {
    await say(fileOf(0, { preview: new Uint8Array(Buffer.from('<svg onload=alert(1)>')), width: 60_000, height: 1 }))
    const { file } = await newest(() => true)
    expect([file.preview, alice.app.file(file.id, 'preview')]).toEqual([false, null])
    for (const bad of [
      { size: 100 * mebi + 1 },
      { preview: random(8193) },
      { name: '' },
      { name: 'x'.repeat(256) },
      { secret: random(31) },
    ])
      await say({ ...fileOf(1), ...bad })
    await say({ ...fileOf(1), relay: 'not an address' })
    await eventually(
      'they are refused',
      () => alice.refused(mallory.identity.id),
      (refused) => refused['message.codec.malformed'] === 6,
    )
    expect(await withFiles(alice, mallory.identity.id)).toHaveLength(1)
  })

  it('that it has files, or that the person lost one, takes nothing away and adds nothing', async () => {
    const { id: peer } = mallory.identity
    const kept = await sendFile(alice, peer, { bytes: someBytes(10) })
    const said = await alice.send(peer, 'only words')
    await untilFile(alice, peer, ({ state }) => state === 'sent')
    const bytesOf = ({ id }: { id: string }) => unhex(id.replaceAll('-', ''))
    const reliable = () => ({ id: random(16), stream: mallory.stream, seq: ++seq, at: alice.clock.now() })
    await mallory.send({ t: 'file.here', ...reliable(), of: bytesOf(kept) })
    await mallory.send({ t: 'file.here', ...reliable(), of: random(16) })
    await mallory.send({ t: 'file.here', ...reliable(), of: bytesOf(kept), group: random(32) })
    await mallory.send({ t: 'file.here', ...reliable(), of: bytesOf(kept), group: unhex(peer) })
    await eventually(
      'no such group is known',
      () => alice.refused(peer),
      (refused) => refused['message.group.unknown'] === 2,
    )
    // as after a restore, but these two were not lost
    await alice.withDatabase((db) => void db.prepare('UPDATE contacts SET restored_at = 1').run())
    const file = fileOf(5, { copy: true, name: 'planted' })
    for (const message of [kept, said]) {
      const of = { id: bytesOf(message), stream: random(8), seq: 1, at: 1, text: message.text, file: { ...file, secret: random(32) } }
      await mallory.send({ t: 'history', ...reliable(), of })
    }
    const answered = (received: readonly Message[]) => received.flatMap((message) => (message.t === 'file.here' ? [message.of] : []))
    await mallory.until('both are called here', (received) => answered(received).length === 2)
    expect(answered(mallory.received).map((of) => Buffer.from(of).toString('hex'))).toEqual(
      [kept, said].map(({ id }) => id.replaceAll('-', '')),
    )
    expect((await withFiles(alice, peer)).map(({ id, file: { name, state } }) => [id, name, state])).toEqual([
      [kept.id, 'notes.bin', 'sent'],
    ])
  })

  it('says what is gone from the relay, and takes it when it is there after all', async () => {
    const file = fileOf(7)
    const chunk = random(7)
    await put(file, 0, sealChunk(context(), file, 0, chunk))
    const place = { hk: chunkSeed(primitives, file.secret, 0), n: 0, relay: relay.address }
    const rv = Buffer.from(primitives.sha256(writeKey(primitives, place))).toString('hex')
    await mallory.link.acknowledge([{ rv, deleteKey: deleteKey(primitives, place) }])
    await say(file)
    const { id } = await newest(({ error }) => error === 'file.gone')
    await put(file, 0, sealChunk(context(), file, 0, chunk), 1)
    await alice.call('files.fetch', { id: mallory.identity.id, messageId: id })
    expect(await digestOf(alice, (await newest(isHere)).file.id)).toBe(sha256(chunk))
  })
})

describe('a relay that', () => {
  const start = async () => {
    const hostile = spawnProcess('test/support/hostileRelay.ts', ['--mode', 'honest'])
    world.defer(() => hostile.kill())
    const [, address = ''] = await hostile.line(/listening on (\S+)/)
    const [alice, bob] = [await world.app({ name: 'Alice', relay: address }), await world.app({ name: 'Bob', relay: address })]
    await connect(alice, bob)
    const control = (what: string) => fetch(`${address.replace('ws:', 'http:')}/${what}`, { method: 'POST' })
    return { alice, bob, control }
  }

  it('forgets chunks gets them again', { timeout: 90_000 }, async () => {
    const { alice, bob, control } = await start()
    const bytes = someBytes(mebi)
    await control('mode/forget')
    await sendFile(alice, bob.id, { bytes })
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    await control('mode/honest')
    await control('drop') // as after a restart of the relay: whoever is back looks whether all is there
    const arrived = async () => (await withFiles(bob, alice.id)).some(({ file }) => isHere(file))
    await advanceUntil('Bob has it', [alice.clock, bob.clock], 60_000, arrived)
    const { file } = await untilFile(bob, alice.id, isHere)
    expect(await digestOf(bob, file.id)).toBe(sha256(bytes))
  })

  it('serves something else is not believed, and what it has is taken once it serves that', { timeout: 90_000 }, async () => {
    const { alice, bob, control } = await start()
    const bytes = someBytes(300_000)
    await bob.call('settings.set', { autoDownload: 'never' })
    const { id } = await sendFile(alice, bob.id, { bytes })
    await untilFile(alice, bob.id, ({ state }) => state === 'sent')
    await untilFile(bob, alice.id, ({ state }) => state === 'offered')
    await control('mode/noise')
    await bob.call('files.fetch', { id: alice.id, messageId: id })
    expect((await withFiles(bob, alice.id))[0]?.file).toMatchObject({ state: 'receiving', done: 0 })
    await control('mode/honest')
    await control('drop')
    expect(await digestOf(bob, (await untilFile(bob, alice.id, isHere)).file.id)).toBe(sha256(bytes))
  })
})

const mountable = process.platform === 'linux' && spawnSync('mount', ['--help']).status === 0 && process.getuid?.() === 0

describe('a disk', () => {
  it.skipIf(!mountable)('that is full holds a file up until there is room', { timeout: 60_000 }, async () => {
    const folder = world.folder()
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'cairn-test', folder]).status !== 0) return
    world.defer(() => spawnSync('umount', ['-l', folder]))
    const relay = await world.relay()
    const [alice, bob] = [
      await world.app({ name: 'Alice', relay: relay.address }),
      await world.app({ name: 'Bob', relay: relay.address, dir: join(folder, 'profile') }),
    ]
    await connect(alice, bob)
    const { bavail, bsize } = statfsSync(folder)
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, new Uint8Array(bavail * bsize - 2 * mebi))
    const bytes = someBytes(3 * mebi)
    const { id } = await sendFile(alice, bob.id, { bytes })
    await eventually(
      'Bob hears why',
      () => bob.events,
      (events) => events.some((event) => event.type === 'file' && event.file.error === 'keystore.disk-full'),
    )
    rmSync(ballast)
    await bob.call('files.fetch', { id: alice.id, messageId: id })
    expect(await digestOf(bob, (await untilFile(bob, alice.id, isHere)).file.id)).toBe(sha256(bytes))
  })

  it('that damages a file is told of, and nothing of it is served as if it were whole', async () => {
    const relay = await world.relay()
    const [alice, bob] = [await world.app({ name: 'Alice', relay: relay.address }), await world.app({ name: 'Bob', relay: relay.address })]
    await connect(alice, bob)
    await sendFile(alice, bob.id, { bytes: someBytes(200_000) })
    const { file } = await untilFile(bob, alice.id, isHere)
    const path = join(
      bob.dir,
      'files',
      (await bob.withDatabase((db) => db.prepare<{ f: string }>('SELECT lower(hex(file)) AS f FROM files').get()))?.f ?? '',
    )
    const sealed = readFileSync(path)
    sealed[70_000] = (sealed[70_000] ?? 0) ^ 1
    writeFileSync(path, sealed)
    await expect(digestOf(bob, file.id)).rejects.toMatchObject({ code: 'file.damaged' })
    expect((await untilFile(bob, alice.id, () => true)).file).toMatchObject({ state: 'failed', error: 'file.damaged' })
  })
})

describe('a program that is killed', () => {
  it('in the middle of a file, on either side, goes on where it was', { timeout: 120_000 }, async () => {
    const relay = await world.relay()
    const time = { at: Date.now(), then: Date.now(), speed: 1 }
    const logger = { info: () => undefined, warn: () => undefined }
    const cache = world.folder()
    const [aliceDir, bobDir] = [join(world.folder(), 'a'), join(world.folder(), 'b')]
    const part = (dir: string) => ({ role: 'app' as const, dir, time, port: 0, at: null })
    const begin = async (dir: string, at: { name: string; nth: number; when: 'after' } | null) => {
      const waiting = spawnKillable(cache)
      world.defer(() => waiting.dispose())
      return waiting.begin({ ...part(dir), at }, logger)
    }
    const create = async (dir: string, name: string) => {
      const app = await startHere(part(dir), logger)
      await ask(app, 'profile.create', { name, passphrase, relay: { kind: 'address', address: relay.address } })
      return { app, id: ((await ask(app, 'app.state', {})) as { profile: { id: string } }).profile.id }
    }
    const [alice, bob] = [await create(aliceDir, 'Alice'), await create(bobDir, 'Bob')]
    const invite = (await ask(alice.app, 'invites.create', {})) as { file: { text: string } }
    await ask(bob.app, 'invites.accept', { text: invite.file.text })
    const isOpen = async ({ app }: { app: Running }) =>
      ((await ask(app, 'conversations.list', {})) as { state: string }[])[0]?.state === 'open'
    await eventually('they are connected', async () => (await isOpen(alice)) && (await isOpen(bob)), Boolean)
    await ask(bob.app, 'settings.set', { autoDownload: 'always' })
    await alice.app.close()
    await bob.app.close()

    const bytes = someBytes(10 * mebi)
    const unlock = (app: Running) => ask(app, 'profile.unlock', { passphrase })
    const dying = await begin(aliceDir, { name: 'receive published', nth: 60, when: 'after' })
    await unlock(dying)
    const caller = { call: ((method: string, input: unknown) => ask(dying, method, input)) as TestApp['call'] }
    await sendFile(caller, bob.id, { bytes }).catch(() => undefined)
    await dying.killed
    const dyingToo = await begin(bobDir, { name: 'receive blob', nth: 30, when: 'after' })
    await unlock(dyingToo)
    await dyingToo.killed

    const [again, bobAgain] = [
      await world.app({ name: 'Alice', relay: '', dir: aliceDir }),
      await world.app({ name: 'Bob', relay: '', dir: bobDir }),
    ]
    const { file } = await untilFile(bobAgain, alice.id, isHere)
    expect([file.size, await digestOf(bobAgain, file.id)]).toEqual([bytes.length, sha256(bytes)])
    await untilFile(again, bob.id, ({ state }) => state === 'sent')
    expect(chunkCount(bytes.length)).toBeGreaterThan(60)
  })
})

async function ask(app: Running, method: string, input: unknown): Promise<unknown> {
  const answer = await app.call(method, input)
  if (!answer?.ok) throw new Error(`${method}: ${answer === null ? 'died' : answer.error.code}`)
  return answer.value
}

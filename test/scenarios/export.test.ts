/** A whole profile to a file and from a file, with the computer it comes from still running; files that are not what they say. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '#main/app.ts'
import type { App } from '#main/appTypes.ts'
import type { Ports } from '#main/ports.ts'
import { keystoreExists } from '#main/storage/keystore.ts'
import { isSafeName, profileFile } from '#main/storage/profileFile.ts'
import { bringFile, fetchFile } from '#test/support/profileFiles.ts'
import { cheapKdf, random } from '#test/support/profileFolder.ts'
import { node as primitives } from '#test/support/providers.ts'
import {
  bytesBelow,
  connect,
  createTestWorld,
  passphrase,
  testTransport,
  untilDelivered,
  type TestApp,
  type TestWorld,
} from '#test/support/testApp.ts'
import { createTestClock } from '#test/support/testClock.ts'

let world: TestWorld
let relayAddress: string
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relayAddress = (await world.relay()).address
  ;[alice, bob] = [await world.app({ name: 'Alice', relay: relayAddress }), await world.app({ name: 'Bob', relay: relayAddress })]
  await connect(alice, bob)
})
afterEach(() => world.end())

async function talk(one: TestApp, other: TestApp, what: string): Promise<void> {
  await one.send(other.id, `${one.name} ${what}`)
  await other.send(one.id, `${other.name} ${what}`)
  await other.untilShown(one.id, [`${one.name} ${what}`])
  await one.untilShown(other.id, [`${other.name} ${what}`])
  await untilDelivered(one, other.id)
  await untilDelivered(other, one.id)
}

const exported = async (app: TestApp): Promise<Buffer> =>
  fetchFile(app, await app.call('profile.export', { current: passphrase, passphrase }))

/** An app at its first start, and what is in its folder. */
function freshApp(): { app: App; dir: string } {
  const dir = join(world.folder(), 'profile')
  const logger = { info: () => undefined, warn: () => undefined }
  const ports: Ports = {
    ...{ version: '0.0.0', host: 'node', clock: createTestClock(), random, primitives, kdf: cheapKdf, logger, profileDir: dir },
    ...{ transport: testTransport(logger), localRelay: null, lan: null, keyVault: null, desktop: null },
  }
  const app = createApp(ports)
  world.defer(() => app.close())
  return { app, dir }
}

const sorted = async (app: TestApp, of: string): Promise<string[]> => (await app.shown(of)).toSorted()

describe('a profile that moves', () => {
  it('goes on elsewhere while the old copy is alive: sessions heal, nothing is lost or doubled', async () => {
    await bob.call('settings.set', { history: 'yes' })
    await talk(alice, bob, 'before')
    const file = await exported(alice)
    await talk(alice, bob, 'after')
    await alice.send(bob.id, 'only the old copy knows this')
    await bob.untilShown(alice.id, ['only the old copy knows this'])
    const moved = await world.app({ name: 'Alice', relay: relayAddress, bring: file })
    expect(moved.id).toBe(alice.id)
    // the old copy is there a little longer
    await bob.send(alice.id, 'to whichever copy')
    await alice.close()
    await moved.untilShown(bob.id, ['Alice after', 'Bob after', 'only the old copy knows this', 'to whichever copy'])
    await moved.untilConversation(bob.id, 'is at peace', ({ trouble }) => trouble === null)
    await talk(moved, bob, 'elsewhere')
    const all = [
      ...['before', 'after', 'elsewhere'].flatMap((what) => [`Alice ${what}`, `Bob ${what}`]),
      'only the old copy knows this',
      'to whichever copy',
    ].toSorted()
    expect(await sorted(moved, bob.id)).toEqual(all)
    expect(await sorted(bob, alice.id)).toEqual(all)
    expect(await moved.call('sessions.resetAllState', {})).toMatchObject({ total: 1, done: 1 })
  })

  it('what waited to be sent goes out from the new copy, once, and never on the old session', async () => {
    await talk(alice, bob, 'before')
    const before = (await alice.call('contacts.details', { id: bob.id })).technical.sessionId
    await bob.lock()
    await alice.send(bob.id, 'waiting')
    const file = await exported(alice)
    const moved = await world.app({ name: 'Alice', relay: relayAddress, bring: file })
    expect((await moved.call('contacts.details', { id: bob.id })).technical.sessionId).toBeNull()
    await bob.unlock()
    await bob.untilShown(alice.id, ['waiting'])
    await talk(moved, bob, 'elsewhere')
    expect((await bob.shown(alice.id)).filter((text) => text === 'waiting')).toHaveLength(1)
    expect((await moved.call('contacts.details', { id: bob.id })).technical.sessionId).not.toBe(before)
  })

  it('takes its sealed files along, by name, and nothing else of the folder', async () => {
    mkdirSync(join(alice.dir, 'files', 'below'), { recursive: true })
    writeFileSync(join(alice.dir, 'files', 'a1b2'), Buffer.alloc(200_000, 7))
    writeFileSync(join(alice.dir, 'files', 'empty'), '')
    writeFileSync(join(alice.dir, 'files', '.hidden'), 'no')
    writeFileSync(join(alice.dir, 'files', 'below', 'deep'), 'no')
    const { app, dir } = freshApp()
    expect(await bringFile({ app }, await exported(alice), passphrase)).toBe('ok')
    expect(readdirSync(join(dir, 'files')).toSorted()).toEqual(['a1b2', 'empty'])
    expect(readFileSync(join(dir, 'files', 'a1b2'))).toEqual(Buffer.alloc(200_000, 7))
    expect(
      readdirSync(dir)
        .toSorted()
        .filter((name) => !name.endsWith('-wal')),
    ).toEqual(['cairn.db', 'cairn.key', 'cairn.lock', 'files'])
    expect(await alice.call('profile.storage', {})).toMatchObject({ files: 200_002 }) // with `.hidden`
  })

  it('nothing is in the open, in the file or on the way, and a file is fetched once', async () => {
    await talk(alice, bob, 'a word that must not be seen')
    const ready = await alice.call('profile.export', { current: passphrase, passphrase: 'another passphrase' })
    const onTheWay = bytesBelow(alice.dir).filter(({ path }) => path.endsWith('cairn.export'))
    expect(onTheWay).toHaveLength(1)
    const file = await fetchFile(alice, ready)
    for (const bytes of [file, ...onTheWay.map(({ bytes }) => bytes)]) expect(bytes.includes('must not be seen')).toBe(false)
    expect(existsSync(join(alice.dir, 'cairn.export'))).toBe(false)
    await expect(fetchFile(alice, ready)).rejects.toThrow('nothing waits')
    const { app } = freshApp()
    expect(await bringFile({ app }, file, passphrase)).toBe('import.wrong-passphrase')
  })

  it('needs the passphrase of today; a wrong one costs time, and a lock takes back what was ready', async () => {
    expect(await alice.codeOf('profile.export', { current: 'not this one', passphrase })).toBe('keystore.wrong-passphrase')
    expect(await alice.codeOf('profile.export', { current: passphrase, passphrase })).toBe('profile.wait')
    await alice.clock.advance(2_000)
    const ready = await alice.call('profile.export', { current: passphrase, passphrase })
    await alice.lock()
    await expect(fetchFile(alice, ready)).rejects.toThrow('nothing waits')
    expect(readdirSync(alice.dir)).not.toContain('cairn.export')
    writeFileSync(join(alice.dir, 'cairn.export'), 'of a program that was killed')
    await alice.unlock()
    expect(readdirSync(alice.dir)).not.toContain('cairn.export')
  })
})

describe('files that are not what they say', () => {
  /** A small profile is enough for them. */
  let file: Buffer
  beforeEach(async () => {
    mkdirSync(join(alice.dir, 'files'))
    writeFileSync(join(alice.dir, 'files', 'chunk'), Buffer.alloc(90_000, 1))
    file = await exported(alice)
  })

  it('any flipped bit, cut, or doubled stretch is refused by name, and nothing is made', { timeout: 60_000 }, async () => {
    const { app, dir } = freshApp()
    const change = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(file.length - 1), bit: fc.nat(7) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(file.length - 1), bit: fc.constant(0) }),
      fc.record({ kind: fc.constant('double' as const), at: fc.nat(file.length - 1), bit: fc.constant(0) }),
    )
    await fc.assert(
      fc.asyncProperty(change, async ({ kind, at, bit }) => {
        const code = await bringFile({ app }, changed(file, kind, at, bit), passphrase)
        expect(['import.damaged', 'import.newer-version']).toContain(code)
        expect(keystoreExists(dir)).toBe(false)
        expect(readdirSync(dir)).toEqual(['cairn.lock'].filter((name) => existsSync(join(dir, name))))
      }),
      {
        numRuns: 60,
        examples: [[{ kind: 'flip', at: 8, bit: 1 }], [{ kind: 'cut', at: 0, bit: 0 }], [{ kind: 'cut', at: file.length - 16, bit: 0 }]],
      },
    )
    expect(await bringFile({ app }, file, passphrase)).toBe('ok')
  })

  it('whole pieces that change places are found', async () => {
    const piece = 64 * 1024 + 16
    const head = 8 + 3 + 139 + 16
    const [first, second] = [file.subarray(head, head + piece), file.subarray(head + piece, head + 2 * piece)]
    const swapped = Buffer.concat([file.subarray(0, head), second, first, file.subarray(head + 2 * piece)])
    const { app, dir } = freshApp()
    expect(await bringFile({ app }, swapped, passphrase)).toBe('import.damaged')
    expect(keystoreExists(dir)).toBe(false)
  })

  it('noise is refused whatever it is', async () => {
    const { app } = freshApp()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (noise, withMagic) => {
        const bytes = Buffer.concat([Buffer.from(withMagic ? 'CairnPrf\x01' : ''), noise])
        expect(await bringFile({ app }, bytes, passphrase)).toBe('import.damaged')
      }),
      { numRuns: 40 },
    )
  })

  it('made by somebody who has the passphrase: names that lead elsewhere, a database that is none', async () => {
    const forged = async (database: Uint8Array): Promise<Buffer> => {
      const dir = world.folder()
      writeFileSync(join(dir, 'db'), database)
      const key = random(32)
      const { wrapKey } = await import('#main/storage/keyFile.ts')
      const keyFile = await wrapKey(key, passphrase, { kdf: cheapKdf, primitives, random })
      const pieces: Uint8Array[] = []
      for await (const piece of profileFile({ primitives, random }, { dir, database: join(dir, 'db'), key, keyFile }).bytes())
        pieces.push(piece.slice())
      return Buffer.concat(pieces)
    }
    const { app, dir } = freshApp()
    for (const database of [new Uint8Array(), new Uint8Array(100), random(8192)])
      expect(await bringFile({ app }, await forged(database), passphrase)).toBe('import.damaged')
    expect(keystoreExists(dir)).toBe(false)
    for (const name of ['../up', '..', '.', 'a/b', 'a\\b', '', 'con', 'NUL.txt', 'x'.repeat(200), 'a\0', 'dot.', 'ü'])
      expect(isSafeName(name)).toBe(false)
    for (const name of ['0a1b', 'chunk-3.sealed', '_x']) expect(isSafeName(name)).toBe(true)
  })

  it('pieces come in order and once; a profile that is there is never replaced', async () => {
    const { app } = freshApp()
    const call = async (method: string, input: unknown) => {
      const answer = await app.call(method, input)
      return answer.ok ? answer.value : answer.error.code
    }
    const { id } = (await call('import.begin', { size: 10 })) as { id: string }
    const five = Buffer.alloc(5).toString('base64')
    expect(await call('import.append', { id, offset: 5, data: five })).toBe('import.damaged')
    expect(await call('import.append', { id, offset: 0, data: five })).toEqual({ received: 5 })
    expect(await call('import.append', { id, offset: 0, data: five })).toEqual({ received: 5 })
    expect(await call('import.append', { id, offset: 5, data: Buffer.alloc(6).toString('base64') })).toBe('import.too-large')
    expect(await call('import.append', { id, offset: 5, data: '!' })).toBe('input.invalid')
    expect(await call('import.finish', { id, passphrase })).toBe('import.damaged')
    expect(await call('import.finish', { id, passphrase })).toBe('import.unknown')
    expect(await call('import.begin', { size: 2 ** 50 })).toBe('import.too-large')
    expect(await bringFile(alice, file, passphrase)).toBe('import.exists')
  })

  it('after a wrong passphrase another is tried without the file coming in again', async () => {
    const { app } = freshApp()
    const { id } = ((await app.call('import.begin', { size: file.length })) as { value: { id: string } }).value
    for (let offset = 0; offset < file.length; offset += 500_000)
      await app.call('import.append', { id, offset, data: file.subarray(offset, offset + 500_000).toString('base64') })
    expect(await app.call('import.finish', { id, passphrase: 'wrong' })).toMatchObject({
      error: { code: 'import.wrong-passphrase', details: { seconds: 1 } },
    })
    expect(await app.call('import.finish', { id, passphrase })).toMatchObject({ error: { code: 'profile.wait' } })
  })

  it('an interrupted import leaves nothing: the next start clears it away', () => {
    const dir = join(world.folder(), 'profile')
    mkdirSync(join(dir, 'files.new'), { recursive: true })
    writeFileSync(join(dir, 'files.new', 'chunk'), 'x')
    for (const name of ['cairn.import', 'cairn.db.new', 'cairn.db.new-wal']) appendFileSync(join(dir, name), 'x')
    const logger = { info: () => undefined, warn: () => undefined }
    createApp({
      ...{ version: '0.0.0', host: 'node', clock: createTestClock(), random, primitives, kdf: cheapKdf, logger, profileDir: dir },
      ...{ transport: testTransport(logger), localRelay: null, lan: null, keyVault: null, desktop: null },
    })
    expect(readdirSync(dir)).toEqual(['cairn.lock'])
  })
})

function changed(file: Buffer, kind: 'flip' | 'cut' | 'double', at: number, bit: number): Buffer {
  if (kind === 'cut') return file.subarray(0, at)
  if (kind === 'double')
    return Buffer.concat([file.subarray(0, at), file.subarray(Math.max(0, at - 1000), at), Buffer.from([1]), file.subarray(at)])
  const copy = Buffer.from(file)
  copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}

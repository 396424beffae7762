/** Several profiles on one computer, one open at a time; another passphrase; a lock that comes by itself. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Input, Method, Result } from '#shared/contract/contract.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import { createProfilesApp } from '#main/profilesApp.ts'
import type { App } from '#main/appTypes.ts'
import type { Ports } from '#main/ports.ts'
import { createAppearanceFile } from '#main/storage/appearanceFile.ts'
import { createProfileFolders } from '#main/storage/profileFolders.ts'
import { eventually } from '#test/support/eventually.ts'
import { cheapKdf, random } from '#test/support/profileFolder.ts'
import { node as primitives } from '#test/support/providers.ts'
import { createTestClock } from '#test/support/testClock.ts'
import { createTestWorld, passphrase, testTransport, type TestRelay, type TestWorld } from '#test/support/testApp.ts'

const minute = 60_000
let world: TestWorld
let relay: TestRelay
let base: string
let clock: ReturnType<typeof createTestClock>
let app: App
let events: AppEvent[]

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  base = join(world.folder(), 'base')
  await start()
})
afterEach(() => world.end())

async function start(): Promise<void> {
  const logger = { info: () => undefined, warn: () => undefined }
  clock = createTestClock()
  const portsOf = async (profileDir: string): Promise<Ports> => ({
    ...{
      version: '0.0.0',
      host: 'node',
      clock,
      random,
      primitives,
      kdf: cheapKdf,
      logger,
      profileDir,
      localRelay: null,
      lan: null,
      keyVault: null,
      desktop: null,
    },
    transport: testTransport(logger),
  })
  const made = await createProfilesApp({
    profiles: createProfileFolders(base, random),
    appearance: createAppearanceFile(base, random),
    portsOf,
    logger,
  })
  world.defer(() => made.close())
  app = made
  events = []
  app.subscribe((event) => events.push(event))
}

async function call<M extends Method>(method: M, input: Input<M>): Promise<Result<M>> {
  const answer = await app.call(method, input)
  if (!answer.ok) throw new Error(`${method}: ${answer.error.code}`)
  return answer.value as Result<M>
}
async function codeOf<M extends Method>(method: M, input: Input<M>): Promise<string> {
  const answer = await app.call(method, input)
  return answer.ok ? 'ok' : answer.error.code
}
const create = (name: string, words = passphrase) =>
  call('profile.create', { name, passphrase: words, relay: { kind: 'address', address: relay.address } })

describe('profiles', () => {
  it('another one is made, switched to and back; each has its own name, keys and passphrase', async () => {
    const jonas = await create('Jonas')
    expect(await call('profiles.list', {})).toEqual([{ id: 'main', label: 'Profile 1', current: true }])
    expect(await call('profiles.create', { label: 'Work' })).toMatchObject({ phase: 'first-start', profile: null })
    const reuter = await create('J. Reuter', 'another passphrase')
    expect(reuter.profile?.id).not.toBe(jonas.profile?.id)
    const [first, second] = await call('profiles.list', {})
    expect([first, second]).toMatchObject([
      { label: 'Profile 1', current: false },
      { label: 'Work', current: true },
    ])
    events.length = 0
    expect(await call('profiles.switch', { id: 'main' })).toMatchObject({ phase: 'locked', profile: null })
    expect(events.map(({ type }) => type)).toEqual(['profiles', 'app'])
    expect(await codeOf('conversations.list', {})).toBe('profile.locked')
    expect(await codeOf('profile.unlock', { passphrase: 'another passphrase' })).toBe('keystore.wrong-passphrase')
    await clock.advance(1000)
    expect((await call('profile.unlock', { passphrase })).profile).toEqual(jonas.profile)
    await call('profiles.rename', { id: 'main', label: 'Home' })
    await call('profiles.switch', { id: second!.id })
    await app.close()
    await start()
    expect(await call('profiles.list', {})).toMatchObject([
      { label: 'Home', current: false },
      { label: 'Work', current: true },
    ])
    expect((await call('profile.unlock', { passphrase: 'another passphrase' })).profile).toEqual(reuter.profile)
  })

  it('one that was begun and left leaves nothing', async () => {
    await create('Jonas')
    await call('profiles.create', { label: 'Never' })
    await call('profiles.switch', { id: 'main' })
    expect(await call('profiles.list', {})).toEqual([{ id: 'main', label: 'Profile 1', current: true }])
    expect(existsSync(join(base, 'profiles'))).toBe(false)
  })

  it('the names alone lie in the open', async () => {
    await create('Jonas')
    await call('profiles.rename', { id: 'main', label: 'Home' })
    const text = readFileSync(join(base, 'profiles.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({ v: 1, last: 'main', profiles: [{ id: 'main', label: 'Home' }], removing: [] })
  })

  it('is deleted only by its name, and for good; the next one is there', async () => {
    await create('Jonas')
    await call('profiles.create', { label: 'Work' })
    await create('J. Reuter')
    const id = (await call('profiles.list', {})).find(({ current }) => current)?.id ?? ''
    expect(await codeOf('profiles.remove', { id, label: 'work' })).toBe('profile.not-this-one')
    expect(await codeOf('conversations.list', {})).toBe('ok')
    expect(await codeOf('profiles.remove', { id: '00'.repeat(8), label: 'Work' })).toBe('profile.unknown')
    expect(await call('profiles.remove', { id, label: 'Work' })).toMatchObject({ phase: 'locked' })
    expect(existsSync(join(base, 'profiles', id))).toBe(false)
    expect(await codeOf('profile.unlock', { passphrase })).toBe('ok')
    expect(await call('profiles.remove', { id: 'main', label: 'Profile 1' })).toMatchObject({ phase: 'first-start' })
    expect(existsSync(join(base, 'cairn.key'))).toBe(false)
    await create('Somebody new')
  })

  it.each([
    ['profiles.switch', { id: '../../etc' }],
    ['profiles.create', { label: '' }],
    ['profiles.rename', { id: 'main', label: 'x'.repeat(65) }],
  ] as const)('%s with %j is refused', async (method, input) => {
    await create('Jonas')
    expect(await codeOf(method, input as never)).toBe('input.invalid')
    expect(await call('profiles.list', {})).toEqual([{ id: 'main', label: 'Profile 1', current: true }])
    expect(await codeOf('profiles.switch', { id: '00'.repeat(8) })).toBe('profile.unknown')
    expect(await codeOf('conversations.list', {})).toBe('ok')
  })
})

describe('another passphrase', () => {
  const next = 'a better passphrase'

  it('wants the old one; afterwards only the new one opens the profile', async () => {
    await create('Jonas')
    const before = readFileSync(join(base, 'cairn.key'))
    expect(await codeOf('profile.changePassphrase', { current: 'not it at all', next })).toBe('keystore.wrong-passphrase')
    expect(readFileSync(join(base, 'cairn.key'))).toEqual(before)
    expect(await codeOf('profile.changePassphrase', { current: passphrase, next })).toBe('profile.wait') // wrong ones cost time
    await clock.advance(1000)
    expect(await codeOf('profile.changePassphrase', { current: passphrase, next: 'short' })).toBe('input.invalid')
    await call('profile.changePassphrase', { current: passphrase, next })
    expect(await codeOf('conversations.list', {})).toBe('ok') // it stays open
    await call('profile.lock', {})
    expect(await codeOf('profile.unlock', { passphrase })).toBe('keystore.wrong-passphrase')
    await clock.advance(1000)
    expect(await codeOf('profile.unlock', { passphrase: next })).toBe('ok')
  })

  it('is not for a locked profile', async () => {
    await create('Jonas')
    await call('profile.lock', {})
    expect(await codeOf('profile.changePassphrase', { current: passphrase, next })).toBe('profile.locked')
    expect(await codeOf('profile.unlock', { passphrase })).toBe('ok')
  })
})

describe('a lock that comes by itself', () => {
  const phase = async () => (await call('app.state', {})).phase

  it('comes when nobody was there for as long as was chosen, and tells the windows', async () => {
    await create('Jonas')
    expect(await call('settings.get', {})).toEqual({
      ...{ lockAfter: 0, history: 'ask', readReceipts: true, typing: false, autoDownload: 'small', reach: 'computer', proxy: null },
      ...{ lan: false, lanAnnounced: false },
    })
    await clock.advance(600 * minute)
    expect(await phase()).toBe('open')
    await call('settings.set', { lockAfter: 5 })
    for (let n = 0; n < 4; n++) {
      await clock.advance(4 * minute)
      await call('profile.active', {})
    }
    expect(await phase()).toBe('open')
    await clock.advance(5 * minute + 1000)
    await eventually('it is locked', phase, (now) => now === 'locked')
    await eventually(
      'windows are told',
      () => events.at(-1),
      (last) => last?.type === 'app' && last.state.phase === 'locked',
    )
  })

  it('is still chosen after a restart, and can be turned off again', async () => {
    await create('Jonas')
    await call('settings.set', { lockAfter: 15 })
    await call('profile.lock', {})
    await call('profile.unlock', { passphrase })
    expect(await call('settings.get', {})).toMatchObject({ lockAfter: 15 })
    await call('settings.set', { lockAfter: 0 })
    await clock.advance(60 * minute)
    expect(await phase()).toBe('open')
  })

  it('only knows the times that can be chosen', async () => {
    await create('Jonas')
    expect(await codeOf('settings.set', { lockAfter: 7 as never })).toBe('input.invalid')
    expect(await codeOf('settings.set', { unknown: 1 } as never)).toBe('input.invalid')
    expect(await call('settings.get', {})).toMatchObject({ lockAfter: 0 })
  })
})

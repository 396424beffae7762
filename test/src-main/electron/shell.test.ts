/** The whole shell over a fake of Electron: a real profile, the real app, real files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '#shared/contract/events.ts'
import { channels } from '#shared/channels.ts'
import type { Facts } from '#main/electron/api.ts'
import { parseHandedOver, startShell, type Shell } from '#main/electron/shell.ts'
import { createFakeElectron, FakeNotification, preventable, type FakeElectron } from '#test/support/fakeElectron.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { eventually } from '#test/support/eventually.ts'
import { createTestWorld, passphrase, type TestWorld } from '#test/support/testApp.ts'

let world: TestWorld
let folder: string
let log: string[]

beforeEach(() => {
  world = createTestWorld()
  folder = world.folder()
  log = []
  for (const file of ['renderer/index.html', 'renderer/assets/index-1.js', 'main/secret.js']) {
    mkdirSync(join(folder, 'out', file, '..'), { recursive: true })
    writeFileSync(join(folder, 'out', file), `content of ${file}`)
  }
})
afterEach(() => world.end())

const profileDir = () => join(folder, 'profile')
const facts = (...args: string[]): Facts => ({
  platform: 'linux',
  argv: ['/opt/cairn', '--profile', profileDir(), ...args],
  cwd: folder,
  home: folder,
  env: {},
  execPath: '/opt/cairn',
  here: join(folder, 'out', 'main'),
})

async function start(change: { electron?: (fake: FakeElectron) => void; facts?: Partial<Facts>; args?: string[] } = {}) {
  const electron = createFakeElectron()
  change.electron?.(electron)
  const write = (event: string) => void log.push(event)
  const shell = await startShell(electron.api, { ...facts(...(change.args ?? [])), ...change.facts }, { info: write, warn: write })
  if (shell) world.defer(() => shell.app.close())
  const call = async <T>(method: string, input: unknown = {}): Promise<T> => {
    const { webContents } = electron.window()
    const answer = (await electron.invoke(channels.call, webContents.mainFrame, webContents, method, input)) as Answer<T>
    if (!answer.ok) throw Object.assign(new Error(answer.error.code), answer.error)
    return answer.value
  }
  const create = (unlock: string | null = passphrase) => {
    return call('profile.create', { name: 'Alice', passphrase: unlock, relay: { kind: 'local' } })
  }
  return { electron, shell: shell as Shell, call, create, window: electron.window() }
}

describe('the app in its window', () => {
  it('is the same app, with a keychain and a desktop', async () => {
    const { call, electron, window } = await start()
    expect(await call('app.state')).toMatchObject({
      phase: 'first-start',
      capabilities: { host: 'electron', localRelay: true, keychain: true, desktop: true },
    })
    expect(window.loaded).toEqual(['app://cairn/'])
    expect(electron.app.paths).toEqual({ userData: `${profileDir()}/window` })
  })

  it('is opened by the keychain, in a second start too', async () => {
    const first = await start()
    await first.create(null)
    await first.shell.app.close()
    const second = await start()
    expect(await second.call('app.state')).toMatchObject({ phase: 'locked', unlock: 'keychain' })
    expect(await second.call('profile.unlock', { passphrase: null })).toMatchObject({ phase: 'open', profile: { name: 'Alice' } })
  })

  it('names a keychain that is locked, and changes nothing', async () => {
    const first = await start()
    await first.create(null)
    await first.shell.app.close()
    const before = readFileSync(join(profileDir(), 'cairn.key'))
    const second = await start({ electron: ({ safeStorage }) => void (safeStorage.ready = false) })
    await expect(second.call('profile.unlock', { passphrase: null })).rejects.toMatchObject({ code: 'keychain.locked' })
    expect(readFileSync(join(profileDir(), 'cairn.key'))).toEqual(before)
    second.electron.safeStorage.ready = true
    expect(await second.call('profile.unlock', { passphrase: null })).toMatchObject({ phase: 'open' })
  })

  it('does not offer a keychain that protects nothing', async () => {
    const { call, create } = await start({ electron: ({ safeStorage }) => void (safeStorage.backend = 'basic_text') })
    expect(await call('app.state')).toMatchObject({ capabilities: { keychain: false } })
    await expect(create(null)).rejects.toMatchObject({ code: 'keychain.unavailable' })
    expect(await call('app.state')).toMatchObject({ phase: 'first-start' })
  })
})

describe('pages', () => {
  it('are what the build has, with the headers of the Node host', async () => {
    const { electron } = await start()
    const answer = await electron.session.fetch('app://cairn/')
    expect([answer.status, await answer.text()]).toEqual([200, 'content of renderer/index.html'])
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await (await electron.session.fetch('app://cairn/assets/index-1.js')).text()).toBe('content of renderer/assets/index-1.js')
  })

  it.each([
    'app://cairn/../main/secret.js',
    'app://cairn/%2e%2e/main/secret.js',
    'app://cairn/..%2fmain%2fsecret.js',
    'app://cairn//etc/passwd',
    'app://cairn/assets/..\\..\\main\\secret.js',
    'app://cairn/assets/',
    'app://cairn/__proto__',
    'app://elsewhere/',
    'app://cairn:80/',
    'app://user@cairn/',
    'app://',
    'not an address',
  ])('%s is not among them', async (url) => {
    const { electron } = await start()
    expect((await electron.session.fetch(url)).status).toBe(404)
  })

  it('are read, never written', async () => {
    const { electron } = await start()
    expect((await electron.session.fetch('app://cairn/', { method: 'POST' })).status).toBe(405)
  })

  it('reach no network', async () => {
    const { electron } = await start()
    expect(
      ['app://cairn/', 'blob:app://cairn/1', 'data:image/png;base64,', 'devtools://devtools/x.js'].map((url) => electron.session.lets(url)),
    ).toEqual([true, true, true, true])
    for (const url of [
      'https://example.org/',
      'http://127.0.0.1/',
      'ws://127.0.0.1:7443/',
      'file:///etc/passwd',
      'app://elsewhere/',
      'javascript:1',
    ])
      expect(electron.session.lets(url), url).toBe(false)
  })
})

describe('what is opened from outside', () => {
  const take = (call: <T>(method: string) => Promise<T>) => call<{ kind: string; text: string } | null>('desktop.take')

  it('a link on the command line waits until the window takes it, once', async () => {
    const { call } = await start({ args: ['cairn:cairn1abc'] })
    await eventually(
      'it is there',
      () => take(call),
      (opened) => opened?.text === 'cairn:cairn1abc',
    )
    expect(await take(call)).toBeNull()
  })

  it('a file of a second start is read where that was started, and the window comes up', async () => {
    const { electron, call, window, create } = await start()
    await create()
    mkdirSync(join(folder, 'elsewhere'))
    writeFileSync(join(folder, 'elsewhere', 'from Bob.cairn'), 'an invite')
    window.state.minimized = true
    electron.app.emit('second-instance', {}, [], '', { opened: ['from Bob.cairn'], cwd: join(folder, 'elsewhere') })
    expect(window.state).toMatchObject({ visible: true, focused: true, minimized: false })
    await eventually(
      'the window hears of it',
      () => window.webContents.sent.some(({ args: [event] }) => (event as { type: string }).type === 'opened'),
      Boolean,
    )
    expect(await take(call)).toEqual({ kind: 'invite', text: 'an invite' })
  })

  it('a second program hands over and ends', async () => {
    const electron = createFakeElectron()
    electron.app.first = false
    const none = { info: () => undefined, warn: () => undefined }
    expect(await startShell(electron.api, facts('cairn:cairn1abc'), none)).toBeNull()
    expect(electron.app).toMatchObject({ quits: 1, lockData: { opened: ['cairn:cairn1abc'], cwd: folder } })
    expect(electron.windows).toEqual([])
  })

  it.each([null, 'x', [], { opened: 'cairn:x' }, { opened: [1, {}], cwd: 3 }])('what claims to be a second program: %j', (data) => {
    expect(parseHandedOver(data)).toEqual({ opened: [], cwd: '/' })
  })

  it('macOS tells of links and files by events, before and after the start', async () => {
    const { electron, call } = await start()
    const event = preventable()
    electron.app.emit('open-url', event, 'cairn:cairn1xyz')
    expect(event.defaultPrevented).toBe(true)
    await eventually(
      'the link',
      () => take(call),
      (opened) => opened?.text === 'cairn:cairn1xyz',
    )
    writeFileSync(join(folder, 'a.cairn'), 'armored')
    electron.app.emit('open-file', preventable(), join(folder, 'a.cairn'))
    await eventually(
      'the file',
      () => take(call),
      (opened) => opened?.text === 'armored',
    )
  })

  it.each([
    ['a command', 'cairn:$(touch /tmp/x); `id` | cat > y & "'],
    ['a switch', 'cairn:--inspect=9229'],
    ['a path', 'cairn:../../../../etc/passwd'],
    ['a script', 'cairn:javascript:alert(1)'],
    ['a megabyte', `cairn:${'A'.repeat(1_000_000)}`],
    ['control characters', 'cairn:\u0000\u202e<script>'],
  ])('%s in a link is a text that is looked at and refused by name', async (_, poison) => {
    const { call, create } = await start({ args: [poison, '--profile', '/etc', '--hidden'] })
    await create()
    const opened = await eventually(
      'it is there',
      () => take(call),
      (one) => one !== null,
    )
    expect(poison.startsWith(opened!.text)).toBe(true)
    await expect(call('invites.inspect', { text: opened!.text })).rejects.toMatchObject({
      code: expect.stringMatching(/^invite\.(damaged|too-large)$/),
    })
  })
})

describe('somebody who does not look', () => {
  async function twoPeople() {
    const relay = await world.relay()
    const alice = await start()
    await alice.call('profile.create', { name: 'Alice', passphrase, relay: { kind: 'address', address: relay.address } })
    const bob = await world.app({ name: 'Bob', relay: relay.address })
    const invite = await alice.call<{ file: { text: string } }>('invites.create')
    await bob.call('invites.accept', { text: invite.file.text })
    const { id } = (await alice.call<{ profile: { id: string } }>('app.state')).profile
    await bob.untilConversation(id, 'open', ({ state }) => state === 'open')
    return { alice, bob, id, send: (text: string) => bob.send(id, text) }
  }
  const shown = (count: number) =>
    eventually(
      `${count} notifications`,
      () => FakeNotification.shown,
      (all) => all.length === count,
    )

  it('is told that there is something, not what; a click leads there; the count goes when it is read', async () => {
    const { alice, bob, send } = await twoPeople()
    await send('the secret plan')
    const [notification] = await shown(1)
    expect(notification!.options).toMatchObject({ title: 'Cairn', body: 'New message' })
    expect(JSON.stringify(notification!.options)).not.toMatch(/secret|Bob/)
    await eventually(
      'the badge',
      () => alice.electron.app.badge,
      (count) => count === 1,
    )
    expect(alice.electron.tray().tip).toBe('Cairn: 1 unread message')
    notification!.emit('click')
    expect(alice.window.state).toMatchObject({ visible: true, focused: true })
    expect(await alice.call('desktop.take')).toEqual({ kind: 'conversation', id: bob.id })
    await alice.call('conversations.markRead', { id: bob.id })
    await eventually(
      'no badge',
      () => alice.electron.app.badge,
      (count) => count === 0,
    )
    expect(alice.electron.tray().tip).toBe('Cairn')
  })

  it('is told as much as they chose, and nothing of markup', async () => {
    const { alice, bob, id, send } = await twoPeople()
    await alice.call('desktop.change', { notifications: 'text' })
    await send('<img src="https://example.org/x"> & more')
    const [notification] = await shown(1)
    expect(notification!.options).toMatchObject({ title: 'Bob', body: '&lt;img src="https://example.org/x"&gt; &amp; more' })
    await alice.call('desktop.change', { notifications: 'name' })
    await send('again')
    expect((await shown(2))[1]!.options).toMatchObject({ title: 'Bob', body: 'New message' })
    expect(notification!.closed).toBe(true)
    await alice.call('desktop.change', { notifications: 'text' })
    const { fileId } = await bob.call('files.begin', { name: 'route.txt', type: 'text/plain', size: 3 })
    await bob.call('files.append', { fileId, offset: 0, data: 'YWJj' })
    await bob.call('files.send', { id, messageId: newMessageId(), fileId })
    expect((await shown(3))[2]!.options).toMatchObject({ title: 'Bob', body: 'route.txt' })
    alice.window.focus()
    await send('while Alice looks')
    await eventually(
      'it came',
      () => alice.electron.app.badge,
      (count) => count === 4,
    )
    expect(FakeNotification.shown).toHaveLength(3)
  })

  it('hears and sees nothing of what is muted', async () => {
    const { alice, bob, send } = await twoPeople()
    await alice.call('contacts.mute', { id: bob.id, time: 'always' })
    await send('quietly')
    const list = () => alice.call<{ unread: number }[]>('conversations.list')
    await eventually('it came', list, ([one]) => one?.unread === 1)
    expect([FakeNotification.shown, alice.electron.tray().tip]).toEqual([[], 'Cairn'])
    await alice.call('contacts.mute', { id: bob.id, time: 'off' })
    await eventually(
      'the badge',
      () => alice.electron.app.badge,
      (count) => count === 1,
    )
    await send('aloud')
    await shown(1)
  })

  it('finds no count on a locked profile', async () => {
    const { alice, send } = await twoPeople()
    await send('one')
    await eventually(
      'the badge',
      () => alice.electron.app.badge,
      (count) => count === 1,
    )
    await alice.call('profile.lock')
    expect(alice.electron.app.badge).toBe(0)
  })
})

describe('the window', () => {
  it('ends the program when closed, and comes back where it was', async () => {
    const first = await start()
    first.window.bounds = { x: 100, y: 50, width: 900, height: 700 }
    expect(first.window.close()).toBe(true)
    first.electron.app.emit('window-all-closed')
    expect(first.electron.app.quits).toBe(1)
    const second = await start()
    expect(second.window.options).toMatchObject({ x: 100, y: 50, width: 900, height: 700 })
  })

  it('goes on in the tray if the person wants that, until they quit', async () => {
    const { electron, window, call } = await start()
    await call('desktop.change', { keepRunning: true })
    window.show()
    expect(window.close()).toBe(false)
    expect(window.state.visible).toBe(false)
    const [openIt, , quit] = electron.tray().menu
    ;(openIt!.click as () => void)()
    expect(window.state.visible).toBe(true)
    ;(quit!.click as () => void)()
    expect(electron.app.quits).toBe(1)
    electron.app.emit('before-quit')
    expect(window.close()).toBe(true)
  })

  it('is shown once it is drawn; at login only where there is no other way in', async () => {
    const usual = await start()
    usual.window.emit('ready-to-show')
    expect(usual.window.state.visible).toBe(true)
    await usual.shell.app.close()
    const atLogin = await start({ args: ['--hidden'] })
    atLogin.window.emit('ready-to-show')
    expect(atLogin.window.state.visible).toBe(true)
    await atLogin.call('desktop.change', { keepRunning: true })
    await atLogin.shell.app.close()
    const hidden = await start({ args: ['--hidden'] })
    hidden.window.emit('ready-to-show')
    expect(hidden.window.state.visible).toBe(false)
  })

  it('comes again when its page dies, but not for ever', async () => {
    const { window } = await start()
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    expect(window.webContents.reloads).toBe(1)
    expect(log.filter((event) => event === 'shell.page-gone')).toHaveLength(2)
  })
})

describe('the end', () => {
  it('waits until the app has everything on disk', async () => {
    const { electron, create, shell } = await start()
    await create()
    const event = preventable()
    electron.app.emit('will-quit', event)
    expect(event.defaultPrevented).toBe(true)
    await eventually(
      'it quits',
      () => electron.app.quits,
      (count) => count === 1,
    )
    expect(await shell.app.call('conversations.list', {})).toMatchObject({ error: { code: 'profile.locked' } })
    const second = preventable()
    electron.app.emit('will-quit', second)
    expect(second.defaultPrevented).toBe(false)
  })
})

describe('settings', () => {
  it('outlive a restart and a lock; damaged ones count for nothing', async () => {
    const first = await start()
    expect(await first.call('desktop.settings')).toEqual({ notifications: 'hidden', startAtLogin: null, keepRunning: false })
    await first.call('desktop.change', { notifications: 'name', keepRunning: true })
    const second = await start()
    expect(await second.call('desktop.settings')).toMatchObject({ notifications: 'name', keepRunning: true })
    for (const damage of ['{', '[]', '{"window":{}}', 'x'.repeat(5000), '{"notifications":"loud"}']) {
      writeFileSync(join(profileDir(), 'desktop.json'), damage)
      expect(await (await start()).call('desktop.settings')).toMatchObject({ notifications: 'hidden', keepRunning: false })
    }
    expect(log.filter((event) => event === 'shell.settings-damaged')).toHaveLength(5)
  })

  it('a setting that this system cannot have is refused, and nothing else of the call happens', async () => {
    const { call } = await start()
    await expect(call('desktop.change', { notifications: 'off', startAtLogin: true })).rejects.toMatchObject({
      code: 'desktop.unavailable',
    })
    expect(await call('desktop.settings')).toMatchObject({ notifications: 'hidden' })
  })

  it('macOS goes on without a window by itself', async () => {
    const { call, window } = await start({ facts: { platform: 'darwin' } })
    expect(await call('desktop.settings')).toMatchObject({ keepRunning: null })
    expect(window.close()).toBe(false)
  })
})

it('tries every relay again when the computer wakes up', async () => {
  const { electron, create, shell } = await start()
  await create()
  const calls: string[] = []
  const real = shell.app.call
  shell.app.call = (method, input) => {
    calls.push(method)
    return real(method, input)
  }
  electron.powerMonitor.emit('resume')
  expect(calls).toEqual(['network.retry'])
})

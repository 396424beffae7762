import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { textOf } from '#main/electron/links.ts'
import { contextTemplate, menuTemplate } from '#main/electron/menus.ts'
import { parseShellOptions } from '#main/electron/options.ts'
import { createStartAtLogin, quoted } from '#main/electron/startAtLogin.ts'
import { createTray, showBadge } from '#main/electron/tray.ts'
import { fitToScreens } from '#main/electron/windowState.ts'
import { createPictures } from '#main/electron/pictures.ts'
import { createFakeElectron, FakeWindow } from '#test/support/fakeElectron.ts'
import { random, temporaryFolder } from '#test/support/profileFolder.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => folder.remove())

describe('the command line', () => {
  const parse = (...args: string[]) =>
    parseShellOptions({ argv: ['/opt/cairn', ...args], cwd: '/home/mira', platform: 'linux', home: '/home/a', env: {} })

  it('has a profile, hidden, and what is opened', () => {
    expect(parse()).toEqual({ profileDir: '/home/a/.local/share/cairn', isDefaultProfile: true, hidden: false, opened: [] })
    expect(parse('--profile', 'p', '--hidden')).toEqual({ profileDir: '/home/mira/p', isDefaultProfile: false, hidden: true, opened: [] })
    expect(parse('--profile=/p', 'a.cairn', 'CAIRN:cairn1x')).toMatchObject({ profileDir: '/p', opened: ['a.cairn', 'CAIRN:cairn1x'] })
  })

  it("passes over what is Chromium's, Electron's or nobody's", () => {
    const args = [
      '--inspect=0',
      '--remote-debugging-port=0',
      'out/main/electron.js',
      '--ozone-platform=wayland',
      '--original-process-start-time=1',
    ]
    expect(parse(...args, '--profile', '/p')).toMatchObject({ profileDir: '/p', opened: [] })
    expect(parse('--profile')).toMatchObject({ isDefaultProfile: true })
  })

  it('obeys nothing that comes after a link: who wrote the link may have written that too', () => {
    expect(parse('cairn:x', '--profile', '/etc', '--hidden')).toMatchObject({ isDefaultProfile: true, hidden: false, opened: ['cairn:x'] })
    expect(parse('--evil.cairn')).toMatchObject({ opened: [] })
  })
})

describe('links and files', () => {
  const at = (name: string) => join(folder.path, name)

  it('a link is its own text, cut to one more than an invite may have', async () => {
    expect(await textOf('cairn:cairn1abc', '/')).toBe('cairn:cairn1abc')
    expect(await textOf(`cairn:${'x'.repeat(10 * limits.inviteBytes)}`, '/')).toHaveLength(limits.inviteBytes + 1)
  })

  it('a file is its content, by relative name, whole name or address', async () => {
    writeFileSync(at('Invite from Zoë.cairn'), 'armored')
    expect(await textOf('Invite from Zoë.cairn', folder.path)).toBe('armored')
    expect(await textOf(at('Invite from Zoë.cairn'), '/')).toBe('armored')
    expect(await textOf(`file://${encodeURI(at('Invite from Zoë.cairn'))}`, '/')).toBe('armored')
  })

  it('of a huge file, no more than enough is read', async () => {
    writeFileSync(at('huge.cairn'), Buffer.alloc(20 * 1024 * 1024, 'x'))
    expect(await textOf(at('huge.cairn'), '/')).toHaveLength(limits.inviteBytes + 1)
  })

  it('what cannot be read becomes a text that is no invite', async () => {
    mkdirSync(at('folder.cairn'))
    execFileSync('mkfifo', [at('pipe.cairn')])
    writeFileSync(at('empty.cairn'), '')
    for (const name of ['folder.cairn', 'pipe.cairn', 'empty.cairn', 'missing.cairn', 'nul\0.cairn'])
      expect(await textOf(name, folder.path), name).toBe('?')
    expect(await textOf('file://elsewhere/share/a.cairn', '/')).toBe('?')
  })

  it('anything else is nothing', async () => {
    for (const other of ['/etc/passwd', 'https://example.org/a', '--x.cairn', '']) expect(await textOf(other, '/')).toBeNull()
  })
})

describe('where the window can be', () => {
  const main = { x: 0, y: 0, width: 1920, height: 1040 }
  const left = { x: -1280, y: 0, width: 1280, height: 984 }
  const size = { width: 1200, height: 800 }

  it.each([
    ['on the main screen: there', { x: 100, y: 60, ...size }, [main], { x: 100, y: 60, ...size }],
    ['on another screen: there', { x: -1200, y: 10, ...size }, [main, left], { x: -1200, y: 10, ...size }],
    ['on a screen that is gone: the middle', { x: -1200, y: 10, ...size }, [main], { x: 360, y: 120, ...size }],
    ['below every screen: the middle', { x: 100, y: 1500, ...size }, [main], { x: 360, y: 120, ...size }],
    ['with its upper edge above the screen: pulled down', { x: 100, y: -20, ...size }, [main], { x: 100, y: 0, ...size }],
    [
      'larger than the screen: as large as it',
      { x: 0, y: 0, width: 4000, height: 3000 },
      [main],
      { x: 360 - 360, y: 0, width: 1920, height: 1040 },
    ],
    ['smaller than useful: the least', { x: 100, y: 60, width: 10, height: 10 }, [main], { x: 100, y: 60, width: 480, height: 480 }],
    ['without any screen: as it was', { x: 5, y: 5, ...size }, [], { x: 5, y: 5, ...size }],
  ])('%s', (_, bounds, areas, expected) => {
    expect(fitToScreens(bounds, areas)).toEqual(expected)
  })
})

describe('start at login', () => {
  const facts = (platform: NodeJS.Platform, env = {}) => ({ platform, env, home: folder.path, execPath: '/opt/Cairn "x"/cairn' })
  const options = { isDefaultProfile: true, random }

  it('is not to be had unpacked, or for another profile', () => {
    const { app } = createFakeElectron()
    expect(createStartAtLogin(app as never, facts('linux'), options)).toBeNull()
    app.isPackaged = true
    expect(createStartAtLogin(app as never, facts('linux'), { ...options, isDefaultProfile: false })).toBeNull()
    expect(createStartAtLogin(app as never, facts('linux'), options)).not.toBeNull()
  })

  it.each(['darwin', 'win32'] as const)('is a login item on %s', (platform) => {
    const { app } = createFakeElectron()
    app.isPackaged = true
    const item = createStartAtLogin(app as never, facts(platform), options)!
    expect(item.get()).toBe(false)
    item.set(true)
    expect(item.get()).toBe(true)
    expect(app.login).toEqual({ openAtLogin: true, args: ['--hidden'] })
  })

  it('is an autostart entry on Linux, of the AppImage where there is one, and goes away again', () => {
    const { app } = createFakeElectron()
    app.isPackaged = true
    const config = join(folder.path, 'config')
    const item = createStartAtLogin(
      app as never,
      facts('linux', { XDG_CONFIG_HOME: config, APPIMAGE: '/home/a/Cairn 1.AppImage' }),
      options,
    )!
    item.set(true)
    const file = join(config, 'autostart', 'cairn.desktop')
    expect(readFileSync(file, 'utf8')).toContain('\nExec="/home/a/Cairn 1.AppImage" --hidden\n')
    expect(item.get()).toBe(true)
    item.set(false)
    expect(item.get()).toBe(false)
  })

  it('names a program so that no character of it means anything', () => {
    expect(quoted('/a b/$x`y"z\\%')).toBe('"/a b/\\\\$x\\\\`y\\\\"z\\\\\\\\%%"')
  })
})

describe('menus', () => {
  it.each(['linux', 'win32', 'darwin'] as const)('have only entries that do something on %s', (platform) => {
    for (const isPackaged of [true, false])
      for (const top of menuTemplate(platform, isPackaged)) {
        const entries = top.role ? [top] : (top.submenu as Electron.MenuItemConstructorOptions[])
        expect(entries.length).toBeGreaterThan(0)
        for (const entry of entries) expect(entry.role !== undefined || entry.type === 'separator').toBe(true)
      }
    const roles = JSON.stringify(menuTemplate(platform, true))
    expect(roles.includes('"appMenu"')).toBe(platform === 'darwin')
    expect(roles.includes('"quit"')).toBe(platform !== 'darwin') // there it is in the app's own menu
  })

  const facts = {
    isEditable: false,
    editFlags: { canCut: false, canCopy: false, canPaste: false },
    selectionText: '',
    dictionarySuggestions: [],
  }
  const rolesOf = (change: Partial<typeof facts>) =>
    contextTemplate({ ...facts, ...change }, () => undefined)?.map(({ role, label }) => role ?? label)

  it('a right click offers what would change something', () => {
    expect(rolesOf({})).toBeUndefined()
    expect(rolesOf({ selectionText: 'x', editFlags: { canCut: true, canCopy: true, canPaste: true } })).toEqual(['copy'])
    expect(rolesOf({ isEditable: true, selectionText: 'x', editFlags: { canCut: true, canCopy: true, canPaste: true } })).toEqual([
      'cut',
      'copy',
      'paste',
    ])
  })

  it('and words for a misspelt one, each of which replaces it', () => {
    const replaced: string[] = []
    const items = contextTemplate({ ...facts, dictionarySuggestions: ['cairn', 'carn'] as never[] }, (word) => replaced.push(word))!
    ;(items[0]!.click as () => void)()
    expect(replaced).toEqual(['cairn'])
  })
})

describe('tray and badge', () => {
  const pictures = (platform: NodeJS.Platform) => createPictures(createFakeElectron().api, { here: '/app/out/main', platform })

  it('change with what is unread', () => {
    const electron = createFakeElectron()
    const tray = createTray(electron.api, pictures('linux'), { open: () => undefined, quit: () => undefined })
    expect(electron.tray()).toMatchObject({ image: { path: '/app/resources/tray/tray.png' }, tip: 'Cairn' })
    tray.unread(3)
    expect(electron.tray()).toMatchObject({ image: { path: '/app/resources/tray/unread.png' }, tip: 'Cairn: 3 unread messages' })
    expect(electron.tray().menu.map(({ label }) => label)).toEqual(['Open Cairn (3 unread messages)', undefined, 'Quit Cairn'])
  })

  it('macOS draws the pictures in its own colour', () => {
    expect(pictures('darwin').tray(true)).toMatchObject({ path: '/app/resources/tray/unreadTemplate.png' })
  })

  it('Windows has a picture over the button', () => {
    const electron = createFakeElectron()
    const window = new FakeWindow({})
    showBadge(electron.api, window as never, pictures('win32'), 'win32', 2)
    expect(window.overlay).toMatchObject({ image: { path: '/app/resources/tray/overlay.png' }, description: '2 unread messages' })
    showBadge(electron.api, window as never, pictures('win32'), 'win32', 0)
    expect(window.overlay).toEqual({ image: null, description: '' })
    expect(electron.app.badge).toBe(0)
  })
})

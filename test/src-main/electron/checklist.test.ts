/**
 * Electron's security checklist (electronjs.org/docs/latest/tutorial/security), item by item and in its order and words. Each is asserted on
 * what the shell tells Electron, or on the files that a package is made of.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { channels } from '#shared/channels.ts'
import { startShell } from '#main/electron/shell.ts'
import { createFakeElectron, FakeContents, preventable, type FakeElectron } from '#test/support/fakeElectron.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'

const root = resolve(import.meta.dirname, '..', '..', '..')
const read = (...names: string[]) => readFileSync(join(root, ...names), 'utf8')
const folder = temporaryFolder()
let electron: FakeElectron
let close: () => Promise<void>

beforeAll(async () => {
  electron = createFakeElectron()
  electron.app.isPackaged = true
  const facts = {
    platform: 'linux',
    cwd: '/',
    home: folder.path,
    env: {},
    execPath: '/opt/cairn',
    here: join(folder.path, 'out', 'main'),
  } as const
  const shell = await startShell(electron.api, { ...facts, argv: ['/opt/cairn'] }, { info: () => undefined, warn: () => undefined })
  close = () => shell!.app.close()
})
afterAll(async () => {
  await close()
  folder.remove()
})

const preferences = () => electron.window().options.webPreferences!
const contents = () => electron.window().webContents
const sources = (dir: string): string =>
  readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue|html)$/.test(name))
    .map((name) => read(dir, name))
    .join('\n')
const request = (permission: string, details: object): Promise<boolean> =>
  new Promise((answer) =>
    electron.session.permissionRequest!(null as never, permission as never, answer, { isMainFrame: true, ...details } as never),
  )
const check = (permission: string, origin: string, mediaType = 'video', isMainFrame = true): boolean =>
  electron.session.permissionCheck!(null, permission as never, origin, { isMainFrame, mediaType } as never)

const items: [string, () => void | Promise<void>][] = [
  [
    '1. Only load secure content',
    () => {
      expect(electron.window().loaded).toEqual(['app://cairn/'])
      for (const url of ['http://example.org/', 'https://example.org/', 'ws://example.org/', 'ftp://example.org/'])
        expect(electron.session.lets(url)).toBe(false)
    },
  ],
  [
    '2. Do not enable Node.js integration for remote content',
    () => {
      expect(preferences()).toMatchObject({ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false })
    },
  ],
  ['3. Enable context isolation', () => expect(preferences().contextIsolation).toBe(true)],
  [
    '4. Enable process sandboxing',
    () => {
      expect(preferences().sandbox).toBe(true)
      expect(electron.app.sandboxed).toBe(true)
      expect(sources('src-main/electron') + read('tools', 'start.ts')).not.toMatch(/no-sandbox/)
    },
  ],
  [
    '5. Handle session permission requests from remote content',
    async () => {
      const ours = { requestingUrl: 'app://cairn/' }
      expect(await request('media', { ...ours, mediaTypes: ['video'] })).toBe(true)
      expect(await request('clipboard-sanitized-write', ours)).toBe(true)
      expect(await request('media', { ...ours, mediaTypes: ['audio'] })).toBe(true)
      for (const mediaTypes of [['video', 'audio'], ['audio', 'display'], [], undefined])
        expect(await request('media', { ...ours, mediaTypes })).toBe(false)
      for (const requestingUrl of ['https://example.org/', 'app://elsewhere/', ''])
        expect(await request('media', { requestingUrl, mediaTypes: ['video'] })).toBe(false)
      expect(await request('media', { ...ours, mediaTypes: ['video'], isMainFrame: false })).toBe(false)
      const others = [
        'notifications',
        'geolocation',
        'clipboard-read',
        'display-capture',
        'midiSysex',
        'openExternal',
        'fullscreen',
        'pointerLock',
        'hid',
        'usb',
      ]
      for (const permission of [...others, 'serial', 'fileSystem', 'idle-detection', 'unknown']) {
        expect(await request(permission, ours), permission).toBe(false)
        expect(check(permission, 'app://cairn'), permission).toBe(false)
      }
      expect([check('media', 'app://cairn'), check('media', 'app://cairn/'), check('clipboard-sanitized-write', 'app://cairn')]).toEqual([
        true,
        true,
        true,
      ])
      expect([
        check('media', 'app://cairn', 'audio'),
        check('media', 'https://example.org'),
        check('media', 'https://example.org', 'audio'),
        check('media', 'app://cairn', 'video', false),
      ]).toEqual([true, false, false, false])
      expect(electron.session.device!()).toBe(false)
    },
  ],
  ['6. Do not disable webSecurity', () => expect(preferences().webSecurity).toBe(true)],
  [
    '7. Define a Content Security Policy',
    async () => {
      const policy = (await electron.session.fetch('app://cairn/')).headers.get('content-security-policy')
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ])
        expect(policy).toContain(rule)
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(read('src-renderer', 'index.html')).toContain('http-equiv="Content-Security-Policy"')
    },
  ],
  ['8. Do not enable allowRunningInsecureContent', () => expect(preferences().allowRunningInsecureContent).toBe(false)],
  ['9. Do not enable experimental features', () => expect(preferences().experimentalFeatures).toBe(false)],
  ['10. Do not use enableBlinkFeatures', () => expect(preferences()).not.toHaveProperty('enableBlinkFeatures')],
  ['11. Do not use allowpopups for WebViews', () => expect(sources('src-renderer')).not.toMatch(/allowpopups|<webview/i)],
  [
    '12. Verify WebView options and parameters',
    () => {
      expect(preferences().webviewTag).toBe(false)
      const event = preventable()
      contents().emit('will-attach-webview', event, {}, {})
      expect(event.defaultPrevented).toBe(true)
    },
  ],
  [
    '13. Disable or limit navigation',
    () => {
      for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect'])
        for (const url of ['https://example.org/', 'file:///etc/passwd', 'app://elsewhere/', 'app://cairn/']) {
          const event = Object.assign(preventable(), { url })
          contents().emit(name, event)
          expect(event.defaultPrevented, `${name} ${url}`).toBe(true)
        }
      expect(preferences().navigateOnDragDrop).toBe(false)
      for (const url of ['https://example.org/evil.exe', 'blob:https://example.org/1', 'data:text/plain,x']) {
        const event = preventable()
        electron.session.emit('will-download', event, { getURL: () => url })
        expect(event.defaultPrevented, url).toBe(true)
      }
      const own = preventable()
      electron.session.emit('will-download', own, { getURL: () => 'blob:app://cairn/1' })
      electron.session.emit('will-download', own, { getURL: () => `app://cairn/export/${'0'.repeat(64)}` })
      expect(own.defaultPrevented).toBe(false)
    },
  ],
  [
    '14. Disable or limit creation of new windows',
    () => {
      for (const url of ['app://cairn/', 'about:blank', 'javascript:alert(1)', 'file:///', 'https://example.org/'])
        expect(contents().openHandler!({ url })).toEqual({ action: 'deny' })
      expect(electron.windows).toHaveLength(1)
    },
  ],
  [
    '15. Do not use shell.openExternal with untrusted content',
    async () => {
      const open = async (url: string) => {
        contents().openHandler!({ url })
        await new Promise(setImmediate)
      }
      electron.external.splice(0)
      for (const url of [
        'file:///etc/passwd',
        'smb://host/share',
        'mailto:a@example.org?attach=/etc/passwd',
        'mailto:nobody',
        'javascript:1',
        'ms-msdt:/id',
        'cairn:x',
        `https://example.org/${'x'.repeat(3000)}`,
        'https://bank.example@evil.example/',
      ])
        await open(url)
      expect(electron.external).toEqual([])
      for (const url of ['https://exämple.org/a?b', 'http://example.org/', 'mailto:a@example.org']) await open(url)
      expect(electron.external).toEqual(['https://xn--exmple-cua.org/a?b', 'http://example.org/', 'mailto:a@example.org'])
    },
  ],
  [
    '16. Use a current version of Electron',
    () => {
      const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }
      expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/) // exact: what is tested is what is shipped
      expect(Number.parseInt(devDependencies['electron']!)).toBeGreaterThanOrEqual(45)
    },
  ],
  [
    '17. Validate the sender of all IPC messages',
    async () => {
      expect([...electron.handlers.keys()]).toEqual([channels.call]) // the only way in
      const call = (frame: { url: string; parent: null } | null, sender: unknown) =>
        electron.invoke(channels.call, frame, sender, 'app.state', {})
      expect(await call(contents().mainFrame as never, contents())).toMatchObject({ ok: true })
      for (const [frame, sender] of [
        [null, contents()],
        [{ url: 'app://cairn/', parent: null }, contents()],
        [contents().mainFrame, new FakeContents()],
      ] as const)
        expect(await call(frame as never, sender)).toMatchObject({ ok: false, error: { details: { reason: 'sender' } } })
    },
  ],
  [
    '18. Avoid usage of the file:// protocol and prefer usage of custom protocols',
    () => {
      expect(electron.privileges).toEqual([
        { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
      ])
      expect(electron.session.lets('file:///etc/passwd')).toBe(false)
      expect(sources('src-main/electron')).not.toMatch(/loadFile\(/)
    },
  ],
  [
    '19. Check which fuses you can change',
    () => {
      const fuses = read('electron-builder.yml')
      for (const line of [
        'runAsNode: false',
        'enableCookieEncryption: true',
        'enableNodeOptionsEnvironmentVariable: false',
        'enableNodeCliInspectArguments: false',
        'enableEmbeddedAsarIntegrityValidation: true',
        'onlyLoadAppFromAsar: true',
        'grantFileProtocolExtraPrivileges: false',
      ])
        expect(fuses).toContain(`  ${line}\n`)
    },
  ],
  [
    '20. Do not expose Electron APIs to untrusted web content',
    () => {
      const preload = sources('src-preload')
      expect(preload.match(/exposeInMainWorld\(.*\)/g)).toEqual(["exposeInMainWorld('cairn', createPreloadBridge(ipcRenderer))"])
      expect(preload.match(/ipc(Renderer)?\.(\w+)/g)?.toSorted()).toEqual(['ipc.invoke', 'ipc.off', 'ipc.on'])
    },
  ],
]

test.each(items)('%s', (_, holds) => holds())

test('what is packed has no developer tools; the page is kept in memory alone; dictionaries are fetched from nowhere', () => {
  expect(preferences().devTools).toBe(false)
  expect(electron.partition).toBe('cairn') // a name without "persist:" is in memory
  expect([preferences().spellcheck, electron.session.spellChecker]).toEqual([false, false])
  expect(JSON.stringify(electron.applicationMenu)).not.toMatch(/toggleDevTools|reload/)
})

test('macOS asks the person for the camera, and its answer counts', async () => {
  const mac = createFakeElectron()
  const { guardPermissions } = await import('#main/electron/permissions.ts')
  guardPermissions(mac.api.session.fromPartition('x'), mac.api, 'darwin')
  const ask = () =>
    new Promise((answer) =>
      mac.session.permissionRequest!(null as never, 'media', answer, {
        isMainFrame: true,
        requestingUrl: 'app://cairn/',
        mediaTypes: ['video'],
      }),
    )
  expect(await ask()).toBe(true)
  mac.mediaAnswer = false
  expect(await ask()).toBe(false)
  expect(mac.mediaAsked).toBe(2)
})

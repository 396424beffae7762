/**
 * Exactly as much of Electron as the shell uses, in the types that `src-main/electron/api.ts` takes from Electron itself: a method that
 * Electron changes or loses does not compile here. It records what it is told, and plays the system's part when a test asks it to.
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import type Electron from 'electron'
import type {
  AppApi,
  ContentsApi,
  ElectronApi,
  NotificationApi,
  SafeStorageApi,
  SessionApi,
  TrayApi,
  WindowApi,
} from '#main/electron/api.ts'

type Handler = Parameters<ElectronApi['ipcMain']['handle']>[1]
type PermissionRequest = Parameters<NonNullable<Parameters<Electron.Session['setPermissionRequestHandler']>[0]>>
type PermissionCheck = Parameters<NonNullable<Parameters<Electron.Session['setPermissionCheckHandler']>[0]>>

export interface FakeFrame {
  url: string
  parent: FakeFrame | null
}

/** What the shell may use is all here: a name that is missing does not compile. */
type Named<T> = { [K in keyof T]: unknown }

const own = 'app://cairn/'

/** An event with `preventDefault`, as Electron's are. */
export const preventable = () => {
  const event = { defaultPrevented: false, preventDefault: () => void (event.defaultPrevented = true) }
  return event
}

export class FakeContents extends EventEmitter implements Named<ContentsApi> {
  mainFrame: FakeFrame = { url: own, parent: null }
  destroyed = false
  reloads = 0
  sent: { channel: string; args: unknown[] }[] = []
  replaced: string[] = []
  /** Called with what is sent, as it arrives in the window: copied. */
  deliver: (channel: string, ...args: unknown[]) => void = () => undefined
  openHandler: ((details: { url: string }) => { action: string }) | null = null
  isDestroyed = () => this.destroyed
  reload = () => void this.reloads++
  replaceMisspelling = (word: string) => void this.replaced.push(word)
  send = (channel: string, ...args: unknown[]) => {
    const copies = structuredClone(args)
    this.sent.push({ channel, args: copies })
    this.deliver(channel, ...copies)
  }
  setWindowOpenHandler = (handler: (details: { url: string }) => { action: string }) => void (this.openHandler = handler)
}

export class FakeWindow extends EventEmitter implements Named<WindowApi> {
  webContents = new FakeContents()
  state = { visible: false, focused: false, minimized: false, maximized: false, destroyed: false }
  bounds = { x: 10, y: 20, width: 1200, height: 800 }
  loaded: string[] = []
  overlay: { image: unknown; description: string } | null = null
  readonly options: Electron.BrowserWindowConstructorOptions
  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super()
    this.options = options
  }
  focus = () => {
    this.state.focused = true
    this.emit('focus')
  }
  getNormalBounds = () => this.bounds
  hide = () => void (this.state.visible = this.state.focused = false)
  isDestroyed = () => this.state.destroyed
  isFocused = () => this.state.focused
  isMaximized = () => this.state.maximized
  isMinimized = () => this.state.minimized
  isVisible = () => this.state.visible
  loadURL = async (url: string) => void this.loaded.push(url)
  maximize = () => void (this.state.maximized = true)
  restore = () => void (this.state.minimized = false)
  setOverlayIcon = (image: unknown, description: string) => void (this.overlay = { image, description })
  show = () => {
    this.state.visible = true
    this.emit('show')
  }
  /** What the system does when the person closes the window; true if it is gone. */
  close(): boolean {
    const event = preventable()
    this.emit('close', event)
    if (event.defaultPrevented) return false
    this.state.destroyed = this.webContents.destroyed = true
    return true
  }
}

export class FakeNotification extends EventEmitter implements Named<NotificationApi> {
  static supported = true
  static isSupported = () => FakeNotification.supported
  static shown: FakeNotification[] = []
  readonly options: Electron.NotificationConstructorOptions
  closed = false
  constructor(options: Electron.NotificationConstructorOptions) {
    super()
    this.options = options
  }
  show = () => void FakeNotification.shown.push(this)
  close = () => {
    this.closed = true
    this.emit('close')
  }
}

export class FakeTray extends EventEmitter implements Named<TrayApi> {
  static all: FakeTray[] = []
  image: unknown
  tip = ''
  menu: Electron.MenuItemConstructorOptions[] = []
  constructor(image: unknown) {
    super()
    this.image = image
    FakeTray.all.push(this)
  }
  destroy = () => undefined
  setContextMenu = (menu: unknown) => void (this.menu = (menu as { template: Electron.MenuItemConstructorOptions[] }).template)
  setImage = (image: unknown) => void (this.image = image)
  setToolTip = (tip: string) => void (this.tip = tip)
}

class FakeApp extends EventEmitter implements Named<AppApi> {
  isPackaged = false
  sandboxed = false
  paths: Record<string, string> = {}
  name = ''
  badge = 0
  quits = 0
  exits: number[] = []
  lockData: unknown = null
  /** Whether this is the first program of its profile. */
  first = true
  protocolClient: unknown[] | null = null
  login = { openAtLogin: false, args: [] as string[] }
  modelId = ''
  enableSandbox = () => void (this.sandboxed = true)
  exit = (code = 0) => void this.exits.push(code)
  getLoginItemSettings = () => this.login as unknown as Electron.LoginItemSettings
  quit = () => void this.quits++
  requestSingleInstanceLock = (data?: Record<string, unknown>) => {
    this.lockData = structuredClone(data)
    return this.first
  }
  setAppUserModelId = (id: string) => void (this.modelId = id)
  setAsDefaultProtocolClient = (...args: unknown[]) => {
    this.protocolClient = args
    return true
  }
  setBadgeCount = (count = 0) => {
    this.badge = count
    return true
  }
  setLoginItemSettings = ({ openAtLogin = false, args = [] }: Electron.Settings) => void (this.login = { openAtLogin, args })
  setName = (name: string) => void (this.name = name)
  setPath = (name: string, path: string) => {
    if (!existsSync(path)) throw new Error(`Failed to set path '${name}' to '${path}'`)
    this.paths[name] = path
  }
  whenReady = async () => undefined
}

class FakeSession extends EventEmitter implements Named<SessionApi> {
  permissionRequest: ((...args: PermissionRequest) => void) | null = null
  permissionCheck: ((...args: PermissionCheck) => boolean) | null = null
  device: (() => boolean) | null = null
  spellChecker: boolean | null = null
  handlers: Record<string, (request: Request) => Response | Promise<Response>> = {}
  beforeRequest: ((details: { url: string }, decide: (answer: { cancel?: boolean }) => void) => void) | null = null
  protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) => void (this.handlers[scheme] = handler),
  }
  webRequest = { onBeforeRequest: (listener: unknown) => void (this.beforeRequest = listener as FakeSession['beforeRequest']) }
  setDevicePermissionHandler = (handler: unknown) => void (this.device = handler as () => boolean)
  setPermissionCheckHandler = (handler: unknown) => void (this.permissionCheck = handler as FakeSession['permissionCheck'])
  setPermissionRequestHandler = (handler: unknown) => void (this.permissionRequest = handler as FakeSession['permissionRequest'])
  setSpellCheckerEnabled = (on: boolean) => void (this.spellChecker = on)

  /** What the page gets from an address. */
  fetch = async (url: string, init: { method?: string } = {}): Promise<Response> => this.handlers['app']!(fakeRequest(url, init))
  /** Whether a request is let through. */
  lets(url: string): boolean {
    let cancelled: boolean | undefined
    this.beforeRequest!({ url }, ({ cancel }) => (cancelled = cancel))
    return cancelled === false
  }
}

/** `Request` of Node refuses some addresses that a page of an own scheme may ask for. */
const fakeRequest = (url: string, { method = 'GET' }: { method?: string }): Request => ({ url, method }) as Request

/** A keychain that can be absent, locked, or of somebody else. */
export class FakeSafeStorage implements SafeStorageApi {
  backend: ReturnType<Electron.SafeStorage['getSelectedStorageBackend']> = 'gnome_libsecret'
  ready = true
  user = 'alice'
  getSelectedStorageBackend = () => this.backend
  isAsyncEncryptionAvailable = async () => this.ready
  encryptStringAsync = async (text: string) => Buffer.from(`${this.user}:${Buffer.from(text).toString('hex')}`)
  decryptStringAsync = async (sealed: Buffer) => {
    const [user, hex = ''] = sealed.toString().split(':')
    if (user !== this.user) throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.')
    return { result: Buffer.from(hex, 'hex').toString(), shouldReEncrypt: false }
  }
}

export function createFakeElectron() {
  FakeNotification.shown = []
  FakeNotification.supported = true
  FakeTray.all = []
  const windows: FakeWindow[] = []
  const handlers = new Map<string, Handler>()
  const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } } as Electron.Display
  const fake = {
    app: new FakeApp(),
    session: new FakeSession(),
    safeStorage: new FakeSafeStorage(),
    powerMonitor: new EventEmitter(),
    windows,
    handlers,
    partition: '',
    privileges: [] as Electron.CustomScheme[],
    applicationMenu: [] as Electron.MenuItemConstructorOptions[],
    popups: [] as Electron.MenuItemConstructorOptions[][],
    errors: [] as string[],
    external: [] as string[],
    mediaAsked: 0,
    mediaAnswer: true,
    displays: [display],
    tray: () => FakeTray.all[0]!,
    window: () => windows[0]!,
    /** A call as Electron hands it over from a frame. */
    invoke: async (channel: string, frame: FakeFrame | null, sender: unknown, ...args: unknown[]): Promise<unknown> => {
      const event = { sender, senderFrame: frame } as unknown as Electron.IpcMainInvokeEvent
      return structuredClone(await (handlers.get(channel)!(event, ...structuredClone(args)) as unknown))
    },
    api: null as unknown as ElectronApi,
  }
  const makeMenu = (template: Electron.MenuItemConstructorOptions[]) =>
    ({ template, popup: () => void fake.popups.push(template) }) as unknown as Electron.Menu
  fake.api = {
    app: fake.app as unknown as AppApi,
    BrowserWindow: class extends FakeWindow {
      constructor(options: Electron.BrowserWindowConstructorOptions) {
        super(options)
        windows.push(this)
      }
    } as unknown as ElectronApi['BrowserWindow'],
    Menu: {
      buildFromTemplate: makeMenu,
      setApplicationMenu: (menu) => void (fake.applicationMenu = (menu as unknown as { template: typeof fake.applicationMenu }).template),
    },
    Notification: FakeNotification as unknown as ElectronApi['Notification'],
    Tray: FakeTray as unknown as ElectronApi['Tray'],
    dialog: {
      showErrorBox: (title, text) => void fake.errors.push(`${title}: ${text}`),
    },
    ipcMain: {
      handle: (channel, handler) => void handlers.set(channel, handler),
      removeHandler: (channel) => void handlers.delete(channel),
    },
    nativeImage: { createFromPath: (path) => ({ path }) as unknown as Electron.NativeImage },
    powerMonitor: fake.powerMonitor as unknown as ElectronApi['powerMonitor'],
    protocol: { registerSchemesAsPrivileged: (list) => void fake.privileges.push(...list) },
    safeStorage: fake.safeStorage,
    screen: { getAllDisplays: () => fake.displays, getPrimaryDisplay: () => fake.displays[0]! },
    session: {
      fromPartition: (partition) => {
        fake.partition = partition
        return fake.session as unknown as ReturnType<ElectronApi['session']['fromPartition']>
      },
    },
    shell: { openExternal: async (url) => void fake.external.push(url) },
    systemPreferences: {
      askForMediaAccess: async () => {
        fake.mediaAsked++
        return fake.mediaAnswer
      },
    },
  }
  return fake
}

export type FakeElectron = ReturnType<typeof createFakeElectron>

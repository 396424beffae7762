/** The desktop program: the app with a window, a tray and the system's keychain around it. Knows no method but those it needs itself. */
import { join } from 'node:path'
import type { App } from '../appTypes.ts'
import { describeError } from '../errorFacts.ts'
import { findPages, prepareProfileDir } from '../node/folders.ts'
import { createPorts } from '../node/ports.ts'
import { createRandom } from '../node/random.ts'
import type { Logger } from '../ports.ts'
import { createProfilesApp } from '../profilesApp.ts'
import { createAppearanceFile } from '../storage/appearanceFile.ts'
import { createProfileFolders } from '../storage/profileFolders.ts'
import type { ElectronApi, Facts, SessionApi, WindowApi } from './api.ts'
import { followApp } from './attention.ts'
import { createBridge } from './bridge.ts'
import { createDesktop, type ShellDesktop } from './desktop.ts'
import { createKeyVault } from './keyVault.ts'
import { textOf } from './links.ts'
import { installMenus } from './menus.ts'
import { guardDownloads, guardNavigation, openExternal } from './navigation.ts'
import { createNotifications } from './notifications.ts'
import { parseShellOptions, type ShellOptions } from './options.ts'
import { startPage } from './origin.ts'
import { privileges, servePages } from './pages.ts'
import { guardPermissions } from './permissions.ts'
import { createPictures } from './pictures.ts'
import { openSettings, type SettingsFile } from './settings.ts'
import { createStartAtLogin } from './startAtLogin.ts'
import { createTray, showBadge } from './tray.ts'
import { createWindow, hasOwnSpellChecker, showWindow } from './window.ts'
import { speak, words } from './words.ts'

/** What a second start hands over to the first. */
interface HandedOver {
  opened: string[]
  cwd: string
}

export interface Shell {
  window: WindowApi
  app: App
}

/**
 * Starts it. Null: the profile's program runs already and has been handed what this one was to open.
 *
 * @throws `StartError` when the profile's folder cannot be used.
 */
export async function startShell(electron: ElectronApi, facts: Facts, logger: Logger): Promise<Shell | null> {
  const options = parseShellOptions(facts)
  prepareProfileDir(options.profileDir)
  const inbox = claim(electron, facts, options)
  if (!inbox) return null
  await electron.app.whenReady()

  const random = createRandom()
  const file = openSettings({ dir: options.profileDir, random, logger })
  const desktop = createDesktop({
    file,
    startAtLogin: createStartAtLogin(electron.app, facts, { isDefaultProfile: options.isDefaultProfile, random }),
    canNotify: electron.Notification.isSupported(),
    canKeepRunning: facts.platform !== 'darwin',
  })
  const keyVault = createKeyVault(electron.safeStorage, facts.platform)
  const portsOf = (dir: string) => createPorts({ profileDir: dir, logger, host: 'electron', keyVault, desktop })
  const profiles = createProfileFolders(options.profileDir, random)
  const appearance = createAppearanceFile(options.profileDir, random)
  speak(appearance.get().language)
  const app = await createProfilesApp({ profiles, appearance, portsOf, logger })
  // In memory alone: nothing that the page shows reaches the disk by way of the browser engine.
  const session = electron.session.fromPartition('cairn')
  await guardSession(electron, session, facts, app)
  const window = open(electron, facts, { app, file, desktop, session, options, logger })
  inbox(async (handed) => {
    showWindow(window)
    for (const opened of handed.opened) {
      const text = await textOf(opened, handed.cwd)
      if (text !== null) desktop.opened({ kind: 'invite', text })
    }
  })
  return { window, app }
}

/**
 * All that must happen before Electron is ready. The answer is null where another program has this profile; else it is given whom to tell
 * of what is opened, and tells everything there was before.
 */
function claim(
  { app, protocol }: ElectronApi,
  { cwd, platform }: Facts,
  options: ShellOptions,
): null | ((to: (handed: HandedOver) => unknown) => void) {
  app.setName(words.name)
  if (platform === 'win32') app.setAppUserModelId('net.cairn.desktop')
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged(privileges)
  // What Chromium keeps lies in the profile's folder, and so does its lock: one program for each profile.
  const window = join(options.profileDir, 'window')
  prepareProfileDir(window) // Electron takes no folder that is not there
  app.setPath('userData', window)
  const handed: HandedOver = { opened: options.opened, cwd }
  const waiting = handed.opened.length > 0 ? [handed] : []
  if (!app.requestSingleInstanceLock({ ...handed })) {
    app.quit()
    return null
  }
  let tell = (one: HandedOver): unknown => waiting.push(one)
  app.on('second-instance', (_, __, ___, data) => tell(parseHandedOver(data)))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    tell({ opened: [url], cwd })
  })
  app.on('open-file', (event, path) => {
    event.preventDefault()
    tell({ opened: [path], cwd })
  })
  return (to) => {
    tell = to
    waiting.splice(0).forEach(to)
  }
}

/** Another process wrote it: one of ours, or something that claims to be. */
export function parseHandedOver(data: unknown): HandedOver {
  const { opened, cwd } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>
  const list = Array.isArray(opened) ? opened.filter((one): one is string => typeof one === 'string').slice(-4) : []
  return { opened: list, cwd: typeof cwd === 'string' ? cwd : '/' }
}

async function guardSession(electron: ElectronApi, session: SessionApi, { here, platform }: Facts, app: App): Promise<void> {
  guardPermissions(session, electron, platform)
  guardDownloads(session)
  session.setSpellCheckerEnabled(hasOwnSpellChecker(platform))
  await servePages(session, findPages(here), app)
}

interface Parts {
  app: App
  file: SettingsFile
  desktop: ShellDesktop
  session: SessionApi
  options: ShellOptions
  logger: Logger
}

function open(electron: ElectronApi, facts: Facts, { app, file, desktop, session, options, logger }: Parts): WindowApi {
  const { platform } = facts
  const { isPackaged } = electron.app
  const pictures = createPictures(electron, facts)
  const ending = createEnding(electron, { app, logger })
  const staysWithoutWindow = () => platform === 'darwin' || file.current.keepRunning
  const window = createWindow(
    electron,
    { session, logger, icon: pictures.app, isPackaged, file, end: { isQuitting: ending.isQuitting, staysWithoutWindow } },
    facts,
  )
  const contents = window.webContents
  const show = () => showWindow(window)

  guardNavigation(
    contents,
    (url) => void openExternal(electron, url).catch((error: unknown) => logger.warn('shell.open-failed', describeError(error))),
  )
  const renewMenus = installMenus(electron, contents, platform, isPackaged)
  app.subscribe((event) => {
    if (event.type !== 'appearance') return
    speak(event.appearance.language)
    renewMenus()
  })
  createBridge(electron, { app, logger, contents: () => (window.isDestroyed() ? null : contents) })
  const tray = createTray(electron, pictures, { open: show, quit: () => electron.app.quit() })
  const notifications = createNotifications(electron, {
    ...{ platform, content: () => file.current.notifications },
    open(id) {
      show()
      desktop.opened({ kind: 'conversation', id })
    },
  })
  followApp(app, {
    unread(count) {
      tray.unread(count)
      showBadge(electron, window, pictures, platform, count)
    },
    arrived: (arrival) => window.isFocused() || notifications.show(arrival),
  })
  window.on('focus', notifications.clear)
  electron.powerMonitor.on('resume', () => void app.call('network.retry', {})) // refused while locked, which is right
  electron.app.on('activate', show)
  electron.app.on('window-all-closed', () => electron.app.quit())
  if (isPackaged) electron.app.setAsDefaultProtocolClient('cairn', facts.execPath, ['--']) // no link is ever read as a switch
  reviveAfterCrash(window, logger)
  if (!(options.hidden && staysWithoutWindow())) window.once('ready-to-show', show)
  window.loadURL(startPage).catch((error: unknown) => logger.warn('shell.page-failed', describeError(error)))
  return window
}

/** The page is only a view: it comes again with everything. One that dies at once would do so for ever. */
function reviveAfterCrash({ webContents }: WindowApi, logger: Logger): void {
  let last = -Infinity
  webContents.on('render-process-gone', (_, { reason }) => {
    logger.warn('shell.page-gone', { reason })
    if (reason === 'clean-exit' || performance.now() - last < 10_000) return
    last = performance.now()
    webContents.reload()
  })
}

/** Electron ends at once unless it is told to wait; the app first puts everything on disk. */
function createEnding({ app: electronApp }: ElectronApi, { app, logger }: Pick<Parts, 'app' | 'logger'>): { isQuitting(): boolean } {
  let [quitting, closed] = [false, false]
  electronApp.on('before-quit', () => void (quitting = true))
  electronApp.on('will-quit', (event) => {
    if (closed) return
    closed = true
    event.preventDefault()
    app.close().then(
      () => electronApp.quit(),
      (error: unknown) => {
        logger.warn('shell.close-failed', describeError(error))
        electronApp.exit(1)
      },
    )
  })
  return { isQuitting: () => quitting }
}

/** The window: how it is walled in, where it stands, and what closing it means. */
import { join } from 'node:path'
import type Electron from 'electron'
import { describeError } from '../errorFacts.ts'
import type { Logger } from '../ports.ts'
import type { ElectronApi, Facts, SessionApi, WindowApi } from './api.ts'
import type { SettingsFile } from './settings.ts'
import { fitToScreens, leastSize, usualSize, type WindowState } from './windowState.ts'

interface Options {
  state: WindowState
  areas: Electron.Rectangle[]
  session: SessionApi
  icon: string
  isPackaged: boolean
}

export function windowOptions(
  { state, areas, session, icon, isPackaged }: Options,
  { here, platform }: Pick<Facts, 'here' | 'platform'>,
): Electron.BrowserWindowConstructorOptions {
  return {
    ...usualSize,
    ...(state.bounds && fitToScreens(state.bounds, areas)),
    minWidth: leastSize.width,
    minHeight: leastSize.height,
    show: false,
    title: 'Cairn',
    icon,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(here, '..', 'preload', 'index.cjs'),
      session: session as Electron.Session,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      devTools: !isPackaged,
      spellcheck: hasOwnSpellChecker(platform),
    },
  }
}

/** Only macOS has a spell-checker of its own here. Elsewhere Chromium would fetch dictionaries, which tells somebody who uses Cairn, where, and in which language. */
export const hasOwnSpellChecker = (platform: NodeJS.Platform): boolean => platform === 'darwin'

export interface WindowEnd {
  /** True while the whole program is ending. */
  isQuitting(): boolean
  /** Whether the program goes on without a window. */
  staysWithoutWindow(): boolean
}

export function createWindow(
  electron: Pick<ElectronApi, 'BrowserWindow' | 'screen'>,
  options: Omit<Options, 'state' | 'areas'> & { file: SettingsFile; end: WindowEnd; logger: Logger },
  facts: Pick<Facts, 'here' | 'platform'>,
): WindowApi {
  const { file, end, logger } = options
  const main = electron.screen.getPrimaryDisplay()
  const others = electron.screen.getAllDisplays().filter(({ id }) => id !== main.id)
  const areas = [main, ...others].map(({ workArea }) => workArea)
  const window = new electron.BrowserWindow(windowOptions({ ...options, state: file.current.window, areas }, facts))
  if (file.current.window.maximized) window.once('show', () => window.maximize())
  window.on('close', (event) => {
    remember(window, file, logger)
    if (end.isQuitting() || !end.staysWithoutWindow()) return
    event.preventDefault()
    window.hide()
  })
  return window
}

/** Closing must not fail because a disk is full: the window then comes back where it was before. */
function remember(window: WindowApi, file: SettingsFile, logger: Logger): void {
  try {
    file.change({ window: { bounds: whole(window.getNormalBounds()), maximized: window.isMaximized() } })
  } catch (error) {
    logger.warn('shell.place-not-kept', describeError(error))
  }
}

/** Scaled screens give halves of pixels. */
const whole = ({ x, y, width, height }: Electron.Rectangle): Electron.Rectangle => ({
  x: Math.round(x),
  y: Math.round(y),
  width: Math.round(width),
  height: Math.round(height),
})

export function showWindow(window: WindowApi): void {
  if (window.isDestroyed()) return
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

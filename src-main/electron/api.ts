/**
 * Exactly what the shell uses of Electron, in Electron's own types. `main.ts` alone has the real thing; everything else is given it, so
 * that tests can give something else. What is not named here cannot be used.
 */
import type Electron from 'electron'

export interface ElectronApi {
  app: AppApi
  BrowserWindow: new (options: Electron.BrowserWindowConstructorOptions) => WindowApi
  Menu: { buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): Electron.Menu; setApplicationMenu(menu: Electron.Menu): void }
  Notification: { new (options: Electron.NotificationConstructorOptions): NotificationApi; isSupported(): boolean }
  Tray: new (image: Electron.NativeImage) => TrayApi
  dialog: Pick<Electron.Dialog, 'showErrorBox'>
  ipcMain: Pick<Electron.IpcMain, 'handle' | 'removeHandler'>
  nativeImage: { createFromPath(path: string): Electron.NativeImage }
  powerMonitor: Pick<Electron.PowerMonitor, 'on'>
  protocol: Pick<Electron.Protocol, 'registerSchemesAsPrivileged'>
  safeStorage: SafeStorageApi
  screen: Pick<Electron.Screen, 'getAllDisplays' | 'getPrimaryDisplay'>
  session: { fromPartition(partition: string): SessionApi }
  shell: Pick<Electron.Shell, 'openExternal'>
  systemPreferences: Pick<Electron.SystemPreferences, 'askForMediaAccess'>
}

export type AppApi = Pick<
  Electron.App,
  | 'enableSandbox'
  | 'exit'
  | 'getLoginItemSettings'
  | 'isPackaged'
  | 'on'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setAsDefaultProtocolClient'
  | 'setBadgeCount'
  | 'setLoginItemSettings'
  | 'setName'
  | 'setPath'
  | 'whenReady'
>

export type SafeStorageApi = Pick<
  Electron.SafeStorage,
  'decryptStringAsync' | 'encryptStringAsync' | 'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable'
>

export type SessionApi = Pick<
  Electron.Session,
  'on' | 'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler' | 'setSpellCheckerEnabled'
> & {
  protocol: Pick<Electron.Protocol, 'handle'>
  webRequest: Pick<Electron.WebRequest, 'onBeforeRequest'>
}

export type ContentsApi = Pick<
  Electron.WebContents,
  'isDestroyed' | 'mainFrame' | 'on' | 'reload' | 'replaceMisspelling' | 'send' | 'setWindowOpenHandler'
>

export type WindowApi = Pick<
  Electron.BrowserWindow,
  | 'focus'
  | 'getNormalBounds'
  | 'hide'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'on'
  | 'once'
  | 'restore'
  | 'setOverlayIcon'
  | 'show'
> & { webContents: ContentsApi }

export type TrayApi = Pick<Electron.Tray, 'destroy' | 'on' | 'setContextMenu' | 'setImage' | 'setToolTip'>

export type NotificationApi = Pick<Electron.Notification, 'close' | 'on' | 'show'>

/** The facts of the process that the shell goes by. */
export interface Facts {
  platform: NodeJS.Platform
  argv: string[]
  cwd: string
  home: string
  env: NodeJS.ProcessEnv
  execPath: string
  /** The folder of the built program, `out/main`. */
  here: string
}

/** The `Desktop` port: settings of the shell, and what was opened from outside until the window takes it. */
import type { DesktopSettings, Opened } from '#shared/contract/appModels.ts'
import { CairnError } from '#shared/errors.ts'
import type { Desktop } from '../ports.ts'
import type { SettingsFile } from './settings.ts'
import type { StartAtLogin } from './startAtLogin.ts'

export interface ShellDesktop extends Desktop {
  /** The newest one counts: the window has one dialog. */
  opened(what: Opened): void
}

interface Parts {
  file: SettingsFile
  startAtLogin: StartAtLogin | null
  canNotify: boolean
  /** macOS keeps every program running without windows. */
  canKeepRunning: boolean
}

export function createDesktop({ file, startAtLogin, canNotify, canKeepRunning }: Parts): ShellDesktop {
  const listeners: (() => void)[] = []
  let waiting: Opened | null = null

  const settings = (): DesktopSettings => ({
    notifications: canNotify ? file.current.notifications : null,
    startAtLogin: startAtLogin?.get() ?? null,
    keepRunning: canKeepRunning ? file.current.keepRunning : null,
  })

  return {
    settings,
    change(wanted) {
      const now = settings()
      for (const name of Object.keys(wanted) as (keyof DesktopSettings)[])
        if (wanted[name] !== undefined && now[name] === null) throw new CairnError('desktop.unavailable', { details: { setting: name } })
      if (wanted.startAtLogin !== undefined) startAtLogin?.set(wanted.startAtLogin)
      const { notifications = file.current.notifications, keepRunning = file.current.keepRunning } = wanted
      file.change({ notifications, keepRunning })
      return settings()
    },
    take() {
      const taken = waiting
      waiting = null
      return taken
    },
    onOpened: (listener) => void listeners.push(listener),
    opened(what) {
      waiting = what
      for (const listener of listeners) listener()
    },
  }
}

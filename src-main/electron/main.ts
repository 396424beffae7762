/** Cairn as a program of its own: `electron out/main/electron.js [--profile DIR] [--hidden] [cairn:… | FILE.cairn]`. */
import { homedir } from 'node:os'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
} from 'electron'
import { describeError } from '../errorFacts.ts'
import { StartError } from '../node/folders.ts'
import { createLogger } from '../node/logger.ts'
import type { ElectronApi } from './api.ts'
import { startShell } from './shell.ts'
import { words } from './words.ts'

const logger = createLogger((line) => process.stderr.write(line))

const electron: ElectronApi = {
  ...{ app, BrowserWindow, ipcMain, Menu, nativeImage, Notification, powerMonitor, protocol, safeStorage, screen, session, shell },
  ...{ systemPreferences, Tray },
  dialog: { showErrorBox: (title, text) => dialog.showErrorBox(title, text) },
}

function fail(error: unknown): void {
  logger.warn('shell.failed', describeError(error))
  dialog.showErrorBox(words.failed.title, error instanceof StartError ? error.message : words.failed.text)
  app.exit(1)
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())

const { platform, argv, env, execPath } = process
startShell(electron, { platform, argv, cwd: process.cwd(), home: homedir(), env, execPath, here: import.meta.dirname }, logger).catch(fail)

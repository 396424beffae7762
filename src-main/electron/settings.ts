/** `desktop.json` in the profile's folder: what the shell must know before anything is unlocked. Nothing in it is about people. */
import { join } from 'node:path'
import * as v from 'valibot'
import type { NotificationContent } from '#shared/contract/appModels.ts'
import type { Logger, Random } from '../ports.ts'
import { fileSize, readStart, writeAtomically } from '../storage/files.ts'
import type { WindowState } from './windowState.ts'

export interface ShellSettings {
  window: WindowState
  notifications: NotificationContent
  keepRunning: boolean
}

const fileName = 'desktop.json'
const largest = 4096
const usual: ShellSettings = { window: { bounds: null, maximized: false }, notifications: 'hidden', keepRunning: false }

const pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000))
const length = v.pipe(pixels, v.minValue(1))
const schema = v.object({
  window: v.object({
    bounds: v.nullable(v.object({ x: pixels, y: pixels, width: length, height: length })),
    maximized: v.boolean(),
  }),
  notifications: v.picklist(['off', 'hidden', 'name', 'text']),
  keepRunning: v.boolean(),
})

export interface SettingsFile {
  readonly current: ShellSettings
  /** On disk when this returns. @throws `keystore.disk-full`, `keystore.unwritable`; everything is as before then. */
  change(wanted: Partial<ShellSettings>): void
}

/** A file that is not there, too large or not what was written counts for nothing: usual settings. */
export function openSettings({ dir, random, logger }: { dir: string; random: Random; logger: Logger }): SettingsFile {
  const path = join(dir, fileName)
  let current = read(path, logger)
  return {
    get current() {
      return current
    },
    change(wanted) {
      const next = { ...current, ...wanted }
      writeAtomically(path, new TextEncoder().encode(`${JSON.stringify(next)}\n`), random)
      current = next
    },
  }
}

function read(path: string, logger: Logger): ShellSettings {
  const size = fileSize(path)
  if (size === null) return usual
  if (size <= largest) {
    const parsed = v.safeParse(schema, parseJson(new TextDecoder().decode(readStart(path, largest))))
    if (parsed.success) return parsed.output
  }
  logger.warn('shell.settings-damaged')
  return usual
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no object, so the schema refuses it
  }
}

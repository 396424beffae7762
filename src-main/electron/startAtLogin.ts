/** Starting with the computer: a login item of macOS and Windows, an autostart entry (freedesktop.org) on Linux. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../ports.ts'
import { removeFile, writeAtomically } from '../storage/files.ts'
import type { AppApi, Facts } from './api.ts'

export interface StartAtLogin {
  get(): boolean
  /** @throws `keystore.unwritable`, `keystore.disk-full` */
  set(on: boolean): void
}

const args = ['--hidden']

/** Null where it would start something else: an unpacked program, or a profile that is not the usual one. */
export function createStartAtLogin(
  app: AppApi,
  facts: Pick<Facts, 'platform' | 'env' | 'home' | 'execPath'>,
  { isDefaultProfile, random }: { isDefaultProfile: boolean; random: Random },
): StartAtLogin | null {
  if (!app.isPackaged || !isDefaultProfile) return null
  if (facts.platform === 'linux') return autostartEntry(facts, random)
  return {
    get: () => app.getLoginItemSettings({ args }).openAtLogin,
    set: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, args }),
  }
}

function autostartEntry({ env, home, execPath }: Pick<Facts, 'env' | 'home' | 'execPath'>, random: Random): StartAtLogin {
  const config = env['XDG_CONFIG_HOME']?.startsWith('/') ? env['XDG_CONFIG_HOME'] : join(home, '.config')
  const dir = join(config, 'autostart')
  const file = join(dir, 'cairn.desktop')
  return {
    get: () => existsSync(file),
    set(on) {
      if (!on) return removeFile(file)
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      writeAtomically(file, new TextEncoder().encode(entry(env['APPIMAGE'] ?? execPath)), random) // an AppImage runs from a place that is gone at the next start
    },
  }
}

const entry = (program: string): string =>
  ['[Desktop Entry]', 'Type=Application', 'Name=Cairn', `Exec=${quoted(program)} ${args.join(' ')}`, 'Terminal=false', ''].join('\n')

/** Desktop Entry Specification: an argument in double quotes, where four characters and then every backslash, and `%`, are escaped. */
export const quoted = (text: string): string =>
  `"${text
    .replaceAll(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`

/**
 * The desktop program's command line. Chromium and the system put arguments of their own on it, and a link or a file comes along as one, so
 * what is not known is passed over instead of refused.
 */
import { resolve } from 'node:path'
import { defaultProfileDir } from '../node/options.ts'
import type { Facts } from './api.ts'

export interface ShellOptions {
  profileDir: string
  isDefaultProfile: boolean
  /** Started by the system at login: without a window, if there is a tray to open it from. */
  hidden: boolean
  /** What may be a link or an invite file. */
  opened: string[]
}

export function parseShellOptions({
  argv,
  cwd,
  platform,
  home,
  env,
}: Pick<Facts, 'argv' | 'cwd' | 'platform' | 'home' | 'env'>): ShellOptions {
  const args = argv.slice(1)
  // Where a link came in, the system has put it there: nothing beside it is obeyed but what precedes it.
  const until = args.findIndex(isOpenable)
  const own = until === -1 ? args : args.slice(0, until)
  const at = own.lastIndexOf('--profile')
  const named = own.find((arg) => arg.startsWith('--profile='))?.slice('--profile='.length) ?? (at === -1 ? undefined : own[at + 1])
  const usual = defaultProfileDir({ platform, home, env })
  const profileDir = named === undefined || named === '' ? usual : resolve(cwd, named)
  return { profileDir, isDefaultProfile: profileDir === usual, hidden: own.includes('--hidden'), opened: args.filter(isOpenable) }
}

/** A `cairn:` link, or the name of a `*.cairn` file. */
export const isOpenable = (arg: string): boolean => isLink(arg) || (/\.cairn$/i.test(arg) && !arg.startsWith('-'))

export const isLink = (arg: string): boolean => /^cairn:/i.test(arg)

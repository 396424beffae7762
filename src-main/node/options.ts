/** The host's command line, and where a profile lies when none is named. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  profileDir: string
  /** Null: the usual port, or any free one if that is taken. */
  port: number | null
  open: boolean
  /** A `cairn:` link, or an invite file to open. */
  invite: string | null
}

/** Wrong use, in words for the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = 'Usage: npm start -- [--profile DIR] [--port N] [--no-open] [cairn:… | FILE.cairn]'

/** Throws `UsageError` for a flag that is not known or a value that cannot be. */
export function parseOptions(args: string[], world: Platform): Options {
  const { values, positionals } = parseFlags(args)
  const { profile, port, 'no-open': noOpen } = values
  const [invite = null] = positionals
  if (positionals.length > 1 || invite === '') throw new UsageError(usage)
  if (profile === '') throw new UsageError('--profile wants a folder')
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) < 65536))
    throw new UsageError('--port wants a number up to 65535; 0 is any free port')
  return {
    profileDir: profile === undefined ? defaultProfileDir(world) : resolve(profile),
    port: port === undefined ? null : Number(port),
    open: noOpen !== true,
    invite,
  }
}

function parseFlags(args: string[]) {
  try {
    const options = { profile: { type: 'string' }, port: { type: 'string' }, 'no-open': { type: 'boolean' } } as const
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(usage, { cause: error })
  }
}

export interface Platform {
  platform: NodeJS.Platform
  home: string
  /** The platform's own variables for such folders; nothing else is read from the environment. */
  env: { XDG_DATA_HOME?: string | undefined; APPDATA?: string | undefined }
}

/** XDG Base Directory on Unix (a relative path there is to be ignored), Application Support on macOS, roaming AppData on Windows. */
export function defaultProfileDir({ platform, home, env }: Platform): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Cairn')
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'Cairn')
  return join(env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(home, '.local', 'share'), 'cairn')
}

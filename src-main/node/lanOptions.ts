/** The command line of the LAN link. */
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { isCairnError } from '#shared/errors.ts'
import { defaultLanPort, parseLanAddress, type LanAddress } from '#shared/wire/lanAddress.ts'
import { profiles, type LanProfile } from '../transport/lan/profiles.ts'
import { UsageError } from './options.ts'

export interface LanOptions {
  role: 'server' | 'client'
  /** Where to listen, port 0 for any free one; or whom to call. */
  address: LanAddress
  profile: LanProfile
}

export const lanUsage = `Usage: npm run lan -- --server [--bind ADDR:PORT] [--profile cairn|bittrrt]
       npm run lan -- [ADDR[:PORT]] [--profile cairn|bittrrt]

Listens for others on the same network (0.0.0.0:${defaultLanPort} unless told otherwise), or connects to one that
listens (127.0.0.1:${defaultLanPort}). Exit: 0 the secure channel stands, 1 it does not, 2 wrong arguments.`

const parseFlags = (args: string[]) => {
  const options = { server: { type: 'boolean' }, bind: { type: 'string' }, profile: { type: 'string' } } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(lanUsage, { cause: error })
  }
}

const parseAddress = (text: string): LanAddress => {
  try {
    return parseLanAddress(text)
  } catch (error) {
    if (isCairnError(error)) throw new UsageError(`${text} is no address of a computer.\n${lanUsage}`, { cause: error })
    throw error
  }
}

/** A port of 0 is any free one; an address to listen at is not a name. */
const parseBind = (text: string): LanAddress => {
  const isAnyPort = /:0+$/.test(text)
  const { host, port } = parseAddress(isAnyPort ? text.replace(/:0+$/, '') : text)
  if (isIP(host) === 0) throw new UsageError(`--bind wants an IP address of this computer.\n${lanUsage}`)
  return { host, port: isAnyPort ? 0 : port }
}

/** Throws `UsageError`. */
export function parseLanOptions(args: string[]): LanOptions {
  const { values, positionals } = parseFlags(args)
  const { server = false, bind, profile: name = 'cairn' } = values
  if (positionals.length > (server ? 0 : 1) || (bind !== undefined && !server)) throw new UsageError(lanUsage)
  if (name !== 'cairn' && name !== 'bittrrt') throw new UsageError(`--profile is cairn or bittrrt.\n${lanUsage}`)
  const profile = profiles[name]
  if (server) return { role: 'server', address: parseBind(bind ?? '0.0.0.0'), profile }
  return { role: 'client', address: parseAddress(positionals[0] ?? '127.0.0.1'), profile }
}

/**
 * The LAN link by itself (docs/protocol.md section 10):
 *
 *     npm run lan -- --server [--bind ADDR:PORT] [--profile cairn|bittrrt]
 *     npm run lan -- [ADDR[:PORT]] [--profile cairn|bittrrt]
 */
import { lookup } from 'node:dns/promises'
import { isCairnError, type CairnError, type ErrorCode } from '#shared/errors.ts'
import { formatLanAddress, type LanAddress } from '#shared/wire/lanAddress.ts'
import { createPrimitives } from '../crypto/createPrimitives.ts'
import { inGroups } from '../transport/lan/channelKeys.ts'
import type { LanSession, LanSessionEvents, Remote } from '../transport/lan/datagram.ts'
import { createLanEndpoint, type LanEndpoint } from '../transport/lan/endpoint.ts'
import { negotiation } from '../transport/lan/handshake.ts'
import { defaultLimits } from '../transport/lan/limits.ts'
import { openUdpSocket } from '../transport/lan/udpSocket.ts'
import { systemClock } from './clock.ts'
import { parseLanOptions, type LanOptions } from './lanOptions.ts'
import { UsageError } from './options.ts'
import { createRandom } from './random.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const write = ({ address, port }: Remote): string => formatLanAddress({ host: address, port })

interface Opened {
  local: Remote
  endpoint: LanEndpoint
}

async function open(bind: Remote, { role, profile }: LanOptions, onSession: (session: LanSession) => LanSessionEvents): Promise<Opened> {
  const socket = await openUdpSocket(bind)
  const endpoint = createLanEndpoint({
    ...{ socket, clock: systemClock, random: createRandom(), primitives: await createPrimitives() },
    ...{ profile, limits: defaultLimits[profile.name], accepts: role === 'server', onSession },
  })
  return { local: socket.local, endpoint }
}

/** Of each client its fingerprint when it is there, and a word when it is gone. */
const announce = ({ remote, fingerprint, channelHash }: LanSession): LanSessionEvents => {
  say(`client ${write(remote)}  fingerprint ${fingerprint}  channel ${inGroups(channelHash)}`)
  return { onDatagram() {}, onClose: ({ code }) => say(`client ${write(remote)} ${code === 'lan.timeout' ? 'went silent' : 'left'}`) }
}

async function serve(options: LanOptions): Promise<void> {
  const { address, profile } = options
  const { local, endpoint } = await open({ address: address.host, port: address.port }, options, announce)
  say(`listening on ${write(local)}, profile ${profile.name}`)
  const end = (): void => {
    endpoint.close()
    process.off('SIGINT', end).off('SIGTERM', end) // a second one ends at once
  }
  process.on('SIGINT', end).on('SIGTERM', end)
}

/** Null where nobody has the name. */
const resolve = async ({ host, port }: LanAddress): Promise<Remote | null> => {
  try {
    const { address } = await lookup(host)
    return { address, port }
  } catch {
    return null
  }
}

async function call(options: LanOptions): Promise<void> {
  const remote = await resolve(options.address)
  if (remote === null) return fail(`No computer is known here as ${options.address.host}.`)
  const bind = { address: remote.address.includes(':') ? '::' : '0.0.0.0', port: 0 }
  const { endpoint } = await open(bind, options, () => ({ onDatagram() {}, onClose() {} }))
  try {
    const { fingerprint, channelHash } = await endpoint.connect(remote)
    say(`connected to ${write(remote)}, profile ${options.profile.name}`)
    say(`fingerprint of the other side: ${fingerprint}`)
    say('the secure channel stands')
    say(`channel, the same on both sides if nobody is in between: ${inGroups(channelHash)}`)
  } finally {
    endpoint.close()
  }
}

const words = ({ address }: LanOptions): Partial<Record<ErrorCode, string>> => {
  const where = formatLanAddress(address)
  return {
    'lan.unreachable': `${where} did not answer in ${negotiation.tries} tries. Does it listen there, with the same --profile?`,
    'lan.wrong-key': `${where} answered, but no secure channel came of it: it has another --profile or another key, or something was changed on the way.`,
    'lan.port-in-use': `Another program listens on ${where} already.`,
    'lan.address-invalid': `${where} is not an address of this computer, or may not be used.`,
  }
}

function fail(message: string, code = 1): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = code
}

const describe = (error: CairnError, options: LanOptions): string => words(options)[error.code] ?? error.code

async function run(options: LanOptions): Promise<void> {
  try {
    await (options.role === 'server' ? serve(options) : call(options))
  } catch (error) {
    if (!isCairnError(error)) throw error
    fail(describe(error, options))
  }
}

try {
  await run(parseLanOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  fail(error.message, 2)
}

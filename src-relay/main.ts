/**
 * The relay as a program:
 *
 *     npm run relay -- --listen HOST:PORT --data DIR
 *
 * docs/relay.md says what an operator needs to know.
 */
import { parseArgs } from 'node:util'
import { isCairnError } from '#shared/errors.ts'
import { defaultLimits, defaultStorageLimits, unlimitedRates } from './limits.ts'
import { systemClock } from './ports.ts'
import type { Logger } from './ports.ts'
import { createRelay } from './relay.ts'
import { createMemoryStorage } from './storage/memory.ts'
import { createSqliteStorage } from './storage/sqlite.ts'

const usage = `usage: relay [--listen HOST:PORT] [--data DIR] [--max-bytes N] [--max-connections N] [--max-connections-per-address N] [--unlimited-rates] [--verbose]

  --listen    where to accept connections (127.0.0.1:7443; port 0: any free one)
  --data      folder of the database (./relay-data); ":memory:" keeps nothing
  --unlimited-rates  for measurements and closed networks: no connection is told to slow down
`

const options = {
  listen: { type: 'string', default: '127.0.0.1:7443' },
  data: { type: 'string', default: './relay-data' },
  'max-bytes': { type: 'string' },
  'max-connections': { type: 'string' },
  'max-connections-per-address': { type: 'string' },
  'unlimited-rates': { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const fail = (message: string): never => {
  process.stderr.write(`relay: ${message}\n`)
  process.exit(2)
}

const readArguments = () => {
  try {
    return parseArgs({ options, allowPositionals: false }).values
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : 'bad arguments'}\n${usage}`)
  }
}

const parseListen = (text: string): { host: string; port: number } => {
  const match = /^(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match?.[1] === undefined || port > 65_535) return fail(`--listen wants HOST:PORT, not ${text}`)
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

const parseCount = (name: string, text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise
  if (!/^[1-9]\d{0,14}$/.test(text)) return fail(`--${name} wants a positive number`)
  return Number(text)
}

const createLogger = (isVerbose: boolean): Logger => {
  const write = (event: string, facts: object = {}): void => {
    process.stderr.write(`${JSON.stringify({ event, ...facts })}\n`)
  }
  return { info: isVerbose ? write : () => undefined, warn: write }
}

const run = async (): Promise<void> => {
  const args = readArguments()
  if (args.help) {
    process.stdout.write(usage)
    return
  }
  const where = parseListen(args.listen)
  const logger = createLogger(args.verbose)
  const storageLimits = { ...defaultStorageLimits, bytes: parseCount('max-bytes', args['max-bytes'], defaultStorageLimits.bytes) }
  const limits = {
    ...defaultLimits,
    ...(args['unlimited-rates'] ? unlimitedRates : {}),
    connections: parseCount('max-connections', args['max-connections'], defaultLimits.connections),
    connectionsPerAddress: parseCount(
      'max-connections-per-address',
      args['max-connections-per-address'],
      defaultLimits.connectionsPerAddress,
    ),
  }
  const storage =
    args.data === ':memory:'
      ? createMemoryStorage({ clock: systemClock, limits: storageLimits })
      : createSqliteStorage({ dir: args.data, clock: systemClock, limits: storageLimits })
  const relay = createRelay({ storage, limits, clock: systemClock, logger })
  const { host, port } = await relay.listen(where)
  const stop = (): void => void relay.close().then(() => logger.info('relay.stopped'))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(`relay listening on ws://${host.includes(':') ? `[${host}]` : host}:${port}\n`)
}

run().catch((error: unknown) => {
  const detail = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  fail(isCairnError(error) ? `${error.code}${detail}` : `failed: ${error instanceof Error ? error.message : 'unknown'}`)
})

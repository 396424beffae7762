/**
 * The relay as a program:
 *
 *     npm run relay -- --listen HOST:PORT --data DIR
 *     npm run relay -- doctor
 *     npm run relay -- registry export DIR
 *     npm run relay -- admin list
 *
 * docs/relay.md says what an operator needs to know.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { isCairnError } from '#shared/errors.ts'
import { formatRelayAddress } from '#shared/wire/relayAddress.ts'
import { administer } from './admin.ts'
import { addressGroup } from './addressCounts.ts'
import { clientAddress } from './admission.ts'
import { Problem } from './api/problem.ts'
import { ownTls, readTls } from './certificate.ts'
import type { Tls } from './certificate.ts'
import { readConfig, usage } from './config.ts'
import type { Config } from './config.ts'
import { examine } from './doctor.ts'
import { defaultLimits, defaultStorageLimits, unlimitedRates } from './limits.ts'
import { createLog } from './log.ts'
import { readMasterKey, readVersion } from './masterKey.ts'
import { systemClock } from './ports.ts'
import { makeInvitation } from './directory/invitations.ts'
import type { Logger } from './ports.ts'
import { exportRegistry, importRegistry } from './registration/registry.ts'
import { RegistryError } from './registration/registryYaml.ts'
import { createRelay } from './relay.ts'
import type { Relay } from './relay.ts'
import { createServices, type Services } from './services.ts'
import { SettingError } from './settings.ts'
import type { Endpoint, Settings } from './settings.ts'
import { openAccounts } from './storage/accounts.ts'
import { createMemoryStorage } from './storage/memory.ts'
import { createSqliteStorage } from './storage/sqlite.ts'
import type { RelayStorage } from './storage/storage.ts'

const summaryMs = 3600_000

const openStorage = ({ data, 'max-bytes': bytes }: Settings): RelayStorage => {
  const limits = { ...defaultStorageLimits, ...(bytes === null ? {} : { bytes }) }
  return data === ':memory:'
    ? createMemoryStorage({ clock: systemClock, limits })
    : createSqliteStorage({ dir: data, clock: systemClock, limits })
}

const limitsOf = (settings: Settings) => ({
  ...defaultLimits,
  ...(settings['unlimited-rates'] ? unlimitedRates : {}),
  connections: settings['max-connections'] ?? defaultLimits.connections,
  connectionsPerAddress: settings['max-connections-per-address'] ?? defaultLimits.connectionsPerAddress,
})

/** The pin is for people who cannot check the certificate otherwise: only a certificate of one's own making has it. */
const openTls = async (settings: Settings): Promise<{ tls: Tls; pin: string | null } | null> => {
  const { data, 'tls-self-signed': isOwn, 'tls-cert': certPath, 'tls-key': keyPath } = settings
  if (isOwn) {
    const tls = await ownTls(data, systemClock.now())
    return { tls, pin: tls.pin }
  }
  return certPath === null || keyPath === null ? null : { tls: readTls({ certPath, keyPath }), pin: null }
}

/** What people type; the host that it listens on where no other is named. */
const addressOf = ({ host, port }: Endpoint, publicHost: string | null, tls: { pin: string | null } | null): string =>
  formatRelayAddress({ secure: tls !== null, host: publicHost ?? host, port, pin: tls?.pin ?? null })

const summarize = (relay: Relay, logger: Logger): void => {
  systemClock.after(summaryMs, () => {
    const { connections, polling, watched, counts } = relay.stats()
    logger.info('relay.summary', { connections, polling, watched, ...counts })
    summarize(relay, logger)
  })
}

const masterKeyPath = ({ data, 'master-key': path }: Settings): string | null =>
  path ?? (data === ':memory:' ? null : join(data, 'master.key'))

const openServices = async (settings: Settings, logger: Logger): Promise<Services | null> => {
  const { role, data, 'trust-proxy': trustProxy } = settings
  if (role === 'rendezvous') return null
  return createServices({
    ...{ role, clock: systemClock, logger, version: readVersion(), compatOmni: settings.compat === 'omni' },
    inviteOnly: settings['invite-only'],
    ...{ serverUrl: settings['server-url'], keyServerToken: settings['keyserver-token'] },
    publicHost: settings['public-host'],
    masterKey: readMasterKey(masterKeyPath(settings)),
    primitives: await createPrimitives(),
    addressOf: (request) => addressGroup(clientAddress(request, trustProxy)),
    db: openAccounts(data),
  })
}

const run = async (settings: Settings): Promise<void> => {
  const logger = createLog({ level: settings['log-level'], clock: systemClock, write: (line) => process.stderr.write(line) })
  const storage = openStorage(settings)
  const tls = await openTls(settings)
  const relay = createRelay({
    services: await openServices(settings, logger),
    ...{ storage, limits: limitsOf(settings), clock: systemClock, logger },
    ...{ trustProxy: settings['trust-proxy'], metricsToken: settings['metrics-token'] },
  })
  const where = await relay.listen({ ...settings.listen, ...(tls === null ? {} : { tls: tls.tls }) })
  const stop = (): void => {
    logger.info('relay.stopping')
    relay.close().then(
      () => logger.info('relay.stopped'),
      (error: unknown) => fail(describe(error)),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(`relay listening on ${addressOf(where, settings['public-host'], tls)}\n`)
  if (settings['public-host'] === null && /^(0\.0\.0\.0|::)$/.test(where.host))
    process.stdout.write(`others put this computer’s name or IP address in place of ${where.host}; --public-host prints it so\n`)
  logger.info('relay.started', { version: process.version, tls: tls !== null, trustProxy: settings['trust-proxy'] })
  summarize(relay, logger)
}

/** A master key is never made by a command, as it would open nothing. */
const existingMasterKey = (settings: Settings): Uint8Array => {
  const path = masterKeyPath(settings)
  if (path === null) throw new SettingError('this needs a data folder')
  if (!existsSync(path)) throw new SettingError(`there is no master key at ${path}`)
  return readMasterKey(path)
}

/** The relay must not run meanwhile: it has the database for itself. */
const runRegistry = async (settings: Settings, { action, dir }: NonNullable<Config['registry']>): Promise<string> => {
  const masterKey = existingMasterKey(settings)
  if (action === 'export' && !existsSync(join(settings.data, 'accounts.db')))
    throw new RegistryError(`there is no accounts.db in ${settings.data}`)
  const db = openAccounts(settings.data)
  try {
    const options = { db, masterKey, primitives: await createPrimitives() }
    if (action === 'export') return `exported ${exportRegistry(dir, options)} devices to ${dir}`
    const { added, same, unfinished } = importRegistry(dir, options)
    return `imported ${added} devices; ${same} were here already; ${unfinished} were never completed and are left out`
  } finally {
    db.close()
  }
}

const fail = (message: string): never => {
  process.stderr.write(`relay: ${message}\n`)
  process.exit(2)
}

const describe = (error: unknown): string => {
  if (error instanceof SettingError) return `${error.message}\nrelay --help lists what can be set`
  if (error instanceof RegistryError || error instanceof Problem) return error.message
  if (!isCairnError(error)) return `failed: ${error instanceof Error ? error.message : 'unknown'}`
  const what = error.details['what'] === undefined ? '' : ` ${error.details['what']}`
  return `${error.code}${what}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`
}

/** As for the registry; an invitation alone can be made while the relay runs. */
const runAdmin = async (settings: Settings, { action, target }: NonNullable<Config['admin']>): Promise<string> => {
  if (action === 'invite') return makeInvitation(existingMasterKey(settings), systemClock.now())
  if (!existsSync(join(settings.data, 'accounts.db'))) throw new SettingError(`there is no accounts.db in ${settings.data}`)
  const db = openAccounts(settings.data)
  try {
    return (await administer(db, action, target, systemClock.now())).join('\n')
  } finally {
    db.close()
  }
}

const start = async (): Promise<void> => {
  const { command, settings, registry, admin } = readConfig(process.argv.slice(2), process.env)
  if (command === 'help') process.stdout.write(usage())
  else if (command === 'run') await run(settings)
  else if (registry !== null) process.stdout.write(`${await runRegistry(settings, registry)}\n`)
  else if (admin !== null) process.stdout.write(`${await runAdmin(settings, admin)}\n`)
  else {
    const { lines, isWell } = await examine(settings)
    process.stdout.write(lines.map((line) => `${line}\n`).join(''))
    process.exitCode = isWell ? 0 : 1
  }
}

start().catch((error: unknown) => fail(describe(error)))

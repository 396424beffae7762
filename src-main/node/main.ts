/** Cairn on plain Node: `node src-main/node/main.ts [--profile DIR] [--port N] [--no-open] [cairn:… | FILE.cairn]`. */
import { homedir } from 'node:os'
import { describeError } from '../errorFacts.ts'
import { createProfilesApp } from '../profilesApp.ts'
import { createAppearanceFile } from '../storage/appearanceFile.ts'
import { createProfileFolders } from '../storage/profileFolders.ts'
import { findPages, prepareProfileDir, StartError } from './folders.ts'
import { type Host, startHost } from './host.ts'
import { createLogger } from './logger.ts'
import { openBrowser, removeOpener } from './openBrowser.ts'
import { createDesktop, readOpened } from './opened.ts'
import { type Options, parseOptions, UsageError } from './options.ts'
import { createPorts } from './ports.ts'
import { createRandom } from './random.ts'

const logger = createLogger((line) => process.stderr.write(line))

async function start({ profileDir, port, open, invite }: Options): Promise<void> {
  const desktop = invite === null ? null : createDesktop(readOpened(invite))
  prepareProfileDir(profileDir)
  const random = createRandom()
  const portsOf = (dir: string) => createPorts({ profileDir: dir, logger, desktop })
  const profiles = createProfileFolders(profileDir, random)
  const app = await createProfilesApp({ profiles, appearance: createAppearanceFile(profileDir, random), portsOf, logger })
  const host = await startHost({ app, random, logger, port, pagesDir: findPages(import.meta.dirname) })
  endOnSignals(host, profileDir)
  const address = host.newAddress()
  announce(address)
  if (open) await openBrowser(address, profileDir)
  if (process.stdin.isTTY) process.stdin.on('data', () => announce(host.newAddress()))
}

const announce = (address: string) => process.stdout.write(`Cairn is at ${address}\n`)

/** The first signal ends in order; a second one, or ten seconds, ends at once. */
function endOnSignals(host: Host, profileDir: string): void {
  let ending = false
  const end = () => {
    if (ending) process.exit(1)
    ending = true
    setTimeout(() => process.exit(1), 10_000).unref()
    Promise.all([host.close(), removeOpener(profileDir)]).then(() => process.exit(0), fail)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

/** In words when the person can do something about it, else by name only: a foreign message may quote a secret. */
function fail(error: unknown): never {
  if (error instanceof StartError || error instanceof UsageError) process.stderr.write(`${error.message}\n`)
  else logger.warn('host.failed', describeError(error))
  process.exit(1)
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

try {
  const { platform, env } = process
  await start(parseOptions(process.argv.slice(2), { platform, home: homedir(), env }))
} catch (error) {
  fail(error)
}

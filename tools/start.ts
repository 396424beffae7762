/**
 * `npm start`: Cairn in its own window where Electron's binary is there or can be fetched, else in the browser; one line says which.
 *
 *     npm start -- [--profile DIR] [--port N] [--no-open] [--browser]
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { electronBinary, howToFetch } from './electronBinary.ts'
import { root } from './run.ts'

export interface World {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  isRoot: boolean
}

/** Why the browser is the right window whatever is installed; null where Electron would do. */
export function whyBrowser(args: string[], { platform, env, isRoot }: World): string | null {
  const flag = args.map((arg) => arg.split('=', 1)[0] ?? '').find((name) => ['--browser', '--port', '--no-open'].includes(name))
  if (flag !== undefined) return `${flag} was asked for`
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display'
  if (platform === 'linux' && isRoot) return 'Electron keeps its sandbox, which root cannot have'
  return null
}

/** Fetched once: where it failed, each further start would only take longer. */
const tried = join(root, 'node_modules', '.cache', 'cairn', 'electron-not-fetched')

async function fetchElectron(): Promise<string | null> {
  if (existsSync(tried) || process.env['ELECTRON_SKIP_BINARY_DOWNLOAD']) return null
  process.stderr.write('Fetching Electron, this once (about 120 MB)…\n')
  const install = spawn(process.execPath, [join(root, 'node_modules', 'electron', 'install.js')], { stdio: 'ignore' })
  const code = await ended(install)
  if (code === 0) return electronBinary()
  mkdirSync(dirname(tried), { recursive: true })
  writeFileSync(tried, '')
  return null
}

const ended = (child: ReturnType<typeof spawn>): Promise<number> =>
  new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done(code ?? 1))
  })

export async function openWindow(binary: string, args: string[]): Promise<void> {
  process.stderr.write('Cairn opens its own window (Electron). --browser opens it in the browser instead.\n')
  const child = spawn(binary, [join(root, 'out', 'main', 'electron.js'), ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  process.exitCode = await ended(child)
}

/** Replaces this program's arguments by those the Node host knows. */
async function openBrowser(reason: string, args: string[]): Promise<void> {
  process.stderr.write(`Cairn runs in the browser: ${reason}.\n`)
  process.argv = [process.argv[0] ?? '', process.argv[1] ?? '', ...args.filter((arg) => arg !== '--browser')]
  await import(join(root, 'out', 'main', 'host.js')) // in this process: signals and the terminal are its own
}

async function start(args: string[]): Promise<void> {
  const { platform, env } = process
  const reason = whyBrowser(args, { platform, env, isRoot: process.getuid?.() === 0 })
  if (reason !== null) return openBrowser(reason, args)
  const binary = electronBinary() ?? (await fetchElectron())
  if (binary === null) return openBrowser(`Electron’s binary is not here, and could not be fetched (${howToFetch} tries again)`, args)
  return openWindow(binary, args)
}

if (import.meta.main) await start(process.argv.slice(2))

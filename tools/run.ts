/** Starting the tools of this project: by their own entry file and on this very Node, without a shell. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

/** The arguments that make Node run the command `name` of an installed package. */
export function bin(packageName: string, name = packageName): string[] {
  const folder = join(root, 'node_modules', packageName)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: string | Record<string, string> }
  const entry = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[name]
  if (entry === undefined) throw new Error(`${packageName} has no command named ${name}`)
  return [process.execPath, join(folder, entry)]
}

export interface Finished {
  /** 1 as well when a signal ended it. */
  code: number
  /** What it printed; empty when `stdio` is `inherit`. */
  output: string
}

/** Where Node keeps what it has compiled, types stripped already: half of what the many short processes of tests cost is that. */
const compileCache = join(root, 'node_modules/.cache/node')

/** Runs `command` in the project's folder to its end. */
export function run(command: string[], options: { stdio: 'inherit' | 'collect'; env?: Record<string, string> }): Promise<Finished> {
  const [file = '', ...args] = command
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter)
  return new Promise((done, fail) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path, ...options.env },
      stdio: options.stdio === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? 1, output }))
  })
}

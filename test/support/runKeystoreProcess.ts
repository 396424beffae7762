/** Starts `keystoreProcess.ts`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./keystoreProcess.ts', import.meta.url))

export interface KeystoreProcess {
  child: ChildProcess
  /** Whole lines printed so far. */
  lines: () => string[]
  /** Resolves with all lines when the process has ended; rejects if it ended with an error of its own. */
  ended: Promise<{ lines: string[]; signal: NodeJS.Signals | null }>
}

export function startKeystoreProcess(parameters: string[], options: { uid?: number } = {}): KeystoreProcess {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const lines = (): string[] => output.split('\n').slice(0, -1)
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    if (signal === null && code !== 0) throw new Error(errors)
    return { lines: lines(), signal: signal as NodeJS.Signals | null }
  })
  return { child, lines, ended }
}

export const runKeystoreProcess = (parameters: string[], options: { uid?: number } = {}): KeystoreProcess['ended'] =>
  startKeystoreProcess(parameters, options).ended

/** A Node process of this project, run from source, that cannot outlive the test that started it. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

export interface RunningProcess {
  pid: number
  /** The first line of standard output, past or to come, that matches. Rejects when the process ends or `deadlineMs` pass before it. */
  line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  /** Exit code, or the signal's name. */
  exited: Promise<number | string>
  /** SIGTERM; rejects unless it exits with 0, and ends it by force when it has not within a minute. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

const stopMs = 60_000 // a busy machine takes seconds; a hung process takes for ever

const root = resolve(import.meta.dirname, '..', '..')
const running = new Set<import('node:child_process').ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** @param flags of Node's, before the script. */
export function spawnProcess(script: string, args: string[], flags: string[] = []): RunningProcess {
  const child = spawn(process.execPath, [...flags, resolve(root, script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const lines: string[] = []
  let errors = ''
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const exited = new Promise<number | string>((done, failed) => {
    child.once('error', failed)
    child.once('close', (code, signal) => {
      running.delete(child)
      done(code ?? signal ?? 'unknown')
    })
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => lines.map((line) => `${line}\n`).join(''),
    stderr: () => errors,
    exited,
    line: (pattern, deadlineMs = 40_000) =>
      new Promise((found, failed) => {
        const timer = setTimeout(
          () => failed(new Error(`${script} did not print ${pattern} within ${deadlineMs} ms. ${errors}`)),
          deadlineMs,
        )
        const look = (line: string) => {
          const match = pattern.exec(line)
          if (!match) return false
          clearTimeout(timer)
          reader.off('line', look)
          found(match)
          return true
        }
        if (lines.some(look)) return
        reader.on('line', look)
        exited.then((code) => {
          clearTimeout(timer)
          failed(new Error(`${script} ended (${code}) before it printed ${pattern}. ${errors}`))
        }, failed)
      }),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
      const code = await exited
      clearTimeout(timer)
      if (code !== 0) throw new Error(`${script} ended with ${code} on SIGTERM. ${errors}`)
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

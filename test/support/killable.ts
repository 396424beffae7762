/** Apps and relays to kill, in processes of their own or, to go on after one was killed, in this one. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Answer } from '#shared/contract/events.ts'
import type { Logger } from '#main/ports.ts'
import { createKillableApp, startKillableRelay } from './killableParts.ts'
import type { Part } from './killableProcess.ts'
import type { KillPoint } from './killPoints.ts'

/** A part that runs. */
export interface Running {
  /** `null`: it died before it answered. */
  call(method: string, input: unknown): Promise<Answer<unknown> | null>
  /** The points it has passed; `null` when it is dead. */
  points(): Promise<KillPoint[] | null>
  /** Resolves when it was killed at its point; rejects when its process ended in any other way before `close`. */
  killed: Promise<void>
  close(): Promise<void>
}

const never = new Promise<void>(() => undefined)

/** In this process, from the same folder. */
export async function startHere(part: Omit<Part, 'at'>, logger: Logger): Promise<Running> {
  const points = () => Promise.resolve(null)
  if (part.role === 'app') return { ...(await createKillableApp({ ...part, logger })), points, killed: never }
  const relay = await startKillableRelay({ ...part, logger })
  return { call: () => Promise.resolve(null), points, killed: never, close: relay.close }
}

const script = fileURLToPath(new URL('./killableProcess.ts', import.meta.url))
const children = new Set<import('node:child_process').ChildProcess>()
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')))

/** A process that has loaded everything and waits for its part. */
export interface Waiting {
  begin(part: Part, logger: Logger): Promise<Running>
  dispose(): Promise<void>
}

type Line = { warn?: string; facts?: Record<string, string>; id?: number; answer?: unknown; started?: true }

/** @param cacheDir where compiled code is kept for the next one; starting is most of what a killed process costs. */
export function spawnKillable(cacheDir: string): Waiting {
  const env = { ...process.env, NODE_COMPILE_CACHE: cacheDir }
  const child = spawn(process.execPath, [script], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  children.add(child)
  const pending = new Map<number, (answer: unknown) => void>()
  let [nextId, errors, closing] = [1, '', false]
  let logger: Logger | null = null
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.on('error', () => undefined) // it died while it was written to; `ended` tells
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      children.delete(child)
      if (signal === 'SIGKILL' || (closing && code === 0)) resolve()
      else reject(new Error(`a process ended with ${String(code ?? signal)}: ${errors}`))
      for (const settle of pending.values()) settle(null)
      pending.clear()
    })
  })
  ended.catch(() => undefined) // whoever waits for `killed` hears of it
  const write = (line: object) => void child.stdin.write(`${JSON.stringify(line)}\n`)
  const ask = <T>(method: string, input: unknown): Promise<T | null> => {
    if (!children.has(child)) return Promise.resolve(null)
    const id = nextId++
    return new Promise((resolve) => {
      pending.set(id, resolve as (answer: unknown) => void)
      write({ id, method, input })
    })
  }
  const heard = (line: Line) => {
    if (line.warn !== undefined) logger?.warn(line.warn, line.facts)
    if (line.started) pending.get(0)?.(null)
    if (line.id !== undefined) pending.get(line.id)?.(line.answer)
    pending.delete(line.started ? 0 : (line.id ?? -1))
  }
  createInterface({ input: child.stdout }).on('line', (line) => heard(JSON.parse(line) as Line))

  const close = async () => {
    closing = true
    await ask('close', {})
    child.stdin.end()
    await ended
  }
  return {
    async begin(part, log) {
      logger = log
      const started = new Promise<void>((resolve) => pending.set(0, () => resolve()))
      write(part)
      await Promise.race([started, ended]) // it may have reached its point, or have failed to load
      return { call: ask, points: () => ask<KillPoint[]>('points', {}), killed: ended.then(() => (closing ? never : undefined)), close }
    },
    async dispose() {
      child.kill('SIGKILL')
      await ended.catch(() => undefined)
    },
  }
}

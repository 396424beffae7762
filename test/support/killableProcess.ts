/**
 * An app or a relay in a process that kills itself at a given point; JSON lines over stdin and stdout.
 *
 *     out  {ready}                                      everything is loaded
 *     in   {role, dir, time, at, port?}                 what it is to be
 *     out  {started} | {warn, facts}
 *     in   {id, method, input}                          a call of the app's contract, or `points`, or `close`
 *     out  {id, answer}
 *
 * It ends when its standard input does.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import type { Logger } from '#main/ports.ts'
import { createKillableApp, type FastTime, startKillableRelay } from './killableParts.ts'
import { type KillAt, type KillPoint, watchKillPoints } from './killPoints.ts'

export interface Part {
  role: 'app' | 'relay'
  dir: string
  time: FastTime
  at: KillAt | null
  /** An app: also on its network. */
  lan?: boolean
  port: number
}

interface Running {
  call(method: string, input: unknown): Promise<unknown>
  close(): Promise<void>
}

/** Written at once: a line in a buffer would die with the process. */
const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`)
const logger: Logger = { info: () => undefined, warn: (warn, facts = {}) => say({ warn, facts }) }

async function run({ role, dir, time, port, lan }: Part): Promise<Running> {
  if (role === 'app') return createKillableApp({ dir, time, logger, lan })
  const relay = await startKillableRelay({ dir, port, time, logger })
  return { call: () => Promise.resolve(null), close: relay.close }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async <T>(): Promise<T | null> => {
  const { value, done } = await lines.next()
  return done === true ? null : (JSON.parse(value) as T)
}

async function serve(running: Running, points: KillPoint[]): Promise<void> {
  for (let call = await read<Call>(); call !== null; call = await read<Call>()) {
    const { id, method, input } = call
    if (method === 'points') say({ id, answer: points })
    else if (method === 'close') return running.close().then(() => say({ id, answer: null }))
    else void running.call(method, input).then((answer) => say({ id, answer }))
  }
}

interface Call {
  id: number
  method: string
  input: unknown
}

flushCompileCache() // it is written at the end otherwise, and this process may not come to that
say({ ready: true })
const part = await read<Part>()
if (part !== null) {
  const points = watchKillPoints(part.at)
  const running = await run(part)
  say({ started: true })
  await serve(running, points)
}
process.exit(0)

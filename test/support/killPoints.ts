/**
 * The moments at which a process may die: before and after every COMMIT of SQLite, and every frame of its WebSockets, sent or
 * received. Counts them in the process that calls this, and kills that process (SIGKILL, itself) at one of them.
 */
import Sqlite from 'better-sqlite3'
import { WebSocket } from 'ws'

/** The `nth` (from 1) step of this name: `commit`, `send publish`, `receive blob`, … */
export interface KillPoint {
  name: string
  nth: number
}

export interface KillAt extends KillPoint {
  when: 'before' | 'after'
}

/** The first byte of a frame (src-shared/wire/frames.ts). */
const frameNames = new Map(
  Object.entries({ publish: 1, subscribe: 2, unsubscribe: 3, ack: 4, status: 5, published: 0x81, subscribed: 0x82 })
    .concat(Object.entries({ acked: 0x84, statuses: 0x85, blob: 0x86, changed: 0x87, error: 0xff }))
    .map(([name, byte]) => [byte, name]),
)
const nameOfFrame = (frame: unknown): string => (frame instanceof Uint8Array ? frameNames.get(frame[0] ?? 0) : undefined) ?? 'unknown'

/** Every point passed so far, in order. From now on this process dies at `at`. */
export function watchKillPoints(at: KillAt | null): KillPoint[] {
  const passed: KillPoint[] = []
  const counts = new Map<string, number>()

  /** The step is about to be taken; the answer says that it was. */
  const begin = (name: string): (() => void) => {
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    passed.push({ name, nth })
    const isHere = at !== null && at.name === name && at.nth === nth
    if (isHere && at.when === 'before') process.kill(process.pid, 'SIGKILL')
    return () => {
      if (isHere) process.kill(process.pid, 'SIGKILL')
    }
  }

  watchCommits(begin)
  watchFrames(begin)
  return passed
}

type Begin = (name: string) => () => void

/** Both databases, the app's and the relay's, prepare their `COMMIT` once and run it at the end of every transaction. */
function watchCommits(begin: Begin): void {
  const { prepare } = Sqlite.prototype
  const preparing = function (this: Sqlite.Database, sql: string): Sqlite.Statement {
    const statement = prepare.call(this, sql)
    if (sql !== 'COMMIT') return statement
    const run = statement.run.bind(statement) as () => Sqlite.RunResult
    const running = (): Sqlite.RunResult => {
      const after = begin('commit')
      const result = run()
      after()
      return result
    }
    return Object.defineProperty(statement, 'run', { value: running })
  }
  Object.assign(Sqlite.prototype, { prepare: preparing })
}

type Sent = (error?: Error) => void

/** A frame is sent when the network has taken it, and received when everything that follows from it at once has been done. */
function watchFrames(begin: Begin): void {
  const { send, emit } = WebSocket.prototype as unknown as {
    send: (data: unknown, sent?: Sent) => void
    emit: (event: string, ...parameters: unknown[]) => boolean
  }
  Object.assign(WebSocket.prototype, {
    send(this: WebSocket, data: unknown, sent?: Sent) {
      const after = begin(`send ${nameOfFrame(data)}`)
      send.call(this, data, (error) => {
        after()
        sent?.(error)
      })
    },
    emit(this: WebSocket, event: string, ...parameters: unknown[]) {
      if (event !== 'message') return emit.call(this, event, ...parameters)
      const after = begin(`receive ${nameOfFrame(parameters[0])}`)
      const result = emit.call(this, event, ...parameters)
      after()
      return result
    },
  })
}

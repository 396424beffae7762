/** The app as a browser reaches it, for tests, the demo and benches: a real process, its one-time address, HTTP and a WebSocket. */
import { request } from 'node:http'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { contract, type Client, type Method } from '#shared/contract/contract.ts'
import type { Answer, AppEvent } from '#shared/contract/events.ts'
import { CairnError, type ErrorCode } from '#shared/errors.ts'
import { createEventRecorder, type EventRecorder } from './eventRecorder.ts'
import { type RunningProcess, spawnProcess } from './process.ts'

export interface BridgeConnection {
  origin: string
  cookie: string
  client: Client
  /** As `client`, for what the types forbid. */
  call(method: string, input: unknown): Promise<Answer<unknown>>
  events: EventRecorder
  /** Resolves when the host has ended the stream of events. */
  ended: Promise<void>
  close(): void
}

/** Trades the token of `address` for a cookie and opens the stream of events; nothing the app says after that is missed. */
export async function connectBridge(address: string): Promise<BridgeConnection> {
  const cookie = await enter(address)
  const { origin } = new URL(address)
  const events = createEventRecorder()
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/events`, { headers: { Cookie: cookie, Origin: origin } })
  socket.on('message', (data: Buffer) => events.record(JSON.parse(data.toString()) as AppEvent))
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'open')
  socket.on('error', () => socket.terminate()) // the process was killed; `ended` tells
  const call = (method: string, input: unknown) => post(origin, cookie, { method, input })
  return { origin, cookie, client: clientOver(call), call, events, ended, close: () => socket.close() }
}

/** A browser's first visit: the cookie, as it would send it. Rejects unless the host sets one. */
export async function enter(address: string): Promise<string> {
  const answer = await send(address, { method: 'GET' })
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0]
  if (answer.status !== 303 || cookie === undefined) throw new Error(`the address was refused with ${answer.status}`)
  return cookie
}

const post = async (origin: string, cookie: string, call: unknown): Promise<Answer<unknown>> => {
  const headers = { Cookie: cookie, Origin: origin, 'Content-Type': 'application/json' }
  const answer = await send(`${origin}/api/call`, { method: 'POST', headers, body: JSON.stringify(call) })
  if (answer.status !== 200) throw new Error(`the bridge answered ${answer.status}`)
  return JSON.parse(answer.body) as Answer<unknown>
}

/** Methods as functions; a refusal is thrown as the `CairnError` it was. */
export function clientOver(call: BridgeConnection['call']): Client {
  const methods = Object.keys(contract) as Method[]
  const entries = methods.map((method) => [method, (input: unknown) => call(method, input).then(valueOf)])
  return Object.fromEntries(entries) as Client
}

function valueOf(answer: Answer<unknown>): unknown {
  if (answer.ok) return answer.value
  throw new CairnError(answer.error.code as ErrorCode, { details: answer.error.details })
}

export interface HttpAnswer {
  status: number
  headers: import('node:http').IncomingHttpHeaders
  body: string
}

/** One request with exactly these headers (`fetch` would correct some of them). */
export function send(
  url: string,
  options: { method: string; headers?: Record<string, string>; body?: string | Buffer; path?: string },
): Promise<HttpAnswer> {
  const { method, headers = {}, body, path } = options
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ...(path === undefined ? {} : { path }), agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
        sent.destroy()
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface RunningApp extends BridgeConnection {
  pid: number
  process: RunningProcess
  /** Ends it as a person would; resolves when the process is gone. Rejects when its exit code is not 0. */
  stop(): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

/** Starts the real host on a profile folder, from source, and signs in. */
export async function startApp({ profileDir, port = 0 }: { profileDir: string; port?: number }): Promise<RunningApp> {
  const running = spawnProcess('src-main/node/main.ts', ['--profile', profileDir, '--port', String(port), '--no-open'])
  try {
    const [, address = ''] = await running.line(/^Cairn is at (http:\S+)$/)
    const bridge = await connectBridge(address)
    return { ...bridge, pid: running.pid, process: running, stop: running.stop, kill: running.kill }
  } catch (error) {
    await running.kill()
    throw error
  }
}

/**
 * The bridge over HTTP: `POST /api/call` takes `{ method, input }` and gives an `Answer`; `GET /api/events` is a WebSocket that carries
 * each `AppEvent` as one JSON text. A window that was not there has missed events and reads its state anew; nothing is replayed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Answer } from '#shared/contract/events.ts'
import { limits } from '#shared/contract/limits.ts'
import type { App } from '../appTypes.ts'
import type { Logger } from '../ports.ts'
import { securityHeaders } from './headers.ts'

/** The longest invite text the contract lets in, with room for the rest of the call. Longer texts are refused unread. */
export const maxBodyBytes = limits.inviteTextChars + 64 * 1024
/** What may wait for one window that does not read; about a thousand conversations. */
const maxWaitingBytes = 8 * 1024 * 1024
const maxWindows = 32
const goodbyeMs = 300

export interface Bridge {
  call(request: IncomingMessage, response: ServerResponse): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  close(): void
}

export function createBridge({ app, logger }: { app: App; logger: Logger }): Bridge {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false, clientTracking: true })
  sockets.on('headers', (lines) => lines.push(...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`)))
  const stop = app.subscribe((event) => {
    const text = JSON.stringify(event)
    for (const socket of sockets.clients) deliver(socket, text, logger)
  })
  return {
    async call(request, response) {
      const body = await readBody(request)
      if (body === null) return refuseBody(request, response, 413, 'codec.too-large')
      const call = parseCall(body)
      if (call === null) return refuseBody(request, response, 400, 'input.invalid')
      respond(response, 200, await app.call(call.method, call.input))
    },
    upgrade(request, socket, head) {
      if (sockets.clients.size >= maxWindows) return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', () => webSocket.terminate()) // a broken frame; `close` follows and the window comes back
        webSocket.on('message', () => webSocket.close(1003)) // windows only listen here
      })
    },
    close() {
      stop()
      for (const socket of sockets.clients) {
        socket.close(1001)
        setTimeout(() => socket.terminate(), goodbyeMs).unref() // a window that does not answer holds nothing up
      }
      sockets.close()
    },
  }
}

/** A window that falls behind is cut off rather than fed from an ever-growing queue; it reads everything anew when it returns. */
function deliver(socket: WebSocket, text: string, logger: Logger): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount + text.length <= maxWaitingBytes) return socket.send(text)
  logger.warn('bridge.slow-window')
  socket.terminate()
}

/** The body as text, or null once it is over the limit; what is over it is never held. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseCall(body: string): { method: string; input: unknown } | null {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null || !('method' in value) || typeof value.method !== 'string') return null
    return { method: value.method, input: 'input' in value ? value.input : {} }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** The rest of a refused body is thrown away as it comes, so that the sender gets to read why. */
function refuseBody(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  response.setHeader('Connection', 'close')
  respond(response, status, { ok: false, error: { code, details: {} } })
  request.resume()
}

function respond(response: ServerResponse, status: number, answer: Answer<unknown>): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer))
}

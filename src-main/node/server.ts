/** The host's web server, on 127.0.0.1 alone: pages, the token's exchange, and the way to the bridge. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '../appTypes.ts'
import { describeError } from '../errorFacts.ts'
import { answerFile, isFileAddress } from '../fileAnswer.ts'
import type { Logger, Random } from '../ports.ts'
import { createServer } from '../transport/nodeHttp.ts'
import { type Auth, createAuth, isOwnHost, isOwnOrigin } from './auth.ts'
import { type Bridge, createBridge } from './bridge.ts'
import { downloadHeaders, downloadToken } from './download.ts'
import { securityHeaders } from './headers.ts'
import { comeAgainPage, loadPages, notAdmittedPage, notBuiltPage, notFoundPage, type Page, usedTokenPage } from './pages.ts'

export interface HostServer {
  port: number
  /** A new address with a token that opens one window; the address before it, if unused, is void. */
  newAddress(): string
  close(): Promise<void>
}

interface Parts {
  auth: Auth
  app: App
  bridge: Bridge
  pages: ReadonlyMap<string, Page>
  port: number
  logger: Logger
}

/** Listens on 127.0.0.1:`port` (0: any free one). Rejects with the system's error, `EADDRINUSE` when the port is taken. */
export async function startServer(options: {
  app: App
  port: number
  pagesDir: string
  random: Random
  logger: Logger
}): Promise<HostServer> {
  const pages = await loadPages(options.pagesDir)
  const server = createServer({ maxHeaderSize: 16 * 1024 })
  server.maxConnections = 256
  const port = await listen(server, options.port)
  const auth = createAuth({ random: options.random, port })
  const bridge = createBridge(options)
  const parts: Parts = { auth, app: options.app, bridge, pages, port, logger: options.logger }
  server.on('request', (request, response) => void handle(parts, request, response))
  server.on('upgrade', (request, socket, head) => upgrade(parts, request, socket, head))
  server.on('clientError', (_, socket) => refuseSocket(socket, '400 Bad Request'))
  return {
    port,
    newAddress: () => `http://127.0.0.1:${port}/?token=${auth.issueToken()}`,
    async close() {
      bridge.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

async function handle(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  try {
    await route(parts, request, response)
  } catch (error) {
    if (request.destroyed && !request.complete) return // the browser went away in the middle of its own request
    parts.logger.warn('host.request-failed', describeError(error))
    if (response.headersSent) response.destroy()
    else end(response, 500)
  }
}

async function route({ auth, app, bridge, pages, port }: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwnHost(request.headers, port)) return end(response, 403)
  const [pathname = '/', query] = (request.url ?? '/').split('?', 2)
  if (pathname === '/api/call') return callOf({ auth, bridge }, request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
  if (request.headers.origin !== undefined && !isOwnOrigin(request.headers)) return end(response, 403)
  const token = new URLSearchParams(query).get('token')
  if (pathname === '/' && token !== null) return enter(auth, token, request, response)
  if (!auth.admits(request.headers))
    return comesFromElsewhere(request) ? show(response, 200, comeAgainPage) : show(response, 401, notAdmittedPage)
  const download = downloadToken(pathname)
  if (download !== null && request.method === 'GET') return sendDownload(app, download, response)
  if (isFileAddress(pathname)) return showFile(app, request, response)
  const page = pages.get(pathname)
  if (page) return show(response, 200, page)
  show(response, 404, pages.has('/') ? notFoundPage : notBuiltPage)
}

async function callOf({ auth, bridge }: Pick<Parts, 'auth' | 'bridge'>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOwnOrigin(request.headers)) return end(response, 403)
  if (!auth.admits(request.headers)) return end(response, 401)
  if (request.method !== 'POST') return end(response, 405)
  // A form or a plain-text post needs no preflight; JSON does, so nothing but our own page can have sent it.
  if (!/^application\/json(;|$)/.test(request.headers['content-type'] ?? '')) return end(response, 415)
  await bridge.call(request, response)
}

function enter(auth: Auth, token: string, request: IncomingMessage, response: ServerResponse): void {
  // HEAD comes from link checkers and prefetch from browsers; neither is the window the person waits for.
  if (request.method !== 'GET' || request.headers['sec-purpose']?.includes('prefetch')) return end(response, 405)
  const cookie = auth.exchange(token)
  if (cookie === null) return show(response, 401, usedTokenPage)
  response.writeHead(303, { 'Set-Cookie': cookie, Location: '/' }).end()
}

/** Fetch Metadata: only a window that another site sent here may come again, or the page would go round for ever. */
const comesFromElsewhere = ({ headers }: IncomingMessage): boolean =>
  headers['sec-fetch-site'] !== undefined && !['same-origin', 'none'].includes(headers['sec-fetch-site'])

async function sendDownload(app: App, token: string, response: ServerResponse): Promise<void> {
  const download = app.download(token)
  if (!download) return show(response, 404, notFoundPage)
  try {
    response.writeHead(200, downloadHeaders(download))
    await pipeline(Readable.from(download.bytes(), { objectMode: false }), response)
  } finally {
    download.end()
  }
}

function upgrade(parts: Parts, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy())
  const refusal = whyNotUpgrade(parts, request)
  if (refusal === null) parts.bridge.upgrade(request, socket, head)
  else refuseSocket(socket, refusal)
}

function whyNotUpgrade({ auth, port }: Parts, { url, headers }: IncomingMessage): string | null {
  if (url !== '/api/events') return '404 Not Found'
  if (!isOwnHost(headers, port) || !isOwnOrigin(headers)) return '403 Forbidden'
  return auth.admits(headers) ? null : '401 Unauthorized'
}

/** An answer where Node's own is not to be had: before a request could be read, and on the way to a WebSocket. */
function refuseSocket(socket: Duplex, status: string): void {
  if (!socket.writable) return void socket.destroy()
  const lines = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}Connection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** As fast as it is read, and no faster. */
async function showFile(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = answerFile(app, request.url ?? '', request.headers.range ?? null)
  response.writeHead(status, body ? headers : { ...headers, 'Content-Length': 0 })
  if (!body || request.method === 'HEAD') return void response.end()
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response)
  } catch (error) {
    if (!request.destroyed && !response.destroyed) throw error // else whoever read it has had enough
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  }
}

function show(response: ServerResponse, status: number, { type, body }: Page): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body)
}

const end = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'Content-Length': 0 }).end()
}

/** The relay on the network: WebSocket, subprotocol `cairn.1` (src-shared/wire/frames.ts). */
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { CairnError } from '#shared/errors.ts'
import { subprotocol } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { createAddressCounts } from './addressCounts.ts'
import { createRelayCore } from './core.ts'
import type { RelayCoreOptions, RelayStats } from './core.ts'
import { attachWebSocket } from './webSocketPeer.ts'
import type { AttachedSocket } from './webSocketPeer.ts'

export interface Relay {
  /** Starts to accept; port 0 takes a free one. Throws `relay.port-in-use` or `relay.refused` (an address that is not this computer's). */
  listen(options: { host: string; port: number }): Promise<{ host: string; port: number }>
  /** `null` before `listen` and after `close`. */
  address(): { host: string; port: number } | null
  stats(): RelayStats & { connections: number }
  /** Ends what is overdue now instead of within a minute. */
  expireNow(): Promise<void>
  /** Accepts nothing more, answers what it has taken, says goodbye (1001) and closes the storage. Idempotent. */
  close(): Promise<void>
}

const goodbyeMs = 2000
/** A request line and headers need no more; blobs never come this way. */
const httpLimits = { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 5_000 }

export const createRelay = (options: RelayCoreOptions): Relay => {
  const { limits, clock, logger } = options
  const core = createRelayCore(options)
  const counters = core.counters
  const attached = new Set<AttachedSocket>()
  const addresses = createAddressCounts()
  const server: Server = createServer(httpLimits, (_request, response) => {
    counters.count('not-relay-protocol')
    response.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' }).end('This is a Cairn relay.\n')
  })
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: wireLimits.frameMax,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })
  let isClosing = false

  /** Why this upgrade is refused, or `null`. */
  const refusal = (request: IncomingMessage, address: string): { status: string; why: Parameters<typeof counters.count>[0] } | null => {
    if (request.headers.origin !== undefined) return { status: '403 Forbidden', why: 'web-page' }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
    if (request.url !== '/' || !offered.includes(subprotocol)) return { status: '400 Bad Request', why: 'not-relay-protocol' }
    if (isClosing || attached.size >= limits.connections) return { status: '503 Service Unavailable', why: 'connections-full' }
    if (addresses.count(address) >= limits.connectionsPerAddress) return { status: '503 Service Unavailable', why: 'address-full' }
    return null
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const address = request.socket.remoteAddress ?? ''
    const refused = refusal(request, address)
    socket.on('error', () => socket.destroy())
    if (refused !== null) {
      counters.count(refused.why)
      socket.end(`HTTP/1.1 ${refused.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const release = addresses.add(address)
      const member = attachWebSocket({ webSocket, socket, core, onClosed })
      attached.add(member)
      function onClosed(): void {
        release()
        attached.delete(member)
      }
    })
  }
  server.maxConnections = 2 * limits.connections // those that have not said yet what they want are closed after `headersTimeout`
  server.on('upgrade', upgrade)

  /** Asks every connection whether it is still there; one that answered nothing since the last time is dropped. */
  let cancelKeepAlive = (): void => undefined
  const keepAlive = (): void => {
    for (const member of attached) member.checkAlive()
    cancelKeepAlive = clock.after(limits.keepAliveMs, keepAlive)
  }

  const listen = (wanted: { host: string; port: number }): Promise<{ host: string; port: number }> =>
    new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => {
        const code = error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 'relay.port-in-use' : 'relay.refused'
        reject(new CairnError(code, { cause: error, details: { port: wanted.port } }))
      }
      server.once('error', fail)
      server.listen({ host: wanted.host, port: wanted.port, backlog: 1024 }, () => {
        server.removeListener('error', fail)
        server.on('error', (error) => logger.warn('relay.server-error', { error: error.message }))
        cancelKeepAlive = clock.after(limits.keepAliveMs, keepAlive)
        const address = currentAddress()
        if (address === null) reject(new CairnError('relay.refused'))
        else resolve(address)
      })
    })

  const currentAddress = (): { host: string; port: number } | null => {
    const address = server.address() as AddressInfo | null
    return address === null ? null : { host: address.address, port: address.port }
  }

  const sayGoodbye = async (): Promise<void> => {
    const members = [...attached]
    const allClosed = Promise.all(members.map((member) => member.closed))
    for (const member of members) member.goodbye()
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, goodbyeMs).unref())
    await Promise.race([allClosed, timeout])
    for (const member of attached) member.terminate()
    await allClosed
  }

  const stop = async (): Promise<void> => {
    isClosing = true
    cancelKeepAlive()
    const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve()
    for (const member of attached) member.stopTaking()
    await core.idle()
    await sayGoodbye()
    server.closeAllConnections()
    await closed
    await core.close()
  }
  let stopping: Promise<void> | null = null

  return {
    listen,
    address: currentAddress,
    stats: () => ({ ...core.stats(), connections: attached.size }),
    expireNow: () => core.expireNow(),
    close: () => (stopping ??= stop()),
  }
}

/** The relay on the network: WebSocket with the subprotocol `cairn.1`, and HTTP long polling (src-shared/wire). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { subprotocol } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { createAdmission } from './admission.ts'
import type { AttachedPeer } from './attachedPeer.ts'
import { createRelayCore } from './core.ts'
import type { RelayCoreOptions, RelayStats } from './core.ts'
import type { CounterName } from './counters.ts'
import { openListener } from './listener.ts'
import type { Listener, ListenOptions } from './listener.ts'
import { createOperations } from './operations.ts'
import { attachPollPeer } from './pollPeer.ts'
import type { PollPeer } from './pollPeer.ts'
import { createPollRoutes } from './pollRoutes.ts'
import type { Services } from './services.ts'
import { attachWebSocket } from './webSocketPeer.ts'

export interface Relay {
  /**
   * Starts to accept, on several ports if called several times; port 0 takes a free one. Throws `relay.port-in-use` or `relay.refused`
   * (an address that is not this computer's).
   */
  listen(options: ListenOptions): Promise<{ host: string; port: number }>
  stats(): RelayStats & { connections: number; polling: number }
  /** Ends what is overdue now instead of within a minute. */
  expireNow(): Promise<void>
  /** Accepts nothing more, answers what it has taken, says goodbye (1001) and closes the storage. Idempotent. */
  close(): Promise<void>
}

export interface RelayOptions extends RelayCoreOptions {
  /** Connections come through a proxy that says in X-Forwarded-For where from. */
  trustProxy?: boolean
  /** Who shows it may read `/metrics`; `null`: who asks from this computer, not through a proxy. */
  metricsToken?: string | null
  /** What this relay offers beside rendezvous points; without it nothing. */
  services?: Services | null
}

const goodbyeMs = 2000

/** Shared by all sockets: a closure for each would keep the request of its upgrade in memory for as long. */
function destroyThis(this: Duplex): void {
  this.destroy()
}

export const createRelay = (options: RelayOptions): Relay => {
  const { limits, clock, logger, trustProxy = false, metricsToken = null, services = null } = options
  const core = createRelayCore(options)
  const counters = core.counters
  const attached = new Set<AttachedPeer>()
  const admission = createAdmission({ limits, trustProxy })
  const listeners: Listener[] = []
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: wireLimits.frameMax,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })
  let isClosing = false

  const noRoom = (request: IncomingMessage): CounterName | null =>
    isClosing ? 'connections-full' : admission.refusal(request, attached.size)

  /** Why this upgrade is refused, or `null`. */
  const refusal = (request: IncomingMessage): { status: string; why: CounterName } | null => {
    if (request.headers.origin !== undefined) return { status: '403 Forbidden', why: 'web-page' }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
    if (request.url !== '/' || !offered.includes(subprotocol)) return { status: '400 Bad Request', why: 'not-relay-protocol' }
    const why = noRoom(request)
    return why === null ? null : { status: '503 Service Unavailable', why }
  }

  /** `attach` makes a peer; it counts until it calls `onClosed`. */
  const admit = <T extends AttachedPeer>(request: IncomingMessage, attach: (onClosed: () => void) => T): T =>
    register(admission.admit(request), attach)
  const register = <T extends AttachedPeer>(release: () => void, attach: (onClosed: () => void) => T): T => {
    const peer = attach(() => {
      release()
      attached.delete(peer)
    })
    attached.add(peer)
    return peer
  }

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', destroyThis)
    if (!isClosing && request.headers.origin === undefined && services?.upgrade(request, socket, head)) return
    const refused = refusal(request)
    if (refused !== null) {
      counters.count(refused.why)
      socket.end(`HTTP/1.1 ${refused.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      admit(request, (onClosed) => attachWebSocket({ webSocket, socket, core, onClosed }))
    })
  }

  const attachPolling = (request: IncomingMessage, onClosed: () => void): PollPeer | null => {
    const why = noRoom(request)
    if (why !== null) {
      counters.count(why)
      return null
    }
    return admit(request, (onGone) =>
      attachPollPeer({
        core,
        clock,
        onClosed: () => {
          onGone()
          onClosed()
        },
      }),
    )
  }

  const stats: Relay['stats'] = () => {
    const polling = [...attached].filter(({ carrier }) => carrier === 'polling').length
    return { ...core.stats(), connections: attached.size, polling }
  }
  const polling = createPollRoutes({ counters, logger, attach: attachPolling })
  const operations = createOperations({
    facts: async () => ({ ...stats(), ...(await core.size()), services: services?.counts() ?? [] }),
    isWell: async () => !isClosing && (await core.isWell()),
    trustProxy,
    metricsToken,
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (await operations(request, response)) return
    if (request.headers.origin !== undefined) {
      counters.count('web-page')
      response.writeHead(403, { connection: 'close', 'content-length': 0 }).end()
      return
    }
    if (polling.handle(request, response)) return
    if (services !== null && (await services.handle(request, response))) return
    counters.count('not-relay-protocol')
    response.writeHead(426, { connection: 'close', upgrade: 'websocket', 'content-type': 'text/plain' }).end('This is a Cairn relay.\n')
  }

  /** Asks every connection whether it is still there; one that answered nothing since the last time is dropped. */
  let cancelKeepAlive = (): void => undefined
  const keepAlive = (): void => {
    for (const member of attached) member.checkAlive()
    cancelKeepAlive = clock.after(limits.keepAliveMs, keepAlive)
  }

  const listen: Relay['listen'] = async (where) => {
    const listener = await openListener({
      where,
      maxConnections: 2 * limits.connections, // those that have not said yet what they want are closed after `headersTimeout`
      logger,
      onRequest: (request, response) => {
        answer(request, response).catch((error: unknown) => {
          logger.warn('relay.request-failed', { error: error instanceof Error ? error.message : 'unknown' })
          response.destroy()
        })
      },
      onUpgrade: upgrade,
    })
    if (listeners.length === 0) cancelKeepAlive = clock.after(limits.keepAliveMs, keepAlive)
    listeners.push(listener)
    return { host: listener.host, port: listener.port }
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
    const closed = Promise.all(listeners.map((listener) => listener.stop()))
    for (const member of attached) member.stopTaking()
    await core.idle()
    await Promise.all([sayGoodbye(), services?.disconnect()]) // a listener waits for what was upgraded on it
    for (const listener of listeners) listener.cut()
    await closed
    await services?.close()
    await core.close()
  }
  let stopping: Promise<void> | null = null

  return { listen, stats, expireNow: () => core.expireNow(), close: () => (stopping ??= stop()) }
}

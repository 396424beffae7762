/** The services of a relay over HTTP and WebSocket (docs/services), on sockets of their own: never one that carries rendezvous traffic. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { formatRelayAddress, parseRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Clock, ServiceAnswer, ServiceRequest, ServiceSocket, ServiceSocketEvents, ServiceTransport } from '../ports.ts'
import { createAgent, errorOfStatus, httpUrl } from './http.ts'
import { request as httpRequest } from './nodeHttp.ts'
import type { OpenSocket } from './openSocket.ts'

export interface ServicesOptions {
  clock: Clock
  openSocket: OpenSocket
  upgradeMs: number
}

/** Nothing came for this long: the request is given up. */
const quietMs = 30_000
/** Relays keep idle connections for 5 s. */
const idleMs = 4_000
/** A relay pings every 30 s. */
const silentMs = 90_000
const answerMax = 64 * 1024
const frameMax = 64 * 1024

export function createServices({ clock, openSocket, upgradeMs }: ServicesOptions): ServiceTransport {
  const agents = new Map<string, Agent>()
  const agentFor = (address: RelayAddress): Agent => {
    const key = formatRelayAddress(address)
    const agent = agents.get(key) ?? createAgent(() => openSocket(address), { keepAlive: true, timeout: idleMs, maxSockets: 4 })
    agents.set(key, agent)
    return agent
  }

  return {
    hostOf: (address) => new URL(httpUrl(parseRelayAddress(address), '/')).host,

    async request(address, wanted) {
      const parsed = parseRelayAddress(address)
      const once = () => exchange(agentFor(parsed), parsed, wanted)
      try {
        return await once()
      } catch (error) {
        // a kept connection that the other end closed just then (nodejs.org/api/http.html, request.reusedSocket)
        if (error instanceof StaleConnection) return once()
        throw error
      }
    },

    connect: (address, path, events) => connect({ clock, openSocket, upgradeMs }, parseRelayAddress(address), path, events),
  }
}

class StaleConnection extends Error {}

function exchange(
  agent: Agent,
  address: RelayAddress,
  { method, target, headers, body, limit = answerMax }: ServiceRequest,
): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(body.length) }
    const request = httpRequest(httpUrl(address, target), { method, agent, headers: { ...headers, ...length } })
    const fail = (cause: unknown): void => {
      request.destroy()
      reject(failureOf(request, cause))
    }
    request.setTimeout(quietMs, () => fail(new Error('timed out')))
    request.on('error', fail)
    request.on('response', (response) => void readAnswer(response, limit).then(resolve, fail))
    request.end(body ?? undefined)
  })
}

const failureOf = (request: ClientRequest, cause: unknown): Error => {
  if (isCairnError(cause)) return cause
  if (request.reusedSocket && (cause as NodeJS.ErrnoException).code === 'ECONNRESET') return new StaleConnection()
  return new CairnError('relay.unreachable', { cause })
}

async function readAnswer(response: IncomingMessage, limit: number): Promise<ServiceAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limit) throw new CairnError('relay.refused', { details: { what: 'oversize' } })
    chunks.push(chunk)
  }
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  return { status: response.statusCode ?? 0, headers, body: new Uint8Array(Buffer.concat(chunks)) }
}

function connect(options: ServicesOptions, address: RelayAddress, path: string, events: ServiceSocketEvents): ServiceSocket {
  const { clock, openSocket, upgradeMs } = options
  let error: CairnError | null = null
  let isOver = false
  let heardAt = clock.now()
  let cancelCheck = (): void => undefined
  const socket = new WebSocket(httpUrl(address, path).replace('http', 'ws'), {
    ...{ perMessageDeflate: false, maxPayload: frameMax, handshakeTimeout: upgradeMs, followRedirects: false },
    autoPong: false, // a pong says that what came before is kept: that is for the receiver to say
    agent: createAgent(() => openSocket(address)),
  })
  const checkSilence = (): void => {
    cancelCheck = clock.after(silentMs / 3, () => {
      if (clock.now() - heardAt >= silentMs) socket.terminate()
      else checkSilence()
    })
  }
  const heard = <T>(tell: (value: T) => void) => {
    return (value: T): void => {
      heardAt = clock.now()
      if (!isOver) tell(value)
    }
  }

  socket.on('unexpected-response', (_request, response) => {
    const status = response.statusCode ?? 0
    error = status === 404 ? new CairnError('account.no-service') : errorOfStatus(status)
    socket.terminate()
  })
  socket.on('open', () => {
    if (isOver) return
    checkSilence()
    events.onOpen()
  })
  socket.on('message', (data: RawData, isBinary) => {
    if (isBinary) return socket.terminate()
    heard(events.onText)((data as Buffer).toString('utf8'))
  })
  socket.on(
    'ping',
    heard((data: Buffer) => events.onPing(new Uint8Array(data))),
  )
  socket.on(
    'pong',
    heard((data: Buffer) => events.onPong(new Uint8Array(data))),
  )
  socket.on('error', (cause) => {
    error ??= isCairnError(cause) ? cause : new CairnError('relay.unreachable', { cause })
  })
  socket.on('close', (code) => {
    cancelCheck()
    if (isOver) return
    isOver = true
    events.onClose(error ?? new CairnError('relay.unreachable', { details: { code } }), code)
  })

  return {
    send: (text) => socket.send(text),
    ping: (mark) => socket.ping(mark),
    pong: (data) => socket.pong(data),
    close() {
      isOver = true
      cancelCheck()
      if (socket.readyState === WebSocket.OPEN) socket.close(1000)
      else socket.terminate()
    },
  }
}

/** Where there is no network at all, there are none. */
export const noServices: ServiceTransport = {
  hostOf: (address) => parseRelayAddress(address).host,
  request: async () => {
    throw new CairnError('account.no-service')
  },
  connect(_address, _path, events) {
    setImmediate(() => events.onClose(new CairnError('account.no-service'), 1006))
    return { send: () => undefined, ping: () => undefined, pong: () => undefined, close: () => undefined }
  },
}

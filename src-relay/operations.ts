/** What an operator asks a running relay: `GET /health` and `GET /metrics`. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RelayStats } from './core.ts'
import type { ServiceCount } from './services.ts'

export interface RelayFacts extends RelayStats {
  /** All, and those of them that use long polling. */
  connections: number
  polling: number
  blobs: number
  bytes: number
  services: ServiceCount[]
}

export interface OperationsOptions {
  facts(): Promise<RelayFacts>
  /** False when storage does not answer. */
  isWell(): Promise<boolean>
  trustProxy: boolean
  metricsToken: string | null
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

const isLoopback = (address: string | undefined): boolean => /^(::ffff:)?127\.|^::1$/.test(address ?? '')

/** Not through a proxy: to it every visitor is on loopback. */
const isFromHere = ({ socket, headers }: IncomingMessage, trustProxy: boolean): boolean =>
  !trustProxy &&
  isLoopback(socket.remoteAddress) &&
  ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'].every((header) => headers[header] === undefined)

const mayReadMetrics = (request: IncomingMessage, { trustProxy, metricsToken }: OperationsOptions): boolean => {
  if (metricsToken === null) return isFromHere(request, trustProxy)
  const [, given = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? []
  return timingSafeEqual(digest(given), digest(metricsToken))
}

/** The text format of Prometheus, version 0.0.4. */
const metricsText = ({ connections, polling, watched, counts, blobs, bytes, services }: RelayFacts): string => {
  const family = (name: string, type: 'gauge' | 'counter', help: string, samples: [labels: string, value: number][]): string =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(([labels, value]) => `${name}${labels} ${value}`), ''].join('\n')
  const perEvent = Object.entries(counts).map(([event, count]): [string, number] => [`{event="${event}"}`, count])
  return [
    family('cairn_relay_connections', 'gauge', 'Clients connected now.', [
      ['{carrier="websocket"}', connections - polling],
      ['{carrier="polling"}', polling],
    ]),
    family('cairn_relay_watched', 'gauge', 'Rendezvous points that somebody watches.', [['', watched]]),
    family('cairn_relay_events_total', 'counter', 'What has happened since the start, by name.', perEvent),
    family(
      'cairn_relay_service_requests_total',
      'counter',
      'Requests of the services that were answered, by service and status.',
      services.map(({ service, status, count }): [string, number] => [`{service="${service}",status="${status}"}`, count]),
    ),
    family('cairn_relay_blobs', 'gauge', 'Blobs that wait to be taken.', [['', blobs]]),
    family('cairn_relay_storage_bytes', 'gauge', 'Bytes in use in the database.', [['', bytes]]),
    family('cairn_relay_resident_bytes', 'gauge', 'Memory of the process.', [['', process.memoryUsage.rss()]]),
    family('cairn_relay_uptime_seconds', 'gauge', 'Seconds since the process started.', [['', Math.round(process.uptime())]]),
  ].join('')
}

/** Answers true when the request was one of these. */
export const createOperations = (options: OperationsOptions) => {
  const send = (response: ServerResponse, status: number, type: string, body: string): void => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' }).end(body)
  }
  const health = async (response: ServerResponse): Promise<void> => {
    const isWell = await options.isWell()
    send(response, isWell ? 200 : 503, 'application/json', `${JSON.stringify({ relay: 'cairn.1', status: isWell ? 'ok' : 'failing' })}\n`)
  }
  const metrics = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // To whom it is not shown there is nothing here.
    if (!mayReadMetrics(request, options)) return send(response, 404, 'text/plain', 'Not found.\n')
    send(response, 200, 'text/plain; version=0.0.4', metricsText(await options.facts()))
  }
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (request.method !== 'GET') return false
    if (request.url === '/health') await health(response)
    else if (request.url === '/metrics') await metrics(request, response)
    else return false
    return true
  }
}

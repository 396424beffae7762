/** One port that the relay accepts on, plain or with TLS. */
import type { RequestListener, Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { CairnError } from '#shared/errors.ts'
import type { Logger } from './ports.ts'

/** Not by `import`, which would load all of undici with it (src-main/transport/nodeHttp.ts). */
const { createServer: createHttpServer } = process.getBuiltinModule('node:http')

export interface ListenOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  /** PEM; without it the port is plain. */
  tls?: { cert: string; key: string }
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Accepts nothing more; resolves when every connection has ended. */
  stop(): Promise<void>
  /** Ends what is connected and not upgraded. */
  cut(): void
}

/**
 * Headers need no more, and a body of long polling is 256 KiB at most; a backup, 7.5 MB sealed, takes two minutes over half a megabit a
 * second. A client of long polling asks again at once.
 */
const httpLimits = {
  maxHeaderSize: 8192,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
}
const tlsLimits = { minVersion: 'TLSv1.3', handshakeTimeout: 10_000 } as const

/** Throws `relay.port-in-use`, or `relay.refused` for an address that is not this computer's and a certificate that cannot be used. */
export const openListener = (options: {
  where: ListenOptions
  maxConnections: number
  logger: Logger
  onRequest: RequestListener
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}): Promise<Listener> =>
  new Promise((resolve, reject) => {
    const { where, maxConnections, logger, onRequest, onUpgrade } = options
    const server: Server =
      where.tls === undefined
        ? createHttpServer(httpLimits, onRequest)
        : createHttpsServer({ ...httpLimits, ...tlsLimits, ...where.tls }, onRequest)
    server.maxConnections = maxConnections
    server.on('upgrade', onUpgrade)
    const fail = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 'relay.port-in-use' : 'relay.refused'
      reject(new CairnError(code, { cause: error, details: { port: where.port } }))
    }
    server.once('error', fail)
    server.listen({ host: where.host, port: where.port, backlog: 1024 }, () => {
      server.removeListener('error', fail)
      server.on('error', (error) => logger.warn('relay.server-error', { error: error.message }))
      const { address, port } = server.address() as AddressInfo
      resolve({
        host: address,
        port,
        stop: () => new Promise((done) => server.close(() => done())),
        cut: () => server.closeAllConnections(),
      })
    })
  })

/** A connection through a SOCKS5 proxy (RFC 1928, RFC 1929), by the `socks` package. The relay's name goes to the proxy as it is. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { CairnError } from '#shared/errors.ts'
import type { Proxy } from './route.ts'

/** What the proxy says of the way behind it, and not of itself. */
const behindIt = /rejected connection - (Failure|NetworkUnreachable|HostUnreachable|ConnectionRefused|TTLExpired)/

/** A proxy that has said anything is there: what is late after that is the relay. */
const errorOf = (cause: unknown, hasSpoken: boolean): CairnError => {
  const message = cause instanceof Error ? cause.message : ''
  if (behindIt.test(message) || (hasSpoken && /timed out/i.test(message))) return new CairnError('relay.unreachable', { cause })
  return new CairnError(hasSpoken ? 'proxy.refused' : 'proxy.unreachable', { cause })
}

const connectToProxy = ({ host, port }: Proxy, timeoutMs: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (cause: unknown): void => {
      socket.destroy()
      reject(new CairnError('proxy.unreachable', { cause }))
    }
    socket.setTimeout(timeoutMs, () => fail(new Error('timed out')))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      resolve(socket)
    })
  })

/** Throws `proxy.unreachable`, `proxy.refused`, or `relay.unreachable` when the proxy says so. `onSocket` hears of it while it waits. */
export const connectThroughProxy = async (options: {
  proxy: Proxy
  host: string
  port: number
  relay: string
  timeoutMs: number
  onSocket: (socket: Socket) => void
}): Promise<Socket> => {
  const { proxy, host, port, relay, timeoutMs, onSocket } = options
  const socket = await connectToProxy(proxy, timeoutMs)
  onSocket(socket)
  const { SocksClient } = await import('socks') // with all it needs a tenth of the program, for those who have a proxy
  const { username, password } = proxy.credentialsFor(relay)
  try {
    await SocksClient.createConnection({
      proxy: { host: proxy.host, port: proxy.port, type: 5, userId: username, password },
      command: 'connect',
      destination: { host, port },
      timeout: timeoutMs,
      existing_socket: socket,
    })
    return socket
  } catch (cause) {
    socket.destroy()
    throw errorOf(cause, socket.bytesRead > 0)
  }
}

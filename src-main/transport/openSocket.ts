/**
 * The one way out: every byte to a relay goes through a socket that was opened here, on the route of the moment. With TLS it is
 * handed over only once the other end has proved who it is; nothing has been sent to it before.
 */
import { createHash } from 'node:crypto'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls, getCACertificates } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { formatRelayAddress } from '#shared/wire/relayAddress.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Router } from './route.ts'
import { connectThroughProxy } from './throughProxy.ts'

export type OpenSocket = (address: RelayAddress) => Promise<Socket>

export interface OpenSocketOptions {
  router: Router
  /** Where the relay of this very process is, on loopback: it is reached without the network and without a proxy. */
  here?: (address: RelayAddress) => { host: string; port: number } | null
  /** PEM, for tests; otherwise the certificate authorities of the system and of Node. */
  authorities?: string[]
  timeouts?: typeof usualTimeouts
  /** What is opened for one purpose is not shown to a proxy as what is opened for another: Tor keeps them apart. */
  circuit?: string
}

/** For a connection to be there, with its TLS; Tor builds a circuit first. Then for a WebSocket to be let through. */
export const usualTimeouts = { directMs: 10_000, throughProxyMs: 30_000, upgradeMs: 10_000 }

/** With a pin the key decides instead of the certificate authorities: a relay at home has a certificate of its own making. */
const hasPinnedKey = (socket: TLSSocket, pin: string): boolean => {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
  return key !== undefined && createHash('sha256').update(key).digest('base64url') === pin
}

/** Codes of OpenSSL and of Node for a certificate that does not convince. */
const isCertificateFault = (cause: NodeJS.ErrnoException): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO|ISSUER|HOSTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/.test(cause.code ?? '')

const connectDirectly = (host: string, port: number, timeoutMs: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const fail = (cause: unknown): void => {
      socket.destroy()
      reject(new CairnError('relay.unreachable', { cause }))
    }
    socket.once('timeout', fail)
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('timeout', fail)
      socket.off('error', fail)
      resolve(socket)
    })
  })

const secure = (socket: Socket, { host, pin }: RelayAddress, timeoutMs: number, authorities: () => string[]): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const tls = connectTls({
      socket,
      host,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(pin === null ? { ca: authorities() } : { rejectUnauthorized: false }),
    })
    const fail = (error: CairnError): void => {
      tls.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new CairnError('relay.unreachable')), timeoutMs)
    const onError = (cause: NodeJS.ErrnoException): void =>
      fail(new CairnError(isCertificateFault(cause) ? 'relay.certificate-untrusted' : 'relay.unreachable', { cause }))
    tls.on('error', onError)
    tls.once('close', () => {
      clearTimeout(timer)
      reject(new CairnError('relay.unreachable'))
    })
    tls.once('secureConnect', () => {
      clearTimeout(timer)
      if (pin !== null && !hasPinnedKey(tls, pin)) return fail(new CairnError('relay.certificate-changed'))
      resolve(tls)
    })
  })

export const createOpenSocket = ({ router, here, authorities, timeouts = usualTimeouts, circuit = '' }: OpenSocketOptions): OpenSocket => {
  let known = authorities ?? null
  const allAuthorities = (): string[] => (known ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])])

  return async (address) => {
    const { proxy, signal } = router.current()
    const near = here?.(address) ?? null
    const timeoutMs = proxy === null || near !== null ? timeouts.directMs : timeouts.throughProxyMs
    let underWay: Socket | null = null
    const cut = (): void => void underWay?.destroy()
    /** From here on the end of the route is the end of the socket. */
    const own = (socket: Socket): void => {
      underWay = socket
      if (signal.aborted) cut()
    }
    signal.addEventListener('abort', cut)
    try {
      const { host, port } = near ?? address
      const plain =
        proxy === null || near !== null
          ? await connectDirectly(host, port, timeoutMs)
          : await connectThroughProxy({ proxy, host, port, relay: `${circuit}${formatRelayAddress(address)}`, timeoutMs, onSocket: own })
      own(plain)
      const socket = address.secure ? await secure(plain, address, timeoutMs, allAuthorities) : plain
      own(socket)
      if (signal.aborted) throw new CairnError('relay.unreachable')
      socket.setNoDelay(true)
      socket.on('error', () => undefined) // whoever uses it hears of it, too; between two users nobody would
      socket.once('close', () => signal.removeEventListener('abort', cut))
      return socket
    } catch (error) {
      signal.removeEventListener('abort', cut)
      cut()
      throw isCairnError(error) ? error : new CairnError('relay.unreachable', { cause: error })
    }
  }
}

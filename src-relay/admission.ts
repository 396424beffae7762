/** Who may connect: the limits on connections, and whose address counts. */
import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { createAddressCounts } from './addressCounts.ts'
import type { RelayLimits } from './limits.ts'

export interface Admission {
  /** Why not, or `null`. */
  refusal(request: IncomingMessage, connected: number): 'connections-full' | 'address-full' | null
  /** Counts one more from there; the answer takes it back, once. */
  admit(request: IncomingMessage): () => void
}

/**
 * Behind a proxy the last entry of X-Forwarded-For is the address that the nearest proxy has seen; what stands before it is the
 * client's word. Without the header, or with nonsense in it, everybody counts as the proxy.
 */
export const clientAddress = (request: IncomingMessage, trustProxy: boolean): string => {
  const remote = request.socket.remoteAddress ?? ''
  if (!trustProxy) return remote
  const header = request.headers['x-forwarded-for']
  const last = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').at(-1)?.trim() ?? ''
  return isIP(last) === 0 ? remote : last
}

export const createAdmission = (options: { limits: RelayLimits; trustProxy: boolean }): Admission => {
  const { limits, trustProxy } = options
  const addresses = createAddressCounts()
  return {
    refusal(request, connected) {
      if (connected >= limits.connections) return 'connections-full'
      return addresses.count(clientAddress(request, trustProxy)) >= limits.connectionsPerAddress ? 'address-full' : null
    },
    admit: (request) => addresses.add(clientAddress(request, trustProxy)),
  }
}

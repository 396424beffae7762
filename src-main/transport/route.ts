/** How relays are reached now: directly or through a proxy. What was opened on an earlier route is cut. */
import { CairnError } from '#shared/errors.ts'
import { formatProxyAddress, parseProxyAddress } from '#shared/wire/proxyAddress.ts'
import type { ProxySettings, Random } from '../ports.ts'

export interface Proxy {
  host: string
  port: number
  /** What this relay is shown by: Tor keeps streams with different ones on different circuits. */
  credentialsFor(relay: string): { username: string; password: string }
}

export interface Route {
  proxy: Proxy | null
  /** Aborts when another route is taken. */
  signal: AbortSignal
}

export interface Router {
  current(): Route
  /** Throws `proxy.address-invalid`. `redial` runs between the new route's beginning and the old one's end. */
  use(settings: ProxySettings | null, redial: () => void): void
}

/** RFC 1929: 1 to 255 bytes each. */
const isCredential = (text: string): boolean => {
  const bytes = Buffer.byteLength(text)
  return bytes >= 1 && bytes <= 255
}

const proxyOf = (settings: ProxySettings, random: Random): Proxy => {
  const { host, port } = parseProxyAddress(formatProxyAddress(settings))
  const { credentials } = settings
  if (credentials !== null && !(isCredential(credentials.username) && isCredential(credentials.password)))
    throw new CairnError('proxy.address-invalid', { details: { what: 'credentials' } })
  const made = new Map<string, { username: string; password: string }>()
  const word = (): string => Buffer.from(random(16)).toString('base64url')
  return {
    host,
    port,
    credentialsFor(relay) {
      if (credentials !== null) return credentials
      const known = made.get(relay) ?? { username: word(), password: word() }
      made.set(relay, known)
      return known
    },
  }
}

export const createRouter = (random: Random): Router => {
  let abort = new AbortController()
  let route: Route = { proxy: null, signal: abort.signal }
  return {
    current: () => route,
    use(settings, redial) {
      const proxy = settings === null ? null : proxyOf(settings, random)
      const old = abort
      abort = new AbortController()
      route = { proxy, signal: abort.signal }
      redial()
      old.abort()
    },
  }
}

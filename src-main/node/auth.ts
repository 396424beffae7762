/**
 * Who may talk to the host. Loopback is open to every program and every page on this computer, so an address is worth nothing
 * by itself: a token from the terminal, good once, buys the browser a cookie; and each request must be for this host, from this origin.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../ports.ts'

const secretBytes = 32
/** Browser windows and profiles one person may have admitted at a time; one more signs the oldest out. */
const maxSessions = 8

export interface Auth {
  /** A fresh token; the one before it, if unused, is void. */
  issueToken(): string
  /** The value for `Set-Cookie`, or null for a token that is wrong, void or used. */
  exchange(token: string): string | null
  /** Whether the request carries the cookie of a session. */
  admits(headers: IncomingHttpHeaders): boolean
}

/** Cookies of one host name are shared between its ports, so the port is in the name: two apps do not sign each other out. */
export function createAuth({ random, port }: { random: Random; port: number }): Auth {
  const cookieName = `cairn-${port}`
  const sessions: Buffer[] = []
  let pending: Buffer | null = null
  const secret = () => Buffer.from(random(secretBytes)).toString('base64url')

  return {
    issueToken() {
      const token = secret()
      pending = digest(token)
      return token
    },
    exchange(token) {
      if (pending === null || !timingSafeEqual(pending, digest(token))) return null
      pending = null
      const value = secret()
      sessions.push(digest(value))
      if (sessions.length > maxSessions) sessions.shift()
      return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict`
    },
    admits(headers) {
      const offered = cookieValues(headers.cookie ?? '', cookieName).map(digest)
      return offered.some((value) => sessions.some((session) => timingSafeEqual(session, value)))
    },
  }
}

/** Digests are compared, not the secrets: equal length always, and nothing kept that could be used. */
const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** A header may repeat a name (RFC 6265 section 4.2.2 promises no order), so all are tried; a few are enough. */
const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, 4)
    .map((pair) => pair.slice(name.length + 1))

/** Exactly our own names with our own port: a page whose name was rebound to 127.0.0.1 sends its own name. */
export const isOwnHost = (headers: IncomingHttpHeaders, port: number): boolean =>
  headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`

/** A browser names the origin of every POST and every WebSocket; one that is absent or `null` is not ours. */
export const isOwnOrigin = (headers: IncomingHttpHeaders): boolean => headers.origin === `http://${headers.host ?? ''}`

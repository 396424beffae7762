/** The address of a computer on the same network as a person types it, docs/protocol.md section 10: `address[:port]`, IPv6 in brackets. */
import { CairnError } from '../errors.ts'
import { normalHost } from './relayAddress.ts'

/** UDP. */
export const defaultLanPort = 6711

export interface LanAddress {
  /** A name or an IP address; lower case, IPv6 without brackets. */
  host: string
  port: number
}

const form = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/i

/** White space around it is forgiven. Throws `lan.address-invalid`. */
export const parseLanAddress = (text: string): LanAddress => {
  const [, written = '', digits] = form.exec(text.trim()) ?? []
  const host = written.length > 255 ? null : normalHost(written)
  const port = digits === undefined ? defaultLanPort : Number(digits)
  if (host === null || !(port >= 1 && port <= 65_535)) throw new CairnError('lan.address-invalid')
  return { host, port }
}

export const formatLanAddress = ({ host, port }: LanAddress): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

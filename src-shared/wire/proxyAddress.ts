/** The address of a SOCKS5 proxy as a person types it: `host:port`, IPv6 in brackets. */
import { CairnError } from '../errors.ts'
import { normalHost } from './relayAddress.ts'

export interface ProxyAddress {
  /** Lower case; IPv6 without brackets. */
  host: string
  port: number
}

const form = /^(?:socks5h?:\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+):([0-9]{1,5})\/?$/i

/** White space around it and `socks5://` in front are forgiven. Throws `proxy.address-invalid`. */
export const parseProxyAddress = (text: string): ProxyAddress => {
  const [, written = '', digits] = form.exec(text.trim()) ?? []
  const host = written.length > 255 ? null : normalHost(written)
  const port = Number(digits)
  if (host === null || !(port >= 1 && port <= 65_535)) throw new CairnError('proxy.address-invalid')
  return { host, port }
}

export const formatProxyAddress = ({ host, port }: ProxyAddress): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

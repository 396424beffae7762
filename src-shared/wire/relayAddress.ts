/**
 * Relay addresses, docs/protocol.md section 4: `ws(s)://host:port[#spki-pin]`, default port 7443.
 *
 * The normal form is hashed into rendezvous points, so an address has exactly one: scheme and host in lower case, IPv6 as
 * RFC 5952 writes it, the port always there, no path. A pin is the unpadded base64url SHA-256 of the certificate's
 * SubjectPublicKeyInfo and needs `wss`. Hosts are ASCII; other names come as their `xn--` form.
 */
import { CairnError } from '../errors.ts'
import { limits } from '../contract/limits.ts'

export const defaultRelayPort = 7443

export interface RelayAddress {
  secure: boolean
  /** Lower case; IPv6 without brackets. */
  host: string
  port: number
  /** 43 characters of base64url, or null. */
  pin: string | null
}

const form = /^(wss?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?\/?$/i
const pinForm = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/ // the last character's two spare bits are zero
const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const octet = /^(0|[1-9][0-9]{0,2})$/

const isIpv4 = (text: string): boolean => {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => octet.test(part) && Number(part) <= 255)
}

/** A name whose last label is a number is an IPv4 address or nothing; browsers and resolvers disagree about the rest. */
const isHostName = (host: string): boolean => {
  const labels = host.split('.')
  if (host.length > 253 || !labels.every((part) => label.test(part))) return false
  return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') ? isIpv4(host) : true
}

const ipv6Words = (text: string): number[] | null => {
  if (text === '') return []
  const words = text.split(':')
  return words.every((word) => /^[0-9a-f]{1,4}$/.test(word)) ? words.map((word) => parseInt(word, 16)) : null
}

/** `::ffff:1.2.3.4` with its last four octets as two words. */
const withoutDots = (text: string): string | null => {
  if (!text.includes('.')) return text
  const cut = text.lastIndexOf(':') + 1
  const v4 = text.slice(cut)
  if (cut === 0 || !isIpv4(v4)) return null
  const [a, b, c, d] = v4.split('.').map(Number) as [number, number, number, number]
  return `${text.slice(0, cut)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

/** RFC 5952 section 4: no leading zeros, the longest run of at least two zero words (the first of equals) as `::`. */
const formatIpv6 = (words: number[]): string => {
  let [start, length] = [0, 1]
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && words[end] === 0) end++
    if (end - i > length) [start, length] = [i, end - i]
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(':')
  return length < 2 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`
}

const normalIpv6 = (text: string): string | null => {
  const halves = withoutDots(text)?.split('::')
  if (!halves || halves.length > 2) return null
  const [head, tail] = halves.map(ipv6Words)
  if (!head || tail === null) return null
  if (tail === undefined) return head.length === 8 ? formatIpv6(head) : null
  const missing = 8 - head.length - tail.length
  return missing >= 1 ? formatIpv6([...head, ...Array<number>(missing).fill(0), ...tail]) : null
}

/** Lower case, IPv6 (written in brackets) without them and as RFC 5952 has it; `null` for what is no host. */
export const normalHost = (written: string): string | null => {
  const host = written.toLowerCase()
  if (host.startsWith('[')) return normalIpv6(host.slice(1, -1))
  return isHostName(host) ? host : null
}

const parse = (text: string): RelayAddress | null => {
  if (text.length > limits.relayAddressChars) return null
  const [url = '', pin = null, ...more] = text.split('#')
  const [, scheme = '', written = '', digits] = form.exec(url) ?? []
  const host = normalHost(written)
  const port = digits === undefined ? defaultRelayPort : Number(digits)
  const secure = scheme.toLowerCase() === 'wss'
  if (!host || more.length > 0 || port < 1 || port > 65535) return null
  if (pin !== null && !(secure && pinForm.test(pin))) return null
  return { secure, host, port, pin }
}

/** White space around the address is forgiven, nothing else. Throws `relay.address-invalid`. */
export const parseRelayAddress = (text: string): RelayAddress => {
  const address = parse(text.trim())
  // The normal form may be longer than what was written; it has to fit as well.
  if (!address || formatRelayAddress(address).length > limits.relayAddressChars) throw new CairnError('relay.address-invalid')
  return address
}

export const formatRelayAddress = ({ secure, host, port, pin }: RelayAddress): string =>
  `${secure ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}${pin === null ? '' : `#${pin}`}`

/** The normal form of an address. Throws `relay.address-invalid`. */
export const normalizeRelayAddress = (text: string): string => formatRelayAddress(parseRelayAddress(text))

/** True for an address already in its normal form: the only one that may stand in anything signed, sealed or hashed. */
export const isNormalRelayAddress = (text: string): boolean => {
  const address = parse(text)
  return address !== null && formatRelayAddress(address) === text
}

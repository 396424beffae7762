/**
 * What the LAN link (docs/protocol.md section 10) is made between: a socket that carries datagrams below, and a session that carries
 * sealed ones above. A session's datagrams may be lost, doubled or overtaken, and are never altered.
 */
import type { CairnError } from '#shared/errors.ts'

/** An IP address (IPv6 without brackets, as RFC 5952 writes it) and a UDP port. */
export interface Remote {
  address: string
  port: number
}

export interface DatagramSocket {
  /** Where it is bound. */
  readonly local: Remote
  /** Never throws; what cannot be sent is lost, as it may be on the way. */
  send(datagram: Uint8Array, to: Remote): void
  /** Datagrams that were sent and the system has not taken yet; absent where that cannot be. */
  waiting?(): number
  /** Once, before anything can be received. */
  onDatagram(listener: (datagram: Uint8Array, from: Remote) => void): void
  close(): void
}

export interface LanSession {
  readonly role: 'client' | 'server'
  readonly remote: Readonly<Remote>
  /** `H(pk_c ‖ pk_s)`, 32 bytes: what the recognition of contacts is bound to. */
  readonly channelHash: Uint8Array
  /** Of the other side's ephemeral key, for people: groups of hex. */
  readonly fingerprint: string
  /** Bytes that `send` takes at most. */
  readonly maxPayload: number
  /** May be lost, doubled, overtaken; never altered. Errors: `codec.too-large`; `lan.closed` once the session has ended. */
  send(payload: Uint8Array): void
  /** Tells the other side; `onClose` is called with `lan.closed`. */
  close(): void
}

export interface LanSessionEvents {
  onDatagram(payload: Uint8Array): void
  /** Once. `lan.timeout`: nothing was heard for too long; `lan.closed`: either side ended it. */
  onClose(error: CairnError): void
}

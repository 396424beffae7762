/** What the LAN link needs of the world, and what is made of it (docs/protocol.md section 10). */
import type { RelayLink, RelayLinkEvents } from './ports.ts'
import type { DatagramSocket, Remote } from './transport/lan/datagram.ts'

/** Where blobs for this person lie: what a relay's core (src-relay/core.ts) is to its clients. Only hosts bring one with them. */
export interface Mailbox {
  accept(peer: {
    send(frame: Uint8Array): void
    buffered(): number
    cork(): void
    uncork(): void
    pause(): void
    resume(): void
    close(code: number, reason: string): void
  }): { receive(frame: Uint8Array): void; drained(): void; closed(): void }
}

/** Messages both ways between this app and one other, in order. */
export interface LanChannel {
  send(message: Uint8Array): void
  /** Bytes that were handed to `send` and are not there yet. */
  buffered(): number
  close(): void
}

/** The end of a channel that has been taken up. */
export interface Attached {
  /** What is no message of ours ends the channel. */
  received(message: Uint8Array): void
  drained(): void
  lost(): void
}

/** The places of people on this network; `Transport.open` leads here for `lan:` addresses. */
export interface LanRendezvous {
  /** A link to the place of a person, who may be this one. */
  open(id: string, events: RelayLinkEvents): RelayLink
  /** This person is met here now; null: no more. */
  serve(own: { id: string; mailbox: Mailbox } | null): void
  /** Somebody is there now. A newer channel takes the place of an older one. */
  attach(id: string, channel: LanChannel): Attached
}

export interface LanPort {
  rendezvous: LanRendezvous
  /** Errors: `lan.port-in-use`, `lan.address-invalid`. */
  bind(at: Remote): Promise<DatagramSocket>
  /** The IP address of a name. Errors: `lan.unreachable`. */
  resolve(host: string): Promise<string>
  /** Addresses of this computer that others on its networks reach it at, best first. */
  addresses(): string[]
  /** Opens the mailbox of this profile, which keeps what others put there until it is read. */
  mailbox(): Promise<Mailbox & { close(): Promise<void> }>
}

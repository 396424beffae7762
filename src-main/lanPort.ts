/** The LAN link as the app uses it, and what is made of it between hosts and transport (docs/protocol.md section 10). */

/** An IP address (IPv6 without brackets) and a UDP port. */
interface Remote {
  address: string
  port: number
}

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

/** The places of people on this network; `Transport.open` leads to them for `lan:` addresses. */
export interface LanPlaces {
  /** This person is met here now; null: no more. */
  serve(own: { id: string; mailbox: Mailbox } | null): void
  /** Somebody is there now. A newer channel takes the place of an older one. */
  attach(id: string, channel: LanChannel): Attached
}

/** Somebody this app would know, or (null) whoever shows that it holds an invite: such a one says its id itself. */
export interface Acquaintance {
  secret: Uint8Array
  id: string | null
}

/** This person, on the network its computer is in. */
export interface LanSelf {
  /** Hex. */
  id: string
  known(): readonly Acquaintance[]
  /** Whether somebody may be who it says it is, by an invite alone. */
  mayBe(id: string): boolean
  /** Somebody came or went. */
  onChange(): void
}

export interface LanPresence {
  /** UDP, where it listens. */
  readonly port: number
  /** Everybody there, each once. */
  present(): { id: string; remote: Readonly<Remote> }[]
  /** Who is at that place; null for somebody we do not know. Errors: `lan.unreachable`, `lan.wrong-key`, `lan.closed`, `lan.timeout`. */
  connect(to: { host: string; port: number }): Promise<string | null>
  /**
   * From now on the network is told that a Cairn is here (nothing more), and `onFound` of others that say so, perhaps again and again; null:
   * no more.
   */
  announce(onFound: ((place: { host: string; port: number }) => void) | null): void
  /** Resolves when nothing of it is left. */
  close(): Promise<void>
}

export interface LanPort {
  /**
   * From now on this person is met on its network: at `port`, where that can be had, or else at the usual one, or at any.
   * Errors: `lan.port-in-use`, `lan.address-invalid`, `keystore.*` for its mailbox.
   */
  join(self: LanSelf, port: number | null): Promise<LanPresence>
  /** Addresses of this computer that others on its networks reach it at, best first. */
  addresses(): string[]
}

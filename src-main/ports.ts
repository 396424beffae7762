/**
 * What the app needs from the world. A host (plain Node, Electron) makes these and calls `createApp(ports)`; tests make
 * others. Nothing in `src-main` outside a host's folder reaches the world any other way.
 */
import type { Appearance, DesktopChange, DesktopSettings, Opened } from '#shared/contract/appModels.ts'
import type { CairnError } from '#shared/errors.ts'
import type { LanPort } from './lanPort.ts'
import type { Primitives } from './protocol/primitives.ts'

export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Runs `task` once after `ms`; the answer cancels it. */
  after(ms: number, task: () => void): () => void
}

export type Random = (length: number) => Uint8Array

export interface Logger {
  /** `event` is a fixed dotted name; `facts` never hold a secret, an id of a person, or message text. */
  info(event: string, facts?: Record<string, string | number | boolean>): void
  warn(event: string, facts?: Record<string, string | number | boolean>): void
}

/** Argon2id (RFC 9106), off the calling thread; 32 bytes. */
export type Kdf = (input: { passphrase: string; salt: Uint8Array; memoryKiB: number; passes: number; lanes: number }) => Promise<Uint8Array>

/** Answers of a relay to a publish: see docs/protocol.md section 4. */
export type PublishResult = 'stored' | 'same' | 'conflict'
export type RvStatus = 'empty' | 'stored' | 'consumed' | 'expired'

/** One blob for one rendezvous point. `write` hashes to the RV; `deleteHash` is what an acknowledgement must open. */
export interface Publication {
  write: Uint8Array
  deleteHash: Uint8Array
  blob: Uint8Array
}

/**
 * A connection to one relay that heals itself: it reconnects with back-off for ever, subscribes again, and fails what was
 * under way with `relay.unreachable` so that the caller decides. All RVs are 32-byte hashes in lower-case hex.
 */
export interface RelayLink {
  readonly address: string
  publish(publication: Publication): Promise<PublishResult>
  /** Reveals `deleteKey` for each RV; resolves when the relay has dropped the blobs (or never had them). */
  acknowledge(items: { rv: string; deleteKey: Uint8Array }[]): Promise<void>
  status(rvs: string[]): Promise<RvStatus[]>
  /** Changes the set of watched RVs; the link keeps the set over reconnections. Idempotent. */
  watch(add: string[], remove: string[]): void
  /** Asks for a stored blob of a watched RV again. */
  refetch(rv: string): void
  /** Drops the back-off and connects now. */
  retry(): void
  close(): void
}

export interface RelayLinkEvents {
  /** A blob lies at a watched RV. May repeat. */
  onBlob(rv: string, blob: Uint8Array): void
  /** After (re)connecting and subscribing, and when it changes: what the relay says of a watched RV that holds no blob. */
  onStatus(rv: string, status: RvStatus): void
  onState(state: 'connected' | 'connecting' | 'offline', error: string | null): void
}

/** A SOCKS5 proxy (RFC 1928), Tor for instance. */
export interface ProxySettings {
  /** A name or an IP address, IPv6 without brackets; src-shared/wire/proxyAddress.ts reads what a person types. */
  host: string
  port: number
  /** `null`: another random pair for each relay, so that Tor gives each a circuit of its own and relays cannot be linked by it. */
  credentials: { username: string; password: string } | null
}

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query. */
  target: string
  headers: Record<string, string>
  body: Uint8Array | null
  /** Most bytes of an answer that are read; 64 KiB unless more are wanted. */
  limit?: number
}

export interface ServiceAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: Uint8Array
}

/** Open from `onOpen` on. What came before a ping is kept when `pong` is called, and not before (docs/services/directory.md). */
export interface ServiceSocket {
  send(text: string): void
  ping(mark: Uint8Array): void
  pong(data: Uint8Array): void
  /** No event after it. */
  close(): void
}

export interface ServiceSocketEvents {
  onOpen(): void
  onText(text: string): void
  onPing(data: Uint8Array): void
  onPong(data: Uint8Array): void
  /** Once, and nothing after it; the close code of RFC 6455. */
  onClose(error: CairnError, code: number): void
}

/** The services of relays (docs/services), by the normal form of a relay's address; never on a connection or circuit of rendezvous traffic. */
export interface ServiceTransport {
  /** As the relay sees it in the Host header. */
  hostOf(address: string): string
  /** Any status is an answer. Errors: `relay.*`, `proxy.*`, `account.no-service` where there is no network. */
  request(address: string, request: ServiceRequest): Promise<ServiceAnswer>
  connect(address: string, path: string, events: ServiceSocketEvents): ServiceSocket
}

export interface Transport {
  readonly services: ServiceTransport
  /** Also the place of a person on this network. Throws `relay.address-invalid`. Never contacts anything before the next turn of the event loop. */
  open(address: string, events: RelayLinkEvents): RelayLink
  /** One connection, one status, gone; the round trip in ms. Errors: `relay.*`, `proxy.unreachable`, `proxy.refused`. */
  check(address: string): Promise<{ ms: number }>
  /**
   * From now on everything goes through this proxy, names of relays unresolved; `null`: directly, as at the start. What is connected
   * another way is cut and every link connects anew. Only the relay of this very process is always reached directly, on loopback.
   * A proxy's failures are `proxy.unreachable` and `proxy.refused`, as the error of a link's state and of `check`.
   * Throws `proxy.address-invalid`, and then changes nothing.
   */
  useProxy(settings: ProxySettings | null): void
}

/** Whom the relay on this computer is for: programs on this computer, or every computer that reaches this one. */
export type LocalRelayReach = 'computer' | 'network'

export interface LocalRelayPlace {
  /** `ws://127.0.0.1:port`, for this computer. */
  address: string
  /**
   * What others are told, best first, at most four. `computer`: `address` alone. `network`: one for each of this computer's network
   * addresses (IPv4 first) with the pin of its own certificate; empty while it is on no network. Each counts as a relay of its own
   * (docs/protocol.md section 4); this process reaches all of them, also those of networks it has left, on loopback.
   */
  addresses: string[]
}

/** The relay on this computer, run by the host while the app is open. */
export interface LocalRelay {
  /**
   * Starts it on its remembered ports, or the default, or any free ones. Again with the same reach: looks at the networks anew; with
   * another: starts it again. Without `reach`: as it was told last in this run, at first `computer`.
   * Throws `relay.port-in-use`.
   */
  start(options?: { reach?: LocalRelayReach }): Promise<LocalRelayPlace>
  stop(): Promise<void>
}

/**
 * The profiles on this computer: folders, and names that are kept in the open beside them (docs/threat-model.md). `current` is always
 * the one this app is at; it is listed also before there is a keystore in it.
 */
export interface Profiles {
  list(current: string): { id: string; label: string }[]
  dirOf(id: string): string
  last(): string
  /** For the next start. */
  choose(id: string): void
  /** A place for a new one; its id. Errors: `profile.too-many`. */
  add(label: string, current: string): string
  rename(id: string, label: string, current: string): void
  /** Deletes its files for good. Errors: `keystore.in-use`. */
  remove(id: string, current: string): void
  /** What was being deleted when the program ended. */
  finishRemovals(): void
}

/** How windows look on this computer, whoever's profile is open. */
export interface AppearancePort {
  get(): Appearance
  /** What is undefined stays. Errors: `keystore.unwritable`, `keystore.disk-full`. */
  set(changes: { [K in keyof Appearance]?: Appearance[K] }): Appearance
}

/**
 * The system's keychain: it seals what it is given for this user on this computer. Errors: `keychain.unavailable` (none, or one that
 * protects nothing), `keychain.locked`, `keychain.refused` (sealed elsewhere, damaged, or the person said no).
 */
export interface KeyVault {
  /** Whether something could be sealed now, and would be safe. */
  available(): Promise<boolean>
  seal(secret: Uint8Array): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
}

/** What a program of its own on a desktop has beside the window: settings that outlive a lock, and things opened from outside. */
export interface Desktop {
  /** Also what this desktop can do: a setting it cannot have is null. */
  settings(): DesktopSettings
  change(wanted: DesktopChange): DesktopSettings
  /** What was opened from outside and nobody has taken yet; the next answer is null. */
  take(): Opened | null
  /** Calls `listener` whenever there is something to take. */
  onOpened(listener: () => void): void
}

export interface Ports {
  version: string
  host: 'node' | 'electron'
  clock: Clock
  random: Random
  primitives: Primitives
  kdf: Kdf
  transport: Transport
  logger: Logger
  /** The profile's folder; the keystore is `cairn.db` in it. */
  profileDir: string
  localRelay: LocalRelay | null
  /** Null where the host has no LAN link. */
  lan: LanPort | null
  /** Null where the host has none. */
  keyVault: KeyVault | null
  desktop: Desktop | null
}

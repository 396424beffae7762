/** What a service (directory, registration, accounts, key server) gets from the relay, and what it gives. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Primitives } from '#main/protocol/primitives.ts'
import type { Route } from './api/route.ts'
import type { Clock, Logger } from './ports.ts'
import type { Quotas } from './quotas.ts'
import type { AccountDatabase } from './storage/accounts.ts'

export interface ServiceContext {
  db: AccountDatabase
  clock: Clock
  primitives: Primitives
  logger: Logger
  quotas: Quotas
  /** 32 bytes that encrypt what must not lie in the database in the clear; kept in a file of its own. */
  masterKey: Uint8Array
  /** The name that others reach this relay by, where it was told; else it cannot know. */
  publicHost: string | null
  /** For limits only. */
  addressOf(request: IncomingMessage): string
}

export interface Service {
  routes: Route[]
  /** A WebSocket of its own. */
  upgrade?: { path: string; accept(request: IncomingMessage, socket: Duplex, head: Buffer): void }
  /** Every minute: what is over goes. */
  sweep?(): void
  /** Accepts nothing more; resolves when what it holds is let go. */
  close?(): Promise<void>
}

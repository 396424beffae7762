import { watchedPerConnection } from '#shared/wire/limits.ts'

const kibi = 1024
const mebi = 1024 * kibi
const day = 24 * 60 * 60 * 1000

/** A token bucket: `perSecond` for ever, `burst` at once. */
export interface Rate {
  perSecond: number
  burst: number
}

export interface RelayLimits {
  connections: number
  /** For each IPv4 address or IPv6 /64. */
  connectionsPerAddress: number
  /** For each connection, as all that follow up to the blank line. */
  watched: number
  publishes: Rate
  publishedBytes: Rate
  /** RVs looked up by subscribe, status and ack. */
  lookups: Rate
  /** Blobs are pushed to a reader while less than this many bytes wait for it, and again when it has read down to `sendLowWater`. */
  sendHighWater: number
  sendLowWater: number
  /** Above this nothing more is read from a client that does not read its answers. */
  pauseReadingAbove: number
  keepAliveMs: number

  /** Operations that wait for storage, and the bytes they would store; more are answered with `busy`. */
  queuedOperations: number
  queuedBytes: number
}

export const defaultLimits: RelayLimits = {
  connections: 20_000,
  connectionsPerAddress: 1_000,
  watched: watchedPerConnection,
  publishes: { perSecond: 2_000, burst: 20_000 },
  publishedBytes: { perSecond: 16 * mebi, burst: 128 * mebi },
  lookups: { perSecond: 50_000, burst: 2 * watchedPerConnection },
  sendHighWater: 512 * kibi,
  sendLowWater: 128 * kibi,
  pauseReadingAbove: 4 * mebi,
  keepAliveMs: 30_000,
  queuedOperations: 50_000,
  queuedBytes: 256 * mebi,
}

const unlimited: Rate = { perSecond: 1e12, burst: 1e12 }
export const unlimitedRates: Pick<RelayLimits, 'publishes' | 'publishedBytes' | 'lookups'> = {
  publishes: unlimited,
  publishedBytes: unlimited,
  lookups: unlimited,
}

export interface StorageLimits {
  /** Blobs and what is kept beside them; a publish beyond it is answered with `full`. */
  bytes: number
  /** Beyond `bytes`, for what acknowledging and expiring have to write; the file never grows past both. */
  reserveBytes: number
  /** How long a blob waits for its acknowledgement. */
  blobMs: number
  /** How long a number stays taken after that (docs/protocol.md section 4). */
  tombstoneMs: number
}

export const defaultStorageLimits: StorageLimits = {
  bytes: 10 * kibi * mebi,
  reserveBytes: 64 * mebi,
  blobMs: 30 * day,
  tombstoneMs: 120 * day,
}

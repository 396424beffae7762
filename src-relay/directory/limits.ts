/** How much of the directory one address, one user and all together may use. */
const minute = 60_000
const day = 24 * 60 * minute

export const directoryLimits = {
  /** How far a signed time may be from the relay's clock. */
  skewMs: 10 * minute,
  frameBytes: 16 * 1024,
  /** Of objects and lists in each other. */
  jsonDepth: 10,
  frameMs: 30 * day,
  /** Frames that wait: of one sender for one recipient, for one recipient, in all. */
  framesPerPair: 16,
  framesPerRecipient: 1_024,
  frames: 200_000,
  /** Sent and not confirmed yet, for one connection: with it the memory that a slow reader takes is bounded. */
  window: 16,
  /** Of answers that a client does not read. */
  unreadBytes: 64 * 1024,
  connections: 20_000,
  connectionsPerAddress: 1_000,
  keepAliveMs: 30_000,
  goodbyeMs: 2_000,
  /** Recipients that a connection may write to again without a further look-up. */
  reached: 64,

  registrations: { perSecond: 0.2, burst: 60 },
  registrationsInAll: { perSecond: 20, burst: 1_000 },
  /** Of codes; guessing is all that many look-ups are good for. */
  lookups: { perSecond: 1, burst: 60 },
  lookupsInAll: { perSecond: 100, burst: 5_000 },
  signedRequests: { perSecond: 1, burst: 60 },
  framesOfAddress: { perSecond: 50, burst: 1_000 },
  framesOfUser: { perSecond: 2, burst: 60 },
} as const

/** What client and relay agree on before the first byte; docs/protocol.md sections 3 and 4. Sizes in bytes. */
export const wireLimits = {
  /** A blob is exactly one of these: its size tells three things apart and nothing more. */
  blobSizes: [4096, 16384, 65536],
  blobMax: 65536,
  /** RV, `w`, `d`, `H(d)`. */
  hashBytes: 32,
  /** type and request id. */
  frameHeader: 5,
  /** RVs in one subscribe, unsubscribe or status frame; items in one ack frame. */
  rvsPerFrame: 1024,
  /** The largest frame of all is a publish of the largest blob; WebSocket's `maxPayload` on both sides. */
  frameMax: 5 + 32 + 32 + 65536,
} as const

/** What a relay allows one connection unless its operator says otherwise; a client keeps below it. */
export const watchedPerConnection = 262_144

export const isBlobSize = (bytes: number): boolean => bytes === 4096 || bytes === 16384 || bytes === 65536

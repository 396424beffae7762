import type { ProfileName } from './profiles.ts'

export interface LanLimits {
  /** Sessions that clients opened and that were heard. */
  sessions: number
  sessionsPerAddress: number
  /** Answered clients that were not heard yet; the oldest makes room for a new one. */
  halfOpen: number
  /** From so many half-open ones on, a client has to show a cookie. Profile cairn only. */
  cookiesFrom: number
  halfOpenMs: number
  /** Handshake datagrams that are looked at, of one source (an IPv4 address, or a /64 of IPv6). */
  perSource: { burst: number; perSecond: number }
  /** The same of all sources together: forged ones must not take the time of sessions that stand. One costs some 0.2 ms. */
  overall: { burst: number; perSecond: number }
  /** Sources that are counted; the one longest silent is forgotten first. */
  sources: number
  /** Nothing heard for so long: a ping goes out, and again every `pingMs`. Profile cairn only. */
  heartbeatMs: number
  pingMs: number
  /** Nothing heard for so long: the session is over. */
  idleMs: number
  /** A key is replaced after so many packets in either direction, or so long. Profile cairn only. */
  rotateAfter: { packets: number; ms: number }
}

const common: LanLimits = {
  sessions: 1024,
  sessionsPerAddress: 256,
  halfOpen: 256,
  cookiesFrom: 64,
  halfOpenMs: 10_000,
  perSource: { burst: 200, perSecond: 100 },
  overall: { burst: 1000, perSecond: 1000 },
  sources: 4096,
  heartbeatMs: 10_000,
  pingMs: 3_000,
  idleMs: 45_000,
  rotateAfter: { packets: 2 ** 20, ms: 600_000 },
}

/** BittrRt's first release says nothing by itself once connected: silence means little there. */
export const defaultLimits: Readonly<Record<ProfileName, LanLimits>> = {
  cairn: common,
  bittrrt: { ...common, halfOpenMs: 60_000, idleMs: 600_000 },
}

import type { SealedPrimitives } from '#main/protocol/sealedApi.ts'
import type { Clock } from '../ports.ts'
import type { Devices } from './devices.ts'
import type { LastSeen } from './lastSeen.ts'
import type { Limits } from './rates.ts'
import type { Sessions } from './sessions.ts'

/** What the handlers and the envelope share. */
export interface Parts {
  clock: Clock
  primitives: SealedPrimitives
  compatOmni: boolean
  limits: Limits
  devices: Devices
  sessions: Sessions
  lastSeen: LastSeen
}

import type { Random } from './ports.ts'

export interface BackoffSettings {
  firstMs: number
  maxMs: number
}

export const defaultBackoff: BackoffSettings = { firstMs: 500, maxMs: 60_000 }

/**
 * How long to wait before attempt `attempt` (from 0): doubling, and of that a random half to whole, so that the clients of a relay
 * that comes back do not all come at once.
 */
export const backoffDelay = (attempt: number, random: Random, { firstMs, maxMs }: BackoffSettings = defaultBackoff): number => {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  const [high = 0, low = 0] = random(2)
  return Math.round(whole * (0.5 + (high * 256 + low) / 131_072))
}

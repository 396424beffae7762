/** How fast one connection may go; nothing is set up for it before its first request. */
import type { RelayLimits } from './limits.ts'
import { fullBucket, take } from './tokenBucket.ts'
import type { TokenBucket } from './tokenBucket.ts'

export type RateName = 'publishes' | 'publishedBytes' | 'lookups'

/** Takes `count` and answers 0, or takes nothing and answers in how many ms it may be asked again. */
export const createRates = (limits: Pick<RelayLimits, RateName>) => {
  let buckets: Record<RateName, TokenBucket> | null = null
  return (name: RateName, count: number, now: number): number => {
    buckets ??= {
      publishes: fullBucket(limits.publishes, now),
      publishedBytes: fullBucket(limits.publishedBytes, now),
      lookups: fullBucket(limits.lookups, now),
    }
    return take(buckets[name], limits[name], count, now)
  }
}

import type { Rate } from './limits.ts'

export interface TokenBucket {
  tokens: number
  at: number
}

export const fullBucket = (rate: Rate, now: number): TokenBucket => ({ tokens: rate.burst, at: now })

/** Takes `count` tokens and answers 0, or takes none and answers in how many ms they will be there. Alters `bucket`. */
export const take = (bucket: TokenBucket, rate: Rate, count: number, now: number): number => {
  const earned = (Math.max(0, now - bucket.at) / 1000) * rate.perSecond
  bucket.tokens = Math.min(rate.burst, bucket.tokens + earned)
  bucket.at = now
  if (bucket.tokens >= count) {
    bucket.tokens -= count
    return 0
  }
  return Math.max(1, Math.ceil(((count - bucket.tokens) / rate.perSecond) * 1000))
}

/** Token buckets by key (an address, an account, a code); the longest unused are forgotten first, and a forgotten one was full. */
import type { Rate } from '../limits.ts'
import type { FactorOf } from '../quotas.ts'
import { fullBucket, take, type TokenBucket } from '../tokenBucket.ts'
import { Problem, tooManyRequests } from './problem.ts'

export interface RateTable {
  /**
   * @param count 0 asks only whether the key is blocked
   * @throws Problem `too-many-requests` with `retry-after`, `forbidden` for a blocked key; then nothing is taken
   */
  take(key: string, now: number, count?: number): void
}

/** One at a time stays possible, however small the factor. */
const scaled = ({ perSecond, burst }: Rate, factor: number): Rate => ({
  ...{ perSecond: perSecond * factor, burst: Math.max(1, burst * factor) },
})

export interface RateTableOptions {
  /** Keys at once: who asks from more addresses than that at once gains one burst for each. */
  most?: number
  factorOf?: FactorOf
}

export function createRateTable(rate: Rate, { most = 100_000, factorOf = () => 1 }: RateTableOptions = {}): RateTable {
  const buckets = new Map<string, TokenBucket>()
  return {
    take(key, now, count = 1) {
      const factor = factorOf(key)
      if (factor === 0) throw new Problem('forbidden', 'the operator of this relay has blocked this')
      const own = factor === 1 ? rate : scaled(rate, factor)
      const bucket = buckets.get(key) ?? fullBucket(own, now)
      buckets.delete(key)
      buckets.set(key, bucket) // newest last
      const [oldest] = buckets.keys()
      if (buckets.size > most && oldest !== undefined) buckets.delete(oldest)
      const wait = take(bucket, own, count, now)
      if (wait > 0) throw tooManyRequests(wait)
    },
  }
}

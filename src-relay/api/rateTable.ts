/** Token buckets by key (an address, an account, a code); the longest unused are forgotten first, and a forgotten one was full. */
import type { Rate } from '../limits.ts'
import { fullBucket, take, type TokenBucket } from '../tokenBucket.ts'
import { tooManyRequests } from './problem.ts'

export interface RateTable {
  /** @throws Problem `too-many-requests` with `retry-after`; then nothing is taken */
  take(key: string, now: number, count?: number): void
}

/** @param most keys at once: who asks from more addresses than that at once gains one burst for each. */
export function createRateTable(rate: Rate, most = 100_000): RateTable {
  const buckets = new Map<string, TokenBucket>()
  return {
    take(key, now, count = 1) {
      const bucket = buckets.get(key) ?? fullBucket(rate, now)
      buckets.delete(key)
      buckets.set(key, bucket) // newest last
      const [oldest] = buckets.keys()
      if (buckets.size > most && oldest !== undefined) buckets.delete(oldest)
      const wait = take(bucket, rate, count, now)
      if (wait > 0) throw tooManyRequests(wait)
    },
  }
}

/** How much of one source is looked at, and of all together: token buckets, for so many sources as there is room for. */
import type { LanLimits } from './limits.ts'

/** Whoever has one IPv6 address has the /64 around it. */
const sourceOf = (address: string): string => {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const words = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - words.length - after.length)).fill('0')
  return [...words, ...zeros, ...after].slice(0, 4).join(':')
}

interface Rate {
  burst: number
  perSecond: number
}

interface Bucket {
  tokens: number
  at: number
}

const fillUp = ({ tokens, at }: Bucket, { burst, perSecond }: Rate, now: number): Bucket => ({
  tokens: Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond),
  at: now,
})

export interface SourceLimit {
  /** True where this source may be looked at once more. */
  take(address: string, now: number): boolean
}

export function createSourceLimit({ perSource, overall, sources }: Pick<LanLimits, 'perSource' | 'overall' | 'sources'>): SourceLimit {
  const buckets = new Map<string, Bucket>()
  let all: Bucket | null = null
  return {
    take(address, now) {
      const source = sourceOf(address)
      const own = fillUp(buckets.get(source) ?? { tokens: perSource.burst, at: now }, perSource, now)
      const shared = fillUp(all ?? { tokens: overall.burst, at: now }, overall, now)
      const isFree = own.tokens >= 1 && shared.tokens >= 1
      if (isFree) {
        own.tokens--
        shared.tokens--
      }
      all = shared
      buckets.delete(source) // to the end: the first is the one longest silent
      buckets.set(source, own)
      if (buckets.size > sources) buckets.delete(buckets.keys().next().value as string)
      return isFree
    },
  }
}

/** How much of one source is looked at: a token bucket each, for so many sources as there is room for. */
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

export interface SourceLimit {
  /** True where this source may be looked at once more. */
  take(address: string, now: number): boolean
}

export function createSourceLimit({ perSource: { burst, perSecond }, sources }: Pick<LanLimits, 'perSource' | 'sources'>): SourceLimit {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take(address, now) {
      const source = sourceOf(address)
      const { tokens, at } = buckets.get(source) ?? { tokens: burst, at: now }
      const held = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond)
      buckets.delete(source) // to the end: the first is the one longest silent
      buckets.set(source, { tokens: held >= 1 ? held - 1 : held, at: now })
      if (buckets.size > sources) buckets.delete(buckets.keys().next().value as string)
      return held >= 1
    },
  }
}

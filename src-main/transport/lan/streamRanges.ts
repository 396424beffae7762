/** A set of whole numbers as runs: what came of the other side's numbers, what is lost of our bytes. Cheap where it is nearly one run. */
import type { Run } from './streamSegment.ts'

export interface Ranges {
  /** Lowest first, neither adjacent nor overlapping. */
  readonly runs: readonly Readonly<Run>[]
  has(value: number): boolean
  /** Both ends included. */
  add(low: number, high: number): void
  remove(low: number, high: number): void
}

/** @param limit runs kept; the lowest are forgotten */
export function createRanges(limit = Infinity): Ranges {
  const runs: Run[] = []

  /** Index of the first run that ends at `value` or above. */
  const from = (value: number): number => {
    if (runs.length === 0 || (runs.at(-1) as Run).high < value) return runs.length
    let [low, high] = [0, runs.length - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((runs[middle] as Run).high < value) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    runs,
    has(value) {
      const run = runs[from(value)]
      return run !== undefined && run.low <= value
    },
    add(low, high) {
      const first = from(low - 1) // one that is adjacent is continued
      let last = first
      let merged: Run = { low, high }
      for (let run = runs[last]; run !== undefined && run.low <= high + 1; run = runs[++last])
        merged = { low: Math.min(merged.low, run.low), high: Math.max(merged.high, run.high) }
      runs.splice(first, last - first, merged)
      if (runs.length > limit) runs.shift()
    },
    remove(low, high) {
      const first = from(low)
      let last = first
      const kept: Run[] = []
      for (let run = runs[last]; run !== undefined && run.low <= high; run = runs[++last]) {
        if (run.low < low) kept.push({ low: run.low, high: low - 1 })
        if (run.high > high) kept.push({ low: high + 1, high: run.high })
      }
      if (last > first) runs.splice(first, last - first, ...kept)
    },
  }
}

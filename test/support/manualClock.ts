import type { Clock } from '#main/ports.ts'

export interface ManualClock extends Clock {
  /** Goes on to the next timer that is due by `until`, and runs it; false where there is none. */
  step(until: number): boolean
}

export function createManualClock(start = 1_750_000_000_000): ManualClock {
  const timers = new Map<number, { due: number; task: () => void }>()
  let now = start
  let made = 0
  return {
    now: () => now,
    after(ms, task) {
      const id = made++
      timers.set(id, { due: now + Math.max(0, ms), task })
      return () => timers.delete(id)
    },
    step(until) {
      let next: [number, { due: number; task: () => void }] | null = null
      for (const entry of timers) if (entry[1].due <= until && (next === null || entry[1].due < next[1].due)) next = entry
      if (next === null) {
        now = Math.max(now, until)
        return false
      }
      timers.delete(next[0])
      now = Math.max(now, next[1].due)
      next[1].task()
      return true
    },
  }
}

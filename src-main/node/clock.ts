import type { Clock } from '../ports.ts'

/** Timers of the platform hold 31 bits of milliseconds and fire at once beyond that; an invite lives half as long again. */
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    let timer: NodeJS.Timeout
    const arm = (left: number) => {
      timer = left > longestTimer ? setTimeout(() => arm(left - longestTimer), longestTimer) : setTimeout(task, left)
    }
    arm(Math.max(0, ms))
    return () => clearTimeout(timer)
  },
}

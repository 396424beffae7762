/** Wrong passphrases cost time, and more each time: 1, 2, 4 … at most 32 seconds. */
import { CairnError } from '#shared/errors.ts'
import type { Clock } from '../ports.ts'

const longest = 32_000

export function createThrottle(clock: Clock) {
  let failures = 0
  let until = 0
  return {
    /** Errors: `profile.wait` with `details.seconds`. */
    check(): void {
      const left = until - clock.now()
      if (left > 0) throw new CairnError('profile.wait', { details: { seconds: Math.ceil(left / 1000) } })
    },
    /** Seconds until the next try. */
    failed(): number {
      failures += 1
      const wait = Math.min(longest, 1000 * 2 ** (failures - 1))
      until = clock.now() + wait
      return wait / 1000
    },
    clear(): void {
      failures = 0
      until = 0
    },
  }
}

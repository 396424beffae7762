/** Locks the profile when nobody has been at the computer for a while. Windows say when somebody is. */
import { describeError } from './errorFacts.ts'
import type { Clock, Logger } from './ports.ts'

/** A timer may come late, for instance after the computer slept; what counts is the clock. */
const lookEvery = 15_000

export function createIdleLock({ clock, logger }: { clock: Clock; logger: Logger }, lock: () => Promise<unknown>) {
  let after = 0
  let activeAt = 0
  let cancel = (): void => undefined

  function look(): void {
    const left = activeAt + after - clock.now()
    if (left > 0) cancel = clock.after(Math.min(lookEvery, left), look)
    else lock().catch((error: unknown) => logger.warn('idle.failed', describeError(error)))
  }

  function end(): void {
    cancel()
    cancel = () => undefined
  }

  return {
    /** From now on; 0 minutes: never. */
    begin(minutes: number): void {
      end()
      after = minutes * 60_000
      activeAt = clock.now()
      if (after > 0) look()
    },
    active(): void {
      activeAt = clock.now()
    },
    end,
  }
}

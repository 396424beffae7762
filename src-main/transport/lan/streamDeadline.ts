import type { Clock } from '../../ports.ts'

export interface Deadline {
  /** Unix milliseconds; null: none. */
  set(at: number | null): void
}

/** One timer for a deadline that moves with nearly every datagram: moving it later costs nothing until the timer fires. */
export function createDeadline(clock: Clock, task: () => void): Deadline {
  let due: number | null = null
  let armed: { at: number; cancel: () => void } | null = null

  const fire = (): void => {
    armed = null
    if (due === null) return
    if (clock.now() < due) return arm(due)
    due = null
    task()
  }
  const arm = (at: number): void => {
    armed?.cancel()
    armed = { at, cancel: clock.after(Math.max(0, at - clock.now()), fire) }
  }
  return {
    set(at) {
      due = at
      if (at === null) {
        armed?.cancel()
        armed = null
      } else if (armed === null || armed.at > at) arm(at)
    },
  }
}

/** `clock` without steps back: a computer's clock may be put back, and what waits for a time must not wait for that time to come again. */
export function steadyClock(clock: Clock): Clock {
  let last = clock.now()
  let ahead = 0
  return {
    now() {
      const now = clock.now() + ahead
      if (now < last) ahead += last - now
      else last = now
      return last
    },
    after: (ms, task) => clock.after(ms, task),
  }
}

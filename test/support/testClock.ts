/** A clock that runs with the computer's and can be put forward: days pass in a test as fast as what they hold can happen. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#main/ports.ts'

export interface TestClock extends Clock {
  /** Lets `ms` pass: every timer due by then runs at its time and in order, with turns of the event loop between. */
  advance(ms: number): Promise<void>
  /** The computer sleeps for `ms`: what was due meanwhile runs once, when it wakes. */
  sleep(ms: number): Promise<void>
}

interface Timer {
  due: number
  task: () => void
  real: NodeJS.Timeout
}

const longestReal = 2 ** 31 - 1

export function createTestClock(): TestClock {
  const timers = new Set<Timer>()
  let offset = 0
  const now = () => Date.now() + offset

  const run = (timer: Timer): void => {
    clearTimeout(timer.real)
    if (timers.delete(timer)) timer.task()
  }

  const next = (until: number): Timer | undefined =>
    [...timers]
      .filter(({ due }) => due <= until)
      .reduce<Timer | undefined>((first, timer) => (first && first.due <= timer.due ? first : timer), undefined)

  return {
    now,
    after(ms, task) {
      const timer: Timer = { due: now() + Math.max(0, ms), task, real: undefined as never }
      timer.real = setTimeout(() => run(timer), Math.min(Math.max(0, ms), longestReal))
      timers.add(timer)
      return () => {
        clearTimeout(timer.real)
        timers.delete(timer)
      }
    },
    async advance(ms) {
      const target = now() + ms
      for (let timer = next(target); timer; timer = next(target)) {
        offset += Math.max(0, timer.due - now())
        run(timer)
        await nextTurn()
      }
      offset += Math.max(0, target - now())
      await nextTurn()
    },
    async sleep(ms) {
      offset += ms
      for (const timer of [...timers].filter(({ due }) => due <= now()).toSorted((a, b) => a.due - b.due)) run(timer)
      await nextTurn()
    },
  }
}

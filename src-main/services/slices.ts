/**
 * Small work that comes in crowds, in turn: what relays deliver after a week away, what follows for each contact when a relay has answered
 * about all of them. What came together is one durable commit, and between two of those everything else that wants to happen does. What
 * was not done when the profile closes is done after the next start: nothing of it was acknowledged.
 */
import type { Core } from './core.ts'

/** Milliseconds of work in one transaction, beside its commit; a single message takes about one. */
const sliceMs = 8
const sliceMost = 16

export type Slices = ReturnType<typeof createSlices>

export function createSlices(core: Core) {
  let queue: (() => void)[] = []
  let next = 0
  let isScheduled = false

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    core.after(0, run)
  }

  function run(): void {
    isScheduled = false
    const [first, until] = [next, core.now() + sliceMs]
    const more = () => next < queue.length && next - first < sliceMost && (next === first || core.now() < until)
    core.batch('slices.failed', function* () {
      while (more()) yield queue[next++] as () => void
    })
    next = Math.max(next, first + 1) // where not even a transaction could begin, it is not tried for ever
    if (next < queue.length) return schedule()
    queue = []
    next = 0
  }

  return {
    /** `task` runs soon, in a savepoint of its own: one that fails undoes nothing of the others. */
    add(task: () => void): void {
      queue.push(task)
      schedule()
    },
  }
}

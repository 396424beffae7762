/**
 * What relays deliver, in turn. After a week away thousands come at once: those that came together are one durable commit, and between
 * two of those everything else that wants to happen does. What is not acknowledged when the profile closes lies at its relay still.
 */
import type { Core } from './core.ts'

/** Milliseconds of work in one transaction, beside its commit; a single message takes about one. */
const sliceMs = 8
const sliceMost = 16

export type Arrivals = ReturnType<typeof createArrivals>

export function createArrivals(core: Core) {
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
    const until = core.now() + sliceMs
    const first = next
    const more = () => next < queue.length && next - first < sliceMost && (next === first || core.now() < until)
    if (next + 1 < queue.length) schedule() // also where this slice fails as a whole
    core.batch('inbox.failed', function* () {
      while (more()) yield queue[next++] as () => void
    })
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

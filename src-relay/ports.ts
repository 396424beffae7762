/** What a relay needs from the world; the same shapes as the app's ports, so that an app can run one in-process. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Runs `task` once after `ms`; the answer cancels it. */
  after(ms: number, task: () => void): () => void
}

export interface Logger {
  /** `event` is a fixed dotted name; `facts` never hold an address, an RV or a byte of a blob. */
  info(event: string, facts?: Record<string, string | number | boolean>): void
  warn(event: string, facts?: Record<string, string | number | boolean>): void
}

/** The computer's clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

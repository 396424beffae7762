/** Primitives that remember what was asked of them, so that the same work can be done again by itself. */
import type { Primitives } from '#main/protocol/primitives.ts'

interface Call {
  run: (...args: unknown[]) => unknown
  args: unknown[]
}

export interface Recorder {
  primitives: Primitives
  /** Forgets all and begins to record. */
  start(): void
  stop(): void
  /** How often each was called. */
  counts(): Record<string, number>
  /** Does everything recorded once more; milliseconds. */
  replay(): number
}

export function createRecorder(real: Primitives): Recorder {
  const calls: (Call & { name: string })[] = []
  /** Bytes as they were when seen first; the same array stays one array, as what is worked out of a key may be kept with it. */
  let snapshots = new Map<unknown, Uint8Array>()
  let isRecording = false

  const snapshot = (arg: unknown): unknown => {
    if (!(arg instanceof Uint8Array)) return arg
    const known = snapshots.get(arg)
    if (known && Buffer.compare(known, arg) === 0) return known
    const copy = arg.slice()
    snapshots.set(arg, copy)
    return copy
  }

  const wrap = (name: string, value: unknown): unknown => {
    if (typeof value !== 'function') return wrapAll(`${name}.`, value as object)
    const run = value as Call['run']
    return (...args: unknown[]) => {
      if (isRecording) calls.push({ name, run, args: args.map(snapshot) })
      return run(...args)
    }
  }
  const wrapAll = (prefix: string, functions: object): object =>
    Object.fromEntries(Object.entries(functions).map(([name, value]) => [name, wrap(prefix + name, value)]))

  /** Arrays nobody has seen yet: nothing is known of their keys. */
  const fresh = (): Call[] => {
    const copies = new Map<unknown, unknown>()
    const copy = (arg: unknown): unknown => {
      if (!(arg instanceof Uint8Array)) return arg
      if (!copies.has(arg)) copies.set(arg, arg.slice())
      return copies.get(arg)
    }
    return calls.map(({ run, args }) => ({ run, args: args.map(copy) }))
  }

  return {
    primitives: wrapAll('', real) as Primitives,
    start() {
      calls.length = 0
      snapshots = new Map()
      isRecording = true
    },
    stop: () => void (isRecording = false),
    counts: () => calls.reduce<Record<string, number>>((counts, { name }) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {}),
    replay() {
      const again = fresh()
      const start = performance.now()
      for (const { run, args } of again) attempt(run, args)
      return performance.now() - start
    },
  }
}

/** What failed in the exchange (a blob for somebody else) fails again. */
function attempt(run: Call['run'], args: unknown[]): void {
  try {
    run(...args)
  } catch {
    return
  }
}

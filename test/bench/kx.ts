/**
 * From *accept* to *established on both sides*: `invites.accept` is called in one app, and both windows are told that the
 * conversation is open. The apps share this process, the relay is a process of its own on the loopback interface, and every step
 * is on disk before it is sent. Beside it stand the limit of 100 ms, and three times what the exchange asked of the primitives,
 * on both sides, done again by itself.
 */
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { connectPair, startAppPair, startRelay } from './appPair.ts'
import { createRecorder } from './recorder.ts'
import type { Bench, Contest } from './runner.ts'

const limitMs = 100
const allowance = 3

async function* contests(): AsyncGenerator<Contest> {
  const real = await createPrimitives()
  const recorder = createRecorder(real)
  const relay = await startRelay()

  async function connect(primitives: Primitives): Promise<number> {
    const pair = await startAppPair(relay.address, primitives)
    try {
      const text = await pair.invite()
      recorder.start()
      const ms = await connectPair(pair, text)
      recorder.stop()
      return ms
    } finally {
      await pair.close()
    }
  }

  /** An exchange of its own is recorded, as recording takes time too. */
  async function primitivesAlone(): Promise<number> {
    await connect(recorder.primitives)
    return allowance * recorder.replay()
  }

  const both = {
    metric: 'accept to established',
    unit: 'ms',
    better: 'less',
    target: 1,
    rounds: 9,
    warmUps: 2,
    runOurs: () => connect(real),
  } as const
  try {
    yield { ...both, case: 'under the limit', peer: 'limit', runPeer: () => limitMs }
    yield { ...both, case: 'beside its primitives', peer: `${allowance} × its primitives`, runPeer: primitivesAlone }
    if (process.env['BENCH_COUNTS']) process.stderr.write(`${JSON.stringify(recorder.counts())}\n`)
  } finally {
    await relay.dispose()
  }
}

export const kxBench: Bench = { name: 'kx', contests }

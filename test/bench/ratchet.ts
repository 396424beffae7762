/**
 * 256-byte texts, opened at the other end, with both states serialised after each: this program's production path (header
 * encryption, padding to 4 KiB, rendezvous points, an ML-KEM exchange in every ratchet step) beside libsignal's session cipher.
 */
import { createCairnPair } from './cairnPair.ts'
import type { Bench, Contest } from './runner.ts'
import { createSignalPair } from './signalPair.ts'

type Sender = 'A' | 'B'
type Exchange = (sender: Sender, text: string) => string | Promise<string>

const text = 'x'.repeat(256)

/** Messages a second; `senders` take turns. */
export const runRound = async (exchange: Exchange, senders: readonly Sender[], messages: number): Promise<number> => {
  const start = performance.now()
  for (let i = 0; i < messages; i++) {
    const arrived = await exchange(senders[i % senders.length] as Sender, text)
    if (arrived !== text) throw new Error('a text arrived changed')
  }
  return messages / ((performance.now() - start) / 1000)
}

async function* contests(messages = 400): AsyncGenerator<Contest> {
  const both = { metric: 'messages', unit: '/s', better: 'more', peer: 'libsignal 0.103.0', rounds: 21, warmUps: 4 } as const
  const cases = [
    { case: 'one-way', target: 1, senders: ['A'] },
    { case: 'ping-pong', target: 0.8, senders: ['A', 'B'] },
  ] as const
  for (const { senders, ...rest } of cases) {
    const [ours, theirs] = [await createCairnPair(), await createSignalPair()]
    yield {
      ...both,
      ...rest,
      runOurs: () => runRound(ours.exchange, senders, messages),
      runPeer: () => runRound(theirs.exchange, senders, messages),
    }
  }
}

export const ratchetBench: Bench = { name: 'ratchet', contests }

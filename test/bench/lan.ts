/**
 * The LAN link: endpoint, channel and stream over UDP on loopback, both ends in this process, beside a TCP connection that seals as much, in
 * the same run. Losses are made by a UDP proxy, in this process too; TCP has none, as only the system could make it any.
 */
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { eventually } from '../support/eventually.ts'
import { startLanPeer, type Talk } from '../support/lanPeers.ts'
import { startLossyProxy } from '../support/lossyProxy.ts'
import { median, type Bench, type Contest } from './runner.ts'
import { connectSealedTcp, type MessagePair } from './sealedTcp.ts'

const messageBytes = 64_000
/** What a sender hands over ahead of what is taken. */
const aheadBytes = 4_000_000

async function connectLan(primitives: Primitives, loss: number | null): Promise<MessagePair> {
  const [server, client] = [await startLanPeer(primitives, true), await startLanPeer(primitives, false)]
  const proxy = loss === null ? null : await startLossyProxy(server.place, 'bench', { loss })
  await client.endpoint.connect(proxy?.place ?? server.place)
  client.talks[0]?.session.send(Uint8Array.of(0))
  const talks = (await eventually(
    'both have a session',
    () => [client.talks[0], server.talks[0]],
    (both) => both.every(Boolean),
  )) as [Talk, Talk]
  const pair: MessagePair = {
    ends: [talks[0].stream, talks[1].stream],
    onMessage: [() => undefined, () => undefined],
    onDrain: [() => undefined, () => undefined],
    close() {
      for (const one of [client, server, proxy]) one?.close()
    },
  }
  for (const which of [0, 1] as const) {
    talks[which].onMessage = (message) => pair.onMessage[which](message)
    talks[which].onDrain = () => pair.onDrain[which]()
  }
  return pair
}

/** MB/s from the first message handed over to the last one delivered; of wall time, and of this process's processor time. */
async function throughput(pair: MessagePair, bytes: number): Promise<{ perSecond: number; perCpuSecond: number }> {
  const message = new Uint8Array(messageBytes).fill(7)
  const count = Math.ceil(bytes / messageBytes)
  const all = Promise.withResolvers<void>()
  let [sent, received] = [0, 0]
  pair.onMessage[1] = () => void (++received === count && all.resolve())
  const fill = (): void => {
    for (; sent < count && pair.ends[0].buffered() < aheadBytes; sent++) pair.ends[0].send(message)
  }
  pair.onDrain[0] = fill
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  fill()
  await all.promise
  const { user, system } = process.cpuUsage(cpu)
  const megabytes = (count * messageBytes) / 1e6
  return { perSecond: megabytes / ((performance.now() - start) / 1e3), perCpuSecond: megabytes / ((user + system) / 1e6) }
}

/** Median ms until a message of 100 bytes is answered by another. */
async function roundTrip(pair: MessagePair, count: number): Promise<number> {
  const message = new Uint8Array(100).fill(7)
  const times: number[] = []
  pair.onMessage[1] = (one) => pair.ends[1].send(one)
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await new Promise<void>((resolve) => {
      pair.onMessage[0] = () => resolve()
      pair.ends[0].send(message)
    })
    times.push(performance.now() - start)
  }
  return median(times)
}

export async function* lanContests(bytes: number, messages: number): AsyncGenerator<Contest> {
  const primitives = await createPrimitives()
  const tcp = await connectSealedTcp(primitives)
  try {
    for (const loss of [null, 0, 0.01, 0.1]) {
      const pair = await connectLan(primitives, loss)
      const name = loss === null ? 'direct' : `${String(loss * 100)} % loss`
      // a path that loses much takes long for few bytes
      const size = bytes / (loss === 0.1 ? 8 : 1)
      const both = { case: name, peer: 'TCP, sealed, no loss', target: null, rounds: 5, warmUps: 1 } as const
      for (const [metric, unit] of [
        ['perSecond', 'MB/s'],
        ['perCpuSecond', 'MB/s of processor'],
      ] as const)
        yield {
          ...{ ...both, metric: 'throughput', unit, better: 'more' },
          ...{ runOurs: async () => (await throughput(pair, size))[metric], runPeer: async () => (await throughput(tcp, size))[metric] },
        }
      yield {
        ...{ ...both, metric: 'round trip', unit: 'ms', better: 'less' },
        ...{ runOurs: () => roundTrip(pair, messages), runPeer: () => roundTrip(tcp, messages) },
      }
      pair.close()
    }
  } finally {
    tcp.close()
  }
}

export const lanBench: Bench = { name: 'lan', contests: () => lanContests(16e6, 300) }

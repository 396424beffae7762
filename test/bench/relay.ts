/** The relay beside raw SQLite on the same disk in the same run, and its memory beside what is aimed for. */
import { connectCrowd, frameAcross, insertCrowd } from '../support/directoryCrowd.ts'
import { spawnRelay } from '../support/processes.ts'
import type { RelayProcess } from '../support/processes.ts'
import { memory, offline, online, rawSqlite, residentBytes } from './relayLoad.ts'
import type { Bench, Contest } from './runner.ts'

const generous = ['--max-connections', '100000', '--max-connections-per-address', '100000', '--unlimited-rates']

/** Starts a fresh relay process for `work`. */
const withRelay = async <T>(work: (relay: RelayProcess) => Promise<T>, more: string[] = []): Promise<T> => {
  const relay = await spawnRelay([...generous, ...more])
  try {
    return await work(relay)
  } finally {
    await relay.dispose()
  }
}

const messages = 10_000
const connections = 10_000
const watched = 1_000_000

/** People of the directory; CAIRN_BENCH_SOCKETS sets another number. */
const idle = Number(process.env['CAIRN_BENCH_SOCKETS'] ?? 10_000)

/** Resident bytes for each idle socket of `/ws`; a frame must still go from the first to the last and back. */
const idleSockets = async (relay: RelayProcess): Promise<number> => {
  await relay.stop()
  const users = insertCrowd(relay.dataDir, idle)
  await relay.restart()
  const before = residentBytes(relay)
  const sockets = await connectCrowd(relay, users)
  await frameAcross(sockets, users, 0, idle - 1)
  await frameAcross(sockets, users, idle - 1, 0)
  const grown = residentBytes(relay) - before
  for (const { socket } of sockets) socket.terminate()
  return grown / idle
}

const speed = (name: string, contest: Pick<Contest, 'peer' | 'target' | 'runOurs' | 'runPeer'>): Contest => ({
  ...{ case: name, metric: 'throughput', unit: 'msg/s', better: 'more', rounds: 3, warmUps: 1 },
  ...contest,
})

const cycle = (name: string, load: { pairs: number; inFlight: number; messages: number }, batchOf: number): Contest =>
  speed(name, {
    peer: `raw SQLite, batches of ${batchOf}`,
    target: null,
    runOurs: () => withRelay(({ address }) => online(address, load)),
    runPeer: () => rawSqlite(load.messages, batchOf).store,
  })

const size = (name: string, peerBytes: number, runOurs: () => Promise<number>): Contest => ({
  ...{ case: name, metric: 'resident memory', unit: 'B', better: 'less', rounds: 1, warmUps: 0 },
  ...{ peer: 'aim', target: 1, runOurs, runPeer: () => peerBytes },
})

export const relayBench: Bench = {
  name: 'relay',
  async *contests() {
    yield cycle('online, 1 in flight', { pairs: 1, inFlight: 1, messages: 500 }, 1)
    yield cycle('online, 64 in flight', { pairs: 1, inFlight: 64, messages }, 64)
    yield cycle('online, 512 over 64 pairs', { pairs: 64, inFlight: 512, messages }, 64)
    yield speed('store for the offline', {
      peer: 'raw SQLite, batches of 64',
      target: 0.6,
      runOurs: () => withRelay(async ({ address }) => (await offline(address, messages)).store),
      runPeer: () => rawSqlite(messages).store,
    })
    yield speed('drain', {
      peer: 'raw SQLite, select by key',
      target: 0.4,
      runOurs: () => withRelay(async ({ address }) => (await offline(address, messages)).drain),
      runPeer: () => rawSqlite(messages).read,
    })
    yield size('each connection, 10 RVs', 14_000, () => withRelay(async (relay) => (await memory(relay, connections, 10)) / connections))
    yield size('each idle socket of /ws', 20_000, () => withRelay(idleSockets, ['--trust-proxy']))
    yield size('each watched RV', 200, () => withRelay(async (relay) => (await memory(relay, 5, watched / 5)) / watched))
  },
}

/** The relay on this computer, inside this process, for this computer: it listens on 127.0.0.1 only. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isCairnError } from '#shared/errors.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import { createRelay, type Relay } from '#relay/relay.ts'
import { createSqliteStorage } from '#relay/storage/sqlite.ts'
import type { Clock, LocalRelay, Logger } from '../ports.ts'

const usualPort = 7443
const host = '127.0.0.1'

/** Its data and its port are kept in `dir`: contacts have the address, so it should come back at the same one. */
export function createLocalRelay({ dir, clock, logger }: { dir: string; clock: Clock; logger: Logger }): LocalRelay {
  let running: Promise<{ relay: Relay; address: string }> | null = null

  const start = async () => {
    const relay = createRelay({
      storage: createSqliteStorage({ dir, clock, limits: defaultStorageLimits }),
      limits: defaultLimits,
      clock,
      logger,
    })
    try {
      const port = await listenOnFirst(relay, [await readPort(dir), usualPort, 0])
      await writeFile(join(dir, 'port'), `${port}\n`)
      return { relay, address: `ws://${host}:${port}` }
    } catch (error) {
      await relay.close()
      throw error
    }
  }

  return {
    async start() {
      running ??= start()
      const starting = running
      try {
        return { address: (await starting).address }
      } catch (error) {
        if (running === starting) running = null // the next call may have more luck
        throw error
      }
    },
    async stop() {
      const stopping = running
      running = null
      await (await stopping)?.relay.close()
    },
  }
}

async function listenOnFirst(relay: Relay, [port, ...others]: (number | null)[]): Promise<number> {
  if (port === null || port === undefined) return listenOnFirst(relay, others)
  try {
    return (await relay.listen({ host, port })).port
  } catch (error) {
    if (others.length === 0 || !isCairnError(error, 'relay.port-in-use')) throw error
    return listenOnFirst(relay, others)
  }
}

/** The port of the last time; null at the first, and for a file that says something else. */
async function readPort(dir: string): Promise<number | null> {
  const text = await readFile(join(dir, 'port'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  const port = Number(/^(\d{1,5})\n$/.exec(text)?.[1])
  return port > 0 && port < 65536 ? port : null
}

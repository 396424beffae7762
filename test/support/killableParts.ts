/** The real app and the real relay, put together for tests that kill them: cheap Argon2id, fast clock, nothing else replaced. */
import { join } from 'node:path'
import { createApp } from '#main/app.ts'
import type { App } from '#main/appTypes.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import type { Clock, Logger } from '#main/ports.ts'
import { systemClock } from '#main/node/clock.ts'
import { createLanPort } from '#main/node/lan.ts'
import { withLan } from '#main/transport/lan/withLan.ts'
import { createTransport } from '#main/transport/transport.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import { createRelay, type Relay } from '#relay/relay.ts'
import { createSqliteStorage } from '#relay/storage/sqlite.ts'
import { cheapKdf, random } from './profileFolder.ts'

/** A clock that showed `then` at the moment `at` and runs `speed` times as fast as the computer's; all unix milliseconds. */
export interface FastTime {
  at: number
  then: number
  speed: number
}

const longestTimer = 2 ** 31 - 1

export const createFastClock = ({ at, then, speed }: FastTime): Clock => ({
  now: () => Math.floor(then + (Date.now() - at) * speed),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(longestTimer, Math.max(0, ms / speed)))
    return () => clearTimeout(timer)
  },
})

const primitives = createPrimitives()

/** `lan`: also on this network, at the computer's own pace. */
export async function createKillableApp(options: { dir: string; time: FastTime; logger: Logger; lan?: boolean | undefined }): Promise<App> {
  const { dir, time, logger } = options
  const clock = createFastClock(time)
  const lan = options.lan
    ? createLanPort({ dir: join(dir, 'lan'), clock: systemClock, random, primitives: await primitives, logger })
    : null
  const transport = createTransport({ clock, random, logger })
  return createApp({
    ...{
      version: '0.0.0',
      host: 'node',
      clock,
      random,
      kdf: cheapKdf,
      logger,
      profileDir: dir,
      localRelay: null,
      lan,
      keyVault: null,
      desktop: null,
    },
    primitives: await primitives,
    transport: lan === null ? transport : withLan(transport, lan),
  })
}

/** Listens on `port` of 127.0.0.1 (0: any free one). */
export async function startKillableRelay(options: { dir: string; port: number; time: FastTime; logger: Logger }): Promise<Relay> {
  const { dir, port, time, logger } = options
  const clock = createFastClock(time)
  const storage = createSqliteStorage({ dir, clock, limits: defaultStorageLimits })
  const relay = createRelay({ storage, limits: defaultLimits, clock, logger })
  await relay.listen({ host: '127.0.0.1', port })
  return relay
}

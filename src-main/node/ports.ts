/** The real ports, for plain Node. */
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { createKdf } from '../crypto/kdf.ts'
import { createPrimitives } from '../crypto/createPrimitives.ts'
import type { Desktop, Logger, Ports } from '../ports.ts'
import { createTransport } from '../transport/transport.ts'
import { systemClock } from './clock.ts'
import { createLocalRelay } from './localRelay.ts'
import { createRandom } from './random.ts'

interface World {
  profileDir: string
  logger: Logger
  desktop?: Desktop | null
}

export async function createPorts({ profileDir, logger, desktop = null }: World): Promise<Ports> {
  const clock = systemClock
  const random = createRandom()
  const localRelay = createLocalRelay({ dir: join(profileDir, 'relay'), clock, logger })
  return {
    version: packageJson.version,
    host: 'node',
    clock,
    random,
    primitives: await createPrimitives(),
    kdf: createKdf(),
    transport: createTransport({ clock, random, logger, here: (address) => localRelay.here(address) }),
    logger,
    profileDir,
    localRelay,
    desktop,
  }
}

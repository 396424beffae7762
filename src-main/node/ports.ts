/** The real ports, for plain Node, and for Electron, which is Node with a keychain and a desktop. */
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { createKdf } from '../crypto/kdf.ts'
import { createPrimitives } from '../crypto/createPrimitives.ts'
import type { Desktop, KeyVault, Logger, Ports } from '../ports.ts'
import { createTransport } from '../transport/transport.ts'
import { withLan } from '../transport/lan/withLan.ts'
import { systemClock } from './clock.ts'
import { createLanPort } from './lan.ts'
import { createLocalRelay } from './localRelay.ts'
import { createRandom } from './random.ts'

interface World {
  profileDir: string
  logger: Logger
  host?: Ports['host']
  keyVault?: KeyVault | null
  desktop?: Desktop | null
}

export async function createPorts({ profileDir, logger, host = 'node', keyVault = null, desktop = null }: World): Promise<Ports> {
  const clock = systemClock
  const random = createRandom()
  const primitives = await createPrimitives()
  const localRelay = createLocalRelay({ dir: join(profileDir, 'relay'), clock, logger })
  const lan = createLanPort({ dir: join(profileDir, 'lan'), clock, random, primitives, logger })
  const transport = createTransport({ clock, random, logger, here: (address) => localRelay.here(address) })
  return {
    version: packageJson.version,
    host,
    clock,
    random,
    primitives,
    kdf: createKdf(),
    transport: withLan(transport, lan),
    logger,
    profileDir,
    localRelay,
    lan,
    keyVault,
    desktop,
  }
}

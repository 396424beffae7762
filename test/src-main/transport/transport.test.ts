import { createMemoryNetwork } from '#main/transport/memory.ts'
import { createTransport } from '#main/transport/transport.ts'
import { createRelayCore } from '#relay/core.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { transportConformance } from '../../conformance/transport.ts'
import { spawnRelay } from '../../support/processes.ts'
import { random, silentLogger } from '../../support/relayFixtures.ts'

const ports = { clock: systemClock, random, logger: silentLogger }

transportConformance('WebSocket to a relay process', async () => {
  const relay = await spawnRelay()
  return {
    transport: createTransport(ports),
    address: relay.address,
    nowhere: 'ws://127.0.0.1:9', // the discard port: nothing listens there
    interrupt: () => relay.kill(),
    restore: () => relay.restart(),
    dispose: () => relay.dispose(),
  }
})

transportConformance('memory', async () => {
  const address = 'ws://memory.invalid:7443'
  const storage = createMemoryStorage({ clock: systemClock, limits: defaultStorageLimits })
  const core = createRelayCore({ storage, limits: defaultLimits, clock: systemClock, logger: silentLogger })
  const network = createMemoryNetwork(ports)
  network.addRelay(address, core)
  return {
    transport: network.transport,
    address,
    nowhere: 'ws://elsewhere.invalid:7443',
    interrupt: async () => network.cut(address),
    restore: async () => network.mend(address),
    dispose: () => core.close(),
  }
})

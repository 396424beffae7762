import { afterAll } from 'vitest'
import { createMemoryNetwork } from '#main/transport/memory.ts'
import { createTransport } from '#main/transport/transport.ts'
import { createRelayCore } from '#relay/core.ts'
import { defaultLimits, defaultStorageLimits } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { transportConformance } from '../../conformance/transport.ts'
import { startBlockingProxy } from '../../support/blockingProxy.ts'
import { spawnRelay, spawnSocks } from '../../support/processes.ts'
import { random, silentLogger } from '../../support/relayFixtures.ts'

const ports = { clock: systemClock, random, logger: silentLogger }
const nowhere = 'ws://127.0.0.1:9' // the discard port: nothing listens there

/** One process for all the tests of a suite, which share no numbers; whoever interrupts it restores it. */
const kept = <T extends { dispose(): Promise<void> }>(start: () => Promise<T>): (() => Promise<T>) => {
  let started: Promise<T> | null = null
  afterAll(async () => (await started)?.dispose())
  return () => (started ??= start())
}
const nothing = async (): Promise<void> => undefined

for (const only of ['websocket', 'polling'] as const) {
  for (const [name, args] of [
    ['plain', []],
    ['TLS with a pin', ['--tls-self-signed']],
  ] as const) {
    const getRelay = kept(() => spawnRelay([...args]))
    transportConformance(`${only} to a relay process, ${name}`, async () => {
      const relay = await getRelay()
      return {
        transport: createTransport({ ...ports, only }),
        address: relay.address,
        nowhere,
        interrupt: () => relay.kill(),
        restore: () => relay.restart(),
        dispose: nothing,
      }
    })
  }

  const [getRelay, getSocks] = [kept(() => spawnRelay()), kept(() => spawnSocks())]
  transportConformance(`${only} through a SOCKS5 proxy that alone knows the relay’s name`, async () => {
    const [relay, socks] = [await getRelay(), await getSocks()]
    const transport = createTransport({ ...ports, only })
    transport.useProxy({ host: '127.0.0.1', port: socks.port, credentials: null })
    return {
      transport,
      address: `ws://relay.invalid:${relay.port}`,
      nowhere: 'ws://elsewhere.invalid:9',
      interrupt: () => relay.kill(),
      restore: () => relay.restart(),
      dispose: nothing,
    }
  })
}

const getRelay = kept(() => spawnRelay())

transportConformance('a network that refuses WebSocket', async () => {
  const relay = await getRelay()
  const proxy = await startBlockingProxy(relay.port)
  proxy.upgrades = 'refuse'
  return {
    transport: createTransport(ports),
    address: proxy.address,
    nowhere,
    interrupt: () => relay.kill(),
    restore: () => relay.restart(),
    dispose: () => proxy.close(),
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

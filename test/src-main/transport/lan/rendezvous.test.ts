/** The operations of rendezvous points over the LAN link: two computers with real sockets, and a mailbox on disk at one of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LanPresence } from '#main/lanPort.ts'
import { createLanPort, type HostLan } from '#main/node/lan.ts'
import { createTransport } from '#main/transport/transport.ts'
import { withLan } from '#main/transport/lan/withLan.ts'
import { systemClock } from '#relay/ports.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import { transportConformance } from '../../../conformance/transport.ts'
import { node as primitives } from '../../../support/providers.ts'
import { random, silentLogger } from '../../../support/relayFixtures.ts'

const ports = { clock: systemClock, random, logger: silentLogger }
const [server, client] = ['5e', 'c1'].map((byte) => byte.repeat(32)) as [string, string]
const secret = new Uint8Array(32).fill(7)

transportConformance('the place of a person on this network', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-lan-'))
  const [theirs, ours] = ['theirs', 'ours'].map((name) => createLanPort({ ...ports, primitives, dir: join(dir, name) })) as [
    HostLan,
    HostLan,
  ]
  const appear = (lan: HostLan, me: string, other: string, port: number | null) =>
    lan.join({ id: me, known: () => [{ secret, id: other }], mayBe: () => false, onChange: () => undefined }, port)

  let there: LanPresence = await appear(theirs, server, client, null)
  const here = await appear(ours, client, server, null)
  const { port } = there
  const meet = () => here.connect({ host: '127.0.0.1', port })
  await meet()
  return {
    transport: withLan(createTransport(ports), ours),
    address: lanPlace(server),
    nowhere: lanPlace('0f'.repeat(32)),
    interrupt: () => there.close(),
    async restore() {
      there = await appear(theirs, server, client, port)
      await meet()
    },
    async dispose() {
      await here.close()
      await there.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
})

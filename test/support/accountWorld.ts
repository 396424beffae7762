/** Relays as processes with every service, and apps with accounts there. */
import { randomBytes } from 'node:crypto'
import type { Account } from '#shared/contract/accountModels.ts'
import type { ServiceRequest, Transport } from '#main/ports.ts'
import { CairnError } from '#shared/errors.ts'
import { silentLogger } from '#test/support/relayFixtures.ts'
import { eventually } from './eventually.ts'
import { spawnRelay, type RelayProcess } from './processes.ts'
import { testTransport, type TestApp, type TestWorld } from './testApp.ts'

export const password = 'a rather long password'

export async function spawnServices(world: TestWorld, args: string[] = []): Promise<RelayProcess> {
  const relay = await spawnRelay(args)
  world.defer(() => relay.dispose())
  return relay
}

/** A code there, a password, and a first backup. */
export async function protect(app: TestApp, relay: string, keyServer: string | null = null): Promise<Account> {
  await app.call('account.create', { relay })
  return app.call('account.protect', { password, keyServer })
}

/** Everything is saved, with so many people. */
export const untilSaved = (app: TestApp, contacts: number): Promise<Account | null> =>
  eventually(
    `${app.name} has saved ${contacts}`,
    async () => {
      await app.clock.advance(1_000)
      return app.call('account.get', {})
    },
    (account) => account?.backup?.state === 'saved' && account.backup.contacts === contacts,
    20_000,
  )

export interface FaultyServices {
  transport: Transport
  /** How many requests there were. */
  count(): number
  /** From the request with this number on, none gets through; `answer`: that one does, and its answer is lost. */
  failFrom(number: number, what: 'request' | 'answer'): void
  heal(): void
}

/** Real services that are lost at a chosen moment, asked from an address of their own where the relay believes its proxy. */
export function faultyServices(): FaultyServices {
  const address = `10.${[...randomBytes(3)].join('.')}`
  const transport = testTransport(silentLogger)
  let [count, from, what]: [number, number, 'request' | 'answer'] = [0, Infinity, 'request']
  const lost = () => new CairnError('relay.unreachable')
  async function request(relay: string, wanted: ServiceRequest) {
    const mine = ++count
    if (mine > from || (mine === from && what === 'request')) throw lost()
    const answer = await transport.services.request(relay, { ...wanted, headers: { ...wanted.headers, 'x-forwarded-for': address } })
    if (mine === from) throw lost()
    return answer
  }
  return {
    transport: { ...transport, services: { ...transport.services, request } },
    count: () => count,
    failFrom(number, lostOne) {
      ;[from, what] = [count + number, lostOne]
    },
    heal: () => void (from = Infinity),
  }
}

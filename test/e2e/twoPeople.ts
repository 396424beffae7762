/** Two people at one relay, each past the first start: what most of the suites begin with. */
import { test as base } from 'playwright/test'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { arrive, firstStart, type Person } from './people.ts'

interface TwoPeople {
  relay: RelayProcess
  both: { alice: Person; bob: Person }
  alice: Person
  bob: Person
}

export const test = base.extend<TwoPeople>({
  relay: async ({}, use) => {
    const relay = await spawnRelay()
    await use(relay)
    await relay.dispose()
  },
  both: async ({ browser, relay }, use) => {
    const [alice, bob] = await Promise.all([arrive(browser, 'Alice'), arrive(browser, 'Bob')])
    await Promise.all([firstStart(alice, relay.address), firstStart(bob, relay.address)])
    await use({ alice, bob })
    for (const person of [alice, bob]) await person.close()
  },
  alice: ({ both }, use) => use(both.alice),
  bob: ({ both }, use) => use(both.bob),
})

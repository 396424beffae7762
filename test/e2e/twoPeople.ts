/** Two people at one relay, each past the first start: what most of the suites begin with. */
import { test as base } from 'playwright/test'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { arrive, firstStart, settleIn, type Person } from './people.ts'

interface TwoPeople {
  /** Whether they go through the first start themselves. */
  byHand: boolean
  relay: RelayProcess
  both: { alice: Person; bob: Person }
  alice: Person
  bob: Person
}

export const test = base.extend<TwoPeople>({
  byHand: [false, { option: true }],
  relay: async ({}, use) => {
    const relay = await spawnRelay()
    await use(relay)
    await relay.dispose()
  },
  both: async ({ browser, relay, byHand }, use) => {
    const [alice, bob] = await Promise.all([arrive(browser, 'Alice'), arrive(browser, 'Bob')])
    await Promise.all([alice, bob].map((person) => (byHand ? firstStart : settleIn)(person, relay.address)))
    await use({ alice, bob })
    for (const person of [alice, bob]) await person.close()
  },
  alice: ({ both }, use) => use(both.alice),
  bob: ({ both }, use) => use(both.bob),
})

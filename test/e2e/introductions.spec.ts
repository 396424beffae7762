/** Ben knows Alice and Cleo, who do not know each other: he brings them together, and they talk. */
import { expect } from 'playwright/test'
import { arrive, connect, settleIn, hears, openConversation, say, type Person } from './people.ts'
import { test } from './twoPeople.ts'

async function accept({ page }: Person, what: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^1 request/ }).click()
  await expect(page.getByText(what)).toBeVisible()
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
}

test('a contact brings two people together, who both see by whom', async ({ alice, bob, browser, relay }) => {
  const cleo = await arrive(browser, 'Cleo')
  try {
    await settleIn(cleo, relay.address)
    await connect(bob, cleo)
    await connect(bob, alice)
    await bob.page.getByRole('button', { name: 'Details', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Introduce to…' }).click()
    await bob.page.getByRole('checkbox', { name: 'Cleo' }).check()
    await bob.page.getByRole('button', { name: 'Introduce', exact: true }).click()
    await accept(alice, /^Bob offers to introduce you to Cleo/)
    await accept(cleo, /^Bob wants to introduce you to Alice/)
    for (const [me, other] of [
      [alice, cleo],
      [cleo, alice],
    ] as const) {
      await openConversation(me, other.name)
      await expect(me.page.getByRole('log').getByText(/introduced by Bob/)).toBeVisible()
    }
    await say(alice, cleo, 'Bob says you know the ridge')
    await hears(cleo, alice, 'Bob says you know the ridge')
    await say(cleo, alice, 'Every stone of it')
    await hears(alice, cleo, 'Every stone of it')
    await expect(bob.page.getByText('Every stone of it')).toHaveCount(0)
    for (const one of [alice, bob, cleo]) expect(one.complaints).toEqual([])
  } finally {
    await cleo.close()
  }
})

/** People who find each other by a code, and a lost laptop whose owner has code and password. */
import { expect, type Browser } from 'playwright/test'
import { addByCode, getCode, openSettings, password, protect } from './account.ts'
import { arrive, connect, settleIn, hears, log, openConversation, passphrase, say, type Person } from './people.ts'
import { test } from './twoPeople.ts'

test('add by code: looked up, asked, agreed to, unverified until the numbers are compared', async ({ alice, bob, relay }) => {
  const code = await getCode(alice, relay.address)
  expect(code).toMatch(/^[0-9A-Z]{7}$/)

  await addByCode(bob)
  await bob.page.getByLabel('The code you were given').fill('zzzzzzz')
  await bob.page.getByLabel('Relay of the code').fill(relay.address)
  await bob.page.getByRole('button', { name: 'Find', exact: true }).click()
  await expect(bob.page.getByText('Nobody has this code.')).toBeVisible()
  await bob.page.getByLabel('The code you were given').fill(code.toLowerCase())
  await bob.page.getByRole('button', { name: 'Find', exact: true }).click()
  await expect(bob.page.getByText('Nothing has been sent yet.')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Ask to connect' }).click()
  await expect(bob.page.getByText('They are asked', { exact: true })).toBeVisible()
  await bob.page.getByRole('button', { name: 'Done' }).click()

  await alice.page.getByRole('navigation', { name: 'Conversations' }).getByText('1 request').first().click()
  const card = alice.page.getByRole('region', { name: 'Request of Bob by code' })
  await expect(card).toContainText('by code')
  await card.getByRole('button', { name: 'Accept' }).click()
  // by the start of its name: the row of requests has his name too, until it goes
  await alice.page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name: /^Bob/ }).click()
  await openConversation(bob, 'Alice')
  for (const [me, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await expect(log(me, other).getByText(/connected/)).toBeVisible()
    await expect(me.page.getByText(`You met ${other.name} by a code.`)).toBeVisible()
  }
  await say(alice, bob, 'Is it you?')
  await hears(bob, alice, 'Is it you?')
  await say(bob, alice, 'It is.')
  await hears(alice, bob, 'It is.')

  await alice.page.getByRole('button', { name: 'Details', exact: true }).click()
  await alice.page.getByRole('button', { name: 'Mark verified' }).click()
  await alice.page.getByRole('button', { name: 'They match' }).click()
  await expect(alice.page.getByText('You met Bob by a code.')).toBeHidden()
  expect(alice.complaints.concat(bob.complaints)).toEqual([])
})

test('an ask that is declined, and one that is taken back, come to nothing', async ({ alice, bob, relay }) => {
  const code = await getCode(alice, relay.address)
  const ask = async () => {
    await addByCode(bob)
    await bob.page.getByLabel('The code you were given').fill(`${code}@${relay.address}`)
    await bob.page.getByRole('button', { name: 'Find', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Ask to connect' }).click()
    await expect(bob.page.getByText('They are asked', { exact: true })).toBeVisible()
  }
  await ask()
  const request = alice.page.getByRole('navigation', { name: 'Conversations' }).getByText('1 request').first()
  await request.click()
  await alice.page.getByRole('region', { name: 'Request of Bob by code' }).getByRole('button', { name: 'Decline' }).click()
  await expect(request).toBeHidden()
  await bob.page.getByRole('button', { name: 'Take back' }).click()
  await expect(bob.page.getByLabel('The code you were given')).toBeVisible()
  await expect(alice.page.getByText('Nobody is asking at the moment.')).toBeVisible()
  await expect(bob.page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
  expect(alice.complaints.concat(bob.complaints)).toEqual([])
})

/** Another computer, on which nothing is. */
async function restore(browser: Browser, name: string, code: string, relay: string, typed = password): Promise<Person> {
  const person = await arrive(browser, name)
  const { page } = person
  await page.getByRole('button', { name: 'Restore from a backup' }).click()
  await page.getByLabel('Your code').fill(code)
  await page.getByLabel('Relay of the code').fill(relay)
  await page.getByLabel('Password of the backup', { exact: true }).fill(typed)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('The same once more').fill(passphrase)
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  return person
}

test('a lost laptop: everybody is back, also who came after the last press of the button, and every session heals', async ({
  browser,
  relay,
  alice,
  bob,
}) => {
  const carol = await arrive(browser, 'Carol')
  await settleIn(carol, relay.address)
  await connect(alice, bob)

  const code = await getCode(alice, relay.address)
  const { page } = alice
  await protect(alice)
  await expect(page.getByText(/with 1 person\./)).toBeVisible()
  await page.keyboard.press('Escape')

  await connect(alice, carol)
  await openSettings(alice, 'Code & backup')
  await expect(page.getByText(/with 2 people\./)).toBeVisible()
  await page.keyboard.press('Escape')
  await say(alice, carol, 'The herons are back.')
  await hears(carol, alice, 'The herons are back.')
  await alice.stop()
  await openConversation(bob, 'Alice')
  await say(bob, alice, 'Where is your laptop?')

  const wrong = await restore(browser, 'Alice', code, relay.address, 'not the password at all')
  await expect(wrong.page.getByText('The code or the password is wrong.')).toBeVisible()
  await wrong.close()

  const again = await restore(browser, 'Alice', code, relay.address)
  for (const other of [bob, carol]) {
    await openConversation(again, other.name)
    await expect(log(again, other).getByText(/Session reset/)).toBeVisible({ timeout: 60_000 })
    await say(again, other, `Back, ${other.name}.`)
    await hears(other, again, `Back, ${other.name}.`)
    await say(other, again, `Welcome, from ${other.name}.`)
    await hears(again, other, `Welcome, from ${other.name}.`)
  }
  await openConversation(again, 'Bob')
  await hears(again, bob, 'Where is your laptop?')

  await openSettings(again, 'Code & backup')
  await again.page.getByRole('button', { name: 'Change password…' }).click()
  await again.page.getByLabel('Password of today').fill(password)
  await again.page.getByLabel('New password', { exact: true }).fill('another set of grey herons')
  await again.page.getByLabel('The same once more').fill('another set of grey herons')
  await again.page.getByRole('button', { name: 'Change password', exact: true }).click()
  await expect(again.page.getByText('The new password holds from now on.')).toBeVisible()
  await again.page.getByRole('button', { name: 'Delete code and backup…' }).click()
  await again.page.getByRole('button', { name: 'Delete for good' }).click()
  await expect(again.page.getByLabel('Which relay gives it out?')).toBeVisible()
  await again.page.keyboard.press('Escape')
  await say(again, bob, 'Still here.')
  await hears(bob, again, 'Still here.')

  const late = await restore(browser, 'Alice', code, relay.address, 'another set of grey herons')
  await expect(late.page.getByText('The code or the password is wrong.')).toBeVisible()
  expect([alice, again, bob, carol].flatMap(({ complaints }) => complaints)).toEqual([])
  for (const person of [late, again, carol]) await person.close()
})

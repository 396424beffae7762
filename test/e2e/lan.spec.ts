/** Two people on one network and no relay anywhere: they make profiles, meet by an invite's file, talk, and go on after a lock. */
import { expect, test as base, type Page } from 'playwright/test'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { acceptFile, arrive, passphrase, saveInvite, unlock, type Person } from './people.ts'

const test = base.extend<{ alice: Person; bob: Person }>({
  alice: async ({ browser }, use) => {
    const alice = await arrive(browser, 'Alice')
    await use(alice)
    await alice.close()
  },
  bob: async ({ browser }, use) => {
    const bob = await arrive(browser, 'Bob')
    await use(bob)
    await bob.close()
  },
})

async function startHere({ page, name }: Person): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('The same once more').fill(passphrase)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('radio', { name: 'Only on this network' }).check()
  await page.getByRole('button', { name: 'Start Cairn' }).click()
  await expect(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
}

const settings = async (page: Page) => {
  await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name: 'Relays & network' }).click()
}

/** As the settings show it; on the address by which this computer reaches itself. */
async function addressOf({ page }: Person): Promise<string> {
  await settings(page)
  const shown = await page.getByRole('button', { name: /^Copy .*:\d+$/ }).first().getAttribute('aria-label') // prettier-ignore
  await page.keyboard.press('Escape')
  return `127.0.0.1:${/:(\d+)$/.exec(shown ?? '')?.[1] ?? ''}`
}

async function connectTo({ page }: Person, address: string): Promise<void> {
  await page.getByLabel('Connect to a computer').fill(address)
  await page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true }).click()
}

async function say(from: Person, to: Person, text: string): Promise<void> {
  await from.page.getByRole('textbox', { name: /^Message/ }).fill(text)
  await from.page.keyboard.press('Enter')
  await expect(to.page.getByRole('main').getByText(text)).toBeVisible()
}

test('two people talk on their network with no relay, and go on after a lock', async ({ alice, bob }) => {
  await startHere(alice)
  await startHere(bob)
  const folder = temporaryFolder()
  const address = await addressOf(alice)
  const file = await saveInvite(alice, folder.path)
  await acceptFile(bob, file, 'Alice')
  await expect(bob.page.getByText('Now connect to Alice’s computer')).toBeVisible()
  await connectTo(bob, address)
  for (const [person, other] of [[alice, 'Bob'], [bob, 'Alice']] as const) // prettier-ignore
    await person.page.getByRole('navigation').getByRole('button', { name: new RegExp(`^${other}`) }).click() // prettier-ignore
  await say(bob, alice, 'over the wire')
  await say(alice, bob, 'and back')
  await expect(bob.page.getByRole('main').getByText(/On this network/)).toBeVisible()

  await alice.page.keyboard.press('Control+l')
  await unlock(alice)
  const again = await addressOf(alice)
  await settings(bob.page)
  await connectTo(bob, again)
  await expect(bob.page.getByText('Connected.', { exact: true })).toBeVisible()
  await bob.page.keyboard.press('Escape')
  await alice.page.getByRole('navigation').getByRole('button', { name: /^Bob/ }).click()
  await say(bob, alice, 'still here')
  await say(alice, bob, 'so am I')
  expect([...alice.complaints, ...bob.complaints]).toEqual([])
  folder.remove()
})

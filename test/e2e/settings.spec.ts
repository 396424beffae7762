/** Contacts, profiles, relays and settings, through the window. */
import { expect } from 'playwright/test'
import { spawnRelay } from '#test/support/processes.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import {
  acceptFile,
  connect,
  firstStart,
  hears,
  log,
  openConversation,
  passphrase,
  saveInvite,
  say,
  unlock,
  type Person,
} from './people.ts'
import { test } from './twoPeople.ts'

async function menu({ page }: Person, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `More about ${name}` }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}
async function settings({ page }: Person, section: string): Promise<void> {
  await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name: section }).click()
}

test('a contact is renamed, muted and deleted; a fresh invite brings it back', async ({ alice, bob }) => {
  await connect(alice, bob)
  const { page } = alice
  await menu(alice, 'Bob', 'Rename…')
  await page.getByLabel('Name', { exact: true }).fill('Robert from work')
  await page.getByRole('button', { name: 'Rename', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Robert from work' })).toBeVisible()
  await menu(alice, 'Robert from work', 'Mute until I turn it on')
  await openConversation(bob, 'Alice')
  await say(bob, alice, 'psst')
  await expect(page.getByRole('navigation').getByRole('img', { name: 'Muted' })).toBeVisible()
  await menu(alice, 'Robert from work', 'Delete…')
  await page.getByRole('button', { name: 'Delete Robert' }).click()
  await expect(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
  await say(bob, alice, 'are you there?')
  const folder = temporaryFolder()
  await acceptFile(alice, await saveInvite(bob, folder.path), 'Bob')
  await openConversation(alice, 'Bob')
  await hears(alice, bob, 'are you there?')
  await say(alice, bob, 'here again')
  await hears(bob, alice, 'here again')
  folder.remove()
  expect(alice.complaints.concat(bob.complaints)).toEqual([])
})

test('a second profile is made, switched to and deleted', async ({ relay, alice }) => {
  const { page } = alice
  await settings(alice, 'Profile')
  await page.getByRole('button', { name: 'Add a profile…' }).click()
  await page.getByLabel('What is it called on this computer?').fill('Work')
  await page.getByRole('button', { name: 'Continue' }).click()
  await firstStart({ ...alice, name: 'Alice at work' }, relay.address)
  await expect(page.getByText('Alice at work')).toBeVisible()
  await page.getByRole('button', { name: /Network, settings and lock/ }).click()
  await page.getByRole('menuitem', { name: 'Switch to Profile 1' }).click()
  await expect(page.getByRole('button', { name: 'Profile: Profile 1' })).toBeVisible()
  await unlock(alice)
  await expect(page.locator('.me-name')).toHaveText('Alice')
  await settings(alice, 'Profile')
  await page.getByRole('button', { name: 'Delete Work…' }).click()
  await page.getByLabel('Type Work to go on').fill('Work')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await expect(page.getByRole('tab', { name: 'Profile' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Delete Profile 1…' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Delete Work…' })).toHaveCount(0)
  expect(alice.complaints).toEqual([])
})

test('after a change of passphrase the old one is refused', async ({ alice }) => {
  const { page } = alice
  const next = 'another river, another stone'
  await settings(alice, 'Security')
  await page.getByRole('button', { name: 'Change passphrase…' }).click()
  await page.getByLabel('Passphrase of today').fill(passphrase)
  await page.getByLabel('New passphrase').fill(next)
  await page.getByLabel('The same once more').fill(next)
  await page.getByRole('button', { name: 'Change passphrase', exact: true }).click()
  await expect(page.getByRole('tab', { name: 'Security' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+l')
  const field = page.getByLabel('Passphrase', { exact: true })
  await field.fill(passphrase)
  await page.getByRole('button', { name: 'Unlock' }).click()
  await expect(page.getByText(/doesn’t open Cairn/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Unlock' })).toHaveAttribute('aria-disabled', 'false')
  await field.fill(next)
  await page.getByRole('button', { name: 'Unlock' }).click()
  await expect(page.getByRole('button', { name: 'New', exact: true })).toBeVisible()
})

test('a second relay is added, then everything moves there, and the conversation goes on without the first', async ({
  relay,
  alice,
  bob,
}) => {
  const second = await spawnRelay()
  await connect(alice, bob)
  for (const person of [alice, bob]) {
    const { page } = person
    await settings(person, 'Relays & network')
    await page.getByRole('button', { name: 'Add a relay…' }).click()
    await page.getByLabel('Address of the relay').fill(second.address)
    await expect(page.getByText(/Reached in \d+ ms/)).toBeVisible()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: new RegExp(`^Leave .*${relay.port}`) }).click()
    await page.getByRole('button', { name: 'Leave', exact: true }).click()
    await expect(page.getByText(/still listening until/)).toBeVisible()
    await page.getByRole('button', { name: 'Close' }).click()
  }
  await say(alice, bob, 'at the new place')
  await hears(bob, alice, 'at the new place')
  await say(bob, alice, 'I followed')
  await hears(alice, bob, 'I followed')
  await expect(log(bob, alice).getByRole('img', { name: /^(Delivered|Read by)/ })).toHaveCount(1)
  await relay.stop()
  await say(alice, bob, 'without the first')
  await hears(bob, alice, 'without the first')
  await second.dispose()
})

test('all sessions are reset, with progress, and talking goes on', async ({ alice, bob }) => {
  await connect(alice, bob)
  const { page } = alice
  await settings(alice, 'Security')
  await page.getByRole('button', { name: 'Reset all sessions…' }).click()
  await page.getByRole('button', { name: 'Reset all', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'All sessions are new' })).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(log(alice, bob).getByText(/Session reset by you/)).toBeVisible()
  await say(alice, bob, 'on new keys')
  await hears(bob, alice, 'on new keys')
})

/** Everything around the main job, through the window: links, refusals, locking, blocking, drafts, crossed resets. */
import { expect } from 'playwright/test'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import {
  acceptFile,
  arrive,
  connect,
  hears,
  log,
  openAccept,
  openConversation,
  openInvite,
  passphrase,
  saveInvite,
  say,
  unlock,
  type Person,
} from './people.ts'
import { test } from './twoPeople.ts'

async function linkOf({ page }: Person): Promise<string> {
  const link = page.getByRole('group', { name: 'Invite link' })
  await expect(link).toHaveText(/^cairn1/)
  return (await link.innerText()).trim()
}

async function paste(person: Person, text: string): Promise<void> {
  await openAccept(person)
  await person.page.getByLabel('Invite link or text').fill(text)
  await person.page.getByRole('button', { name: 'Continue' }).click()
}

const shut = async ({ page }: Person) => {
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

test('a link connects, its steps are shown as they happen, and it works once', async ({ alice, bob }) => {
  await openInvite(alice, 'Bob')
  const link = await linkOf(alice)
  await alice.page.getByRole('button', { name: 'Done' }).click()
  await alice.page.getByText('Invite for Bob').click()
  await expect(alice.page.getByText('Waiting for somebody to accept.', { exact: false })).toBeVisible()
  await paste(bob, link)
  await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
  await openConversation(alice, 'Bob')
  await openConversation(bob, 'Alice')
  await say(bob, alice, 'It worked.')
  await hears(alice, bob, 'It worked.')
  await paste(bob, link)
  await expect(bob.page.getByText(/already used/i)).toBeVisible()
})

test('what cannot be accepted says which', async ({ alice, bob }) => {
  const folder = temporaryFolder()
  const file = await saveInvite(alice, folder.path)
  await openInvite(alice)
  const own = await linkOf(alice)
  await alice.page.getByRole('button', { name: 'Done' }).click()
  await paste(alice, own)
  await expect(alice.page.getByText(/This is your own invite/)).toBeVisible()
  await shut(alice)
  await paste(bob, own.slice(0, -4) + 'qqqq')
  await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText(/damaged|complete|whole/i)
  await shut(bob)
  await paste(bob, 'x'.repeat(200_000))
  await expect(bob.page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await shut(bob)
  await acceptFile(bob, file, 'Alice')
  await openConversation(alice, 'Bob')
  await expect(log(alice, bob).getByText(/connected/)).toBeVisible()
  folder.remove()
})

test('drafts, unread marks, locking, a wrong passphrase and blocking', async ({ alice, bob }) => {
  await connect(alice, bob)
  const saved = bob.page.waitForResponse((response) => response.request().postData()?.includes('half a thought') === true)
  await bob.page.getByRole('textbox', { name: 'Message Alice' }).fill('half a thought')
  await saved
  await bob.stop()
  await bob.start()
  await bob.page.getByLabel('Passphrase', { exact: true }).fill('not the passphrase')
  await bob.page.getByRole('button', { name: 'Unlock' }).click()
  await expect(bob.page.getByText(/That passphrase doesn’t open Cairn/)).toBeVisible()
  await expect(async () => unlock(bob)).toPass()
  await say(alice, bob, 'Are you there?')
  await expect(bob.page.getByRole('navigation').getByText('1 unread')).toBeAttached()
  await openConversation(bob, 'Alice')
  await expect(bob.page.getByRole('textbox', { name: 'Message Alice' })).toHaveValue('half a thought')
  await hears(bob, alice, 'Are you there?')
  await bob.page.getByRole('button', { name: 'Details', exact: true }).click()
  await bob.page.getByRole('button', { name: 'Block Alice…' }).click()
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Block Alice' }).click()
  await say(alice, bob, 'Hello?')
  await expect(log(alice, bob).getByRole('img', { name: /^Sent\./ })).toHaveCount(1)
  await expect(log(bob, alice).getByText('Hello?')).toHaveCount(0)
  await bob.page.getByRole('button', { name: 'Unblock Alice' }).click()
  await hears(bob, alice, 'Hello?')
})

test('both reset at once and agree', async ({ alice, bob }) => {
  await connect(alice, bob)
  for (const person of [alice, bob]) {
    await person.page.getByRole('button', { name: 'Details', exact: true }).click()
    await person.page.getByRole('button', { name: 'Reset session…' }).click()
  }
  await Promise.all([alice, bob].map(({ page }) => page.getByRole('dialog').getByRole('button', { name: 'Reset session' }).click()))
  for (const [me, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await expect(log(me, other).getByText(/Session reset/)).toHaveCount(1)
    await say(me, other, `from ${me.name} afterwards`)
  }
  await hears(alice, bob, 'from Bob afterwards')
  await hears(bob, alice, 'from Alice afterwards')
  await expect(log(alice, bob).getByRole('img', { name: /^(Delivered|Read by)/ })).toHaveCount(1)
})

test('with the relay away, messages wait and say so, and go when it is back', async ({ relay, alice, bob }) => {
  await connect(alice, bob)
  await relay.kill()
  await say(alice, bob, 'written in a tunnel')
  await expect(log(alice, bob).getByRole('img', { name: 'Waiting here to be sent' })).toBeVisible()
  await relay.restart()
  await hears(bob, alice, 'written in a tunnel')
  await expect(log(alice, bob).getByRole('img', { name: /^(Delivered|Read by)/ })).toBeVisible()
})

test('a relay on this computer; the other person’s relay is asked about first', async ({ browser, bob }) => {
  const carol = await arrive(browser, 'Carol')
  const folder = temporaryFolder()
  const { page } = carol
  await page.getByLabel('Your name').fill('Carol')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('The same once more').fill(passphrase)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('radio', { name: 'A relay on this computer' }).check()
  await page.getByRole('button', { name: 'Start Cairn' }).click()
  await expect(page.getByRole('button', { name: /^Carol\W+Connected/ })).toBeVisible()
  await acceptFile(bob, await saveInvite(carol, folder.path), 'Carol')
  await openConversation(carol, 'Bob')
  await page.getByRole('button', { name: 'Allow this relay' }).click()
  await openConversation(bob, 'Carol')
  await say(bob, carol, 'Hello from elsewhere.')
  await hears(carol, bob, 'Hello from elsewhere.')
  await say(carol, bob, 'Hello to elsewhere.')
  await hears(bob, carol, 'Hello to elsewhere.')
  await carol.close()
  folder.remove()
})

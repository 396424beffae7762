/** How Cairn looks, and what leaves it: theme, size and language; a profile to a file and into another folder; a conversation as a page. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { arrive, connect, hears, openConversation, passphrase, say } from './people.ts'
import { test } from './twoPeople.ts'

test('theme, size and language hold at the lock; a profile moves to another computer; a conversation is saved', async ({
  browser,
  alice,
  bob,
}) => {
  await connect(alice, bob)
  await say(alice, bob, 'Is <b>this</b> seen?')
  const { page } = alice
  const folder = temporaryFolder()

  await page.getByRole('button', { name: 'More about Bob' }).click()
  await page.getByRole('menuitem', { name: 'Save to read elsewhere…' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save page…' }).click()
  const file = join(folder.path, (await saved).suggestedFilename())
  await (await saved).saveAs(file)
  expect(file).toMatch(/Cairn Bob \d{4}-\d\d-\d\d\.html$/)
  expect(readFileSync(file, 'utf8')).toContain('Is &lt;b&gt;this&lt;/b&gt; seen?')

  await page.keyboard.press('Control+,')
  await page.getByRole('tab', { name: 'Appearance' }).click()
  await page.getByRole('radio', { name: 'Dark' }).check()
  await page.getByRole('button', { name: 'Larger' }).click()
  await page.getByLabel('Language').selectOption('de')
  await page.getByRole('tab', { name: 'Deine Daten' }).click()
  await page.getByRole('button', { name: 'Als Datei sichern…' }).click()
  await page.getByLabel('Passphrase dieses Profils').fill(passphrase)
  await page.getByLabel('Passphrase für die Datei').fill('a passphrase for the file')
  await page.getByLabel('Noch einmal dieselbe').fill('a passphrase for the file')
  const leaving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Sichern…' }).click()
  const profile = join(folder.path, (await leaving).suggestedFilename())
  await (await leaving).saveAs(profile)
  expect(readFileSync(profile).subarray(0, 8).toString()).toBe('CairnPrf')

  await alice.stop()
  await alice.start()
  await expect(page.getByRole('heading', { name: 'Cairn entsperren' })).toBeVisible()
  expect(await page.evaluate(() => [document.documentElement.dataset['theme'], document.documentElement.style.fontSize])).toEqual([
    'dark',
    '110%',
  ])
  await alice.stop()

  const elsewhere = await arrive(browser, 'Alice')
  await elsewhere.page.getByRole('button', { name: 'Bring a profile from a file' }).click()
  const chooser = elsewhere.page.waitForEvent('filechooser')
  await elsewhere.page.getByRole('button', { name: 'Choose the file…' }).click()
  await (await chooser).setFiles(profile)
  await elsewhere.page.getByLabel('Passphrase of the file').fill('a passphrase for the file')
  await elsewhere.page.getByRole('button', { name: 'Bring it in' }).click()
  await openConversation(elsewhere, 'Bob')
  await hears(elsewhere, bob, 'Is <b>this</b> seen?')
  await say(elsewhere, bob, 'from the new computer')
  await hears(bob, elsewhere, 'from the new computer')
  expect([...alice.complaints, ...bob.complaints, ...elsewhere.complaints]).toEqual([])
  await elsewhere.close()
  folder.remove()
})

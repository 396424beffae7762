/** Files as people send them: a picture with its place in it, a large file over a restart, a voice note, and everything found again. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, expect, type Page } from 'playwright/test'
import { launchOptions } from '#test/browser.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { arrive, connect, settleIn, openConversation, unlock } from './people.ts'
import { withGps } from './pictures.ts'
import { test } from './twoPeople.ts'

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

async function attach(page: Page, path: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Attach files' }).click()])
  await chooser.setFiles(path)
}

/** What `Save` gives, in a folder of the test's. */
async function save(page: Page, name: string, folder: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: `Save ${name}` })
      .first()
      .click(),
  ])
  const path = join(folder, `saved-${download.suggestedFilename()}`)
  await download.saveAs(path)
  return path
}

test('pictures without their place, a large file over a restart, a voice note, and all of it in the gallery', async ({ relay, alice }) => {
  const folder = temporaryFolder()
  // A browser of his own: its microphone is none.
  const browser = await chromium.launch(launchOptions(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']))
  const bob = await arrive(browser, 'Bob')
  try {
    await settleIn(bob, relay.address)
    await connect(alice, bob)
    await openConversation(alice, bob.name)
    await openConversation(bob, alice.name)

    const picture = join(folder.path, 'harbour.jpg')
    writeFileSync(picture, await withGps(alice.page))
    expect(readFileSync(picture).includes('GPS-MARK')).toBe(true)
    await attach(alice.page, picture)
    await expect(alice.page.getByRole('list', { name: 'Files to send' }).locator('img')).toBeVisible()
    await alice.page.getByRole('textbox', { name: 'Message Bob' }).fill('The harbour at six')
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click()
    await expect(alice.page.getByRole('list', { name: 'Files to send' })).toHaveCount(0)
    const seen = bob.page.getByRole('article', { name: /Photo: The harbour at six/ })
    await seen.getByRole('button', { name: 'Look at harbour.jpg' }).click()
    const dialog = bob.page.getByRole('dialog')
    await expect
      .poll(() => dialog.locator('img').evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
      .toEqual([240, 320])
    const saved = readFileSync(await save(bob.page, 'harbour.jpg', folder.path))
    expect([saved.subarray(0, 3).toString('hex'), saved.includes('GPS-MARK'), saved.includes('Exif')]).toEqual(['ffd8ff', false, false])
    await bob.page.keyboard.press('Escape')

    const large = join(folder.path, 'film.mkv')
    writeFileSync(large, randomBytes(20 * 1024 * 1024))
    await attach(alice.page, large)
    await expect(alice.page.getByText('20.0 MB', { exact: true })).toBeVisible()
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click()
    const card = bob.page.getByRole('article', { name: /film\.mkv/ })
    await card.getByRole('button', { name: 'Download film.mkv' }).click()
    await expect(card.getByRole('progressbar')).toBeVisible()
    await bob.stop()
    await bob.start()
    await unlock(bob)
    await openConversation(bob, alice.name)
    await expect(card.getByRole('button', { name: 'Save film.mkv' })).toBeVisible()
    expect(digest(await save(bob.page, 'film.mkv', folder.path))).toBe(digest(large))

    await bob.page.getByRole('button', { name: 'Record a voice note' }).click()
    await expect(bob.page.getByRole('timer')).toContainText('0:02')
    await bob.page.getByRole('button', { name: 'Send the voice note' }).click()
    const note = alice.page.getByRole('article', { name: /Voice note/ })
    await note.getByRole('button', { name: /Play voice note/ }).click()
    await expect(note.getByRole('button', { name: 'Pause' })).toBeVisible()

    await alice.page.getByRole('button', { name: 'Details', exact: true }).click()
    await alice.page.getByRole('button', { name: 'Photos, files and voice notes' }).click()
    const gallery = alice.page.getByRole('dialog')
    await expect(gallery.getByRole('button', { name: 'Look at harbour.jpg' })).toBeVisible()
    await gallery.getByRole('button', { name: 'Files', exact: true }).click()
    await expect(gallery.getByText('film.mkv')).toBeVisible()
    await gallery.getByRole('button', { name: 'Voice notes' }).click()
    await expect(gallery.getByRole('button', { name: /Play voice note/ })).toBeVisible()
    expect(statSync(large).size).toBe(20 * 1024 * 1024)
    expect([...alice.complaints, ...bob.complaints]).toEqual([])
  } finally {
    await bob.close()
    await browser.close()
    folder.remove()
  }
})

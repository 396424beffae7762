/** QR codes as people use them: a picture that is saved and dropped, a camera, a public address, and safety numbers that are scanned. */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { chromium, expect, test, type Browser, type Page } from 'playwright/test'
import { launchOptions } from '#test/browser.ts'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { inviteIn } from '#test/support/puppet.ts'
import { writeQrVideo } from '#test/support/y4m.ts'
import {
  arrive,
  connect,
  settleIn,
  hears,
  log,
  openAccept,
  openConversation,
  openInvite,
  saveInvite,
  say,
  unlock,
  type Person,
} from './people.ts'

let relay: RelayProcess
let folder: ReturnType<typeof temporaryFolder>
const people: Person[] = []
const browsers: Browser[] = []

test.beforeEach(async () => {
  folder = temporaryFolder()
  relay = await spawnRelay()
})
test.afterEach(async () => {
  for (const person of people.splice(0)) {
    await person.close()
    expect(person.complaints).toEqual([])
  }
  for (const browser of browsers.splice(0)) await browser.close()
  await relay.dispose()
  folder.remove()
})

async function come(browser: Browser, name: string): Promise<Person> {
  const person = await arrive(browser, name)
  people.push(person)
  await settleIn(person, relay.address)
  return person
}

/** A browser whose camera shows what lies in `film`; the file is read anew each time the camera is opened. */
async function withCamera(film: string, allowed: boolean): Promise<Browser> {
  const flags = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`]
  const browser = await chromium.launch(launchOptions(allowed ? [...flags, '--use-fake-ui-for-media-stream'] : flags, { whole: !allowed }))
  browsers.push(browser)
  return browser
}

const scanInvite = async (person: Person) => {
  await openAccept(person)
  await person.page.getByRole('button', { name: 'Scan with the camera' }).click()
}
const details = ({ page }: Person) => page.getByRole('button', { name: 'Details', exact: true }).click()
const camerasOn = (page: Page) =>
  page.evaluate(
    () =>
      (globalThis as unknown as { opened: MediaStream[] }).opened
        .flatMap((one) => one.getTracks())
        .filter(({ readyState }) => readyState === 'live').length,
  )
/** Remembers each stream that the page opens, to see that it ends. */
const noteCameras = (page: Page) =>
  page.evaluate(() => {
    const opened: MediaStream[] = []
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    Object.assign(globalThis, { opened })
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await open(wanted)
      opened.push(stream)
      return stream
    }
  })
/** What the person's own code beside the safety number says. */
async function ownCode({ client }: Person): Promise<string> {
  const [contact] = await client['conversations.list']({})
  return (await client['contacts.details']({ id: contact?.id ?? '' })).verifyCode
}

test('the full code through a camera connects; the codes beside the safety numbers verify, and a wrong one is loud', async ({
  browser,
}) => {
  const film = join(folder.path, 'camera.y4m')
  writeQrVideo(film, null)
  const alice = await come(browser, 'Alice')
  const bob = await come(await withCamera(film, true), 'Bob')
  await noteCameras(bob.page)

  await test.step('a camera that shows nothing, then something else, goes on looking, and is off when it is left', async () => {
    await scanInvite(bob)
    await expect(bob.page.getByText('Looking for a code…')).toBeVisible()
    expect(await camerasOn(bob.page)).toBe(1)
    await bob.page.getByRole('button', { name: 'Back', exact: true }).click()
    await expect.poll(() => camerasOn(bob.page)).toBe(0)
    writeQrVideo(film, 'https://example.org/')
    await bob.page.getByRole('button', { name: 'Scan with the camera' }).click()
    await expect(bob.page.getByText('This code is something else. Looking further…')).toBeVisible()
    await bob.page.keyboard.press('Escape')
    await expect.poll(() => camerasOn(bob.page)).toBe(0)
  })

  await test.step('the whole invite is in the code', async () => {
    writeQrVideo(film, inviteIn(readFileSync(await saveInvite(alice, folder.path), 'utf8')).bytes)
    await scanInvite(bob)
    await expect(bob.page.getByText('Connect with Alice?')).toBeVisible()
    await expect(bob.page.getByText('Nothing has been sent yet.')).toBeVisible()
    await expect.poll(() => camerasOn(bob.page)).toBe(0)
    await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await openConversation(alice, 'Bob')
    await say(bob, alice, 'Scanned.')
    await hears(alice, bob, 'Scanned.')
  })

  await test.step('a mismatch is loud', async () => {
    await details(bob)
    writeQrVideo(film, `CAIRN-VERIFY:1:${'AB'.repeat(32)}:${'CD'.repeat(32)}`)
    await bob.page.getByRole('button', { name: 'Scan…' }).click()
    await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText('The code does not match Alice.')
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await expect(bob.page.getByText('The safety numbers do not match', { exact: true })).toBeVisible()
    await expect(log(bob, alice).getByText('A code you scanned did not match Alice.')).toBeVisible()
  })

  await test.step('our own code is refused', async () => {
    writeQrVideo(film, await ownCode(bob))
    await bob.page.getByRole('button', { name: 'Scan again' }).click()
    await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText('This is your own code.')
    await bob.page.keyboard.press('Escape')
  })

  await test.step('a match verifies', async () => {
    writeQrVideo(film, await ownCode(alice))
    await bob.page.getByRole('button', { name: 'Scan again' }).click()
    await expect(bob.page.getByText('The codes match. Alice is verified.')).toBeVisible()
    await expect(bob.page.getByRole('navigation').getByRole('img', { name: 'Verified' })).toBeVisible()
    await expect.poll(() => camerasOn(bob.page)).toBe(0)
  })
})

test('a camera that may not be used, and none at all, say so', async ({ browser }) => {
  const film = join(folder.path, 'camera.y4m')
  writeQrVideo(film, null)
  const bob = await come(await withCamera(film, false), 'Bob')
  await scanInvite(bob)
  await expect(bob.page.getByRole('alert')).toContainText('Cairn may not use the camera.')
  const carol = await come(browser, 'Carol')
  await scanInvite(carol)
  await expect(carol.page.getByRole('alert')).toContainText(/No camera was found\.|Cairn may not use the camera\./)
  await carol.page.getByRole('button', { name: 'Back', exact: true }).click()
  await expect(carol.page.getByLabel('Invite link or text')).toBeVisible()
})

async function savePicture({ page }: Person, button: string, name: string): Promise<string> {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: button }).click()
  expect((await download).suggestedFilename()).toMatch(/\.png$/)
  const file = join(folder.path, name)
  await (await download).saveAs(file)
  return file
}

async function choosePicture({ page }: Person, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file…' }).click()
  await (await chooser).setFiles(file)
}

test('codes saved as pictures: the small one is looked up, the full one is not; a screenshot does as well', async ({ browser }) => {
  const [alice, bob] = [await come(browser, 'Alice'), await come(browser, 'Bob')]
  await openInvite(alice, 'Bob')
  await expect(alice.page.getByRole('img', { name: 'Small QR code of the invite' })).toBeVisible()
  const small = await savePicture(alice, 'Save QR as picture…', 'small.png')
  await alice.page.getByRole('tab', { name: 'Full QR' }).click()
  const full = await savePicture(alice, 'Save as picture…', 'full.png')
  const screenshot = join(folder.path, 'screenshot.png')
  await alice.page.screenshot({ path: screenshot })
  for (const file of [small, full, screenshot]) {
    await openAccept(bob)
    await choosePicture(bob, file)
    await expect(bob.page.getByText('Connect with Alice?')).toBeVisible()
    if (file !== screenshot) await bob.page.getByRole('button', { name: 'Not now' }).click()
  }
  await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
  await alice.page.getByRole('button', { name: 'Open conversation' }).click()
  await openConversation(bob, 'Alice')
  await say(alice, bob, 'Found.')
  await hears(bob, alice, 'Found.')
})

test('open invites: their list, and cancelling one from there is told to whoever has it', async ({ browser }) => {
  const [alice, bob] = [await come(browser, 'Alice'), await come(browser, 'Bob')]
  const file = await saveInvite(alice, folder.path)
  await alice.page.getByRole('button', { name: 'New', exact: true }).click()
  await alice.page.getByRole('menuitem', { name: /Invites and address/ }).click()
  const list = alice.page.getByRole('region', { name: 'Open invites' })
  await expect(list.getByText(/Waiting for answer · step 1 of 3 · until/)).toBeVisible()
  await list.getByRole('button', { name: 'Cancel… Open invite' }).click()
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Cancel invite' }).click()
  await expect(list.getByText('No invite is open.', { exact: false })).toBeVisible()
  await expect(async () => {
    await openAccept(bob)
    await choosePicture(bob, file)
    await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText('This invite was cancelled.', { timeout: 3_000 })
  }).toPass()
})

test('a public address: two people ask, one is accepted and one declined, and nobody hears anything before', async ({ browser }) => {
  const [alice, bob, carol] = [await come(browser, 'Alice'), await come(browser, 'Bob'), await come(browser, 'Carol')]
  await alice.page.getByRole('button', { name: 'New', exact: true }).click()
  await alice.page.getByRole('menuitem', { name: /Invites and address/ }).click()
  await alice.page.getByRole('button', { name: 'Make an address' }).click()
  const link = alice.page.getByRole('group', { name: 'Address', exact: true })
  await expect(link).toHaveText(/^cairn1/)
  const card = await savePicture(alice, 'Save QR as picture…', 'card.png')
  const text = (await link.innerText()).trim()

  await openAccept(bob)
  await choosePicture(bob, card)
  await expect(bob.page.getByText('A public address: Alice is asked first', { exact: false })).toBeVisible()
  await bob.page.getByRole('button', { name: 'Ask to connect' }).click()
  await expect(bob.page.getByText('Waiting for Alice to accept.', { exact: false })).toBeVisible()
  await openAccept(carol)
  await carol.page.getByLabel('Invite link or text').fill(text)
  await carol.page.getByRole('button', { name: 'Continue' }).click()
  await carol.page.getByRole('button', { name: 'Ask to connect' }).click()

  await alice.page.getByRole('button', { name: /^2 requests/ }).click()
  await alice.page.getByRole('region', { name: 'Request of Carol' }).getByRole('button', { name: 'Decline' }).click()
  await expect(alice.page.getByRole('region', { name: 'Request of Carol' })).toHaveCount(0)
  await alice.page.getByRole('region', { name: 'Request of Bob' }).getByRole('button', { name: 'Accept' }).click()
  await expect(alice.page.getByRole('textbox', { name: 'Message Bob' })).toBeVisible()
  await openConversation(bob, 'Alice')
  await say(bob, alice, 'From your card.')
  await hears(alice, bob, 'From your card.')
  await expect(carol.page.getByText('Waiting for Alice to accept.', { exact: false })).toBeVisible()
  await expect(alice.page.getByRole('navigation').getByText('Carol')).toHaveCount(0)
})

test('two who are connected see each other’s code, and the same digits', async ({ browser }) => {
  const [alice, bob] = [await come(browser, 'Alice'), await come(browser, 'Bob')]
  await connect(alice, bob)
  await details(alice)
  await details(bob)
  await expect(alice.page.getByRole('img', { name: 'Your code, for Bob to scan' })).toBeVisible()
  const digits = ({ page }: Person) => page.getByRole('group', { name: '60 digits in 12 groups' }).innerText()
  expect(await digits(alice)).toBe(await digits(bob))
  const file = join(folder.path, 'code.png')
  await alice.page.getByRole('img', { name: 'Your code, for Bob to scan' }).screenshot({ path: file })
  await bob.page.getByRole('button', { name: 'Scan…' }).click()
  const chooser = bob.page.waitForEvent('filechooser')
  await bob.page.getByRole('button', { name: 'Choose a picture…' }).click()
  await (await chooser).setFiles(file)
  await expect(bob.page.getByText('The codes match. Alice is verified.')).toBeVisible()
})

test('started with a file or a link, it says who invites once the profile is open', async ({ browser }) => {
  const [alice, bob] = [await come(browser, 'Alice'), await come(browser, 'Bob')]
  const file = await saveInvite(alice, folder.path)
  await bob.stop()
  await bob.start(file)
  await unlock(bob)
  await expect(bob.page.getByText('Connect with Alice?')).toBeVisible()
  await expect(bob.page.getByText('Nothing has been sent yet.')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
  await openConversation(alice, 'Bob')
  await bob.stop()
  await bob.start('cairn:cairn1damaged')
  await unlock(bob)
  await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText('This invite is damaged.')
  await bob.page.keyboard.press('Escape')
  await openConversation(bob, 'Alice')
  await say(bob, alice, 'Opened.')
  await hears(alice, bob, 'Opened.')
})

/** The main job in the desktop program: first start, an invite, accepting it as the system hands it over, talk, and a reset. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'playwright/test'
import { spawnRelay, type RelayProcess } from '#test/support/processes.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'
import { firstStart, hears, log, openConversation, openInvite, say, unlock } from '../e2e/people.ts'
import { arriveInWindow, type DesktopPerson } from './windows.ts'

let relay: RelayProcess
let alice: DesktopPerson
let bob: DesktopPerson
const folder = temporaryFolder()

test.beforeEach(async () => {
  relay = await spawnRelay()
  alice = await arriveInWindow('Alice')
  bob = await arriveInWindow('Bob')
  await firstStart(alice, relay.address)
  await firstStart(bob, relay.address)
})
test.afterEach(async () => {
  for (const person of [alice, bob]) await person.close()
  await relay.dispose()
})
test.afterAll(() => folder.remove())

/** Alice saves an invite as a file; the path of it. */
async function inviteFile(): Promise<string> {
  const file = join(folder.path, `${Math.random().toString(36).slice(2)} from Alice.cairn`)
  await openInvite(alice)
  await alice.page.getByRole('tab', { name: 'File' }).click()
  await alice.saveNextTo(file)
  await alice.page.getByRole('button', { name: 'Save…' }).click()
  await expect.poll(() => readIfThere(file)).toContain('-----END CAIRN INVITE-----')
  await alice.page.getByRole('button', { name: 'Done' }).click()
  return file
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // not written yet
  }
}

async function connectByFile(): Promise<void> {
  await bob.open(await inviteFile())
  await expect(bob.page.getByText('Connect with Alice?')).toBeVisible()
  await expect(bob.page.getByText('Nothing has been sent yet.')).toBeVisible()
  await bob.page.getByRole('button', { name: 'Connect', exact: true }).click()
  await openConversation(bob, 'Alice')
  await openConversation(alice, 'Bob')
  await expect(log(alice, bob).getByText(/connected/)).toBeVisible()
}

test('an invite file that the system opens, talk with ticks, and a reset by hand', async () => {
  await connectByFile()
  await say(alice, bob, 'The path above the old mill is open again.')
  await hears(bob, alice, 'The path above the old mill is open again.')
  await say(bob, alice, 'Then Saturday it is.')
  await hears(alice, bob, 'Then Saturday it is.')
  await expect(log(alice, bob).getByRole('img', { name: /^(Delivered to|Read by) Bob/ })).toBeVisible()
  await alice.page.getByRole('button', { name: 'Details', exact: true }).click()
  await alice.page.getByRole('button', { name: 'Reset session…' }).click()
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Reset session' }).click()
  await expect(log(alice, bob).getByText(/Session reset by you/)).toBeVisible()
  await expect(log(bob, alice).getByText(/Session reset by Alice/)).toBeVisible()
  await say(bob, alice, 'Still here?')
  await hears(alice, bob, 'Still here?')
  expect(alice.complaints.concat(bob.complaints)).toEqual([])
})

test('a link, opened while Cairn is locked, waits for its owner; a poisoned one is refused by name', async () => {
  await openInvite(alice)
  const link = alice.page.getByRole('group', { name: 'Invite link' })
  await expect(link).toHaveText(/^cairn1/)
  const text = (await link.innerText()).trim()
  await bob.page.keyboard.press('Control+l')
  await expect(bob.page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  await bob.open(`cairn:${text}`)
  await unlock(bob)
  await expect(bob.page.getByText('Connect with Alice?')).toBeVisible()
  await bob.page.keyboard.press('Escape')
  await bob.open('cairn:$(touch /tmp/cairn-poison)`id`"&|;<script>')
  await expect(bob.page.getByRole('dialog').getByRole('alert')).toContainText(/damaged/i)
})

test('what was said is there after a restart, and the window where it was', async () => {
  await connectByFile()
  await say(alice, bob, 'Remember this.')
  await hears(bob, alice, 'Remember this.')
  await alice.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setBounds({ x: 60, y: 60, width: 900, height: 640 }))
  await alice.stop()
  await alice.start()
  await unlock(alice)
  await openConversation(alice, 'Bob')
  await expect(log(alice, bob).getByText('Remember this.')).toBeVisible()
  const bounds = await alice.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())
  expect(bounds).toMatchObject({ width: 900, height: 640 })
})

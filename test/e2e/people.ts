/** Two people, each with a real app process and a real browser window, and a real relay between them. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Browser, type Page } from 'playwright/test'
import type { Client } from '#shared/contract/contract.ts'
import type { Answer } from '#shared/contract/events.ts'
import { clientOver } from '#test/support/bridgeClient.ts'
import { spawnProcess, type RunningProcess } from '#test/support/process.ts'
import { temporaryFolder } from '#test/support/profileFolder.ts'

/** What the program calls somebody in a sentence. */
const firstName = ({ name }: Someone) => name.split(' ')[0] ?? name

export const passphrase = 'plain river stone lantern'

/** In front of the window of either host. */
export interface Someone {
  name: string
  page: Page
  profileDir: string
  /** Problems the page reported: there should be none. */
  complaints: string[]
  /** Starts the app again, for instance after its folder was changed, or with something to open. The window signs in anew. */
  start(...opened: string[]): Promise<void>
  stop(): Promise<void>
  close(): Promise<void>
}

export interface Person extends Someone {
  /** Asks the app what the window could ask; for what a test begins with, and is not about. */
  client: Client
}

/** Starts the app on a fresh profile and opens its window. */
export async function arrive(browser: Browser, name: string): Promise<Person> {
  const folder = temporaryFolder()
  const profileDir = join(folder.path, 'profile')
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, acceptDownloads: true })
  const page = await context.newPage()
  const complaints: string[] = []
  let app: RunningProcess | null = null
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // a host that was stopped on purpose is no fault of the page
    if (
      message.type() === 'error' &&
      !/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection/.test(message.text())
    ) {
      complaints.push(message.text())
    }
  })
  const call = async (method: string, input: unknown): Promise<Answer<unknown>> => {
    const { origin } = new URL(page.url())
    const answer = await page.request.post(`${origin}/api/call`, { headers: { Origin: origin }, data: { method, input } })
    return (await answer.json()) as Answer<unknown>
  }
  const person: Person = {
    ...{ name, page, client: clientOver(call), profileDir, complaints },
    async start(...opened) {
      app = spawnProcess('out/main/host.js', ['--profile', profileDir, '--port', '0', '--no-open', ...opened])
      const [, address = ''] = await app.line(/^Cairn is at (http:\S+)$/)
      await page.goto(address)
    },
    async stop() {
      await app?.stop()
      app = null
    },
    async close() {
      await context.close()
      await app?.kill()
      folder.remove()
    },
  }
  await person.start()
  return person
}

/** Past the first start and in front of an empty list. */
export async function settleIn({ client, page, name }: Person, relay: string): Promise<void> {
  await client['profile.create']({ name, passphrase, relay: { kind: 'address', address: relay } })
  await expect(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
}

/** As `settleIn`, by hand. */
export async function firstStart({ page, name }: Someone, relay: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('The same once more').fill(passphrase)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('radio', { name: 'A relay somebody runs' }).check()
  await page.getByLabel('Address of the relay').fill(relay)
  await expect(page.getByText(/Reached in \d+ ms/)).toBeVisible()
  await page.getByRole('button', { name: 'Start Cairn' }).click()
  await expect(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
}

export async function unlock({ page }: Someone): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Unlock' }).click()
  await expect(page.getByRole('button', { name: 'New', exact: true })).toBeVisible()
}

export async function openInvite({ page }: Someone, label = ''): Promise<void> {
  await page.getByRole('button', { name: 'New', exact: true }).click()
  await page.getByRole('menuitem', { name: /Invite someone/ }).click()
  if (label) await page.getByLabel('Who is it for?').fill(label)
  await page.getByRole('button', { name: 'Make invite' }).click()
}

/** The invite as the file a person would save; the dialog is closed. */
export async function saveInvite(person: Someone, to: string): Promise<string> {
  await openInvite(person)
  await person.page.getByRole('tab', { name: 'File' }).click()
  const download = person.page.waitForEvent('download')
  await person.page.getByRole('button', { name: 'Save…' }).click()
  const file = join(to, (await download).suggestedFilename())
  await (await download).saveAs(file)
  await person.page.getByRole('button', { name: 'Done' }).click()
  return file
}

export async function openAccept({ page }: Someone): Promise<void> {
  await page.getByRole('button', { name: 'New', exact: true }).click()
  await page.getByRole('menuitem', { name: /Accept an invite/ }).click()
}

export async function acceptFile(person: Someone, file: string, from: string): Promise<void> {
  const { page } = person
  await openAccept(person)
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file…' }).click()
  await (await chooser).setFiles(file)
  await expect(page.getByText(`Connect with ${from}?`)).toBeVisible()
  await expect(page.getByText('Nothing has been sent yet.')).toBeVisible()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
}

/** Both are connected; each sees the other's conversation. */
export async function connect(alice: Person, bob: Person): Promise<void> {
  const { file } = await alice.client['invites.create']({})
  await bob.client['invites.accept']({ text: file.text })
  await seeEachOther(alice, bob)
}

/** As `connect`, by hand, with an invite file. */
export async function connectByFile(alice: Someone, bob: Someone): Promise<void> {
  const folder = temporaryFolder()
  await acceptFile(bob, await saveInvite(alice, folder.path), alice.name)
  folder.remove()
  await seeEachOther(alice, bob)
}

async function seeEachOther(alice: Someone, bob: Someone): Promise<void> {
  await openConversation(bob, alice.name)
  await openConversation(alice, bob.name)
  for (const [me, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await expect(me.page.getByRole('textbox', { name: `Message ${firstName(other)}` })).toBeVisible()
    await expect(log(me, other).getByText(/connected/)).toBeVisible()
  }
}

export async function openConversation({ page }: Someone, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Conversations' }).getByText(name, { exact: true }).first().click()
}

export const log = ({ page }: Someone, other: Someone) => page.getByRole('log', { name: `Messages with ${firstName(other)}` })

export async function say(me: Someone, other: Someone, text: string): Promise<void> {
  const box = me.page.getByRole('textbox', { name: `Message ${firstName(other)}` })
  await expect(me.page.locator('dialog[open]')).toHaveCount(0) // what is filled in behind one that is just closing goes nowhere
  await box.fill(text)
  await box.press('Enter')
  await expect(log(me, other).getByText(text)).toBeVisible()
}

export const hears = (me: Someone, other: Someone, text: string) => expect(log(me, other).getByText(text)).toBeVisible()

/** Every text shown, in order. */
export const texts = (me: Someone, other: Someone): Promise<string[]> => log(me, other).locator('.bubble-text').allInnerTexts()

export function copyProfile(person: Someone, to: string): void {
  cpSync(person.profileDir, to, { recursive: true })
}

export function restoreProfile(person: Someone, from: string): void {
  rmSync(person.profileDir, { recursive: true })
  cpSync(from, person.profileDir, { recursive: true })
}

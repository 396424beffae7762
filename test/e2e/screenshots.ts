/** The README's pictures, taken of the running program: `npm run screenshots`. Emoji want a font: on Debian `fonts-noto-color-emoji`. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright'
import { launchOptions } from '#test/browser.ts'
import { spawnRelay } from '#test/support/processes.ts'
import { addByCode, getCode, protect } from './account.ts'
import { arrive, connect, settleIn, hears, log, openConversation, openInvite, say, type Person } from './people.ts'

const folder = resolve(import.meta.dirname, '..', '..', 'docs', 'pictures')
mkdirSync(folder, { recursive: true })

const browser = await chromium.launch(launchOptions())
const relay = await spawnRelay()
const [mira, jonas, lena] = [
  await arrive(browser, 'Mira Holt'),
  await arrive(browser, 'Jonas Reuter'),
  await arrive(browser, 'Lena Brandt'),
]

const picture = async ({ page }: Person, name: string, scheme: 'light' | 'dark' = 'light') => {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

const conversation: [Person, Person, string][] = [
  [jonas, mira, 'The path above the old mill is open again. Still free on Saturday?'],
  [mira, jonas, 'Yes! I’ll bring the stove. Train at 8:12, or the later one?'],
  [jonas, mira, '8:12, then we have the ridge to ourselves.'],
]
const message = (me: Person, other: Person, text: string) => log(me, other).getByRole('article').filter({ hasText: text })

/** Mira answers with a quotation, and both like it. */
async function answer(): Promise<void> {
  await message(mira, jonas, 'the ridge').click({ button: 'right' })
  await mira.page.getByRole('menuitem', { name: 'Reply', exact: true }).click()
  const field = mira.page.getByRole('textbox', { name: 'Message Jonas' })
  await field.fill('Beautiful. I’ll print the map, **both** sides.')
  await field.press('Enter')
  await message(jonas, mira, 'print the map').click({ button: 'right' })
  await jonas.page.getByRole('menuitem', { name: 'React', exact: true }).click()
  await jonas.page.getByRole('dialog', { name: 'React to the message' }).getByRole('button', { name: '👍' }).click()
  await log(mira, jonas)
    .getByRole('button', { name: /^👍 by/ })
    .waitFor()
}

const hikers = 'Old Mill hikers'
const inGroup: [Person, string][] = [
  [jonas, 'Lena knows the ridge better than both of us. Lena, meet Mira!'],
  [lena, 'Hello Mira! The upper path is dry, I was there on Tuesday.'],
  [mira, 'Then the upper path. Who brings the rope?'],
]

/** Jonas makes a group; the other two have never met. */
async function group(): Promise<void> {
  await settleIn(lena, relay.address)
  await connect(jonas, lena)
  await jonas.page.getByRole('button', { name: 'New', exact: true }).click()
  await jonas.page.getByRole('menuitem', { name: /New group/ }).click()
  await jonas.page.getByLabel('Name', { exact: true }).fill(hikers)
  for (const name of ['Mira Holt', 'Lena Brandt']) await jonas.page.getByRole('checkbox', { name }).check()
  await jonas.page.getByRole('button', { name: 'Make group' }).click()
  for (const one of [mira, lena]) {
    await openConversation(one, hikers)
    await one.page.getByRole('button', { name: 'Accept' }).click()
  }
  await openConversation(jonas, hikers)
  await jonas.page.getByText('You hear each other').nth(1).waitFor()
  for (const [me, text] of inGroup) {
    const field = me.page.getByRole('textbox', { name: `Message ${hikers}` })
    await field.fill(text)
    await field.press('Enter')
    await jonas.page
      .getByRole('log', { name: `Messages in ${hikers}` })
      .getByText(text)
      .waitFor()
  }
}

try {
  await picture(mira, 'first-start')
  await settleIn(mira, relay.address)
  await settleIn(jonas, relay.address)
  await openInvite(jonas, 'Lena')
  await jonas.page.getByRole('button', { name: 'Copy', exact: true }).waitFor()
  await picture(jonas, 'invite')
  await jonas.page.getByRole('button', { name: 'Done' }).click()
  await jonas.page.getByText('Invite for Lena').click()
  await jonas.page.getByText('Invite made').waitFor()
  await picture(jonas, 'exchange')
  await connect(jonas, mira)
  await jonas.page.getByRole('button', { name: 'Dismiss' }).click()
  for (const [me, other, text] of conversation) {
    await say(me, other, text)
    await hears(other, me, text)
  }
  await answer()
  await jonas.page.getByRole('button', { name: 'Details', exact: true }).click()
  await jonas.page.getByRole('button', { name: 'Mark verified' }).click()
  await jonas.page.getByRole('button', { name: 'They match' }).click()
  await jonas.page.getByRole('button', { name: 'Reset session…' }).click()
  await jonas.page.getByRole('dialog').waitFor()
  await picture(jonas, 'reset')
  await jonas.page.getByRole('dialog').getByRole('button', { name: 'Reset session' }).click()
  await jonas.page.getByText(/Session reset by you/).waitFor()
  await picture(jonas, 'conversation')
  await picture(jonas, 'conversation-dark', 'dark')
  await jonas.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await jonas.page.keyboard.press('Control+k')
  await jonas.page.keyboard.type('map')
  await jonas.page.getByText(/message found/).waitFor({ state: 'attached' })
  await jonas.page.getByRole('navigation').getByText('print the').first().click()
  await picture(jonas, 'search')
  await jonas.page.keyboard.press('Control+k')
  await jonas.page.keyboard.press('Escape')
  await group()
  // the others say that they hear each other a little after they do
  await jonas.page
    .getByText(/can’t hear/)
    .first()
    .waitFor({ state: 'hidden', timeout: 40_000 })
  await picture(jonas, 'group')
  await getCode(jonas, relay.address)
  await addByCode(jonas)
  await jonas.page.getByRole('tab', { name: 'Your code' }).click()
  await picture(jonas, 'code')
  await jonas.page.keyboard.press('Escape')
  await protect(jonas)
  await jonas.page.getByText('The backup is made.').waitFor({ state: 'hidden' })
  await picture(jonas, 'backup')
  await jonas.page.keyboard.press('Escape')
  await openConversation(jonas, 'Mira Holt')
  await jonas.page.setViewportSize({ width: 720, height: 800 })
  await jonas.page.getByRole('button', { name: 'Back to the conversation' }).click()
  await jonas.page.getByRole('textbox', { name: 'Message Mira' }).fill('Shall I bring the lamp, too?')
  await picture(jonas, 'narrow')
} finally {
  await relay.dispose()
  await mira.close()
  await lena.close()
  await jonas.close()
  await browser.close()
}

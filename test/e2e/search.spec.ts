/** Search as one person does it by hand, in a real app with a profile of some hundred messages. */
import { expect, test as base } from 'playwright/test'
import { spawnProcess } from '#test/support/process.ts'
import { arrive, passphrase, unlock, type Person } from './people.ts'

const test = base.extend<{ ada: Person }>({
  ada: async ({ browser }, use) => {
    const ada = await arrive(browser, 'Ada')
    await ada.stop()
    await spawnProcess('test/support/profileToSearch.ts', [ada.profileDir, passphrase]).line(/^ready$/)
    ada.complaints.length = 0 // of a page whose app was stopped under it
    await ada.start()
    await unlock(ada)
    await use(ada)
    expect(ada.complaints).toEqual([])
    await ada.close()
  },
})

test('words, beginnings, phrases, marks and Chinese are found; filters; a jump and back; people by name; and in one conversation', async ({
  ada: { page },
}) => {
  const field = page.getByRole('textbox', { name: 'Search', exact: true })
  const messages = page.getByRole('region', { name: 'Messages' }).getByRole('button')
  const finds = async (query: string, snippets: (string | RegExp)[]) => {
    await field.fill(query)
    await expect(messages.locator('.snippet')).toHaveText(snippets)
  }
  await page.keyboard.press('Control+k')
  await expect(field).toBeFocused()
  await finds('zelt', ['You: Zeltplatz gefunden, danke!', 'Das Zelt steht beim Café über der Brücke'])
  await finds('zelt ', ['Das Zelt steht beim Café über der Brücke'])
  await finds('cafe brucke', ['Das Zelt steht beim Café über der Brücke'])
  await finds('"cafe brucke"', [])
  await expect(page.getByText('Nothing found for “"cafe brucke"”.')).toBeVisible()
  await finds('北京', ['我们明天在北京大学见面'])
  await expect(messages.locator('mark')).toHaveText(['北京'])

  await field.fill('zelt')
  await page.getByRole('button', { name: 'Filters' }).click()
  await page.getByRole('combobox', { name: 'Written by' }).selectOption('me')
  await expect(messages.locator('.snippet')).toHaveText(['You: Zeltplatz gefunden, danke!'])
  await page.getByRole('combobox', { name: 'Written by' }).selectOption('anyone')
  await page.getByLabel('Until').fill('2020-01-01')
  await expect(page.getByText('Nothing found for “zelt”.')).toBeVisible()
  await page.getByLabel('Until').fill('')
  await expect(messages).toHaveCount(2)

  await messages.last().click()
  const found = page.locator('.log .bubble', { hasText: 'Das Zelt steht' })
  await expect(found).toBeInViewport()
  const marked = () => page.evaluate(() => [...(CSS.highlights.get('search') ?? [])].map((range) => (range as Range).toString()))
  await expect.poll(marked).toEqual(['Zelt', 'Zelt'])
  await page.getByRole('button', { name: /newest/i }).click()
  await expect(found).not.toBeAttached()
  await page.getByRole('button', { name: 'End search' }).click()
  await expect.poll(marked).toEqual([])

  await field.fill('chlo')
  await page
    .getByRole('region', { name: 'People' })
    .getByRole('button', { name: /Chloé Silva/ })
    .click()
  await expect(page.getByRole('log', { name: 'Messages with Chloé' })).toBeVisible()

  // in one conversation: the newest first, and the one before it
  await page.getByRole('button', { name: 'End search' }).click()
  await page.getByRole('navigation', { name: 'Conversations' }).getByText('Ada Holt 1', { exact: true }).click()
  await page.getByRole('log').getByRole('article').first().waitFor()
  await page.keyboard.press('Control+f')
  const inside = page.getByRole('textbox', { name: 'Search in the conversation with Ada Holt 1' })
  await expect(inside).toBeFocused()
  await inside.fill('zelt')
  await expect(page.getByText('1 of 2', { exact: true })).toBeVisible()
  await expect(page.locator('.log .bubble', { hasText: 'Zeltplatz gefunden' })).toBeInViewport()
  await inside.press('Enter')
  await expect(page.getByText('2 of 2', { exact: true })).toBeVisible()
  await expect(page.locator('.log .bubble', { hasText: 'Das Zelt steht' })).toBeInViewport()
  await inside.press('Escape')
  await expect(inside).not.toBeAttached()
})

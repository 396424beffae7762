import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Page } from 'playwright/test'
import { present } from '#test/support/fakeState.ts'
import { scenes } from '#test/support/gallery/scenes.ts'
import { serveGallery } from '#test/support/gallery/server.ts'

/**
 * Every screen in every state: axe finds nothing. The dark theme changes colours alone, so there only contrast is looked at;
 * one column shows other landmarks, not other states, so there a few screens do.
 */
const all = Object.keys(scenes)
const parts = 6
const part = (at: number) => all.filter((_, i) => i % parts === at)
const narrow = [
  ...['first-name', 'empty', 'list', 'details', 'broken', 'invite-open', 'accept-new', 'settings-relays', 'requests'],
  ...['restore-kept', 'code-enter-none', 'code-requests', 'code-asks', 'by-code-banner', 'account-due', 'search', 'search-inside'],
]
const runs = [
  ...Array.from({ length: parts }, (_, at) => ({ name: `three columns, ${at + 1} of ${parts}`, width: 1200, only: part(at) })),
  { name: 'one column', width: 720, only: narrow },
]

/** Legacy mode leaves out frames of other origins, of which there are none, and with them a page of its own for each look. */
const axe = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode()

let gallery: Awaited<ReturnType<typeof serveGallery>>
test.beforeAll(async () => {
  gallery = await serveGallery()
})
test.afterAll(() => gallery.close())

for (const { name, width, only } of runs) {
  test(`axe finds nothing: ${name}`, async ({ browser }) => {
    test.setTimeout(600_000) // some twenty screens, twice; a minute on a quiet machine
    const context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.clock.setFixedTime(present)
    const found: string[] = []
    page.on('pageerror', (error) => found.push(`error: ${error.message}`))
    const look = async (scene: string, looker: AxeBuilder) => {
      const { violations } = await looker.analyze()
      for (const { id, nodes } of violations) found.push(...nodes.map((node) => `${scene}: ${id}: ${node.target.join(' ')}`))
    }
    for (const scene of only) {
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(`${gallery.url}?scene=${scene}`)
      await page.locator('body[data-ready]').waitFor()
      await look(scene, axe(page))
      await page.emulateMedia({ colorScheme: 'dark' })
      await look(`${scene}, dark`, axe(page).withRules(['color-contrast']))
    }
    expect(found).toEqual([])
    await context.close()
  })
}

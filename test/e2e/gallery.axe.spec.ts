import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'playwright/test'
import { present } from '#test/support/fakeState.ts'
import { scenes } from '#test/support/gallery/scenes.ts'
import { serveGallery } from '#test/support/gallery/server.ts'

/**
 * Every screen in every state: axe finds nothing. The dark theme changes colours alone, so there only contrast is looked at;
 * one column shows other landmarks, not other states, so there a few screens do.
 */
const runs = [
  { name: 'light, three columns', colorScheme: 'light', width: 1200, only: Object.keys(scenes), rules: null },
  { name: 'dark, three columns', colorScheme: 'dark', width: 1200, only: Object.keys(scenes), rules: ['color-contrast'] },
  {
    name: 'light, one column',
    colorScheme: 'light',
    width: 720,
    only: ['first-name', 'empty', 'list', 'details', 'broken', 'invite-open', 'accept-new'],
    rules: null,
  },
] as const

let gallery: Awaited<ReturnType<typeof serveGallery>>
test.beforeAll(async () => {
  gallery = await serveGallery()
})
test.afterAll(() => gallery.close())

for (const { name, colorScheme, width, only, rules } of runs) {
  test(`axe finds nothing: ${name}`, async ({ browser }) => {
    test.setTimeout(600_000) // nearly fifty screens; seconds on a quiet machine
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.clock.setFixedTime(present)
    const found: string[] = []
    page.on('pageerror', (error) => found.push(`error: ${error.message}`))
    for (const scene of only) {
      await page.goto(`${gallery.url}?scene=${scene}`)
      await page.locator('body[data-ready]').waitFor()
      const axe = new AxeBuilder({ page })
      const { violations } = await (rules ? axe.withRules([...rules]) : axe).analyze()
      for (const { id, nodes } of violations) found.push(...nodes.map((node) => `${scene}: ${id}: ${node.target.join(' ')}`))
    }
    expect(found).toEqual([])
    await context.close()
  })
}

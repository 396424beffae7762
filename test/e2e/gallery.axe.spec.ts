import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'playwright/test'
import { present } from '#test/support/fakeState.ts'
import { scenes } from '#test/support/gallery/scenes.ts'
import { serveGallery } from '#test/support/gallery/server.ts'

/** Every screen in every state, light and dark, three columns and one: axe finds nothing. */
let gallery: Awaited<ReturnType<typeof serveGallery>>
test.beforeAll(async () => {
  gallery = await serveGallery()
})
test.afterAll(() => gallery.close())

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1200, 720]) {
    test(`axe finds nothing, ${colorScheme}, ${width} px`, async ({ browser }) => {
      test.setTimeout(180_000)
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' })
      const page = await context.newPage()
      await page.clock.setFixedTime(present)
      const found: string[] = []
      page.on('pageerror', (error) => found.push(`error: ${error.message}`))
      for (const name of Object.keys(scenes)) {
        await page.goto(`${gallery.url}?scene=${name}`)
        await page.locator('body[data-ready]').waitFor()
        const { violations } = await new AxeBuilder({ page }).analyze()
        for (const { id, nodes } of violations) found.push(...nodes.map((node) => `${name}: ${id}: ${node.target.join(' ')}`))
      }
      expect(found).toEqual([])
      await context.close()
    })
  }
}

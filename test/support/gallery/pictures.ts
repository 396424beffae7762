import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { launchOptions } from '../../browser.ts'
import { present } from '../fakeState.ts'
import { scenes } from './scenes.ts'
import { serveGallery } from './server.ts'

/** `node test/support/gallery/pictures.ts DIR [scene…]`: a picture of every scene, light and dark, wide and narrow. */
const [dir = 'test-results/gallery', ...wanted] = process.argv.slice(2)
const gallery = await serveGallery()
const browser = await chromium.launch(launchOptions())
await mkdir(dir, { recursive: true })
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1200, 720]) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 800 },
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => console.error(error))
    await page.clock.setFixedTime(present)
    for (const name of wanted.length > 0 ? wanted : Object.keys(scenes)) {
      await page.goto(`${gallery.url}?scene=${name}`)
      await page.locator('body[data-ready]').waitFor()
      await page.waitForTimeout(120) // for what a scene loads; these are pictures for people, not a test
      await page.screenshot({ path: join(dir, `${name}-${width}-${colorScheme}.png`) })
    }
    await context.close()
  }
}
await browser.close()
await gallery.close()

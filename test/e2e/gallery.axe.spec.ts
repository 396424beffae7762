import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import { expect, test as base, type Page } from 'playwright/test'
import { present } from '#test/support/fakeState.ts'
import { scenes } from '#test/support/gallery/scenes.ts'
import { serveGallery } from '#test/support/gallery/server.ts'

/**
 * Every screen in every state, in German: axe finds nothing. The dark theme changes colours alone, so there only contrast is looked at;
 * one column shows other landmarks, not other states, so there a few screens do.
 */
const all = Object.keys(scenes)
const parts = 4
const part = (at: number) => all.filter((_, i) => i % parts === at)
const narrow = [
  ...['first-name', 'empty', 'list', 'details', 'broken', 'invite-open', 'accept-new', 'settings-relays', 'requests'],
  ...['restore-kept', 'code-enter-none', 'code-requests', 'code-asks', 'by-code-banner', 'account-due', 'search', 'search-inside'],
  ...['group', 'group-details', 'group-invited'],
]
const runs = [
  ...Array.from({ length: parts }, (_, at) => ({ name: `three columns, ${at + 1} of ${parts}`, width: 1200, only: part(at) })),
  { name: 'one column', width: 720, only: narrow },
]

/** axe itself, there in every page from its start: sent anew for each look, it took longer than looking. */
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong, as `rule: where`. That of all the rest it names one place each saves most of its work. */
const look = (page: Page, options: RunOptions): Promise<string[]> =>
  page.evaluate(
    async (asked) => {
      const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }
      const { violations } = await axe.run(asked)
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
    },
    { ...options, resultTypes: ['violations'] } satisfies RunOptions,
  )

const test = base.extend<object, { gallery: string }>({
  gallery: [
    async ({}, use) => {
      const { url, close } = await serveGallery()
      await use(url)
      await close()
    },
    { scope: 'worker' },
  ],
})

test.use({ trace: 'off' }) // a list of places says it all; a trace costs a third of the time

for (const { name, width, only } of runs) {
  test(`axe finds nothing: ${name}`, async ({ browser, gallery }) => {
    test.setTimeout(600_000) // some thirty screens, twice; half a minute on a quiet machine
    const context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.addInitScript({ path: axePath })
    await page.clock.setFixedTime(present)
    await page.emulateMedia({ colorScheme: 'light' })
    const found: string[] = []
    page.on('pageerror', (error) => found.push(`error: ${error.message}`))
    await page.goto(`${gallery}?language=de`)
    for (const scene of only) {
      await page.evaluate((name) => (window as unknown as { show(name: string): Promise<void> }).show(name), scene)
      const light = await look(page, {})
      await page.evaluate(() => void (document.documentElement.dataset['theme'] = 'dark'))
      const dark = await look(page, { runOnly: ['color-contrast'] })
      found.push(...light.map((what) => `${scene}: ${what}`), ...dark.map((what) => `${scene}, dark: ${what}`))
      const said = await page.evaluate(() => document.body.innerText)
      if (/undefined|NaN|\[object/.test(said)) found.push(`${scene}: words are missing in German`)
    }
    expect(found).toEqual([])
    await context.close()
  })
}

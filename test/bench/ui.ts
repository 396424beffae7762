/**
 * The window with very much in it: a conversation of 100,000 messages is opened, and scrolled up and down; a list of 10,000 conversations
 * is scrolled. Frames are the browser's own, and a busy machine has not the time to draw them; so beside them stands a page in the same
 * browser that has nothing but lines of text, as many as the window keeps, and no program at all.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright'
import { launchOptions } from '../browser.ts'
import { spawnProcess } from '../support/process.ts'
import { build } from './app.ts'
import { createLargeProfile, longestName } from './largeProfile.ts'
import { percentile, type Bench, type Contest } from './runner.ts'
import { heapBytes, open, unlockAtOnce } from './windows.ts'

const passphrase = 'plain river stone lantern'
const frameMs = 1000 / 60

export interface Size {
  contacts: number
  /** In the longest conversation. */
  messages: number
  /** Milliseconds of scrolling in each direction. */
  scrollMs: number
}

/** A page with a profile of that size open. */
async function createStage(browser: Browser, { contacts, messages }: Size) {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const dir = join(folder, 'profile')
  const all = messages + contacts // one for each of the others
  await createLargeProfile({ dir, passphrase, relay: 'ws://127.0.0.1:9', contacts, messages: all, longest: messages / all })
  const host = spawnProcess('out/main/host.js', ['--profile', dir, '--port', '0', '--no-open'])
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } })
  const page = await context.newPage()
  await page.addInitScript(unlockAtOnce, { passphrase, name: longestName })
  const [, address = ''] = await host.line(/^Cairn is at (http:\S+)$/)
  await page.goto(address)
  await page.waitForFunction(() => (globalThis as { shownAt?: number }).shownAt)
  await page.waitForFunction((n) => Number(document.querySelector('.list-rows > li')?.getAttribute('aria-setsize')) >= n, contacts)
  const rows = page.locator('.list .row')
  const plainPage = await createPlainPage(browser)
  return {
    ...{ page, plainPage },
    /** Milliseconds from the click to the messages. */
    async open(): Promise<number> {
      await page.bringToFront()
      await rows.nth(1).click()
      await page.locator('.bubble').first().waitFor()
      return rows.filter({ hasText: longestName }).first().evaluate(open)
    },
    async close() {
      await Promise.all([context.close(), plainPage.close()])
      await host.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Frames {
  /** Sorted or not; milliseconds between one frame and the next. */
  times: number[]
  pixels: number
  /** Frames in which nothing was in the middle of the box. */
  blank: number
}

/**
 * In the page: scrolls as a wheel does, by `step` pixels in each frame. Only what the page itself could do better counts: frames are asked
 * for by `requestAnimationFrame`, as the browser gives them.
 */
const scroll = ({ selector, item, step, ms }: { selector: string; item: string; step: number; ms: number }): Promise<Frames> =>
  new Promise((resolve) => {
    const box = document.querySelector(selector) as HTMLElement
    const { left, top, width, height } = box.getBoundingClientRect()
    const [times, start] = [[] as number[], performance.now()]
    let [last, pixels, blank] = [start, 0, 0]
    const isBlank = () => document.elementsFromPoint(left + width / 2, top + height / 2).every((one) => !one.closest(item))
    const next = (now: number) => {
      times.push(now - last)
      last = now
      const before = box.scrollTop
      box.scrollTop += step
      pixels += Math.abs(box.scrollTop - before)
      if (times.length % 10 === 0 && isBlank()) blank += 1
      if (now - start < ms) requestAnimationFrame(next)
      else resolve({ times: times.slice(2), pixels, blank })
    }
    requestAnimationFrame(next)
  })

/** Lines that are there from the beginning; scrolled in the same way. */
async function createPlainPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } })
  const lines = Array.from(
    { length: 300 },
    (_, i) => `<p style="height: 40px; margin: 0">Line ${String(i)} of a page that only scrolls</p>`,
  )
  await page.setContent(`<div class="plain" style="height: 700px; overflow: auto"><div>${lines.join('')}</div></div>`)
  return page
}

const plain = { selector: '.plain', item: 'div' }
const log = { selector: '.log', item: '.log-list', step: 60 }
const list = { selector: '.list', item: '.row', step: 200 }

/** Frames that the screen would have shown, and that did not come. */
const dropped = (times: readonly number[]): number => times.reduce((sum, time) => sum + Math.max(0, Math.round(time / frameMs) - 1), 0)
const droppedShare = (times: readonly number[]): number => (100 * dropped(times)) / (times.length + dropped(times))

/** Up and down. */
async function both(page: Page, how: typeof log, ms: number): Promise<Frames> {
  const [up, down] = [await page.evaluate(scroll, { ...how, step: -how.step, ms }), await page.evaluate(scroll, { ...how, ms })]
  return { times: [...up.times, ...down.times], pixels: up.pixels + down.pixels, blank: up.blank + down.blank }
}

async function* scrolling(stage: { page: Page; plainPage: Page }, name: string, how: typeof log, ms: number): AsyncGenerator<Contest> {
  const measure = (page: Page, of: typeof log, figure: (times: readonly number[]) => number) => async () => {
    await page.bringToFront()
    const frames = await both(page, of, ms)
    if (frames.blank > 0) process.stderr.write(`${name}: ${String(frames.blank)} frames showed nothing\n`)
    return figure(frames.times)
  }
  const figures = [
    { case: `${name}, p50`, unit: 'ms', figure: (times: readonly number[]) => percentile(times, 0.5) },
    { case: `${name}, p99`, unit: 'ms', figure: (times: readonly number[]) => percentile(times, 0.99) },
    { case: `${name}, dropped`, unit: '%', figure: droppedShare },
  ]
  for (const { figure, ...row } of figures)
    yield {
      ...row,
      ...{ metric: 'frames', better: 'less', peer: 'plain page', target: null, rounds: 3, warmUps: 1 },
      runOurs: measure(stage.page, how, figure),
      runPeer: measure(stage.plainPage, { ...how, ...plain }, figure),
    }
}

export async function* uiContests(browser: Browser, size: Size): AsyncGenerator<Contest> {
  const stage = await createStage(browser, size)
  try {
    await stage.open()
    const before = await heapBytes(stage.page)
    const limit = { unit: 'ms', better: 'less', peer: 'limit', runPeer: () => 100, rounds: 5, warmUps: 1, target: 1 } as const
    yield { ...limit, case: 'conversation opened', metric: 'to the messages', runOurs: () => stage.open() }
    await stage.page.evaluate(toTop, '.list')
    yield* scrolling(stage, 'messages', log, size.scrollMs)
    yield* scrolling(stage, 'list', list, size.scrollMs)
    yield {
      ...{
        case: 'heap',
        metric: 'JavaScript heap',
        unit: 'MB',
        better: 'less',
        peer: 'before scrolling',
        target: null,
        rounds: 1,
        warmUps: 0,
      },
      ...{ runOurs: async () => (await heapBytes(stage.page)) / 1e6, runPeer: () => before / 1e6 },
    }
  } finally {
    await stage.close()
  }
}

const toTop = (selector: string): void => void (document.querySelector(selector) as HTMLElement).scrollTo(0, 0)

async function* contests(): AsyncGenerator<Contest> {
  await build()
  const browser = await chromium.launch(launchOptions())
  try {
    yield* uiContests(browser, { contacts: 10_000, messages: 100_000, scrollMs: 10_000 })
  } finally {
    await browser.close()
  }
}

export const uiBench: Bench = { name: 'ui', contests }

/** The whole program in real browser windows: a text from key press to screen, and a profile with years in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { connect, settleIn, arrive } from '../e2e/people.ts'
import type { RelayProcess } from '../support/processes.ts'
import { spawnProcess } from '../support/process.ts'
import { createLargeProfile, longestName } from './largeProfile.ts'

const texts = 60

/** Milliseconds from Enter in one window to the frame in which the other shows the text, for each of some texts. */
export async function createTypists(browser: Browser, relay: RelayProcess) {
  const [ada, ben] = [await arrive(browser, 'Ada Holt'), await arrive(browser, 'Ben Reuter')]
  await settleIn(ada, relay.address)
  await settleIn(ben, relay.address)
  await connect(ada, ben)
  const box = ada.page.getByRole('textbox', { name: 'Message Ben' })
  let count = 0

  async function type(): Promise<number> {
    const text = `text ${String(++count)} of many`
    await box.fill(text)
    const shown = ben.page.evaluate(whenShown, text)
    const pressed = ada.page.evaluate(whenPressed)
    await box.press('Enter')
    return (await shown) - (await pressed)
  }
  return {
    async latencies(): Promise<number[]> {
      const all: number[] = []
      for (let i = 0; i < texts; i++) all.push(await type())
      return all
    },
    close: () => Promise.all([ada.close(), ben.close()]),
  }
}

/** In the page. Both windows read the one clock of this machine. */
const whenPressed = (): Promise<number> =>
  new Promise((resolve) => {
    addEventListener('keydown', () => resolve(performance.timeOrigin + performance.now()), { once: true, capture: true })
  })

const whenShown = (text: string): Promise<number> =>
  new Promise((resolve) => {
    const look = () => {
      if (![...document.querySelectorAll('.bubble .body')].some((body) => body.textContent === text)) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { childList: true, subtree: true })
  })

export interface Opened {
  /** Process started to a list that answers, with the passphrase typed in no time. */
  interactiveMs: number
  openMs: number
  hostBytes: number
  pageBytes: number
}

const passphrase = 'plain river stone lantern'

/** A folder with a profile in it, made once; each start works on it as it is. */
export async function createLargeStage(browser: Browser, relay: string, size: { contacts: number; messages: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const dir = join(folder, 'profile')
  await createLargeProfile({ dir, passphrase, relay, ...size, longest: 0.2 })
  return {
    start: () => openLarge(browser, dir),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function openLarge(browser: Browser, profileDir: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } })
  const page = await context.newPage()
  await page.addInitScript(unlockAtOnce, { passphrase, name: longestName })
  const start = clock()
  const host = spawnProcess('out/main/host.js', ['--profile', profileDir, '--port', '0', '--no-open'])
  try {
    const [, address = ''] = await host.line(/^Cairn is at (http:\S+)$/)
    await page.goto(address)
    const shown = await page.waitForFunction(() => (globalThis as { shownAt?: number }).shownAt)
    const interactiveMs = Number(await shown.jsonValue()) - start
    const openMs = await page.locator('.list .row', { hasText: longestName }).first().evaluate(open)
    return { interactiveMs, openMs, hostBytes: residentBytes(host.pid), pageBytes: await heapBytes(page) }
  } finally {
    await context.close()
    await host.kill()
  }
}

/** Of this machine, for which processes have one and the same. */
const clock = (): number => performance.timeOrigin + performance.now()

/**
 * In the page: types and presses Enter as soon as that can be done, and notes when the list is drawn. A test driver that looks from outside
 * looks every so often, and so would add up to half a second of its own.
 */
export function unlockAtOnce({ passphrase, name }: { passphrase: string; name: string }): void {
  let isTyped = false
  const look = (): void => {
    const field = document.querySelector<HTMLInputElement>('input[type=password]')
    if (field?.form && !isTyped) {
      isTyped = true
      field.value = passphrase
      field.dispatchEvent(new Event('input', { bubbles: true }))
      field.form.requestSubmit()
    }
    if (![...document.querySelectorAll('.list .row')].some((row) => row.textContent.includes(name))) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => Object.assign(globalThis, { shownAt: performance.timeOrigin + performance.now() })))
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { childList: true, subtree: true })
}

/** In the page: from the click to the frame after the messages are there. */
export const open = (row: Element): Promise<number> =>
  new Promise((resolve) => {
    const start = performance.now()
    const observer = new MutationObserver(() => {
      if (!document.querySelector('.bubble')) return
      observer.disconnect()
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
    })
    observer.observe(document.body, { childList: true, subtree: true })
    ;(row as HTMLElement).click()
  })

export const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024

/** The page's JavaScript heap after a collection. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize
}

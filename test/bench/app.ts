/**
 * The app. Texts from `conversations.send` in one app to the other's window: two apps in this process, a relay in its own. Beside
 * them the disk: rows of the same size, each in a durable transaction of its own, as a text is on its way in and on its way out.
 * Then the same in browser windows, and a profile with 1,000 contacts and 100,000 messages in one (`windows.ts`).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { chromium, type Browser } from 'playwright'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { launchOptions } from '../browser.ts'
import { bin, run } from '../../tools/run.ts'
import { connectPair, startAppPair, startRelay } from './appPair.ts'
import type { AppPair } from './appPair.ts'
import type { RelayProcess } from '../support/processes.ts'
import { percentile, type Bench, type Contest } from './runner.ts'
import { createLargeStage, createTypists, type Opened } from './windows.ts'

const text = 'x'.repeat(256)

/** Resolves when `count` texts more are shown by the inviter. */
const untilShown = ({ inviter }: AppPair, count: number): Promise<void> =>
  new Promise((resolve) => {
    const shown = new Set<string>()
    const stop = inviter.app.subscribe((event) => {
      if (event.type !== 'item' || event.item.kind !== 'text' || event.item.own) return
      shown.add(event.item.id)
      if (shown.size < count) return
      stop()
      resolve()
    })
  })

/** Texts a second: all are handed over at once, or each when the one before is shown. */
async function sendTexts(pair: AppPair, count: number, atOnce: number): Promise<number> {
  const start = performance.now()
  for (let sent = 0; sent < count; sent += atOnce) {
    const shown = untilShown(pair, atOnce)
    for (let i = 0; i < atOnce; i++) await pair.acceptor.send(pair.inviter.id, text)
    await shown
  }
  return count / ((performance.now() - start) / 1000)
}

/** Two durable transactions for each text, one at either end. */
function storeTwice(count: number): number {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const db = new Database(join(dir, 'raw.db'))
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) db.pragma(pragma)
  db.exec('CREATE TABLE texts (id INTEGER PRIMARY KEY, blob BLOB NOT NULL)')
  const insert = db.prepare('INSERT INTO texts (blob) VALUES (?)')
  const blob = Buffer.alloc(4096, 1)
  const start = performance.now()
  for (let i = 0; i < 2 * count; i++) insert.run(blob)
  const seconds = (performance.now() - start) / 1000
  db.close()
  rmSync(dir, { recursive: true })
  return count / seconds
}

async function* throughput(relay: RelayProcess): AsyncGenerator<Contest> {
  const pair = await startAppPair(relay.address, await createPrimitives())
  const both = { metric: 'texts', unit: '/s', better: 'more', peer: 'SQLite, 2 durable rows a text', target: null } as const
  try {
    await connectPair(pair, await pair.invite())
    yield { ...both, case: 'one by one', rounds: 7, warmUps: 1, runOurs: () => sendTexts(pair, 40, 1), runPeer: () => storeTwice(40) }
    yield { ...both, case: '200 at once', rounds: 5, warmUps: 1, runOurs: () => sendTexts(pair, 200, 200), runPeer: () => storeTwice(200) }
  } finally {
    await pair.close()
  }
}

const limit = (ms: number) => ({ unit: 'ms', better: 'less', peer: 'limit', runPeer: () => ms }) as const

async function* latency(browser: Browser, relay: RelayProcess): AsyncGenerator<Contest> {
  const typists = await createTypists(browser, relay)
  const both = { metric: 'typed to shown', rounds: 5, warmUps: 1, ...limit(100) } as const
  try {
    yield { ...both, case: 'typed to shown, p50', target: 1, runOurs: async () => percentile(await typists.latencies(), 0.5) }
    yield { ...both, case: 'typed to shown, p99', target: null, runOurs: async () => percentile(await typists.latencies(), 0.99) }
  } finally {
    await typists.close()
  }
}

const large = { contacts: 1_000, messages: 100_000 }
const small = { contacts: 2, messages: 20 }

/** Each start of the large profile is measured as a whole, beside one of a small profile where that says something. */
async function* years(browser: Browser, relay: RelayProcess): AsyncGenerator<Contest> {
  const [ours, theirs] = [await createLargeStage(browser, relay.address, large), await createLargeStage(browser, relay.address, small)]
  const measure = (figure: (opened: Opened) => number) => async () => figure(await ours.start())
  const beside = (figure: (opened: Opened) => number) => ({
    ...({ unit: 'MB', better: 'less', peer: 'with 2 contacts', target: null, rounds: 3, warmUps: 0 } as const),
    runOurs: async () => figure(await ours.start()) / 1e6,
    runPeer: async () => figure(await theirs.start()) / 1e6,
  })
  const timed = { rounds: 5, warmUps: 1, target: 1 } as const
  try {
    yield {
      ...timed,
      ...limit(1_500),
      case: 'large, start',
      metric: 'to interactive',
      runOurs: measure(({ interactiveMs }) => interactiveMs),
    }
    yield { ...timed, ...limit(100), case: 'large, longest', metric: 'conversation opened', runOurs: measure(({ openMs }) => openMs) }
    yield { ...beside(({ hostBytes }) => hostBytes), case: 'large, app process', metric: 'resident memory' }
    yield { ...beside(({ pageBytes }) => pageBytes), case: 'large, window', metric: 'JavaScript heap' }
  } finally {
    ours.remove()
    theirs.remove()
  }
}

export async function build(): Promise<void> {
  const { code, output } = await run([...bin('electron-vite'), 'build'], { stdio: 'collect' })
  if (code !== 0) throw new Error(output)
}

async function* contests(): AsyncGenerator<Contest> {
  const relay = await startRelay()
  await build()
  const browser = await chromium.launch(launchOptions())
  try {
    yield* throughput(relay)
    yield* latency(browser, relay)
    yield* years(browser, relay)
  } finally {
    await browser.close()
    await relay.dispose()
  }
}

export const appBench: Bench = { name: 'app', contests }

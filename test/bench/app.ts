/**
 * Texts from `conversations.send` in one app to the other's window: two apps in this process, a relay in its own. Beside them
 * the disk: rows of the same size, each in a durable transaction of its own, as a text is on its way in and on its way out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { connectPair, startAppPair, startRelay } from './appPair.ts'
import type { AppPair } from './appPair.ts'
import type { Bench, Contest } from './runner.ts'

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

async function* contests(): AsyncGenerator<Contest> {
  const relay = await startRelay()
  const pair = await startAppPair(relay.address, await createPrimitives())
  const both = { metric: 'texts', unit: '/s', better: 'more', peer: 'SQLite, 2 durable rows a text', target: null } as const
  try {
    await connectPair(pair, await pair.invite())
    yield { ...both, case: 'one by one', rounds: 7, warmUps: 1, runOurs: () => sendTexts(pair, 40, 1), runPeer: () => storeTwice(40) }
    yield { ...both, case: '200 at once', rounds: 5, warmUps: 1, runOurs: () => sendTexts(pair, 200, 200), runPeer: () => storeTwice(200) }
  } finally {
    await pair.close()
    await relay.dispose()
  }
}

export const appBench: Bench = { name: 'app', contests }

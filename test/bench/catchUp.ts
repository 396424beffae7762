/**
 * A week offline: so many blobs of so many contacts wait at a real relay, and one app comes back. Counted are the messages it shows in a
 * second, beside what its ratchet alone does in the same run, and how long its event loop was held up meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { createRandom } from '#main/node/random.ts'
import { hex, unhex } from '#main/protocol/bytes.ts'
import { overheadBytes, ratchetEncrypt, type RatchetState } from '#main/protocol/doubleRatchet.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { encodeMessage } from '#main/protocol/message.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { deleteKey, writeKey } from '#main/protocol/rendezvous.ts'
import { smallestBlob } from '#main/protocol/seal.ts'
import { createStores, type Stores } from '#main/services/core.ts'
import { startTestApp, type TestApp } from '../support/testApp.ts'
import { startRelay } from './appPair.ts'
import { createCairnPair, establish } from './cairnPair.ts'
import { cheapIdentities } from './largeProfile.ts'
import { runRound } from './ratchet.ts'
import { publishAll, type Waiting } from './relayLoad.ts'
import type { Bench, Contest } from './runner.ts'

export interface Week {
  contacts: number
  /** Of each. */
  messages: number
}

const week = 7 * 24 * 3600_000
const text = (i: number) => `What happened in the meantime, part ${String(i)}: the path above the old mill is open again`

/** A contact as both sides have it after the exchange: written into our stores, and what it has sent since. */
function addSender(stores: Stores, context: Context, me: string, relay: string, i: number, messages: number): Waiting[] {
  const { random, now, primitives } = context
  const identity = generateIdentity(context, `Contact ${String(i)}`)
  const ends = establish(context)
  const ids = { idA: unhex(me), idB: unhex(identity.id) }
  const made = { id: identity.id, public: identity.publicBytes, name: identity.nick, relays: [relay], stream: random(8), now: now - week }
  const { no } = stores.contacts.insert(made)
  stores.contacts.update(no, { state: 'open', heard_at: now - week })
  stores.contacts.addKey(no, { key: random(32), my_reset: random(32), peer_reset: random(32) }, now - week)
  stores.sessions.insert({
    ...{ id: hex(random(32)), contact: no, kind: 'first', by: 'you', epoch: now - week, created: now - week, confirmed_at: now - week },
    ...{ sent: 0, received: 0, synced: 1, offer: null, state: { ...ends.A, ...ids } },
  })
  const stream = random(8)
  let state: RatchetState = { ...ends.B, ...ids }
  return Array.from({ length: messages }, (_, n) => {
    const at = now - week + Math.floor((week * n) / messages)
    const plaintext = encodeMessage({ t: 'text', id: random(16), stream, seq: n + 1, at, text: text(n) })
    const sent = ratchetEncrypt(context, state, plaintext, smallestBlob(plaintext.length, overheadBytes))
    state = sent.state
    const place = { hk: sent.headerKey, n: sent.n, relay }
    return { write: writeKey(primitives, place), deleteHash: primitives.sha256(deleteKey(primitives, place)), blob: sent.blob }
  })
}

export interface CaughtUp {
  /** Messages shown in a second. */
  rate: number
  /** Of the event loop, in milliseconds. */
  delay: { p50: number; p99: number; most: number }
}

/** From the opened profile to the last message shown. */
export async function catchUp({ contacts, messages }: Week): Promise<CaughtUp> {
  const [relay, primitives, random] = [await startRelay(), await createPrimitives(), createRandom()]
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const app = await startTestApp({ name: 'Ada', relay: relay.address, dir: join(dir, 'profile'), primitives })
  const context = cheapIdentities({ primitives, random, now: Date.now() })
  try {
    const waiting: Waiting[] = []
    await app.withDatabase((db) =>
      db.transaction(() => {
        const stores = createStores(db)
        for (let i = 0; i < contacts; i++) waiting.push(...addSender(stores, context, app.id, relay.address, i, messages))
      }),
    )
    await app.lock()
    await publishAll(relay.address, waiting)
    return await measure(app, waiting.length)
  } finally {
    await app.close()
    await relay.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function measure(app: TestApp, count: number): Promise<CaughtUp> {
  const shown = new Set<string>()
  const all = Promise.withResolvers<void>()
  const stop = app.app.subscribe((event) => {
    if (event.type === 'item' && event.item.kind === 'text') shown.add(event.item.id)
    if (shown.size === count) all.resolve()
  })
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const start = performance.now()
  await app.unlock()
  await all.promise
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  stop()
  // what the monitor tells is the whole wait of its own timer
  const ms = (ns: number) => Math.max(0, ns / 1e6 - 5)
  return { rate: count / seconds, delay: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), most: ms(delay.max) } }
}

/** One round for all figures: it takes long, and they belong together. */
export async function* catchUpContests(size: Week): AsyncGenerator<Contest> {
  const once = { rounds: 1, warmUps: 0, metric: 'catching up' } as const
  const { rate, delay } = await catchUp(size)
  const pair = await createCairnPair()
  const ratchet = await runRound(pair.exchange, ['A'], Math.min(2_000, size.contacts * size.messages))
  const delays = { ...once, unit: 'ms', better: 'less', peer: 'limit', runPeer: () => 50 } as const
  yield {
    ...{ ...once, case: 'messages', unit: '/s', better: 'more', peer: 'the ratchet alone', target: null },
    ...{ runOurs: () => rate, runPeer: () => ratchet },
  }
  yield { ...delays, case: 'event loop, p50', target: null, runOurs: () => delay.p50 }
  yield { ...delays, case: 'event loop, p99', target: 1, runOurs: () => delay.p99 }
  yield { ...delays, case: 'event loop, most', target: null, runOurs: () => delay.most }
}

export const catchUpBench: Bench = { name: 'catch-up', contests: () => catchUpContests({ contacts: 200, messages: 50 }) }

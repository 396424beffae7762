/**
 * A whole app in this process, from the real parts: keystore file, cryptography, services, WebSocket. Only Argon2id is cheap, and
 * the clock can be put forward (the transport keeps to real time: sockets do).
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Input, Method, Result } from '#shared/contract/contract.ts'
import type { AppEvent } from '#shared/contract/events.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Item, TextMessage } from '#shared/contract/itemModels.ts'
import type { App } from '#main/appTypes.ts'
import { createApp } from '#main/app.ts'
import { createLanPort } from '#main/node/lan.ts'
import type { Desktop, KeyVault, LocalRelay, Logger, Ports, Transport } from '#main/ports.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import type { Database } from '#main/storage/database.ts'
import { openKeystore } from '#main/storage/keystore.ts'
import { defaultLinkSettings } from '#main/transport/healing.ts'
import { withLan } from '#main/transport/lan/withLan.ts'
import { createTransport } from '#main/transport/transport.ts'
import { defaultLimits, defaultStorageLimits, unlimitedRates } from '#relay/limits.ts'
import { systemClock } from '#relay/ports.ts'
import { createRelay } from '#relay/relay.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import type { RelayStorage } from '#relay/storage/storage.ts'
import { eventually } from './eventually.ts'
import { newMessageId } from './messageId.ts'
import { bringFile } from './profileFiles.ts'
import { cheapKdf, random, temporaryFolder } from './profileFolder.ts'
import { node as primitives } from './providers.ts'
import { createTestClock, type TestClock } from './testClock.ts'

export const passphrase = 'correct horse battery'

/** A refused call: what the answer said. */
export interface CallError extends Error {
  code: string
  details: Record<string, string | number>
}

export interface TestApp {
  readonly name: string
  /** The profile's id. */
  readonly id: string
  readonly dir: string
  readonly app: App
  readonly clock: TestClock
  readonly events: AppEvent[]
  /** Every line logged, as JSON. */
  readonly log: string[]
  /** Rejects with a `CallError`. */
  call<M extends Method>(method: M, input: Input<M>): Promise<Result<M>>
  /** The code of the refusal, or `ok`. */
  codeOf<M extends Method>(method: M, input: Input<M>): Promise<string>
  send(to: string, text: string): Promise<TextMessage>
  items(of: string): Promise<Item[]>
  /** Texts as shown, oldest first, with who wrote each. */
  shown(of: string): Promise<string[]>
  untilShown(of: string, texts: readonly string[], deadlineMs?: number): Promise<string[]>
  conversation(of: string): Promise<Conversation>
  untilConversation(of: string, what: string, isRight: (conversation: Conversation) => boolean, deadlineMs?: number): Promise<Conversation>
  refused(of: string): Promise<Record<string, number>>
  lock(): Promise<void>
  unlock(): Promise<void>
  /** The database itself, with the profile locked meanwhile. */
  withDatabase<T>(work: (db: Database) => T): Promise<T>
  /** Every row of every table, but what only counts refusals. */
  tables(): Promise<Record<string, unknown[]>>
  close(): Promise<void>
}

export interface TestAppOptions {
  name: string
  /** An address, `local` for the relay on this computer, or `lan` for none. */
  relay: string
  dir: string
  clock?: TestClock
  /** Events of a hundred apps over an hour would not fit into memory. */
  keepsEvents?: boolean
  transport?: Transport
  localRelay?: LocalRelay
  keyVault?: KeyVault
  desktop?: Desktop
  primitives?: Primitives
  /** Out of a backup instead of afresh. */
  restore?: Omit<Input<'profile.restore'>, 'passphrase'>
  /** Out of a profile file, whose passphrase is the usual one. */
  bring?: Uint8Array
}

/** Quicker than people's links to notice a relay that is silent. */
export const testTransport = (logger: Logger, silenceMs = 2_000): Transport =>
  createTransport({ clock: systemClock, random, logger, settings: { ...defaultLinkSettings, silenceMs } })

/** Opens the profile in `dir`, or makes one. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const { name, relay, dir } = options
  const clock = options.clock ?? createTestClock()
  const log: string[] = []
  const write = (event: string, facts: object = {}): void => void log.push(JSON.stringify({ event, ...facts }))
  const logger: Logger = { info: write, warn: write }
  const lan = createLanPort({ dir: join(dir, 'lan'), clock: systemClock, random, primitives: options.primitives ?? primitives, logger })
  const ports: Ports = {
    ...{
      version: '0.0.0',
      host: 'node',
      clock,
      random,
      primitives: options.primitives ?? primitives,
      kdf: cheapKdf,
      logger,
      profileDir: dir,
    },
    transport: withLan(options.transport ?? testTransport(logger), lan),
    localRelay: options.localRelay ?? null,
    lan,
    keyVault: options.keyVault ?? null,
    desktop: options.desktop ?? null,
  }
  const app = createApp(ports)
  const events: AppEvent[] = []
  if (options.keepsEvents !== false) app.subscribe((event) => events.push(event))

  const call: TestApp['call'] = async (method, input) => {
    const answer = await app.call(method, input)
    if (answer.ok) return answer.value as never
    throw Object.assign(new Error(`${method}: ${answer.error.code} ${JSON.stringify(answer.error.details)}`), answer.error)
  }
  const codeOf: TestApp['codeOf'] = async (method, input) => {
    const answer = await app.call(method, input)
    return answer.ok ? 'ok' : answer.error.code
  }

  const { phase } = await call('app.state', {})
  if (phase === 'locked') await call('profile.unlock', { passphrase })
  else if (options.bring) {
    const code = await bringFile({ app }, options.bring, passphrase)
    if (code !== 'ok') throw new Error(`the profile file is refused: ${code}`)
  } else if (options.restore) await call('profile.restore', { ...options.restore, passphrase })
  else
    await call('profile.create', {
      name,
      passphrase,
      relay: relay === 'local' || relay === 'lan' ? { kind: relay } : { kind: 'address', address: relay },
    })
  const id = (await call('app.state', {})).profile?.id ?? ''

  const items = async (of: string): Promise<Item[]> => {
    let all: Item[] = []
    for (let more = true, before: number | undefined; more; before = all[0]?.position) {
      const page = await call('conversations.items', { id: of, limit: 200, ...(before === undefined ? {} : { before }) })
      all = [...page.items, ...all]
      more = page.more
    }
    return all
  }
  const shown = async (of: string): Promise<string[]> => (await items(of)).flatMap((item) => (item.kind === 'text' ? [item.text] : []))
  const conversation = async (of: string): Promise<Conversation> => {
    const found = (await call('conversations.list', {})).find((one) => one.id === of)
    if (!found) throw new Error(`${name} has no conversation with ${of}`)
    return found
  }
  const lock = async (): Promise<void> => void (await call('profile.lock', {}))
  const unlock = async (): Promise<void> => void (await call('profile.unlock', { passphrase }))
  const withDatabase: TestApp['withDatabase'] = async (work) => {
    await lock()
    const db = await openKeystore({ dir, passphrase, kdf: cheapKdf, primitives, random })
    try {
      return work(db)
    } finally {
      db.close()
      await unlock()
    }
  }

  return {
    ...{ name, id, dir, app, clock, events, log, call, codeOf, items, shown, conversation, lock, unlock, withDatabase },
    send: (to, text) => call('conversations.send', { id: to, messageId: newMessageId(clock.now()), text }),
    untilShown: (of, texts, deadlineMs) =>
      eventually(
        `${name} shows ${texts.join(', ').slice(0, 200)}`,
        () => shown(of),
        (all) => texts.every((text) => all.includes(text)),
        deadlineMs,
      ),
    async untilConversation(of, what, isRight, deadlineMs) {
      const read = async () => (await call('conversations.list', {})).find(({ id: other }) => other === of)
      await eventually(`${name}: ${what}`, read, (found) => found !== undefined && isRight(found), deadlineMs)
      return conversation(of)
    },
    refused: async (of) => (await call('contacts.details', { id: of })).technical.refused,
    tables: () => withDatabase(dump),
    close: () => app.close(),
  }
}

function dump(db: Database): Record<string, unknown[]> {
  const names = db.prepare<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).all()
  const asText = (_: string, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
  return Object.fromEntries(
    names
      .filter(({ name }) => name !== 'refusals' && name !== 'words') // the index itself keeps nothing to read; its pages are tables of their own
      .map(({ name }) => [
        name,
        db
          .prepare(`SELECT * FROM ${name}`)
          .all()
          .map((row) => JSON.stringify(row, asText))
          .toSorted(),
      ]),
  )
}

/** Instead of a relay that the host runs: one that is there already. */
export const localRelayAt = (address: () => string): LocalRelay => ({
  start: async () => ({ address: address(), addresses: [address()] }),
  stop: async () => undefined,
})

export interface TestRelay {
  readonly address: string
  readonly storage: RelayStorage
  /** Connections there have been. */
  connections(): number
  close(): Promise<void>
}

/** The real relay over real sockets, in this process; it keeps nothing longer than itself. */
export async function startTestRelay(): Promise<TestRelay> {
  const storage = createMemoryStorage({ clock: systemClock, limits: defaultStorageLimits })
  const relay = createRelay({
    storage,
    limits: { ...defaultLimits, ...unlimitedRates },
    clock: systemClock,
    logger: { info: () => undefined, warn: () => undefined },
  })
  const { port } = await relay.listen({ host: '127.0.0.1', port: 0 })
  return { address: `ws://127.0.0.1:${port}`, storage, connections: () => relay.stats().counts.connected ?? 0, close: () => relay.close() }
}

/** Everything a test starts, ended after it. */
export interface TestWorld {
  relay(): Promise<TestRelay>
  app(options: Omit<TestAppOptions, 'dir'> & { dir?: string }): Promise<TestApp>
  folder(): string
  defer(task: () => unknown): void
  end(): Promise<void>
}

export function createTestWorld(): TestWorld {
  const cleanUps: (() => unknown)[] = []
  const defer = (task: () => unknown): void => void cleanUps.push(task)
  const folder = (): string => {
    const { path, remove } = temporaryFolder()
    defer(remove)
    return path
  }
  return {
    defer,
    folder,
    async relay() {
      const relay = await startTestRelay()
      defer(() => relay.close())
      return relay
    },
    async app(options) {
      const app = await startTestApp({ ...options, dir: options.dir ?? join(folder(), 'profile') })
      defer(() => app.close())
      return app
    },
    async end() {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
    },
  }
}

/** `inviter` invites, `acceptor` accepts; resolves when the session is open on both sides. */
export async function connect(inviter: TestApp, acceptor: TestApp): Promise<void> {
  const invite = await inviter.call('invites.create', {})
  await acceptor.call('invites.accept', { text: invite.file.text })
  await untilOpen(inviter, acceptor)
}

export async function untilOpen(one: TestApp, other: TestApp, deadlineMs?: number): Promise<void> {
  const isOpen = async (app: TestApp, peer: TestApp): Promise<boolean> =>
    (await app.call('conversations.list', {})).some(({ id, state }) => id === peer.id && state === 'open')
  await eventually(
    `${one.name} and ${other.name} are connected`,
    async () => (await isOpen(one, other)) && (await isOpen(other, one)),
    Boolean,
    deadlineMs,
  )
}

/** Nothing of this app waits for a relay or a receipt. */
export const untilDelivered = async (app: TestApp, to: string, deadlineMs?: number): Promise<unknown> =>
  eventually(
    `${app.name} has nothing waiting`,
    async () => (await app.call('contacts.details', { id: to })).technical.outbox,
    (count) => count === 0,
    deadlineMs,
  )

/** Lets the app's time pass in steps until `isDone`, for what happens by timers; real time passes between the steps for what happens by sockets. */
export async function advanceUntil(
  what: string,
  clocks: TestClock[],
  step: number,
  isDone: () => Promise<boolean> | boolean,
  steps = 60,
): Promise<void> {
  for (let i = 0; i < steps; i++) {
    if (await isDone()) return
    for (const clock of clocks) await clock.advance(step)
    const until = Date.now() + 100
    while (Date.now() < until && !(await isDone())) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  if (!(await isDone())) throw new Error(`not after ${steps} steps of ${step} ms: ${what}`)
}

/** The bytes of every file below `dir`, for looking for what must not be there. Not while a keystore is open in it. */
export function bytesBelow(dir: string): { path: string; bytes: Buffer }[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, bytes: readFileSync(path) }))
}

export const newId = (): string => randomBytes(32).toString('hex')

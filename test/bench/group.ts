/**
 * A group whose members know nobody but its owner: how long until all of them hear each other, how fast what many write at once arrives at
 * everybody, and what that costs each. Every member is a whole app with a keystore file of its own; all of them share this process, and the
 * relay has one of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transport } from '#main/ports.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { connect, startTestApp, testTransport, type TestApp } from '../support/testApp.ts'
import { startRelay } from './appPair.ts'
import type { Bench, Contest } from './runner.ts'

export interface GroupSize {
  members: number
  writers: number
  /** Of each. */
  messages: number
}

export interface GroupFigures {
  /** Seconds from the first invitation until everybody hears everybody. */
  formed: number
  /** Messages that were shown, at all members together, in a second. */
  shown: number
  /** Bytes of blobs that the relay took for each member: while it formed, of whoever sent most then, and for each message. */
  formingBytes: number
  formingMost: number
  messageBytes: number
}

const logger = { info: () => undefined, warn: () => undefined }

/** A transport that counts the bytes of what is published. */
function counting(count: { bytes: number }): Transport {
  const transport = testTransport(logger, 60_000)
  return {
    ...transport,
    open(address, events) {
      const link = transport.open(address, events)
      return {
        ...link,
        publish(publication) {
          count.bytes += publication.blob.length
          return link.publish(publication)
        },
      }
    },
  }
}

/** Resolves when `isRight` holds for what some event of every app says last; each app is told apart by its place. */
function untilAll<T>(
  apps: readonly TestApp[],
  read: (event: TestApp['events'][number], at: number) => T | null,
  isDone: (all: Map<number, T>) => boolean,
) {
  const known = new Map<number, T>()
  const { promise, resolve } = Promise.withResolvers<void>()
  const stops = apps.map((app, at) =>
    app.app.subscribe((event) => {
      const value = read(event, at)
      if (value === null) return
      known.set(at, value)
      if (isDone(known)) resolve()
    }),
  )
  return promise.then(() => stops.forEach((stop) => stop()))
}

/** All are in, and nobody is left that cannot be heard. */
async function form(apps: readonly TestApp[]): Promise<string> {
  const [owner, ...others] = apps as [TestApp, ...TestApp[]]
  const complete = untilAll(
    apps,
    (event) => (event.type === 'conversation' && event.conversation.group ? event.conversation.group : null),
    (all) =>
      all.size === apps.length &&
      [...all.values()].every(({ state, members, unheard }) => state === 'member' && members === apps.length && unheard === 0),
  )
  for (const app of others)
    app.app.subscribe((event) => {
      if (event.type !== 'conversation' || event.conversation.group?.state !== 'invited') return
      void app.call('groups.answer', { id: event.conversation.id, accept: true }).catch(() => undefined) // told more than once
    })
  const { id } = await owner.call('groups.create', { name: 'Everybody', members: others.map((app) => app.id) })
  await complete
  return id
}

async function write(apps: readonly TestApp[], id: string, { writers, messages }: GroupSize): Promise<void> {
  const shown = apps.map(() => new Set<string>())
  const total = writers * messages
  const complete = untilAll(
    apps,
    (event, at) => (event.type === 'item' && event.item.kind === 'text' ? (shown[at] as Set<string>).add(event.item.id).size : null),
    (all) => all.size === apps.length && [...all.values()].every((count) => count === total),
  )
  for (let i = 0; i < messages; i++)
    for (const app of apps.slice(0, writers)) await app.send(id, `Part ${String(i)} of what ${app.name} has to say to everybody`)
  await complete
}

export async function measureGroup(size: GroupSize): Promise<GroupFigures> {
  const [relay, primitives] = [await startRelay(), await createPrimitives()]
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const counts = Array.from({ length: size.members }, () => ({ bytes: 0 }))
  const published = () => counts.reduce((sum, { bytes }) => sum + bytes, 0)
  const apps: TestApp[] = []
  try {
    for (let i = 0; i < size.members; i++) {
      const name = `Member ${String(i)}`
      apps.push(
        await startTestApp({
          name,
          relay: relay.address,
          dir: join(dir, String(i)),
          primitives,
          transport: counting(counts[i] as { bytes: number }),
          keepsEvents: false,
        }),
      )
    }
    for (const app of apps.slice(1)) await connect(apps[0] as TestApp, app)
    const seconds = async (work: () => Promise<unknown>): Promise<number> => {
      for (const one of counts) one.bytes = 0
      const start = performance.now()
      await work()
      return (performance.now() - start) / 1000
    }
    let id = ''
    const formed = await seconds(async () => (id = await form(apps)))
    const [formingBytes, formingMost] = [published() / size.members, Math.max(...counts.map(({ bytes }) => bytes))]
    const wrote = await seconds(() => write(apps, id, size))
    const sent = size.writers * size.messages
    return { formed, shown: (sent * size.members) / wrote, formingBytes, formingMost, messageBytes: published() / sent / size.members }
  } finally {
    for (const app of apps) await app.close()
    await relay.dispose()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The larger group beside the smaller one: what grows with the number of its pairs, and what with that of its members. */
export async function* groupContests(large: GroupSize, small: GroupSize): AsyncGenerator<Contest> {
  const [few, many] = [await measureGroup(small), await measureGroup(large)]
  const once = {
    rounds: 1,
    warmUps: 0,
    target: null,
    metric: `${String(large.members)} members`,
    peer: `${String(small.members)} members`,
  } as const
  const row = (name: string, unit: string, better: 'less' | 'more', of: (figures: GroupFigures) => number): Contest => ({
    ...{ ...once, case: name, unit, better },
    ...{ runOurs: () => of(many), runPeer: () => of(few) },
  })
  const pairs = ({ members }: GroupSize) => (members * (members - 1)) / 2
  yield row('until all hear each other', 's', 'less', ({ formed }) => formed)
  yield {
    ...row('the same for each pair', 'ms', 'less', () => 0),
    ...{ runOurs: () => (1000 * many.formed) / pairs(large), runPeer: () => (1000 * few.formed) / pairs(small) },
  }
  yield row('messages shown at all of them', '/s', 'more', ({ shown }) => shown)
  yield row('published by each while it forms', 'kB', 'less', ({ formingBytes }) => formingBytes / 1000)
  yield row('published by whoever publishes most', 'kB', 'less', ({ formingMost }) => formingMost / 1000)
  yield row('published for a message and member', 'kB', 'less', ({ messageBytes }) => messageBytes / 1000)
}

export const groupBench: Bench = {
  name: 'group',
  contests: () => groupContests({ members: 100, writers: 20, messages: 5 }, { members: 10, writers: 10, messages: 5 }),
}

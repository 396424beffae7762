/**
 * Two whole apps with real keystores, one relay, and everything between them that can go wrong: a clock of one's own, and links
 * that lose, delay, repeat and damage what they carry. Everything follows from a seed.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Item, TextMessage } from '#shared/contract/itemModels.ts'
import type { Contract, Input, Method, Result } from '#shared/contract/contract.ts'
import { createApp } from '#main/app.ts'
import type { App } from '#main/appTypes.ts'
import type { Kdf, RelayLink, Transport } from '#main/ports.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { createMemoryNetwork } from '#main/transport/memory.ts'
import { createRelayCore, type RelayCore } from '#relay/core.ts'
import { defaultLimits, defaultStorageLimits, unlimitedRates } from '#relay/limits.ts'
import { createMemoryStorage } from '#relay/storage/memory.ts'
import { createManualClock } from './manualClock.ts'
import { newMessageId } from './messageId.ts'
import { temporaryFolder } from './profileFolder.ts'
import { flipBit } from './providers.ts'
import { createDice, seededPrimitives, seededRandom } from './seeded.ts'

/** Shares of what goes wrong, 0 to 1. */
export interface Faults {
  /** A delivered blob is dropped: it comes again with the next connection. */
  drop: number
  duplicate: number
  /** A delivered blob comes up to five seconds late, and so after its successors. */
  delay: number
  corrupt: number
  /** The relay says `stored` and has nothing. */
  forget: number
}

export const noFaults: Faults = { drop: 0, duplicate: 0, delay: 0, corrupt: 0, forget: 0 }

export type World = Awaited<ReturnType<typeof createWorld>>
export type Person = World['people'][number]

const address = 'ws://relay.invalid:7443'
const passphrase = 'correct horse battery'
const quietTurns = 6

/** Not what is tested here: any function of its input will do. */
const quickKdf: Kdf = async ({ passphrase: text, salt }) => new Uint8Array(createHash('sha256').update(salt).update(text).digest())

export async function createWorld(seed: string, base: Primitives) {
  const clock = createManualClock()
  const dice = createDice(`faults ${seed}`)
  const folder = temporaryFolder()
  const state = { faults: noFaults, activity: 0 }
  const log: string[] = []
  const logger = {
    info: () => undefined,
    warn: (event: string, facts?: object) => void log.push(`${event} ${JSON.stringify(facts ?? {})}`),
  }

  const storage = createMemoryStorage({ clock, limits: defaultStorageLimits })
  const core = createRelayCore({ storage, limits: { ...defaultLimits, ...unlimitedRates }, clock, logger })
  const network = createMemoryNetwork({ clock, random: seededRandom(`network ${seed}`), logger })
  network.addRelay(address, watched(core))

  /** Counts frames, so that *nothing is under way* can be told. */
  function watched(relay: RelayCore): RelayCore {
    return {
      ...relay,
      accept(peer) {
        const session = relay.accept({
          ...peer,
          send: (frame) => {
            state.activity++
            peer.send(frame)
          },
        })
        return {
          ...session,
          receive: (frame) => {
            state.activity++
            session.receive(frame)
          },
        }
      },
    }
  }

  /** Until nothing moves unless the clock does. */
  async function settle(): Promise<void> {
    for (let quiet = 0, seen = state.activity; quiet < quietTurns; quiet = seen === state.activity ? quiet + 1 : 0) {
      seen = state.activity
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async function advance(ms: number): Promise<void> {
    const until = clock.now() + ms
    await settle()
    while (clock.step(until)) await settle()
  }

  /** The answer of something that may need time to pass. */
  async function wait<T>(work: Promise<T>): Promise<T> {
    let over = false
    const watchedWork = work.finally(() => (over = true))
    watchedWork.catch(() => undefined)
    while (!over) {
      await settle()
      if (!over) await advance(100)
    }
    return watchedWork
  }

  const faulty: Transport = {
    services: network.transport.services,
    check: network.transport.check,
    useProxy: network.transport.useProxy,
    open(at, events) {
      let closed = false
      const deliver = (rv: string, blob: Uint8Array, late: number) => {
        const bytes = dice.chance(state.faults.corrupt) ? flipBit(blob, dice.below(blob.length), dice.below(8)) : blob
        if (late === 0) return events.onBlob(rv, bytes)
        clock.after(late, () => closed || events.onBlob(rv, bytes))
      }
      const link: RelayLink = network.transport.open(at, {
        ...events,
        onBlob(rv, blob) {
          if (dice.chance(state.faults.drop)) return
          deliver(rv, blob, dice.chance(state.faults.delay) ? 1 + dice.below(5000) : 0)
          if (dice.chance(state.faults.duplicate)) deliver(rv, blob, dice.below(3000))
        },
      })
      return {
        ...link,
        publish: (publication) => (dice.chance(state.faults.forget) ? Promise.resolve('stored') : link.publish(publication)),
        close() {
          closed = true
          link.close()
        },
      }
    },
  }

  function createPerson(name: string) {
    const dir = join(folder.path, name)
    const random = seededRandom(`${name} ${seed}`)
    const primitives = seededPrimitives(base, random)
    const app: App = createApp({
      ...{
        version: '0',
        host: 'node',
        clock,
        random,
        primitives,
        kdf: quickKdf,
        transport: faulty,
        logger,
        profileDir: dir,
        localRelay: null,
        lan: null,
        keyVault: null,
        desktop: null,
      },
    })
    const call = async <M extends Method>(method: M, input: Input<M>): Promise<Result<M>> => {
      const answer = await wait(app.call(method, input))
      if (!answer.ok) throw new Error(`${name} ${method}: ${answer.error.code}`)
      return answer.value as Contract[M]['result']
    }
    let copies = 0
    const copyDir = (copy: number) => join(folder.path, `${name} copy ${copy}`)
    const own: string[] = []
    const id = { peer: '' }

    async function items(before?: number): Promise<Item[]> {
      const page = await call('conversations.items', { id: id.peer, limit: 200, ...(before === undefined ? {} : { before }) })
      return page.more ? [...(await items(page.items[0]?.position)), ...page.items] : page.items
    }

    return {
      name,
      call,
      app,
      id,
      /** Everything this person ever wrote, in order. */
      said: own,
      create: () => call('profile.create', { name, passphrase, relay: { kind: 'address', address } }),
      async say(text: string) {
        own.push(text)
        await call('conversations.send', { id: id.peer, messageId: newMessageId(clock.now(), random), text })
      },
      items: () => items(),
      texts: async (): Promise<TextMessage[]> => (await items()).filter((item) => item.kind === 'text'),
      details: () => call('contacts.details', { id: id.peer }),
      conversation: async () => (await call('conversations.list', {})).find((one) => one.id === id.peer),
      lock: () => call('profile.lock', {}),
      unlock: () => call('profile.unlock', { passphrase }),
      /** Only while locked. */
      saveCopy() {
        cpSync(dir, copyDir(copies), { recursive: true })
        return copies++
      },
      copies: () => copies,
      putBack(copy: number) {
        rmSync(dir, { recursive: true })
        mkdirSync(dir, { mode: 0o700 })
        for (const file of readdirSync(copyDir(copy))) cpSync(join(copyDir(copy), file), join(dir, file))
      },
    }
  }

  const people = [createPerson('Ann'), createPerson('Ben')] as const
  const [ann, ben] = people

  /** Invite, answer, open; without faults, which the fuzz adds afterwards. */
  async function meet(): Promise<void> {
    for (const person of people) {
      await person.create()
      await person.call('settings.set', { history: 'yes' }) // nobody is there to be asked
    }
    const invite = await ann.call('invites.create', {})
    const { id } = await ben.call('invites.accept', { text: invite.file.text })
    ben.id.peer = id
    for (let i = 0; i < 100; i++) {
      await advance(100)
      const [conversation] = await ann.call('conversations.list', {})
      if (conversation?.state !== 'open' || (await ben.conversation())?.state !== 'open') continue
      ann.id.peer = conversation.id
      return
    }
    throw new Error('they did not meet')
  }

  return {
    ...{ clock, dice, people, log, advance, settle, meet },
    setFaults: (faults: Faults) => void (state.faults = faults),
    cut: () => network.cut(address),
    mend: () => network.mend(address),
    retry: async () => {
      for (const person of people) await person.call('network.retry', {}).catch(() => undefined)
    },
    async dispose() {
      for (const { app } of people) await wait(app.close())
      await core.close()
      folder.remove()
    },
  }
}

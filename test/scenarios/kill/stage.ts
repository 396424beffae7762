/** Two people and a relay on copies of prepared folders, one of the three about to be killed; it is started again at once. */
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, Input, Method, Result } from '#shared/contract/contract.ts'
import type { ContactDetails } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Item, TextMessage } from '#shared/contract/itemModels.ts'
import { CairnError, type ErrorCode, isCairnError } from '#shared/errors.ts'
import type { Logger } from '#main/ports.ts'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { type Running, startHere, type Waiting } from '#test/support/killable.ts'
import { createFastClock, type FastTime } from '#test/support/killableParts.ts'
import type { KillAt, KillPoint } from '#test/support/killPoints.ts'

export const parts = ['alice', 'bob', 'relay'] as const
export type PartName = (typeof parts)[number]
export type PersonName = 'alice' | 'bob'

/** What a stage begins with: folders by part, who is who, and what was said before. */
export interface Prepared {
  dir: string
  /** Unix milliseconds of the stage's clock when it was left. */
  then: number
  ids: Record<PersonName, string>
  said: Record<PersonName, readonly string[]>
}

export interface Person {
  name: PersonName
  /** The other one's id. */
  peerId: string
  /** Every text that `conversations.send` has accepted, or will have when it is asked again. */
  said: string[]
  /** A call of the contract. Where the app dies before it answers, it is made again after the restart. */
  ask: Client
  say(text: string): Promise<void>
  conversation(): Promise<Conversation | null>
  details(): Promise<ContactDetails>
  items(): Promise<Item[]>
  texts(): Promise<TextMessage[]>
}

export interface Stage {
  alice: Person
  bob: Person
  people: [Person, Person]
  relayAddress: string
  /** Waits until what is read is right. A relay that cannot be reached at the moment is waited for. */
  until<T>(what: string, read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T>
  /** Points the victim has passed; `null` when it has been killed. */
  points(): Promise<KillPoint[] | null>
  isKilled(): boolean
  /** What was logged as a warning, with its part's name. */
  warnings: string[]
  now(): number
  /** Ends everything; its folders go to `keep`, or away. */
  close(keep?: string): Promise<void>
}

export interface StageOptions {
  dir: string
  prepared: Prepared | null
  port: number
  victim: { part: PartName; at: KillAt | null; process: Waiting } | null
  speed: number
  patienceMs: number
}

export const passphrase = 'walk the old path'

export async function openStage(options: StageOptions): Promise<Stage> {
  const { dir, prepared, port, victim, speed, patienceMs } = options
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  if (prepared) await cp(prepared.dir, dir, { recursive: true })
  const time: FastTime = { at: Date.now(), then: prepared?.then ?? Date.now(), speed }
  const warnings: string[] = []
  let [killed, closing] = [false, false]
  let failure: unknown = null
  const current = new Map<PartName, Promise<Running>>()

  const start = async (name: PartName, fresh: boolean): Promise<Running> => {
    const part = { role: name === 'relay' ? name : ('app' as const), dir: join(dir, name), time, port }
    const logger: Logger = {
      info: () => undefined,
      warn: (event, facts) => void warnings.push(`${name} ${event} ${JSON.stringify(facts)}`),
    }
    if (!fresh || victim?.part !== name) {
      const running = await (name === 'relay' ? whilePortIsTaken(() => startHere(part, logger)) : startHere(part, logger))
      if (name !== 'relay') await unlock(running)
      return running
    }
    const running = await victim.process.begin({ ...part, at: victim.at }, logger)
    running.killed.then(
      () => {
        killed = true
        if (!closing) restart(name)
      },
      (error: unknown) => (failure ??= error),
    )
    return running
  }
  const restart = (name: PartName) => {
    const running = start(name, false)
    running.catch((error: unknown) => (failure ??= error))
    current.set(name, running)
  }

  /** Of a profile that exists already. */
  const unlock = async (running: Running) => {
    if (!prepared) return
    const answer = await running.call('profile.unlock', { passphrase })
    if (answer && !answer.ok) throw new Error(`a profile does not open: ${answer.error.code}`)
  }

  const call = async (name: PartName, method: string, input: unknown): Promise<unknown> => {
    for (;;) {
      if (failure !== null) throw failure instanceof Error ? failure : new Error('a part failed')
      const running = await current.get(name)
      const answer = await running?.call(method, input)
      if (answer?.ok) return answer.value
      if (answer) throw new CairnError(answer.error.code as ErrorCode, { details: answer.error.details })
      await running?.killed
    }
  }

  const until: Stage['until'] = async (what, read, isRight) => {
    let unreachable: CairnError | null = null
    const reading = async () => {
      if (failure !== null) throw failure instanceof Error ? failure : new Error('a part failed')
      try {
        return { value: await read() }
      } catch (error) {
        if (!isCairnError(error) || !error.code.startsWith('relay.')) throw error
        unreachable = error
        return { error: error.code }
      }
    }
    const found = await eventually(what, reading, (read) => 'value' in read && isRight(read.value as never), patienceMs)
    if ('value' in found) return found.value
    throw unreachable ?? new Error(what)
  }

  const person = (name: PersonName, peer: PersonName): Person => {
    const ask = new Proxy({} as Client, {
      get: (_, method: Method) => (input: Input<Method>) => call(name, method, input) as Promise<Result<Method>>,
    })
    const self: Person = {
      name,
      peerId: prepared?.ids[peer] ?? '',
      said: [...(prepared?.said[name] ?? [])],
      ask,
      async say(text) {
        self.said.push(text)
        await ask['conversations.send']({ id: self.peerId, messageId: newMessageId(now()), text })
      },
      conversation: async () => (await ask['conversations.list']({})).find(({ id }) => id === self.peerId) ?? null,
      details: () => ask['contacts.details']({ id: self.peerId }),
      items: async () => (await ask['conversations.items']({ id: self.peerId, limit: 200 })).items,
      texts: async () => (await self.items()).filter((item) => item.kind === 'text'),
    }
    return self
  }

  const { now } = createFastClock(time)
  const [alice, bob] = [person('alice', 'bob'), person('bob', 'alice')]
  for (const name of ['relay', 'alice', 'bob'] as const) {
    const running = start(name, true)
    running.catch((error: unknown) => (failure ??= error))
    current.set(name, running)
    if (name === 'relay') await running
  }
  if (prepared && victim && victim.part !== 'relay') await call(victim.part, 'profile.unlock', { passphrase })

  return {
    ...{ alice, bob, people: [alice, bob], relayAddress: `ws://127.0.0.1:${port}`, until, warnings, now },
    points: async () => (victim ? ((await (await current.get(victim.part))?.points()) ?? null) : null),
    isKilled: () => killed,
    async close(keep) {
      closing = true
      for (const name of ['alice', 'bob', 'relay'] as const) await (await current.get(name)?.catch(() => null))?.close()
      await victim?.process.dispose()
      if (keep !== undefined) await rename(dir, keep)
      else await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Another program of this computer may have had the port for a moment. */
async function whilePortIsTaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isCairnError(error, 'relay.port-in-use') || tries === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

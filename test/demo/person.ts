/** One person of the demo: a profile folder, an app process on it, and what is seen in its window. */
import { cp, rm } from 'node:fs/promises'
import type { AppEvent } from '#shared/contract/events.ts'
import type { Client } from '#shared/contract/contract.ts'
import type { ContactDetails, Trouble } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Item, SystemLine, TextMessage } from '#shared/contract/itemModels.ts'
import { type RunningApp, startApp } from '#test/support/bridgeClient.ts'
import { eventually } from '#test/support/eventually.ts'
import type { Shown } from '#test/support/judgeHistory.ts'
import { newMessageId } from '#test/support/messageId.ts'

export interface Person {
  readonly name: string
  readonly pid: number
  readonly client: Client
  /** Set once there is somebody to talk to. */
  contactId: string
  start(): Promise<void>
  unlock(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  /** Copies the whole profile folder, and puts a copy in its place. Only while stopped. */
  saveCopy(folder: string): Promise<void>
  putBack(folder: string): Promise<void>
  send(text: string): Promise<TextMessage>
  conversation(): Promise<Conversation>
  details(): Promise<ContactDetails>
  items(): Promise<Item[]>
  messages(): Promise<TextMessage[]>
  /** The lines that say when, and by whom, the session was reset. */
  resetLines(): Promise<SystemLine[]>
  /** The banners this window has shown since the app was started. */
  troubles(): Trouble['kind'][]
  /** What its processes have written to standard error. */
  log(): string
  /** Waits until a reading of the app is right; gives up when the demo ends. */
  until<T>(what: string, read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T>
}

export const passphrase = 'walk the old path'
const patienceMs = 60_000
const pageItems = 200

export function createPerson({ name, profileDir, signal }: { name: string; profileDir: string; signal: AbortSignal }): Person {
  let running: RunningApp | null = null
  const past: RunningApp[] = []
  const app = (): RunningApp => {
    if (running === null) throw new Error(`${name}'s app is not running`)
    return running
  }
  const end = async (how: 'stop' | 'kill') => {
    const ending = running
    running = null
    await ending?.[how]()
  }
  const items = async (before?: number): Promise<Item[]> => {
    const page = await app().client['conversations.items']({
      id: person.contactId,
      limit: pageItems,
      ...(before === undefined ? {} : { before }),
    })
    return page.more ? [...(await items(page.items[0]?.position)), ...page.items] : page.items
  }

  const person: Person = {
    name,
    contactId: '',
    get pid() {
      return app().pid
    },
    get client() {
      return app().client
    },
    async start() {
      running = await startApp({ profileDir })
      past.push(running)
      if (signal.aborted) await end('kill')
    },
    async unlock() {
      await app().client['profile.unlock']({ passphrase })
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    saveCopy: (folder) => cp(profileDir, folder, { recursive: true }),
    async putBack(folder) {
      await rm(profileDir, { recursive: true })
      await cp(folder, profileDir, { recursive: true })
    },
    send: (text) => app().client['conversations.send']({ id: person.contactId, messageId: newMessageId(), text }),
    async conversation() {
      const found = (await app().client['conversations.list']({})).find(({ id }) => id === person.contactId)
      if (!found) throw new Error(`${name} has lost the conversation`)
      return found
    },
    details: () => app().client['contacts.details']({ id: person.contactId }),
    items: () => items(),
    messages: async () => (await items()).filter((item) => item.kind === 'text'),
    resetLines: async () => (await items()).filter((item) => item.kind === 'system').filter(({ event }) => event === 'reset'),
    troubles: () => [...new Set(app().events.all.flatMap(troubleOf))],
    log: () => past.map(({ process }) => process.stderr()).join(''),
    async until(what, read, isRight) {
      const waited = `${name}: ${what}`
      return eventually(waited, () => (signal.throwIfAborted(), read()), isRight, patienceMs)
    },
  }
  return person
}

const troubleOf = (event: AppEvent): Trouble['kind'][] =>
  event.type === 'conversation' && event.conversation.trouble !== null ? [event.conversation.trouble.kind] : []

/** What a person's window shows, with everybody's name on their words. */
export const shownTo = async (person: Person, peer: Person): Promise<Shown[]> =>
  (await person.messages()).map(({ id, own, text }) => ({ id, text, author: own ? person.name : peer.name }))

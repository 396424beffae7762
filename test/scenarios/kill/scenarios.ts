/** What is recorded and then killed at every point. */
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import { type ErrorCode, isCairnError } from '#shared/errors.ts'
import type { PartName, Person, Stage } from './stage.ts'

export type Ground = 'strangers' | 'friends' | 'restored'

export interface Scenario {
  name: string
  ground: Ground
  victims: readonly PartName[]
  /** What `noticed` may say of either, besides nothing. */
  allowed: readonly string[]
  /** Everything whose points are enumerated; what must hold afterwards is `settle`'s. */
  play(stage: Stage): Promise<void>
}

/** The code of a refusal, `null` where there was none. */
const refusal = async (work: () => Promise<unknown>): Promise<ErrorCode | null> => {
  try {
    await work()
    return null
  } catch (error) {
    if (isCairnError(error)) return error.code
    throw error
  }
}

const isOpen = (person: Person) => async () => (await person.conversation())?.state === 'open'

/** Alice invites, Bob accepts, and has something to say before the session is open. */
export async function exchange({ alice, bob, until }: Stage): Promise<void> {
  const invite = await alice.ask['invites.create']({ label: 'Bob' })
  await accept(bob, invite.file.text)
  await bob.say('bob, while connecting')
  for (const person of [alice, bob]) await until(`${person.name}: the session is open`, isOpen(person), Boolean)
}

/** A call that died and is made again meets what it did the first time. */
async function accept(person: Person, text: string): Promise<void> {
  const code = await refusal(() => person.ask['invites.accept']({ text }))
  if (code !== null && code !== 'invite.already-connecting') throw new Error(`accepting was refused: ${code}`)
}

async function talk({ alice, bob, until }: Stage): Promise<void> {
  for (let n = 1; n <= 3; n++) await alice.say(`alice, in a row, ${n}`)
  const isThere = async () => (await bob.texts()).some(({ text }) => text === 'alice, in a row, 3')
  await until('bob: the last of a row', isThere, Boolean)
  await bob.say('bob, an answer')
  await Promise.all([alice.say('alice, crossing'), bob.say('bob, crossing')])
  for (const person of [alice, bob]) await until(`${person.name}: all receipted`, () => unsettled(person), isEmpty)
}

const isEmpty = (list: readonly unknown[]): boolean => list.length === 0

/** Own messages without receipt, and the other's that are expected and not here. */
const unsettled = async (person: Person): Promise<string[]> =>
  (await person.texts()).filter(({ own, status }) => own && status !== 'delivered').map(({ text, status }) => `${text}: ${status}`)

const resetLines = async (person: Person) => (await person.items()).filter((item) => item.kind === 'system' && item.event === 'reset')

async function reset({ alice, bob, until }: Stage): Promise<void> {
  await bob.say('bob, before the reset')
  await alice.ask['sessions.reset']({ id: alice.peerId })
  await Promise.all([alice.say('alice, during the reset'), bob.say('bob, during the reset')])
  for (const person of [alice, bob])
    await until(
      `${person.name}: a line about the reset`,
      () => resetLines(person),
      (lines) => lines.length > 0,
    )
}

/** Bob's folder is an old copy. Nobody does anything but talk. */
async function heal({ alice, bob, until }: Stage): Promise<void> {
  await alice.say('alice, to an old copy')
  await bob.say('bob, from an old copy')
  for (const person of [alice, bob])
    await until(
      `${person.name}: a line about the reset`,
      () => resetLines(person),
      (lines) => lines.length > 0,
    )
}

/** A short invite is published, read and taken back; the next one is accepted. */
async function shortInvite(stage: Stage): Promise<void> {
  const { alice, bob, until } = stage
  const { id } = await alice.ask['invites.create']({ label: 'taken back' })
  const find = async () => (await alice.ask['invites.list']({})).find((invite) => invite.id === id)?.short ?? ''
  const text = await until('the short invite is published', find, (short) => short !== '')
  const preview = await until(
    'the short invite is read',
    () => fetched(bob, text),
    (found) => found?.kind === 'full',
  )
  await alice.ask['invites.cancel']({ id })
  const again = () => refusal(() => fetched(bob, text))
  await until('the short invite is gone', again, (code) => code === 'invite.used')
  const full = preview?.kind === 'full' ? preview.text : ''
  await until(
    'the invite is cancelled',
    () => acceptedAndLeft(bob, full),
    (code) => code === 'invite.cancelled',
  )
}

/** Where the notice is not at the relay yet, accepting succeeds and nobody answers: a person gives up and tries again. */
async function acceptedAndLeft(person: Person, text: string): Promise<ErrorCode | null> {
  const code = await refusal(() => person.ask['invites.accept']({ text }))
  if (code === null || code === 'invite.already-connecting')
    await refusal(() => person.ask['exchanges.cancel']({ contactId: person.peerId }))
  return code
}

/** Bob answers Alice's public address; she agrees, and what he wrote before that arrives. */
async function address({ alice, bob, until }: Stage): Promise<void> {
  const invite = await alice.ask['invites.create']({ uses: 'many' })
  await accept(bob, invite.file.text)
  await bob.say('bob, while asking')
  const people = async () => (await alice.ask['requests.list']({})).list.length
  await until('the request is there', people, (count) => count === 1)
  const code = await refusal(() => alice.ask['requests.accept']({ id: alice.peerId }))
  if (code !== null && code !== 'request.unknown') throw new Error(`agreeing was refused: ${code}`)
  for (const person of [alice, bob]) await until(`${person.name}: the session is open`, isOpen(person), Boolean)
}

const fetched = (person: Person, text: string): Promise<InvitePreview> => person.ask['invites.fetch']({ text })

const victims = ['alice', 'bob', 'relay'] as const
const oneReset = '1 lines about a reset'

export const scenarios: readonly Scenario[] = [
  { name: 'exchange', ground: 'strangers', victims, allowed: [], play: exchange },
  { name: 'talk', ground: 'friends', victims, allowed: [], play: talk },
  { name: 'reset', ground: 'friends', victims, allowed: [oneReset], play: reset },
  { name: 'heal', ground: 'restored', victims, allowed: [oneReset, 'session.restored', 'relay.consumed'], play: heal },
  { name: 'address', ground: 'strangers', victims, allowed: [], play: address },
  { name: 'short-invite', ground: 'strangers', victims, allowed: [], play: shortInvite },
]

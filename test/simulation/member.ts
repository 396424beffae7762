/** One person of the simulation: the real group service over real stores on an SQLite in memory. What carries its messages is the world's. */
import Sqlite from 'better-sqlite3'
import type { Random } from '#main/ports.ts'
import { decodeMessage, encodeMessage, type GroupMessage, type Message } from '#main/protocol/message.ts'
import { generateIdentity, type Identity } from '#main/protocol/identity.ts'
import { createConversations, type Conversations } from '#main/services/conversations.ts'
import { createCore, type Core } from '#main/services/core.ts'
import { createGroups, type Groups } from '#main/services/groups/groups.ts'
import { createMessages, type Messages, type MessagesParts } from '#main/services/messages/messages.ts'
import { isCairnError } from '#shared/errors.ts'
import type { GroupRow } from '#main/storage/groupStore.ts'
import { createDatabase, type Database } from '#main/storage/database.ts'
import { migrate } from '#main/storage/migrations.ts'
import { node } from '#test/support/providers.ts'
import { seededPrimitives, seededRandom } from '#test/support/seeded.ts'

/** What a member's services reach the world by. */
export interface Surroundings {
  now(): number
  after(ms: number, task: () => void): () => void
  random: Random
  send(to: string, message: Message): void
  /** Something came, was done, or is to be seen anew: the group may be another for this person. */
  moved(): void
  introduce(member: string, mediators: string[]): void
  warn(event: string, facts: object): void
}

interface Seat {
  identity: Identity
  db: Database
}

/** Made once for all schedules: keys and an empty keystore take longer than a schedule. */
const seats: Seat[] = []

function seatOf(index: number): Seat {
  for (let i = seats.length; i <= index; i++) {
    const random = seededRandom(`person ${i}`)
    const primitives = seededPrimitives(node, random)
    const identity = generateIdentity({ primitives, random, now: 1_700_000_000_000 }, `P${i}`)
    const sql = new Sqlite(':memory:')
    migrate(sql)
    seats.push({ identity, db: createDatabase(sql) })
  }
  return seats[index] as Seat
}

const stream = new Uint8Array(8)

export interface Member {
  readonly id: string
  readonly name: string
  core: Core
  groups: Groups
  conversations: Conversations
  messages: Messages
  /** The program ends and begins anew on the same keystore. */
  restart(): void
  knows(other: Member): boolean
  /** Of a group; null where the person has not heard of it, or has said no. */
  rowOf(group: string): GroupRow | null
  meet(other: Member): void
  receive(from: Member, message: Message): void
}

export function createMember(index: number, world: Surroundings): Member {
  const { identity, db } = seatOf(index)
  for (const table of ['contacts', 'refusals', 'introductions']) db.prepare(`DELETE FROM ${table}`).run()

  function open(): Pick<Member, 'core' | 'groups' | 'conversations' | 'messages'> {
    const logger = { info: () => undefined, warn: world.warn }
    const clock = { now: world.now, after: world.after }
    const core = createCore({ clock, random: world.random, primitives: node, logger } as never, db, identity, () => undefined)
    const conversations = createConversations(core)
    const outbox = {
      queue(contactNo: number, _id: string, message: object) {
        const to = core.stores.contacts.byNo(contactNo)?.id ?? ''
        const bytes = encodeMessage({ ...message, stream, seq: 1 } as unknown as Message)
        core.later(() => world.send(to, decodeMessage(bytes)))
        return true
      },
      withdraw: () => false,
    }
    const files = { wipeAll: () => undefined, wipe: () => undefined, membersChanged: () => undefined }
    const groups = createGroups(core, {
      ...{ conversations, files, outbox, touch: () => undefined },
      introductions: { forGroup: (_group, member, mediators) => world.introduce(member, mediators) },
      onCopy: (by, author, message) => messages.passed(by, author, message),
    })
    const messages: Messages = createMessages(core, {
      ...({ conversations, files, outbox, receipts: {}, settings: {} } as unknown as MessagesParts),
      wanted: (from, group) => groups.wanted(from, group),
      waits: (group) => groups.waits(group),
    })
    groups.onHead(({ no }) => messages.groupChanged(no))
    groups.onAgreed((from, { no }) => messages.agreed(from, no))
    groups.onHead(() => core.later(world.moved))
    return { core, groups, conversations, messages }
  }

  const numbers = new Map<string, number>()
  const member: Member = {
    ...{ id: identity.id, name: identity.nick },
    ...open(),
    restart() {
      Object.assign(member, open())
      member.groups.resume()
    },
    rowOf(group) {
      const { contacts, groups } = member.core.stores
      const known = groups.get(numbers.get(group) ?? 0)
      if (known) return known
      const no = contacts.byId(group)?.no ?? 0
      numbers.set(group, no)
      return groups.get(no)
    },
    knows: (other) => member.core.stores.contacts.byId(other.id) !== null,
    meet(other) {
      const { stores } = member.core
      member.core.commit(() => {
        if (!member.knows(other)) {
          const about = { id: other.id, public: seatOf(Number(other.name.slice(1))).identity.publicBytes, name: other.name }
          const { no } = stores.contacts.insert({ ...about, relays: [], stream, now: world.now() })
          stores.contacts.update(no, { state: 'open' })
        }
        const contact = stores.contacts.byId(other.id)
        if (!contact) return
        member.groups.connected(contact)
        member.messages.connected(contact)
      })
    },
    receive(from, message) {
      const contact = member.core.stores.contacts.byId(from.id)
      if (!contact) return
      try {
        member.core.commit(() => {
          if (message.t === 'text') member.messages.arrived(contact, message)
          else member.groups.arrived(contact, message as GroupMessage)
        })
      } catch (error) {
        if (!isCairnError(error)) throw error // the inbox counts a refusal, and goes on
      }
      world.moved()
    },
  }
  return member
}

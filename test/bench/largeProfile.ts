/**
 * A profile as somebody has it after years: many contacts, each with a session, and many messages. Written by the app's own stores;
 * only the sessions are copies of one, under keys of their own, as nobody ever talks on them.
 */
import { createKdf } from '#main/crypto/kdf.ts'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { createRandom } from '#main/node/random.ts'
import { hex } from '#main/protocol/bytes.ts'
import type { RatchetState } from '#main/protocol/doubleRatchet.ts'
import { encodeIdentitySecrets, generateIdentity, type Identity } from '#main/protocol/identity.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { createStores, type Stores } from '#main/services/core.ts'
import { uuidv7 } from '#main/services/uuidv7.ts'
import type { Contact } from '#main/storage/contactStore.ts'
import { createKeystore } from '#main/storage/keystore.ts'
import { establish } from './cairnPair.ts'

export interface LargeProfile {
  dir: string
  passphrase: string
  relay: string
  contacts: number
  messages: number
  /** Of all messages, the share that lies in the first contact's conversation. */
  longest: number
  /** What number `i` of a conversation says, from 0; else something about the weather. */
  textOf?: (i: number) => string
}

const minute = 60_000
const firstNames = [
  'Ada',
  'Ben',
  'Chloé',
  'Dmitri',
  'Emre',
  'Farah',
  'Gül',
  'Hana',
  'Ines',
  'Jonas',
  'Kofi',
  'Lena',
  'Mira',
  'Noor',
  'Omar',
]
const lastNames = ['Holt', 'Reuter', 'Silva', 'Okafor', 'Lindqvist', 'Marek', 'Tanaka', 'Brandt', 'Moreau', 'Yılmaz', 'Novak']
const words = 'the path above the old mill is open again and we could take the early train if it does not rain on Saturday'.split(' ')

const nameOf = (i: number) => `${firstNames[i % firstNames.length] ?? ''} ${lastNames[i % lastNames.length] ?? ''} ${i + 1}`
const anyText = (i: number) => words.slice(i % 7, 5 + ((i * 7) % (words.length - 5))).join(' ')

/** The name the longest conversation is found by. */
export const longestName = nameOf(0)

export async function createLargeProfile(options: LargeProfile): Promise<void> {
  const { dir, passphrase, relay } = options
  const [primitives, random] = [await createPrimitives(), createRandom()]
  const context: Context = { primitives, random, now: Date.now() }
  const self = generateIdentity(context, 'Mira Holt')
  const fill = (stores: Stores): void => {
    stores.profile.setMeta('identity', encodeIdentitySecrets(self))
    stores.profile.addRelay(relay, false, context.now)
    addContacts(stores, cheapIdentities(context), self, options)
  }
  const db = await createKeystore({
    ...{ dir, passphrase, primitives, random, kdf: createKdf() },
    fill: (database) => database.transaction(() => fill(createStores(database))),
  })
  db.close()
}

/** A key pair of sntrup761 takes 12 ms to make; all of these people share one, which nobody here looks at. */
export function cheapIdentities(context: Context): Context {
  const pair = context.primitives.sntrup761.generateKeyPair()
  const sntrup761 = { ...context.primitives.sntrup761, generateKeyPair: () => pair }
  return { ...context, primitives: { ...context.primitives, sntrup761 } }
}

function addContacts(stores: Stores, context: Context, self: Identity, options: LargeProfile): void {
  const state = establish(context).A
  const inLongest = Math.round(options.messages * options.longest)
  const inOthers = Math.floor((options.messages - inLongest) / (options.contacts - 1))
  for (let i = 0; i < options.contacts; i++) {
    const contact = addContact(stores, context, i, options.relay)
    addSession(stores, context, contact, { ...state, idA: unhexId(self.id), idB: unhexId(contact.id) })
    addMessages(stores, context, contact, i === 0 ? inLongest : inOthers, options.textOf ?? anyText)
  }
}

function addContact(stores: Stores, { random, now, ...rest }: Context, i: number, relay: string): Contact {
  const identity = generateIdentity({ random, now, ...rest }, nameOf(i))
  const contact = stores.contacts.insert({
    ...{ id: identity.id, public: identity.publicBytes, name: identity.nick, relays: [relay] },
    ...{ stream: random(8), now: now - 1000 * 24 * 60 * minute },
  })
  const activity = now - i * 40 * minute
  stores.contacts.update(contact.no, { state: 'open', heard_at: now, activity, unread: i % 9 === 4 ? i % 5 : 0 })
  stores.contacts.addKey(contact.no, { key: random(32), my_reset: random(32), peer_reset: random(32) }, now)
  return stores.contacts.byNo(contact.no) as Contact
}

function addSession(stores: Stores, { random, now }: Context, contact: Contact, state: RatchetState): void {
  const id = hex(random(32))
  const keys = { RK: random(32), CKs: random(32), CKr: random(32), HKs: random(32), HKr: random(32), NHKs: random(32), NHKr: random(32) }
  stores.sessions.insert({
    ...{ id, contact: contact.no, kind: 'first', by: 'you', epoch: now, created: contact.created, confirmed_at: contact.created },
    ...{ sent: 0, received: 0, synced: 1, offer: null, state: { ...state, ...keys } },
  })
  stores.sessions.addEvent(contact.no, { kind: 'connected', by: 'you', at: contact.created, recovered: 0 })
}

function addMessages(stores: Stores, { random }: Context, contact: Contact, count: number, textOf: (i: number) => string): void {
  const theirs = random(8)
  for (let i = 0; i < count; i++) {
    const sentAt = contact.activity - (count - 1 - i) * 3 * minute
    const own = i % 3 === 0
    stores.items.insertText(
      contact.no,
      {
        ...{ id: uuidv7(sentAt, random), own, stream: own ? null : theirs, seq: own ? null : i + 1 },
        ...{ text: textOf(i), sentAt, status: own ? 'delivered' : 'received', late: false },
      },
      sentAt,
    )
  }
}

const unhexId = (id: string) => new Uint8Array(Buffer.from(id, 'hex'))

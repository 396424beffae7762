/** Things that went wrong once, one test each: what a peer says or does. What relays do is in mendedRelays.test.ts. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { decodeIdentitySecrets, decodePublicIdentity, renameIdentity, type Identity } from '#main/protocol/identity.ts'
import { covers, encodeMessage, type Message } from '#main/protocol/message.ts'
import { rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import type { Database } from '#main/storage/database.ts'
import { createKeystore, keystoreExists } from '#main/storage/keystore.ts'
import { eventually } from '#test/support/eventually.ts'
import { createWrapPorts, random } from '#test/support/profileFolder.ts'
import { context, createPuppet, encodeCbor, identityNamed, inviteIn, primitives, type Puppet } from '#test/support/puppet.ts'
import {
  connect,
  createTestWorld,
  passphrase,
  untilDelivered,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'
import { untilConnected } from '#test/support/troubledPair.ts'

const day = 24 * 3600_000
let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

function puppetAs(identity: Identity = identityNamed('Mallory')): Puppet {
  const puppet = createPuppet({ relay: relay.address, identity, now: () => alice.clock.now() })
  world.defer(() => puppet.close())
  return puppet
}

const newInvite = async () => inviteIn((await alice.call('invites.create', {})).file.text)

/** A puppet with an open session to Alice. */
async function friend(): Promise<Puppet> {
  const puppet = puppetAs()
  await puppet.accept((await alice.call('invites.create', {})).file.text)
  await puppet.send(puppet.confirm())
  await alice.untilConversation(puppet.identity.id, 'is open', ({ state }) => state === 'open')
  await puppet.until('the confirmation', (received) => received.some(({ t }) => t === 'session.confirm'))
  return puppet
}

async function bobConnected(): Promise<TestApp> {
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await connect(alice, bob)
  await untilDelivered(alice, bob.id)
  await untilDelivered(bob, alice.id)
  return bob
}

/** Bob's public identity, and secrets that are not his. */
async function liarAs(bob: TestApp): Promise<Puppet> {
  const { publicBytes } = await bob.withDatabase((db) =>
    decodeIdentitySecrets(primitives, db.prepare<{ value: Uint8Array }>(`SELECT value FROM meta WHERE key = 'identity'`).get()!.value),
  )
  return puppetAs({ ...identityNamed('Bob'), id: decodePublicIdentity(primitives, publicBytes).id, publicBytes })
}

const number = (db: Database, sql: string): number => db.prepare<{ n: number }>(sql).get()!.n
/** A number from Alice's database; she is at her relay first, for what comes in only then. */
const counted = async (sql: string): Promise<number> => {
  await untilConnected(alice)
  return alice.withDatabase((db) => number(db, sql))
}
const refusalsOf = (name: string) => counted(`SELECT coalesce(sum(count), 0) AS n FROM refusals WHERE contact = 0 AND name = '${name}'`)

/** False first answers, each to an invite of its own, until Alice has read all of them. */
async function answersFrom(liar: Puppet, count: number, epoch = alice.clock.now()): Promise<void> {
  for (let i = 0; i < count; i++) {
    const invite = await newInvite()
    await liar.answer(invite, { epoch })
    await eventually(
      'it is read',
      () => liar.readSeries(invite.initialRV),
      ({ length }) => length === 0,
    )
  }
  expect(await counted('SELECT count(*) AS n FROM exchanges')).toBe(count)
}

/** Asks for a reset and waits until both have seen it through; texts go both ways then. */
async function resetWorks(asks: TestApp, other: TestApp): Promise<void> {
  const events = async (app: TestApp, peer: TestApp) => (await app.call('contacts.details', { id: peer.id })).session.history.length
  const before = [await events(asks, other), await events(other, asks)]
  await asks.call('sessions.reset', { id: other.id })
  await eventually(
    'the reset is through on both sides',
    async () => [await events(asks, other), await events(other, asks)],
    (now) => now.every((count, i) => count === (before[i] ?? 0) + 1),
  )
  for (const [from, to] of [
    [asks, other],
    [other, asks],
  ] as const) {
    const text = `${from.name} after the reset of ${asks.name}`
    await from.send(to.id, text)
    await to.untilShown(from.id, [text])
  }
  expect((await asks.conversation(other.id)).trouble).toBeNull()
}

it('an answer that names a relay which is none is refused, and the profile still opens', async () => {
  await puppetAs().answer(await newInvite(), { relays: ['ws://ok:1', 'garbage'] })
  await eventually('it is counted', () => refusalsOf('invite.answer-codec.malformed'), Boolean)
  expect(await alice.call('conversations.list', {})).toEqual([])
  expect((await alice.call('network.state', {})).relays.map(({ address }) => address)).toEqual([relay.address])
})

it('of two unknown relays in an answer only the one that was asked about is contacted', async () => {
  const [asked, silent] = [await world.relay(), await world.relay()]
  const puppet = puppetAs()
  await puppet.answer(await newInvite(), { relays: [asked.address, silent.address] })
  const isAsked = ({ exchange }: { exchange: { askRelay: string | null } | null }) => exchange?.askRelay === asked.address
  await alice.untilConversation(puppet.identity.id, 'asks about the first', isAsked)
  await alice.call('exchanges.allowRelay', { contactId: puppet.identity.id, allow: true })
  await eventually('msg3 is there', async () => (await asked.storage.usage()).blobs, Boolean)
  await alice.lock()
  await alice.unlock()
  await alice.clock.advance(3600_000)
  expect(silent.connections()).toBe(0)
  expect((await alice.call('network.state', {})).relays.map(({ address }) => address)).not.toContain(silent.address)
})

it('a blob that nobody can delete holds up no other acknowledgement', async () => {
  const puppet = await friend()
  const first = puppet.encrypt(encodeMessage(puppet.text('cannot be deleted', 1)))
  await puppet.link.publish({ write: writeKey(primitives, first.place), deleteHash: random(32), blob: first.blob })
  await alice.untilShown(puppet.identity.id, ['cannot be deleted'])
  const later = [2, 3, 4].map((seq) => puppet.encrypt(encodeMessage(puppet.text(`number ${seq}`, seq))))
  for (const sent of later) await puppet.publish(sent)
  await alice.untilShown(puppet.identity.id, ['number 2', 'number 3', 'number 4'])
  const statuses = await eventually(
    'the later ones are deleted',
    () => puppet.link.status([first, ...later].map(({ place }) => rendezvousPoint(primitives, { ...place, relay: relay.address }))),
    (all) => all.slice(1).every((status) => status === 'consumed'),
  )
  expect(statuses[0]).toBe('stored')
  await eventually(
    'no acknowledgement is left',
    () => counted('SELECT count(*) AS n FROM acks'),
    (n) => n === 0,
  )
  expect(await refusalsOf('relay.acknowledgement-refused')).toBe(1)
})

it('an epoch beyond all, claimed by who only says to be the contact, does not stop resets', async () => {
  const bob = await bobConnected()
  await answersFrom(await liarAs(bob), 1, Number.MAX_SAFE_INTEGER)
  await resetWorks(alice, bob)
  await resetWorks(bob, alice)
})

it('four false answers in a contact’s name do not keep out its true answer to a reset', async () => {
  const bob = await bobConnected()
  await answersFrom(await liarAs(bob), 4)
  await resetWorks(alice, bob)
})

it('what a newer version sends is receipted and shown as one line, and later texts leave no gap', async () => {
  const puppet = await friend()
  const { id } = puppet.identity
  for (let seq = 1; seq <= 50; seq++) {
    const later = { t: 'hologram', id: random(16), stream: puppet.stream, seq, at: alice.clock.now(), emoji: '👍' }
    await puppet.sendBytes(encodeCbor(later))
  }
  await puppet.send(puppet.text('can you read this?', 51))
  await alice.untilShown(id, ['can you read this?'])
  await puppet.until('a receipt for all', (received) => {
    const named = received.flatMap((message) => ('receipts' in message ? (message.receipts ?? []) : []))
    return named.some((receipt) => Buffer.from(receipt.stream).equals(puppet.stream) && receipt.upTo === 51 && covers(receipt, 1))
  })
  const lines = (await alice.items(id)).flatMap((item) => (item.kind === 'system' ? [item.event] : []))
  expect(lines).toEqual(['connected', 'newer'])
  expect(await counted('SELECT count(*) AS n FROM foreign_messages')).toBe(50)
})

it('an older profile that comes after a newer one changes nothing', async () => {
  const puppet = await friend()
  const { id } = puppet.identity
  const profile = (name: string, seq: number, at: number, address: string): Message => {
    const identity = renameIdentity(context(at), puppet.identity, name).publicBytes
    return { t: 'profile', id: random(16), stream: puppet.stream, seq, at, identity, relays: [address] }
  }
  const now = alice.clock.now()
  await puppet.send(profile('Newer', 2, now, relay.address))
  await puppet.send(profile('Older', 1, now - day, 'ws://127.0.0.1:1'))
  await puppet.send(puppet.text('who am I?', 3))
  await alice.untilShown(id, ['who am I?'])
  expect((await alice.conversation(id)).name).toBe('Newer')
  expect((await alice.call('contacts.details', { id })).technical.relays).toEqual([relay.address])
  expect((await alice.items(id)).filter((item) => item.kind === 'system' && item.event === 'renamed')).toHaveLength(1)
})

it('who answered in time and was then away past the invite’s end still becomes connected', async () => {
  const puppet = puppetAs()
  await puppet.accept((await alice.call('invites.create', {})).file.text)
  await alice.lock()
  await puppet.send(puppet.confirm())
  await alice.clock.advance(15 * day)
  await alice.unlock()
  const { id } = puppet.identity
  await alice.untilConversation(id, 'is open', ({ state }) => state === 'open')
  await puppet.send(puppet.text('at last', 1))
  await alice.untilShown(id, ['at last'])
  await alice.send(id, 'welcome')
  await puppet.until('the welcome', (received) => received.some((message) => message.t === 'text' && message.text === 'welcome'))
})

it('a keystore is created with what belongs in it, or not at all', async () => {
  const dir = join(world.folder(), 'another')
  const options = { ...(await createWrapPorts()), dir, passphrase }
  const put = (db: Database): void => void db.prepare('INSERT INTO meta VALUES (?, ?)').run('identity', Uint8Array.of(1))
  const fill = (db: Database): void => {
    put(db)
    throw new Error('the power is gone')
  }
  await expect(createKeystore({ ...options, fill })).rejects.toThrow('the power is gone')
  expect(keystoreExists(dir)).toBe(false)
  const db = await createKeystore({ ...options, fill: put })
  expect(number(db, `SELECT count(*) AS n FROM meta WHERE key = 'identity'`)).toBe(1)
  db.close()
})

it('locking ends the wait for a relay that is not there', async () => {
  const nobody = 'ws://127.0.0.1:1'
  const answer = alice.codeOf('invites.accept', { text: puppetAs().invite({ relays: [nobody] }).text })
  await eventually(
    'it waits for the relay',
    async () => (await alice.call('network.state', {})).relays.map(({ address }) => address),
    (addresses) => addresses.includes(nobody),
  )
  await alice.lock()
  expect(await answer).toBe('profile.locked')
  await alice.unlock()
  expect(await alice.call('conversations.list', {})).toEqual([])
})

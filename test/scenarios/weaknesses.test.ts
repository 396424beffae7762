/** One test for each weakness of the ancestor (the end of docs/threat-model.md) that lies in sections 1 to 6; each is named after it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeMessage, type Message } from '#main/protocol/message.ts'
import { decodeIdentitySecrets, decodePublicIdentity, identityId, signedBytes, type Identity } from '#main/protocol/identity.ts'
import { openMsg2, openMsg3, answerInvite, answerMsg2 } from '#main/protocol/keyExchange.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import { rendezvousPoint, writeKey } from '#main/protocol/rendezvous.ts'
import { eventually } from '#test/support/eventually.ts'
import { newMessageId } from '#test/support/messageId.ts'
import { spawnRelay } from '#test/support/processes.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, createPuppet, encodeCbor, identityNamed, inviteIn, primitives, type Puppet } from '#test/support/puppet.ts'
import {
  bytesBelow,
  connect,
  createTestWorld,
  passphrase,
  untilDelivered,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'

let world: TestWorld
let relay: TestRelay
let alice: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
})
afterEach(() => world.end())

const startBob = async (options: { primitives?: Primitives } = {}): Promise<TestApp> => {
  const bob = await world.app({ name: 'Bob', relay: relay.address, ...options })
  await connect(alice, bob)
  return bob
}

/** A puppet with an open session to Alice. */
async function friend(): Promise<Puppet> {
  const puppet = createPuppet({ relay: relay.address })
  world.defer(() => puppet.close())
  await puppet.accept((await alice.call('invites.create', {})).file.text)
  await puppet.send(puppet.confirm())
  await alice.untilConversation(puppet.identity.id, 'is open', ({ state }) => state === 'open')
  return puppet
}

const sessionOf = async (app: TestApp, of: string) => (await app.call('contacts.details', { id: of })).technical.sessionId

it('one lost blob costs one message, never a direction', async () => {
  const puppet = await friend()
  const contact = puppet.identity.id
  const message = (seq: number) => encodeMessage(puppet.text(`number ${seq}`, seq))
  await puppet.sendBytes(message(1))
  const lost = [puppet.encrypt(message(2)), puppet.encrypt(message(3))]
  for (const seq of [4, 5, 6]) await puppet.sendBytes(message(seq))
  await alice.untilShown(contact, ['number 1', 'number 4', 'number 5', 'number 6'])
  // the other direction goes on too, and with it the ratchet
  await alice.send(contact, 'I miss some')
  await puppet.until('the answer', (received) => received.some(({ t }) => t === 'text'))
  await puppet.sendBytes(message(7))
  await alice.untilShown(contact, ['number 7'])
  await alice.lock()
  await alice.unlock()
  for (const late of lost) await puppet.publish(late)
  await alice.untilShown(contact, ['number 2', 'number 3'])
  const theirs = (await alice.shown(contact)).filter((text) => text.startsWith('number'))
  expect(theirs).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `number ${n}`))
})

it('an undecryptable blob is fetched again on a new connection, kept aside, counted and asked about, and not acknowledged', async () => {
  const puppet = await friend()
  const contact = puppet.identity.id
  await puppet.send(puppet.text('before', 1))
  await alice.untilShown(contact, ['before'])
  const spoilt = puppet.encrypt(encodeMessage(puppet.text('spoilt', 2)))
  const noise = spoilt.blob.map((byte, i) => (i === 3000 ? byte ^ 1 : byte))
  const connections = relay.connections()
  await puppet.publish({ ...spoilt, blob: noise })
  await puppet.send(puppet.text('after', 3))
  await alice.untilShown(contact, ['before', 'after'])
  await eventually(
    'it is counted',
    () => alice.refused(contact),
    (counts) => counts['message.undecryptable'] === 1,
  )
  expect(relay.connections()).toBeGreaterThan(connections)
  await puppet.until('the question', (received) => received.some(({ t }) => t === 'ping'))
  const rv = rendezvousPoint(primitives, spoilt.place)
  const kept = await alice.withDatabase((db) => db.prepare<{ rv: string; blob: Uint8Array }>('SELECT rv, blob FROM quarantine').all())
  expect(kept).toEqual([{ rv, blob: noise }])
  expect(await puppet.link.status([rv])).toEqual(['stored'])
})

it('a reset drops nothing that is in flight, in either direction', async () => {
  const bob = await startBob()
  await alice.send(bob.id, 'first')
  await bob.untilShown(alice.id, ['first'])
  await untilDelivered(alice, bob.id)
  await bob.lock()
  const inFlight = Array.from({ length: 40 }, (_, i) => `in flight ${String(i).padStart(2, '0')}`)
  for (const text of inFlight) await alice.send(bob.id, text)
  await alice.call('sessions.reset', { id: bob.id })
  await alice.send(bob.id, 'after asking')
  await bob.unlock()
  await bob.send(alice.id, 'from the other side')
  const everything = ['first', ...inFlight, 'after asking']
  await bob.untilShown(alice.id, [...everything, 'from the other side'], 20_000)
  await alice.untilShown(bob.id, ['from the other side'])
  await alice.untilConversation(bob.id, 'is at peace', ({ trouble }) => trouble === null)
  expect((await bob.shown(alice.id)).filter((text) => text !== 'from the other side')).toEqual(everything)
  await untilDelivered(alice, bob.id)
})

it('who holds an old invite can neither claim to be a contact nor overwrite a working session', async () => {
  const { file } = await alice.call('invites.create', {})
  const bob = await world.app({ name: 'Bob', relay: relay.address })
  await bob.call('invites.accept', { text: file.text })
  await alice.untilConversation(bob.id, 'is open', ({ state }) => state === 'open')
  const session = await sessionOf(alice, bob.id)
  const bobs = decodePublicIdentity(primitives, await publicBytesOf(bob))
  const puppet = createPuppet({ relay: relay.address, identity: { ...identityNamed('Bob'), id: bobs.id, publicBytes: bobs.bytes } })
  world.defer(() => puppet.close())
  await puppet.answer(inviteIn(file.text))
  // a fresh one, with the same claim, is answered but never confirmed
  const fresh = await alice.call('invites.create', {})
  await puppet.answer(inviteIn(fresh.file.text))
  await eventually(
    'the answer is there',
    async () => (await alice.call('invites.list', {})).find(({ id }) => id === fresh.id)?.state,
    (state) => state === 'answered',
  )
  await bob.send(alice.id, 'it is still me')
  await alice.untilShown(bob.id, ['it is still me'])
  await alice.send(bob.id, 'I know')
  await bob.untilShown(alice.id, ['it is still me', 'I know'])
  expect(await sessionOf(alice, bob.id)).toBe(session)
  expect((await alice.call('invites.list', {})).map(({ id }) => id)).toEqual([fresh.id])
})

const publicBytesOf = (app: TestApp): Promise<Uint8Array> =>
  app.withDatabase(
    (db) => secretsOf(db.prepare<{ value: Uint8Array }>(`SELECT value FROM meta WHERE key = 'identity'`).get()?.value).publicBytes,
  )
const secretsOf = (stored: Uint8Array | undefined): Identity => decodeIdentitySecrets(primitives, stored ?? new Uint8Array())

it('the id binds the signing key', async () => {
  const real = identityNamed('Alice')
  const other = identityNamed('Mallory')
  const swapped = { ...real, sigKey: other.sigKey }
  expect(identityId(primitives, swapped)).not.toBe(real.id)
  const body = encodeCbor({ v: 1, nick: 'Alice', sigKey: other.sigKey, kemKey: real.kemKey, dhKey: real.dhKey, created: 1 })
  const publicBytes = encodeCbor({ body, sig: primitives.ed25519.sign(other.sigSecret, signedBytes('identity', body)) })
  expect(decodePublicIdentity(primitives, publicBytes).id).not.toBe(real.id)
  const puppet = createPuppet({ relay: relay.address, identity: real })
  const impostor = createPuppet({ relay: relay.address, identity: { ...real, publicBytes } })
  world.defer(() => [puppet, impostor].forEach((one) => one.close()))
  expect(await alice.call('invites.inspect', { text: puppet.invite().text })).toMatchObject({ id: real.id })
  expect(await alice.call('invites.inspect', { text: impostor.invite().text })).not.toMatchObject({ id: real.id })
})

it.each(['publications', 'outbox'])(
  'ratchet and outbox are saved together: what fails in %s leaves the ratchet as it was',
  async (table) => {
    const bob = await startBob()
    await bob.send(alice.id, 'hello')
    await alice.untilShown(bob.id, ['hello'])
    await untilDelivered(bob, alice.id)
    const refuse = `CREATE TRIGGER refuse BEFORE ${table === 'outbox' ? 'UPDATE' : 'INSERT'} ON ${table} BEGIN SELECT RAISE(ABORT, 'refused'); END`
    const states = () => alice.withDatabase((db) => db.prepare('SELECT id, state, sent FROM sessions').all())
    await alice.withDatabase((db) => db.prepare(refuse).run())
    const before = await states()
    const [one, two] = [newMessageId(), newMessageId()]
    for (const [messageId, text] of [
      [one, 'one'],
      [two, 'two'],
    ] as const)
      await alice.codeOf('conversations.send', { id: bob.id, messageId, text })
    expect(await states()).toEqual(before)
    expect(alice.log.join()).not.toContain('"one"')
    await alice.withDatabase((db) => db.prepare('DROP TRIGGER refuse').run())
    await bob.untilShown(alice.id, ['hello', 'one', 'two'])
    await alice.send(bob.id, 'three')
    expect(await bob.untilShown(alice.id, ['three'])).toEqual(['hello', 'one', 'two', 'three'])
  },
)

it('a relay never says success on an occupied place', async () => {
  const puppet = await friend()
  const place = { hk: random(32), n: 0, relay: relay.address }
  const [write, deleteKey] = [writeKey(primitives, place), random(32)]
  const deleteHash = primitives.sha256(deleteKey)
  const [blob, other] = [random(4096), random(4096)]
  expect(await puppet.link.publish({ write, deleteHash, blob })).toBe('stored')
  expect(await puppet.link.publish({ write, deleteHash, blob: other })).toBe('conflict')
  expect(await puppet.link.publish({ write, deleteHash: random(32), blob })).toBe('conflict')
  expect(await puppet.link.publish({ write, deleteHash, blob })).toBe('same')
  await puppet.link.acknowledge([{ rv: rendezvousPoint(primitives, place), deleteKey }])
  expect(await puppet.link.publish({ write, deleteHash, blob: other })).toBe('conflict')
})

/** Counts what is asked of the primitives. */
function counting(): { counted: Primitives; signatures: () => number; encapsulations: () => number } {
  let [signatures, encapsulations] = [0, 0]
  const { ed25519, mlKem768 } = primitives
  const counted: Primitives = {
    ...primitives,
    ed25519: { ...ed25519, sign: (secret, message) => ((signatures += 1), ed25519.sign(secret, message)) },
    mlKem768: { ...mlKem768, encapsulate: (key) => ((encapsulations += 1), mlKem768.encapsulate(key)) },
  }
  return { counted, signatures: () => signatures, encapsulations: () => encapsulations }
}

it('every step of the ratchet is post-quantum', async () => {
  const { counted, encapsulations } = counting()
  const bob = await startBob({ primitives: counted })
  await untilDelivered(bob, alice.id)
  const before = encapsulations()
  const steps = (await bob.call('contacts.details', { id: alice.id })).session.keysRenewed
  for (let turn = 0; turn < 5; turn++) {
    await alice.send(bob.id, `question ${turn}`)
    await bob.untilShown(alice.id, [`question ${turn}`])
    await bob.send(alice.id, `answer ${turn}`)
    await alice.untilShown(bob.id, [`answer ${turn}`])
  }
  const taken = (await bob.call('contacts.details', { id: alice.id })).session.keysRenewed - steps
  expect(taken).toBeGreaterThanOrEqual(5)
  expect(encapsulations() - before).toBe(taken)
})

it('the first flight has forward secrecy: long-term keys of both and everything sent do not open the session', async () => {
  const [inviter, acceptor] = [identityNamed('A'), identityNamed('B')]
  const puppet = createPuppet({ relay: relay.address, identity: inviter })
  world.defer(() => puppet.close())
  const { invite } = puppet.invite()
  const answer = answerInvite(context(), acceptor, invite, { step3RV: random(32), resetRV: random(32), relays: [relay.address], epoch: 1 })
  const msg2 = openMsg2(primitives, inviter, invite.bytes, answer.blob)
  const { blob } = answerMsg2(context(), inviter, invite, msg2)
  expect(openMsg3(primitives, acceptor, answer.pending, blob).established.epoch).toBeGreaterThan(0)
  // the thief has both identities, msg1, msg2, msg3 and so `half`, but the ephemeral secrets are gone
  const without = [
    { ...answer.pending, ephemerals: { ...answer.pending.ephemerals, dhSecret: random(32) } },
    { ...answer.pending, ephemerals: { ...answer.pending.ephemerals, kemSeed: random(64) } },
  ]
  for (const pending of without)
    expect(() => openMsg3(primitives, acceptor, pending, blob)).toThrow(expect.objectContaining({ code: 'session.refused' }))
  // and they are: nothing of the exchange is left on either side's disk
  const bob = await startBob()
  for (const app of [alice, bob]) {
    const tables = await app.tables()
    expect(tables['exchanges']).toEqual([])
    expect(tables['sessions']).toHaveLength(1)
    expect(tables['sessions']?.join()).toContain('"offer":null')
  }
})

it('neither messages nor the key exchange nor a reset are signed', async () => {
  const { counted, signatures } = counting()
  const bob = await world.app({ name: 'Bob', relay: relay.address, primitives: counted })
  const afterCreation = signatures()
  expect(afterCreation).toBe(1)
  await connect(bob, alice)
  await connect(alice, bob)
  await bob.send(alice.id, 'deniable')
  await alice.untilShown(bob.id, ['deniable'])
  await bob.call('sessions.reset', { id: alice.id })
  await eventually(
    'the reset is through',
    async () => (await bob.call('contacts.details', { id: alice.id })).session.history.length,
    (length) => length === 3,
  )
  expect(signatures()).toBe(afterCreation)
})

it('every message has an id, and one that comes twice is shown once', async () => {
  const puppet = await friend()
  const message = puppet.text('once', 1)
  await puppet.send(message)
  await puppet.send(message)
  await puppet.send({ ...message, seq: 2 } as Message)
  await puppet.send(puppet.text('end', 3))
  expect(await alice.untilShown(puppet.identity.id, ['once', 'end'])).toEqual(['once', 'end'])
  const messageId = newMessageId()
  const [first, second] = await Promise.all(
    [0, 1].map(() => alice.call('conversations.send', { id: puppet.identity.id, messageId, text: 'said once' })),
  )
  expect(first).toEqual(second)
  await alice.send(puppet.identity.id, 'end of ours')
  await puppet.until('both', (received) => received.filter(({ t }) => t === 'text').length >= 2)
  const texts = puppet.received.filter((one): one is Extract<Message, { t: 'text' }> => one.t === 'text')
  expect(texts.map(({ text }) => text)).toEqual(['said once', 'end of ours'])
  expect(Buffer.from(texts[0]?.id ?? []).toString('hex')).toBe(messageId.replaceAll('-', ''))
})

it('nothing is plain on disk: neither in the profiles, open or closed, nor at the relay', async () => {
  const process = await spawnRelay()
  world.defer(() => process.dispose())
  const [first, second] = [
    await world.app({ name: 'Aurelia Unmistakable', relay: process.address }),
    await world.app({ name: 'Bertrand Unmistakable', relay: process.address }),
  ]
  await connect(first, second)
  const texts = ['the quick brown secret jumps', 'over the lazy plaintext']
  await first.send(second.id, texts[0] ?? '')
  await second.untilShown(first.id, texts.slice(0, 1))
  await first.call('conversations.setDraft', { id: second.id, text: 'an unfinished confession' })
  await second.lock()
  await first.send(second.id, texts[1] ?? '') // stays at the relay
  const { file } = await first.call('invites.create', { label: 'for my accomplice' })
  await eventually(
    'it is at the relay',
    async () => (await first.items(second.id)).at(-1),
    (item) => item?.kind === 'text' && item.status === 'sent',
  )
  const copies = world.folder()
  const copy = (from: string, to: string) => expect(spawnSync('cp', ['-r', from, join(copies, to)]).status).toBe(0)
  copy(first.dir, 'open') // by another process: closing a descriptor in this one would give up its locks
  copy(process.dataDir, 'relay')
  await first.lock()
  copy(first.dir, 'closed')
  copy(second.dir, 'second')
  const { identity, initialRV } = inviteIn(file.text)
  const strings = [...texts, 'unfinished confession', 'Unmistakable', 'my accomplice', passphrase, first.id, second.id]
  const needles = [
    ...strings.flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')]),
    ...[first.id, second.id].map((id) => Buffer.from(id, 'hex')),
    ...[identity.sigKey, identity.dhKey, identity.kemKey.subarray(0, 64), initialRV].map((key) => Buffer.from(key)),
  ]
  const files = bytesBelow(copies)
  expect(files.filter(({ bytes }) => bytes.length > 4096).length).toBeGreaterThanOrEqual(4)
  for (const { path, bytes } of files)
    for (const needle of needles) expect(bytes.includes(needle), `${needle.toString()} in ${path}`).toBe(false)
  for (const { path, bytes } of files.filter((one) => !one.path.startsWith(join(copies, 'relay'))))
    expect(bytes.includes(Buffer.from('SQLite format 3')) || bytes.includes(Buffer.from(process.address)), path).toBe(false)
})

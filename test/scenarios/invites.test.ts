/** Invites that are not what they seem: each has its name, and the profile is the same afterwards. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { bech32m } from '@scure/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { armorInvite } from '#main/protocol/inviteText.ts'
import { writeKey } from '#main/protocol/rendezvous.ts'
import { encodeShortInviteText, parseShortInviteText, shortInviteKeys } from '#main/protocol/shortInvite.ts'
import { eventually } from '#test/support/eventually.ts'
import { random } from '#test/support/profileFolder.ts'
import { heldTransport } from '#test/support/troubledPair.ts'
import { createPuppet, encodeCbor, inviteIn, primitives, type Puppet } from '#test/support/puppet.ts'
import {
  advanceUntil,
  connect,
  createTestWorld,
  newId,
  untilOpen,
  type TestApp,
  type TestRelay,
  type TestWorld,
} from '#test/support/testApp.ts'

const day = 24 * 3600_000
let world: TestWorld
let relay: TestRelay
let alice: TestApp
let bob: TestApp

beforeEach(async () => {
  world = createTestWorld()
  relay = await world.relay()
  alice = await world.app({ name: 'Alice', relay: relay.address })
  bob = await world.app({ name: 'Bob', relay: relay.address })
})
afterEach(() => world.end())

const puppetAt = (address = relay.address): Puppet => {
  const puppet = createPuppet({ relay: address })
  world.defer(() => puppet.close())
  return puppet
}

/** Runs `attempt` and checks that Bob's profile holds the same, to the last row, before and after. */
async function unchanged(app: TestApp, attempt: () => Promise<void>): Promise<void> {
  const before = await app.tables()
  const [list, invites] = [await app.call('conversations.list', {}), await app.call('invites.list', {})]
  await attempt()
  expect(await app.call('conversations.list', {})).toEqual(list)
  expect(await app.call('invites.list', {})).toEqual(invites)
  expect(await app.tables()).toEqual(before)
}

const refusedBoth = async (app: TestApp, text: string, code: string): Promise<void> => {
  expect(await app.codeOf('invites.inspect', { text })).toBe(code)
  expect(await app.codeOf('invites.accept', { text })).toBe(code)
}

/** A short invite's text, once it is at the relay. */
const shortOf = async (app: TestApp, id: string): Promise<string> =>
  (await eventually(
    'the short invite',
    async () => (await app.call('invites.list', {})).find((one) => one.id === id)?.short ?? '',
    Boolean,
  )) || ''

/** Listens, counts who comes, and says nothing. */
async function listener(): Promise<{ address: string; connections: () => number }> {
  let count = 0
  const server = createServer((socket) => {
    count += 1
    socket.on('error', () => undefined)
    world.defer(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.defer(() => new Promise((resolve) => server.close(resolve)))
  return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => count }
}

describe('text that is no whole invite', () => {
  it('is damaged, wherever it is cut', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    const end = text.trimEnd().length
    await unchanged(bob, async () => {
      for (let at = 0; at < end; at += 61) await refusedBoth(bob, text.slice(0, at), 'invite.damaged')
      for (let at = 61; at < end; at += 61) await refusedBoth(bob, text.slice(at), 'invite.damaged')
      for (let at = 40; at < end - 40; at += 97) await refusedBoth(bob, text.slice(0, at) + text.slice(at + 1), 'invite.damaged')
      await refusedBoth(bob, text.slice(0, end - 1), 'invite.damaged')
    })
  })

  it('is damaged where a character of the body or of the checksum is another', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    const sum = text.indexOf('\n=') + 2
    const other = (at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
    await unchanged(bob, async () => {
      for (const at of [40, 500, 1200, sum, sum + 5]) await refusedBoth(bob, other(at), 'invite.damaged')
    })
  })

  it('is too large before it is looked at', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    const paste = text + 'x'.repeat(10 * 1024 * 1024)
    await unchanged(bob, async () => {
      await refusedBoth(bob, paste, 'invite.too-large')
      expect(await bob.codeOf('invites.fetch', { text: paste })).toBe('invite.too-large')
      await refusedBoth(bob, 'x'.repeat(17 * 1024 * 1024), 'input.invalid')
    })
  })

  it('is called newer where it is newer, and names no relay that is none', async () => {
    const puppet = puppetAt()
    const terms = {
      identity: puppet.identity.publicBytes,
      initialRV: random(32),
      resetRV: random(32),
      epoch: 1,
      created: 1,
      expires: Date.now() + day,
      uses: 'one',
    }
    const armored = (changes: object) => armorInvite(primitives, encodeCbor({ v: 1, ...terms, relays: [relay.address], ...changes }))
    await unchanged(bob, async () => {
      expect(await bob.codeOf('invites.inspect', { text: armored({}) })).toBe('ok')
      await refusedBoth(bob, armored({ v: 2, surprise: true }), 'invite.newer-version')
      for (const address of [
        'http://127.0.0.1:7443',
        'ws://user@127.0.0.1:7443',
        'ws://127.0.0.1',
        'file:///etc/passwd',
        'ws://127.0.0.1:7443/../x',
        `ws://127.0.0.1:7443#${'A'.repeat(43)}`,
        'WS://127.0.0.1:7443',
      ])
        await refusedBoth(bob, armored({ relays: [address] }), 'invite.damaged')
      await refusedBoth(bob, armored({ relays: [] }), 'invite.damaged')
      await refusedBoth(bob, armored({ relays: Array(5).fill(relay.address) }), 'invite.damaged')
      await refusedBoth(bob, armored({ identity: 'nobody' }), 'invite.damaged')
      await refusedBoth(bob, armored({ surprise: true }), 'invite.damaged')
    })
  })
})

describe('a whole invite that is not for this person now', () => {
  it('own', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    await unchanged(alice, () => refusedBoth(alice, text, 'invite.own'))
  })

  it('expired', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    await bob.clock.advance(14 * day + 1000)
    await unchanged(bob, () => refusedBoth(bob, text, 'invite.expired'))
  })

  it('for somebody else', async () => {
    const { text } = puppetAt().invite({ for: newId() })
    await unchanged(bob, () => refusedBoth(bob, text, 'invite.for-somebody-else'))
    expect(await bob.codeOf('invites.inspect', { text: puppetAt().invite({ for: bob.id }).text })).toBe('ok')
  })

  it('used by somebody before', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    await bob.call('invites.accept', { text })
    await untilOpen(alice, bob)
    const carol = await world.app({ name: 'Carol', relay: relay.address })
    await unchanged(carol, async () => expect(await carol.codeOf('invites.accept', { text })).toBe('invite.used'))
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
  })

  it('answered by somebody, and the inviter has not been there since', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    await alice.lock()
    await bob.call('invites.accept', { text })
    const carol = await world.app({ name: 'Carol', relay: relay.address })
    await eventually(
      'the answer is at the relay',
      () => carol.codeOf('invites.accept', { text }),
      (code) => code === 'invite.used',
    )
    await unchanged(carol, async () => expect(await carol.codeOf('invites.accept', { text })).toBe('invite.used'))
    await unchanged(bob, () => refusedBoth(bob, text, 'invite.already-connecting'))
  })

  it('two answers that cross make one contact', async () => {
    const { text } = (await alice.call('invites.create', {})).file
    const carol = await world.app({ name: 'Carol', relay: relay.address })
    const released = Promise.withResolvers<void>()
    const dave = await world.app({ name: 'Dave', relay: relay.address, transport: heldTransport(released.promise) })
    await alice.lock()
    await dave.call('invites.accept', { text })
    await carol.call('invites.accept', { text })
    released.resolve()
    await alice.unlock()
    await eventually(
      'one of them is connected',
      async () => (await alice.call('conversations.list', {})).filter(({ state }) => state === 'open').length,
      (count) => count > 0,
    )
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
  })

  it('cancelled', async () => {
    const invite = await alice.call('invites.create', {})
    expect((await alice.call('invites.cancel', { id: invite.id })).state).toBe('cancelled')
    const puppet = puppetAt()
    await eventually(
      'the notice is at the relay',
      () => puppet.readSeries(inviteIn(invite.file.text).initialRV),
      ({ length }) => length > 0,
    )
    await unchanged(bob, async () => expect(await bob.codeOf('invites.accept', { text: invite.file.text })).toBe('invite.cancelled'))
  })

  it('of somebody who is blocked', async () => {
    await connect(alice, bob)
    await bob.call('contacts.block', { id: alice.id, blocked: true })
    const { text } = (await alice.call('invites.create', {})).file
    await unchanged(bob, () => refusedBoth(bob, text, 'invite.blocked'))
  })
})

describe('short invites', () => {
  it('are looked at without contacting anybody', async () => {
    const elsewhere = await listener()
    const text = encodeShortInviteText(random(32), elsewhere.address)
    await unchanged(bob, async () => {
      expect(await bob.call('invites.inspect', { text })).toEqual({ kind: 'short', relay: elsewhere.address })
      expect(await bob.codeOf('invites.accept', { text })).toBe('invite.damaged')
      expect(elsewhere.connections()).toBe(0)
    })
  })

  it('damaged', async () => {
    const { id } = await alice.call('invites.create', {})
    const short = await shortOf(alice, id)
    await unchanged(bob, async () => {
      for (const at of [5, 10, 40, short.length - 1]) {
        await refusedBoth(bob, short.slice(0, at) + (short[at] === 'q' ? 'p' : 'q') + short.slice(at + 1), 'invite.damaged')
        await refusedBoth(bob, short.slice(0, Math.max(at, 6)), 'invite.damaged')
      }
    })
  })

  it('with a poisoned address are damaged before anything is contacted', async () => {
    const text = (address: string) => bech32m.encode('cairn', bech32m.toWords(Buffer.concat([random(32), Buffer.from(address)])), 1000)
    await unchanged(bob, async () => {
      for (const address of [
        '',
        'http://127.0.0.1:80',
        'ws://127.0.0.1',
        'WS://127.0.0.1:1',
        'ws://a@b:1',
        'ws://127.1:1',
        'ws://127.0.0.1:1/x',
        '\u0000',
        'ws://127.0.0.1:99999',
      ])
        await refusedBoth(bob, text(address), 'invite.damaged')
    })
  })

  it('unknown at the relay', async () => {
    const text = encodeShortInviteText(random(32), relay.address)
    await unchanged(bob, async () => expect(await bob.codeOf('invites.fetch', { text })).toBe('invite.not-found'))
  })

  it('taken back', async () => {
    const { id } = await alice.call('invites.create', {})
    const text = await shortOf(alice, id)
    expect(await bob.codeOf('invites.fetch', { text })).toBe('ok')
    await alice.call('invites.cancel', { id })
    await eventually(
      'it is taken back',
      () => bob.codeOf('invites.fetch', { text }),
      (code) => code !== 'ok',
    )
    await unchanged(bob, async () => expect(await bob.codeOf('invites.fetch', { text })).toBe('invite.used'))
  })

  it('at a relay that is not there, or is none', async () => {
    const silent = await listener()
    await unchanged(bob, async () => {
      for (const address of ['ws://127.0.0.1:1', silent.address]) {
        let code = ''
        void bob.codeOf('invites.fetch', { text: encodeShortInviteText(random(32), address) }).then((answer) => (code = answer))
        await advanceUntil('the answer', [bob.clock], 2000, () => code !== '')
        expect(code).toBe('relay.unreachable')
      }
    })
  })

  it('where somebody else left noise', async () => {
    const { id } = await alice.call('invites.create', {})
    const text = await shortOf(alice, id)
    const puppet = puppetAt()
    const noise = async (K: Uint8Array) => {
      const { seed } = shortInviteKeys(primitives, K)
      await puppet.publishSeries(seed, { blob: random(4096), deleteHash: random(32) })
    }
    await noise(parseShortInviteText(text).K)
    expect(await bob.call('invites.fetch', { text })).toMatchObject({ kind: 'full', id: alice.id })
    const K = random(32)
    await noise(K)
    await noise(K)
    await unchanged(bob, async () =>
      expect(await bob.codeOf('invites.fetch', { text: encodeShortInviteText(K, relay.address) })).toBe('invite.damaged'),
    )
  })

  it('whose invite is another person’s is that person’s: the preview says who', async () => {
    const { id } = await alice.call('invites.create', {})
    expect(await bob.call('invites.fetch', { text: await shortOf(alice, id) })).toMatchObject({
      id: alice.id,
      name: 'Alice',
      relation: 'new',
    })
  })
})

describe('who it is', () => {
  it('a fresh invite of a known contact binds to the conversation that is there', async () => {
    await connect(alice, bob)
    await alice.send(bob.id, 'before')
    await bob.untilShown(alice.id, ['before'])
    const { text } = (await alice.call('invites.create', {})).file
    expect(await bob.call('invites.inspect', { text })).toMatchObject({ relation: 'known', id: alice.id })
    expect(await bob.call('invites.accept', { text })).toMatchObject({ id: alice.id, state: 'open' })
    await eventually(
      'both have a new session',
      async () => {
        const histories = await Promise.all([
          alice.call('contacts.details', { id: bob.id }),
          bob.call('contacts.details', { id: alice.id }),
        ])
        return histories.map(({ session }) => session.history.length)
      },
      (lengths) => lengths.every((length) => length === 2),
    )
    await bob.send(alice.id, 'after')
    expect(await alice.untilShown(bob.id, ['before', 'after'])).toEqual(['before', 'after'])
    expect(await bob.call('conversations.list', {})).toHaveLength(1)
    expect(await alice.call('conversations.list', {})).toHaveLength(1)
  })

  it('the same name with other keys is told', async () => {
    await connect(alice, bob)
    const other = await world.app({ name: 'Alice', relay: relay.address })
    const { text } = (await other.call('invites.create', {})).file
    expect(await bob.call('invites.inspect', { text })).toMatchObject({ relation: 'same-name-other-keys', name: 'Alice', id: other.id })
  })

  it('an answer that names a relay we have never used is asked about before anything is contacted', async () => {
    const elsewhere = await listener()
    const puppet = puppetAt()
    for (const allow of [false, true]) {
      const invite = await alice.call('invites.create', {})
      const msg1 = inviteIn(invite.file.text)
      await puppet.answer(msg1, { relays: [elsewhere.address] })
      const asked = await alice.untilConversation(
        puppet.identity.id,
        'asks about the relay',
        ({ exchange }) => exchange?.askRelay === elsewhere.address,
      )
      expect(asked.state).toBe('connecting')
      await alice.lock()
      await alice.unlock()
      await alice.clock.advance(3600_000)
      expect(elsewhere.connections()).toBe(0)
      await alice.call('exchanges.allowRelay', { contactId: puppet.identity.id, allow })
      if (allow) await eventually('it is contacted now', elsewhere.connections, (count) => count > 0)
      else {
        expect(await alice.call('conversations.list', {})).toEqual([])
        expect(elsewhere.connections()).toBe(0)
      }
    }
  })
})

it('noise where an invite is answered is counted, and the right answer is still found', async () => {
  const invite = await alice.call('invites.create', {})
  const msg1 = inviteIn(invite.file.text)
  const puppet = puppetAt()
  for (let i = 0; i < 3; i++) {
    const place = { hk: msg1.initialRV, n: i, relay: relay.address }
    await puppet.link.publish({ write: writeKey(primitives, place), deleteHash: random(32), blob: random(4096) })
  }
  await puppet.answer(msg1)
  await alice.untilConversation(puppet.identity.id, 'the answer is there', ({ state }) => state === 'connecting')
  const counted = await alice.withDatabase((db) => db.prepare('SELECT * FROM refusals WHERE contact = 0').all())
  expect(counted).toEqual([{ contact: 0, name: 'invite.answer-crypto.failed', count: expect.any(Number) as number }])
})

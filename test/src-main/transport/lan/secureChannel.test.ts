import { describe, expect, it, test } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import { agree, type Role } from '#main/transport/lan/channelKeys.ts'
import { decodePacket, encodePacket } from '#main/transport/lan/packets.ts'
import { profiles, type ProfileName } from '#main/transport/lan/profiles.ts'
import { createReplayWindow } from '#main/transport/lan/replayWindow.ts'
import { createRotator, type Rotator } from '#main/transport/lan/rotation.ts'
import {
  createCountingChannel,
  createRandomNonceChannel,
  type RotatingChannel,
  type SecureChannel,
} from '#main/transport/lan/secureChannel.ts'
import { flipBit, node } from '#test/support/providers.ts'
import { createDice, seededRandom } from '#test/support/seeded.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const coded = (code: string) => expect.objectContaining({ code }) as Error

/** Both sides of what two ephemeral keys agree on. */
function agreed(name: ProfileName, seed: string) {
  const random = seededRandom(seed)
  const [c, s] = [random(32), random(32)]
  const [pkC, pkS] = [node.x25519.publicKey(c), node.x25519.publicKey(s)]
  const side = (role: Role) =>
    role === 'client'
      ? agree(profiles[name], { role, secretKey: c, ownKey: pkC, peerKey: pkS }, node)
      : agree(profiles[name], { role, secretKey: s, ownKey: pkS, peerKey: pkC }, node)
  return { client: side('client'), server: side('server'), random }
}

const counting = (seed: string): [RotatingChannel, RotatingChannel] => {
  const { client, server } = agreed('cairn', seed)
  return [createCountingChannel(client.keys, node), createCountingChannel(server.keys, node)]
}

const plain = (seed: string): [SecureChannel, SecureChannel] => {
  const { client, server, random } = agreed('bittrrt', seed)
  return [client, server].map(({ keys }) => createRandomNonceChannel(keys, { primitives: node, random })) as [SecureChannel, SecureChannel]
}

describe.each([
  ['cairn', counting],
  ['bittrrt', plain],
] as const)('a channel of profile %s', (_name, make) => {
  it('carries packets of 12 + 16 bytes more both ways, with and without associated data', () => {
    const [client, server] = make('both ways')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const packet = from.seal(bytes('hello'))
      expect(packet).toHaveLength(5 + 28)
      expect(to.open(packet)).toEqual(bytes('hello'))
      expect(to.open(from.seal(new Uint8Array(), bytes('about')), bytes('about'))).toEqual(new Uint8Array())
    }
  })

  it('calls every changed bit tampering, and takes the packet unchanged afterwards', () => {
    const [client, server] = make('bits')
    const packet = client.seal(bytes('hello'), bytes('about'))
    for (let at = 0; at < packet.length; at++) {
      const expected = _name === 'cairn' && at < 4 ? 'lan.wrong-key' : 'lan.tampered' // a key number that is not there
      if (_name === 'cairn' && at === 4) expect(() => server.open(flipBit(packet, at, 7), bytes('about'))).toThrow(coded('codec.malformed'))
      else expect(() => server.open(flipBit(packet, at, 2), bytes('about'))).toThrow(coded(expected))
    }
    expect(() => server.open(packet)).toThrow(coded('lan.tampered'))
    expect(() => server.open(packet, bytes('else'))).toThrow(coded('lan.tampered'))
    expect(() => server.open(packet.subarray(0, -1), bytes('about'))).toThrow(coded('lan.tampered'))
    expect(() => server.open(packet.subarray(0, 27))).toThrow(coded('codec.malformed'))
    expect(server.open(packet, bytes('about'))).toEqual(bytes('hello'))
  })

  it('knows packets of other keys, its own, and those that came before', () => {
    const [client, server] = make('strangers')
    const [stranger] = make('another')
    expect(() => server.open(stranger.seal(bytes('x')))).toThrow(coded('lan.tampered'))
    const packet = client.seal(bytes('x'))
    expect(() => client.open(packet)).toThrow(coded(_name === 'cairn' ? 'lan.tampered' : 'lan.replayed')) // reflected
    server.open(packet)
    for (let i = 0; i < 1023; i++) server.open(client.seal(bytes('x')))
    expect(() => server.open(packet)).toThrow(coded('lan.replayed'))
  })
})

test.each([
  ['cairn', counting],
  ['bittrrt', plain],
] as const)('a channel of profile %s that has ended seals and opens nothing, and its keys are erased', (name, make) => {
  const [client, server] = make('end')
  const packet = client.seal(bytes('x'))
  server.end()
  expect(() => server.open(packet)).toThrow(coded('lan.closed'))
  expect(() => server.seal(bytes('x'))).toThrow(coded('lan.closed'))
  const { client: side, random } = agreed(name, 'erased')
  const channel =
    name === 'cairn' ? createCountingChannel(side.keys, node) : createRandomNonceChannel(side.keys, { primitives: node, random })
  channel.end()
  expect([side.keys.send, side.keys.receive]).toEqual([new Uint8Array(32), new Uint8Array(32)])
})

describe('the counting channel', () => {
  it('takes what was overtaken by up to 1,023, once, and nothing older', () => {
    const [client, server] = counting('window')
    const packets = Array.from({ length: 1026 }, (_, i) => client.seal(Uint8Array.of(i & 255)))
    const take = (i: number) => server.open(packets[i] as Uint8Array)
    take(1025)
    expect(() => take(1)).toThrow(coded('lan.replayed'))
    expect(take(2)).toEqual(Uint8Array.of(2))
    for (const i of [2, 1025]) expect(() => take(i)).toThrow(coded('lan.replayed'))
    expect(take(500)).toEqual(Uint8Array.of(244))
  })

  it('never uses a number twice, also where sealing fails, and stops at its limit', () => {
    const { client } = agreed('cairn', 'limit')
    let fails = false
    const aead: typeof node.chacha20poly1305 = {
      ...node.chacha20poly1305,
      seal(...all) {
        if (fails) throw new RangeError()
        return node.chacha20poly1305.seal(...all)
      },
    }
    const channel = createCountingChannel(client.keys, { ...node, chacha20poly1305: aead }, { limit: 4 })
    const numbers = [channel.seal(bytes('a'))[11]]
    fails = true
    expect(() => channel.seal(bytes('b'))).toThrow(RangeError)
    fails = false
    numbers.push(channel.seal(bytes('c'))[11], channel.seal(bytes('d'))[11])
    expect(numbers).toEqual([0, 2, 3])
    expect(() => channel.seal(bytes('e'))).toThrow(coded('lan.closed'))
  })
})

describe('the replay window', () => {
  it('agrees with a list of everything that came, whatever the order', () => {
    const dice = createDice('window')
    const window = createReplayWindow()
    const came = new Set<number>()
    let highest = -1
    for (let i = 0; i < 20_000; i++) {
      const counter = Math.max(0, highest + 1200 - dice.below(2400) + (dice.chance(0.001) ? 5000 : 0))
      const isNew = !came.has(counter) && counter > highest - 1024
      expect(window.isNew(counter)).toBe(isNew)
      if (!isNew || dice.chance(0.2)) continue // a forged one is asked about and not added
      window.add(counter)
      came.add(counter)
      highest = Math.max(highest, counter)
    }
    expect(came.size).toBeGreaterThan(1000)
  })
})

describe('rotation', () => {
  interface Side {
    channel: RotatingChannel
    rotator: Rotator
    inbox: Uint8Array[]
  }

  const sides = (seed: string): { client: Side; server: Side } => {
    const { client, server, random } = agreed('cairn', seed)
    const [a, b] = [client, server].map(({ keys }): Side => {
      const channel = createCountingChannel({ ...keys, chain: keys.chain.slice() }, node)
      return { channel, rotator: createRotator(channel, keys, { primitives: node, random }), inbox: [] }
    })
    return { client: a as Side, server: b as Side }
  }

  it('changes both directions’ keys, and the old ones open nothing any more', () => {
    const { client, server } = sides('change')
    const late = [client.channel.seal(bytes('late')), server.channel.seal(bytes('late'))] as const
    const offer = client.rotator.offer()
    expect(client.rotator.offer()).toBe(offer)
    expect(server.rotator.answer(offer, true)).toBeNull() // too soon
    const answer = server.rotator.answer(offer)
    expect(server.rotator.answer({ ...offer })).toBe(answer)
    expect(server.rotator.answer({ ...offer }, true)).toBe(answer)
    expect(server.rotator.answer({ ...offer, key: node.x25519.publicKey(bytes('another key, thirty-two bytes...')) })).toBeNull()
    expect(server.channel.sending).toBe(0) // it does not know yet whether the client has it
    expect(client.rotator.finish({ number: 2, key: offer.key })).toBe(false)
    expect(client.rotator.finish(answer as NonNullable<typeof answer>)).toBe(true)
    expect(client.rotator.finish(answer as NonNullable<typeof answer>)).toBe(false)
    expect(client.channel.open(server.channel.seal(bytes('on the old key')))).toEqual(bytes('on the old key'))
    const first = client.channel.seal(bytes('on the new key'))
    expect(first.subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 0, 1))
    expect(server.channel.open(first)).toEqual(bytes('on the new key'))
    expect(() => server.channel.open(late[0])).toThrow(coded('lan.replayed'))
    expect(client.channel.settled).toBe(false)
    const back = server.channel.seal(bytes('back'))
    expect(back[3]).toBe(1)
    expect(client.channel.open(back)).toEqual(bytes('back'))
    expect(() => client.channel.open(late[1])).toThrow(coded('lan.replayed'))
    expect([client.channel.settled, server.channel.settled]).toEqual([true, true])
  })

  it('an offer out of turn, and a key of low order, change nothing', () => {
    const { client, server } = sides('turn')
    const offer = client.rotator.offer()
    for (const number of [0, 2, 77]) expect(server.rotator.answer({ ...offer, number })).toBeNull()
    expect(() => server.rotator.answer({ ...offer, key: new Uint8Array(32) })).toThrow(coded('crypto.failed'))
    const answer = server.rotator.answer(offer)
    expect(answer).not.toBeNull()
    expect(() => client.rotator.finish({ number: 1, key: new Uint8Array(32) })).toThrow(coded('crypto.failed'))
    expect(client.rotator.finish(answer as NonNullable<typeof answer>)).toBe(true)
  })

  /** A packet on its way: everything is sent under whatever key its sender uses then, and arrives when the dice say. */
  it.each([0, 0.2, 0.5])('thirty times over, with a share of %d lost, some doubled and all mixed: all that arrives opens', (loss) => {
    const { client, server } = sides(`weather ${loss}`)
    const dice = createDice(`weather ${loss}`)
    const used = new Set<string>()
    const refusedCodes = new Set<string>()
    const counts = { opened: 0, refused: 0 }
    const put = (to: Side, from: Side, plaintext: Uint8Array) => {
      const packet = from.channel.seal(plaintext)
      const nonce = `${from === client} ${Buffer.from(packet.subarray(0, 12)).toString('hex')}`
      expect(used.has(nonce)).toBe(false)
      used.add(nonce)
      if (dice.chance(loss)) return
      to.inbox.push(packet)
      if (dice.chance(0.1)) to.inbox.push(packet)
    }
    const take = (self: Side, other: Side) => {
      const window = Math.min(self.inbox.length, 8)
      if (window === 0) return
      const [packet] = self.inbox.splice(dice.below(window), 1) as [Uint8Array]
      try {
        const said = decodePacket(self.channel.open(packet))
        counts.opened++
        if (said.kind === 'offer') {
          const answer = self.rotator.answer(said)
          if (answer) put(other, self, encodePacket({ kind: 'answer', ...answer }))
        } else if (said.kind === 'answer') self.rotator.finish(said)
      } catch (error) {
        if (!isCairnError(error)) throw error
        counts.refused++
        refusedCodes.add(error.code)
      }
    }
    let turns = 0
    while (client.channel.sending < 30 || !client.channel.settled) {
      expect(++turns).toBeLessThan(20_000)
      if (client.channel.settled) put(server, client, encodePacket({ kind: 'offer', ...client.rotator.offer() }))
      put(server, client, encodePacket({ kind: 'data', payload: bytes('up') }))
      put(client, server, encodePacket({ kind: 'data', payload: bytes('down') }))
      for (let i = 0; i < 4; i++) {
        if (dice.chance(0.5)) take(client, server)
        else take(server, client)
      }
    }
    expect(server.channel.sending).toBe(30)
    expect([...refusedCodes]).toEqual(['lan.replayed']) // doubled, or under a key both have left; never one that should open
    expect(counts.opened).toBeGreaterThan(counts.refused)
  })
})

/** Whatever comes in from a network: nobody is answered with more than they sent, nothing falls over, and what stands stays. */
import { describe, expect, test } from 'vitest'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { decodeMessage, encodeMessage, type ConnectMessage } from '#main/transport/lan/connectMessages.ts'
import { createCookies } from '#main/transport/lan/cookies.ts'
import { openFernet, sealFernet } from '#main/transport/lan/fernet.ts'
import { decodePacket, encodePacket, type Packet } from '#main/transport/lan/packets.ts'
import { profiles } from '#main/transport/lan/profiles.ts'
import { createSourceLimit } from '#main/transport/lan/sourceLimit.ts'
import { createLanWorld, type LanParty, type LanWorld } from '#test/support/lanWorld.ts'
import { node } from '#test/support/providers.ts'
import { createDice, seededRandom, type Dice } from '#test/support/seeded.ts'

const serverAt = { address: '10.0.0.1', port: 6711 }
const clientAt = { address: '10.0.0.2', port: 5000 }
const bytes = (text: string) => new TextEncoder().encode(text)
const keyOf = (name: string) => node.x25519.publicKey(seededRandom(name)(32))
const contextOf = (seed: string) => ({ primitives: node, random: seededRandom(seed), now: 1_750_000_000_000 })

const connectOf = ({ random }: LanWorld, pubkey = random(32), cookie?: Uint8Array) =>
  encodeMessage(profiles.cairn, { cmd: 'connect', pubkey, cookie }, { primitives: node, random, now: 0 })

/** One to four changes of the kinds that happen: a bit, a byte, a cut, bytes more, a piece twice. */
function mutate(original: Uint8Array, dice: Dice): Uint8Array {
  let changed = [...original]
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const at = dice.below(Math.max(1, changed.length))
    const kind = dice.below(5)
    if (kind === 0) changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8))
    else if (kind === 1) changed[at] = dice.below(256)
    else if (kind === 2) changed = changed.slice(0, at)
    else if (kind === 3) changed.push(...Array.from({ length: dice.below(40) }, () => dice.below(256)))
    else changed.splice(at, 0, ...changed.slice(at, at + dice.below(60)))
  }
  return Uint8Array.from(changed)
}

/** A parser answers, or throws an error with a name; the codes it threw. */
function fuzz(parse: (input: Uint8Array) => unknown, valid: Uint8Array[], seed: string, cases = 1500): Set<string> {
  const dice = createDice(seed)
  const random = seededRandom(seed)
  const codes = new Set<string>()
  for (let i = 0; i < cases; i++) {
    const input = dice.chance(0.2) ? random(dice.below(400)) : mutate(valid[i % valid.length] as Uint8Array, dice)
    if (valid.some((one) => Buffer.compare(one, input) === 0)) continue
    try {
      parse(input)
      codes.add('taken')
    } catch (error) {
      if (!isCairnError(error)) throw error
      codes.add(error.code)
    }
  }
  return codes
}

describe('parsers take anything', () => {
  const context = contextOf('fuzz')
  const messages: ConnectMessage[] = [
    { cmd: 'connect', pubkey: keyOf('a'), cookie: context.random(16) },
    { cmd: 'connected', pubkey: keyOf('b'), to: keyOf('a') },
    { cmd: 'cookie', cookie: context.random(16), to: keyOf('a') },
  ]

  test('tokens', () => {
    const tokens = [0, 5, 200].map((length) => sealFernet(profiles.cairn.obfuscationKey, context.random(length), context))
    const codes = fuzz((input) => openFernet(profiles.cairn.obfuscationKey, input, node), tokens, 'tokens')
    expect([...codes].toSorted()).toEqual(['codec.malformed', 'lan.tampered'])
  })

  test.each(['cairn', 'bittrrt'] as const)('datagrams of the handshake (%s)', (name) => {
    const datagrams = messages.map((one) => encodeMessage(profiles[name], one, context))
    const codes = fuzz((input) => decodeMessage(profiles[name], input, node), datagrams, `handshake ${name}`)
    expect([...codes].toSorted()).toEqual(['codec.malformed', 'lan.tampered'])
    expect(() => decodeMessage(profiles[name], new Uint8Array(1201), node)).toThrow(expect.objectContaining({ code: 'codec.too-large' }))
  })

  test.each(['cairn', 'bittrrt'] as const)('what is inside their tokens (%s): everybody can make those', (name) => {
    const inside = messages.map((one) => openFernet(profiles[name].obfuscationKey, encodeMessage(profiles[name], one, context), node))
    const read = (input: Uint8Array) => {
      const message = decodeMessage(profiles[name], sealFernet(profiles[name].obfuscationKey, input.subarray(0, 700), context), node)
      if ('pubkey' in message) expect(message.pubkey).toHaveLength(32)
      if ('cookie' in message && message.cookie) expect(message.cookie).toHaveLength(16)
    }
    expect([...fuzz(read, inside, `inside ${name}`)].toSorted()).toEqual(['codec.malformed', 'taken'])
  })

  test('packets', () => {
    const packets: Packet[] = [
      { kind: 'ping' },
      { kind: 'offer', number: 7, key: keyOf('a') },
      { kind: 'answer', number: 2 ** 32 - 1, key: keyOf('b') },
      { kind: 'close' },
      { kind: 'data', payload: bytes('text') },
    ]
    for (const packet of packets) expect(decodePacket(encodePacket(packet))).toEqual(packet)
    expect([...fuzz(decodePacket, packets.map(encodePacket), 'packets')].toSorted()).toEqual([
      'codec.malformed',
      'codec.newer-version',
      'taken',
    ])
  })

  test('later releases’ counter before the JSON, JSON with spaces, keys without padding, and fields that are not known here', () => {
    const pubkey = keyOf('later')
    const text = Buffer.from(pubkey).toString('base64url')
    for (const plaintext of [
      `{"cmd": "connect", "pubkey": "${text}="}`,
      `{"new":[1],"pubkey":"${text}","cmd":"connect"}`,
      `\0\0\0\0\0\0\0\u0007{"cmd": "connect", "pubkey": "${text}="}`,
      `{{{{{{{{{"cmd": "connect", "pubkey": "${text}="}`,
    ]) {
      const datagram = sealFernet(profiles.bittrrt.obfuscationKey, bytes(plaintext), context)
      expect(decodeMessage(profiles.bittrrt, datagram, node)).toEqual({ cmd: 'connect', pubkey })
    }
    for (const plaintext of [
      '',
      'null',
      '[]',
      '7',
      '{}',
      '{"cmd":"connect"}',
      `{"cmd":"connect","pubkey":"${text.slice(1)}"}`,
      `{"cmd":"connect","pubkey":"${text}A"}`,
    ])
      expect(() => decodeMessage(profiles.bittrrt, sealFernet(profiles.bittrrt.obfuscationKey, bytes(plaintext), context), node)).toThrow(
        expect.objectContaining({ code: 'codec.malformed' }),
      )
  })
})

/** A pair with a session, and a way to see that it still carries. */
async function standing(world: LanWorld, limits = {}) {
  const [server, client] = [world.party('10.0.0.1', 6711, 'cairn', limits), world.party('10.0.0.2', 5000)]
  client.connect(serverAt)
  await world.pass(50)
  const [there, here] = [server.seen[0], client.seen[0]] as [LanParty['seen'][number], LanParty['seen'][number]]
  const carries = async () => {
    here.session.send(bytes('ping'))
    there.session.send(bytes('pong'))
    await world.pass(50)
    expect([there.received.length, here.received.length]).toEqual([1, 1])
    expect([there.closed, here.closed]).toEqual([[], []])
  }
  return { server, client, there, here, carries }
}

test('two thousand datagrams of all kinds, altered and in both sides’ names: the session stands and nobody else is heard', async () => {
  const world = createLanWorld('storm')
  const { server, client, carries, here } = await standing(world)
  here.session.send(bytes('hello'))
  await world.pass(10)
  const valid = world.network.sent.map(({ datagram }) => datagram)
  const dice = createDice('storm')
  for (let i = 0; i < 2000; i++) {
    const datagram = dice.chance(0.2) ? world.random(dice.below(1300)) : mutate(valid[dice.below(valid.length)] as Uint8Array, dice)
    const [from, to] = dice.chance(0.5) ? [clientAt, serverAt] : [serverAt, clientAt]
    world.network.inject({ datagram, from: dice.chance(0.3) ? { address: '10.0.9.9', port: 1 } : from, to })
    if (i % 50 === 0) await world.pass(10)
  }
  await world.pass(20_000)
  expect([server.seen.length, client.seen.length]).toEqual([1, 1])
  expect(server.seen[0]?.received.splice(0)).toEqual([bytes('hello')])
  await carries()
})

test('everything recorded and sent again, to either side: nothing is delivered a second time', async () => {
  const world = createLanWorld('replay')
  const { there, here } = await standing(world)
  for (let i = 0; i < 20; i++) {
    here.session.send(Uint8Array.of(i))
    there.session.send(Uint8Array.of(i))
  }
  await world.pass(50)
  for (const passing of [...world.network.sent]) {
    world.network.inject(passing)
    world.network.inject({ ...passing, from: passing.to, to: passing.from }) // reflected
  }
  await world.pass(100)
  for (const { received, closed } of [there, here]) {
    expect(received.map((one) => one[0]).toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(closed).toEqual([])
  }
})

test('a connect in a client’s name does not end its session; its own new one does', async () => {
  const world = createLanWorld('takeover')
  const { there, carries, server, client } = await standing(world)
  for (let i = 0; i < 20; i++) world.network.inject({ datagram: connectOf(world), from: clientAt, to: serverAt })
  await world.pass(100)
  await carries()
  client.endpoint.close = () => {} // it is gone without a word, and comes back at the same port
  const anew = world.party('10.0.0.2', 5000)
  const connected = anew.connect(serverAt)
  await world.pass(300)
  expect(connected.session).toBeDefined()
  expect(there.closed).toMatchObject([{ code: 'lan.closed' }])
  expect(server.seen).toHaveLength(2)
  expect(server.endpoint.counts().sessions).toBe(1)
})

describe('no amplification', () => {
  test('no unknown sender is ever sent more bytes than it sent, and never more datagrams', async () => {
    for (const profile of ['cairn', 'bittrrt'] as const) {
      const world = createLanWorld(`amplify ${profile}`)
      world.party('10.0.0.1', 6711, profile, {
        cookiesFrom: 3,
        perSource: { burst: 1e6, perSecond: 1e6 },
        overall: { burst: 1e6, perSecond: 1e6 },
      })
      const dice = createDice(`amplify ${profile}`)
      for (let i = 0; i < 600; i++) {
        const from = { address: `10.1.0.${dice.below(250)}`, port: 1 + i }
        const message: ConnectMessage = {
          cmd: 'connect',
          pubkey: world.random(32),
          cookie: dice.chance(0.3) ? world.random(16) : undefined,
        }
        const full = encodeMessage(profiles[profile], message, contextOf(`${i}`))
        // as short as it can be made: unpadded, without spaces
        const short = `{"cmd":"connect","pubkey":"${Buffer.from(world.random(32)).toString('base64url')}"}`
        const datagram = dice.chance(0.5) ? full : sealFernet(profiles[profile].obfuscationKey, bytes(short), contextOf(`${i}`))
        const before = world.network.sent.length
        world.network.inject({ datagram, from, to: serverAt })
        await world.pass(2)
        const answers = world.network.sent.slice(before)
        expect(answers.length).toBeLessThanOrEqual(1)
        for (const answer of answers) expect(answer.datagram.length).toBeLessThanOrEqual(datagram.length)
      }
      const answered = world.network.sent.length
      expect(answered).toBeGreaterThan(100)
      await world.pass(120_000)
      expect(world.network.sent).toHaveLength(answered) // nor anything later: no heartbeat, no word at the end
    }
  })

  test('a server that speaks first waits until its client was heard', async () => {
    const world = createLanWorld('speaks first')
    const server = world.party('10.0.0.1', 6711, 'bittrrt')
    world.network.inject({
      datagram: encodeMessage(profiles.bittrrt, { cmd: 'connect', pubkey: keyOf('a') }, contextOf('a')),
      from: clientAt,
      to: serverAt,
    })
    await world.pass(10)
    server.seen[0]?.session.send(new Uint8Array(1000))
    expect(world.network.sent).toHaveLength(1)
    server.endpoint.close()
    expect(world.network.sent).toHaveLength(1)
  })
})

describe('under load', () => {
  test('clients have to show a cookie of their own address and key, and nothing is kept for those who do not', async () => {
    const world = createLanWorld('load')
    const server = world.party('10.0.0.1', 6711, 'cairn', { cookiesFrom: 8, halfOpen: 16 })
    for (let i = 0; i < 100; i++)
      world.network.inject({ datagram: connectOf(world), from: { address: `10.2.0.${i}`, port: 9 }, to: serverAt })
    await world.pass(10)
    expect(server.endpoint.counts()).toEqual({ sessions: 0, halfOpen: 8 })
    expect(world.network.sent).toHaveLength(100)

    const client = world.party('10.0.0.2', 5000)
    const connected = client.connect(serverAt)
    await world.pass(20)
    expect(connected.session).toBeDefined() // with the cookie, and without waiting for the next try
    expect(server.endpoint.counts()).toEqual({ sessions: 1, halfOpen: 8 })
    await world.pass(11_000)
    expect(server.endpoint.counts()).toEqual({ sessions: 1, halfOpen: 0 })
  })

  test('with cookies, the oldest that was not heard makes room', async () => {
    const world = createLanWorld('room')
    const server = world.party('10.0.0.1', 6711, 'cairn', { cookiesFrom: 1000, halfOpen: 4 })
    for (let i = 0; i < 9; i++)
      world.network.inject({ datagram: connectOf(world), from: { address: `10.2.0.${i}`, port: 9 }, to: serverAt })
    await world.pass(10)
    expect(server.endpoint.counts().halfOpen).toBe(4)
    expect(server.seen).toEqual([])
    const connected = world.party('10.0.0.2', 5000).connect(serverAt)
    await world.pass(20)
    expect(connected.session).toBeDefined()
  })

  test('so many sessions, and so many of one address, are the most', async () => {
    const world = createLanWorld('full')
    const server = world.party('10.0.0.1', 6711, 'cairn', { sessions: 5, sessionsPerAddress: 3 })
    const clients = ['10.0.0.2', '10.0.0.3'].flatMap((address) => Array.from({ length: 5 }, (_, i) => world.party(address, 5000 + i)))
    clients.forEach((client) => client.connect(serverAt))
    await world.pass(1000)
    expect(server.endpoint.counts().sessions).toBe(5)
    for (const address of ['10.0.0.2', '10.0.0.3'])
      expect(server.seen.filter(({ session }) => session.remote.address === address).length).toBeLessThanOrEqual(3)
    expect(clients.map(({ endpoint }) => endpoint.counts().sessions).filter((count) => count === 1)).toHaveLength(5)
    const closed = clients.flatMap(({ seen }) => seen.flatMap((one) => one.closed))
    expect(closed).toMatchObject(Array(5).fill({ code: 'lan.closed' })) // all were answered before the first was heard
    const late = world.party('10.0.0.4', 5000).connect(serverAt)
    await world.pass(6000)
    expect(late.error?.code).toBe('lan.unreachable')
  })

  test('cookies are of one address, port, key, server and time', () => {
    const { random } = contextOf('cookies')
    const [cookies, others] = [createCookies(random(32), node), createCookies(random(32), node)]
    const [key, now] = [keyOf('a'), 1_750_000_005_000]
    const cookie = cookies.of(clientAt, key, now)
    expect(cookies.isValid(cookie, clientAt, key, now)).toBe(true)
    expect(cookies.isValid(cookie, clientAt, key, now + 10_000)).toBe(true)
    for (const [remote, pubkey, at] of [
      [clientAt, key, now + 20_000],
      [clientAt, key, now - 10_000],
      [clientAt, keyOf('b'), now],
      [{ ...clientAt, port: 5256 }, key, now],
      [{ ...clientAt, address: '10.0.0.3' }, key, now],
    ] as const)
      expect(cookies.isValid(cookie, remote, pubkey, at)).toBe(false)
    expect(others.isValid(cookie, clientAt, key, now)).toBe(false)
  })

  test('one source does not use up what others get; a /64 of IPv6 is one source', () => {
    const limit = createSourceLimit({ perSource: { burst: 3, perSecond: 10 }, overall: { burst: 1000, perSecond: 1 }, sources: 10 })
    const taken = (address: string, now: number) => Array.from({ length: 5 }, () => limit.take(address, now)).filter(Boolean).length
    expect(taken('10.0.0.1', 0)).toBe(3)
    expect(taken('10.0.0.2', 0)).toBe(3)
    expect(taken('10.0.0.1', 100)).toBe(1)
    expect(taken('10.0.0.1', 60_000)).toBe(3)
    expect(taken('fe80::1', 0) + taken('fe80::2:1', 0)).toBe(3)
    expect(taken('2001:db8::1', 0) + taken('2001:db8:0:0:5:6:7:8', 0)).toBe(3)
    expect(taken('2001:db8:0:1::', 0)).toBe(3)
    for (let i = 0; i < 30; i++) limit.take(`10.0.1.${i}`, 60_000)
    expect(taken('10.0.0.1', 60_000)).toBe(3) // forgotten
  })

  test('all sources together have a share as well: forged ones do not take all the time', () => {
    const limit = createSourceLimit({ perSource: { burst: 3, perSecond: 10 }, overall: { burst: 20, perSecond: 5 }, sources: 100 })
    const taken = (now: number) => Array.from({ length: 50 }, (_, i) => limit.take(`10.0.0.${i}`, now)).filter(Boolean).length
    expect([taken(0), taken(1000), taken(100_000)]).toEqual([20, 5, 20])
  })

  test('what is beyond a source’s share is not looked at, and the session it has goes on', async () => {
    const world = createLanWorld('share')
    const { carries } = await standing(world, { perSource: { burst: 20, perSecond: 1 } })
    const before = world.network.sent.length
    for (let i = 0; i < 100; i++) world.network.inject({ datagram: connectOf(world), from: { ...clientAt, port: 7000 + i }, to: serverAt })
    await world.pass(20)
    expect(world.network.sent.length - before).toBeLessThan(20)
    await carries()
  })
})

test('keys change every ten minutes and after so many packets, under loss, doubling and overtaking, and nothing is altered', async () => {
  for (const [loss, rotateAfter] of [
    [0.2, { packets: 2 ** 20, ms: 600_000 }],
    [0.2, { packets: 100, ms: 600_000 }],
  ] as const) {
    const world = createLanWorld(`rotation ${rotateAfter.packets}`)
    const [server, client] = [
      world.party('10.0.0.1', 6711, 'cairn', { rotateAfter }),
      world.party('10.0.0.2', 5000, 'cairn', { rotateAfter }),
    ]
    world.network.weather = { loss, doubled: 0.1, delayMs: 40 }
    const connected = client.connect(serverAt)
    await world.pass(5000)
    const [here, there] = [connected.session, server.seen[0]?.session]
    for (let i = 0; i < 1000; i++) {
      here?.send(bytes(`up ${i}`))
      there?.send(bytes(`down ${i}`))
      await world.pass(2500)
    }
    const keyNumbers = world.network.sent.filter(({ datagram }) => datagram[0] === 0).map(({ datagram }) => datagram[3] as number)
    expect(Math.max(...keyNumbers)).toBeGreaterThanOrEqual(4)
    const nonces = world.network.sent
      .filter(({ datagram }) => datagram[0] === 0)
      .map(({ datagram, from }) => `${from.address} ${Buffer.from(datagram.subarray(0, 12)).toString('hex')}`)
    expect(new Set(nonces).size).toBe(nonces.length)
    for (const [seen, word] of [
      [server.seen, 'up'],
      [client.seen, 'down'],
    ] as const) {
      expect(seen.flatMap(({ closed }) => closed)).toEqual([])
      const texts = seen.flatMap(({ received }) => received.map((one) => new TextDecoder().decode(one)))
      expect(new Set(texts).size).toBe(texts.length)
      expect(texts.length).toBeGreaterThan(700) // of a thousand, of which a fifth is lost
      expect(texts.every((text) => new RegExp(`^${word} \\d+$`).test(text))).toBe(true)
    }
  }
})

test('the server goes over to a new key within seconds, also where the first packet on it is lost and nothing else is said', async () => {
  const world = createLanWorld('first on the new key')
  const rotateAfter = { packets: 5, ms: 600_000 }
  const [server, client] = [world.party('10.0.0.1'), world.party('10.0.0.2', 5000, 'cairn', { rotateAfter })]
  const connected = client.connect(serverAt)
  await world.pass(50)
  let lost = 0
  world.network.alter = (passing) => {
    const isFirst = lost === 0 && passing.from.port === 5000 && passing.datagram[3] === 1
    if (isFirst) lost++
    return isFirst ? null : passing
  }
  for (let i = 0; i < 5; i++) connected.session?.send(Uint8Array.of(i))
  await world.pass(3500)
  expect(lost).toBe(1)
  server.seen[0]?.session.send(bytes('on which key?'))
  expect(world.network.sent.at(-1)?.datagram[3]).toBe(1)
})

test('a client that wants new keys all the time gets them once a second; what the layer above throws is not lost', async () => {
  const world = createLanWorld('greedy')
  const rotateAfter = { packets: 0, ms: 0 }
  const [server, client] = [world.party('10.0.0.1'), world.party('10.0.0.2', 5000, 'cairn', { rotateAfter })]
  const connected = client.connect(serverAt)
  await world.pass(20_000)
  const keyNumbers = new Set(world.network.sent.filter(({ datagram }) => datagram[0] === 0).map(({ datagram }) => datagram[3]))
  expect(keyNumbers.size).toBeGreaterThan(5)
  expect(keyNumbers.size).toBeLessThanOrEqual(21)
  const failure = new CairnError('codec.malformed')
  const [seen] = server.seen
  if (seen === undefined) throw new Error('nobody came')
  seen.received.push = () => {
    throw failure
  }
  connected.session?.send(bytes('x'))
  await expect(world.pass(50)).rejects.toBe(failure)
})

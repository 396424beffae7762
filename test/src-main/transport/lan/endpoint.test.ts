import { expect, test } from 'vitest'
import { profiles } from '#main/transport/lan/profiles.ts'
import { encodeMessage } from '#main/transport/lan/connectMessages.ts'
import { startClient } from '#main/transport/lan/handshake.ts'
import { createLanWorld, type LanParty } from '#test/support/lanWorld.ts'
import { node } from '#test/support/providers.ts'

const serverAt = { address: '10.0.0.1', port: 6711 }
const bytes = (text: string) => new TextEncoder().encode(text)
const texts = (received: Uint8Array[] | undefined) => (received ?? []).map((one) => new TextDecoder().decode(one))
const only = ({ seen }: LanParty) => {
  expect(seen).toHaveLength(1)
  return seen[0] as LanParty['seen'][number]
}

test.each(['cairn', 'bittrrt'] as const)('profile %s: a channel, a datagram each way, a fingerprint of the other side', async (profile) => {
  const { party, pass, network } = createLanWorld(`plain ${profile}`)
  const [server, client] = [party('10.0.0.1', 6711, profile), party('10.0.0.2', 5000, profile)]
  const connected = client.connect(serverAt)
  await pass(50)
  expect(connected.session).toMatchObject({ role: 'client', remote: serverAt })
  connected.session?.send(bytes('hello'))
  await pass(50)
  const there = only(server)
  expect(there.session).toMatchObject({ role: 'server', remote: { address: '10.0.0.2', port: 5000 } })
  expect(there.session.channelHash).toEqual(connected.session?.channelHash)
  expect(texts(there.received)).toEqual(['hello'])
  there.session.send(bytes('and back'))
  await pass(50)
  expect(texts(only(client).received)).toEqual(['and back'])
  for (const { session } of [there, only(client)]) expect(session.fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/)
  expect(there.session.fingerprint).not.toBe(connected.session?.fingerprint)
  if (profile === 'bittrrt') expect(network.sent).toHaveLength(4) // and nothing that its first release does not say
})

test('nothing readable and nothing of the profile goes over the network', async () => {
  const { party, pass, network } = createLanWorld('unreadable')
  party('10.0.0.1')
  const connected = party('10.0.0.2').connect(serverAt)
  await pass(50)
  connected.session?.send(bytes('a secret text'))
  const all = Buffer.concat(network.sent.map(({ datagram }) => datagram)).toString('latin1')
  for (const word of ['connect', 'pubkey', 'secret']) expect(all).not.toContain(word)
})

test('a largest payload makes a datagram of 1,200 bytes; a larger one is refused', async () => {
  const { party, pass, network } = createLanWorld('largest')
  for (const profile of ['cairn', 'bittrrt'] as const) {
    const [server, client] = [party('10.0.0.1', 6711, profile), party('10.0.0.2', 5000, profile)]
    const connected = client.connect(serverAt)
    await pass(50)
    const session = only(client).session
    expect(connected.session).toBe(session)
    session.send(new Uint8Array(session.maxPayload).fill(1))
    expect(network.sent.at(-1)?.datagram).toHaveLength(1200)
    await pass(50)
    expect(only(server).received[0]).toHaveLength(session.maxPayload)
    expect(() => session.send(new Uint8Array(session.maxPayload + 1))).toThrow(expect.objectContaining({ code: 'codec.too-large' }))
    server.endpoint.close()
    client.endpoint.close()
  }
})

test.each([
  ['nobody there', 'cairn', 'lan.unreachable'],
  ['nobody there', 'bittrrt', 'lan.unreachable'],
] as const)('%s (%s): fifty tries, 100 ms apart, then %s', async (_what, profile, code) => {
  const { party, pass, network, clock } = createLanWorld('silence')
  const client = party('10.0.0.2', 5000, profile)
  const begun = clock.now()
  const connected = client.connect(serverAt)
  await pass(4999)
  expect(connected.error).toBeUndefined()
  expect(network.sent).toHaveLength(50)
  await pass(1)
  expect(connected.error).toMatchObject({ code, retryable: true, details: { tries: 50 } })
  expect(clock.now() - begun).toBe(5000)
  expect(client.seen).toEqual([])
})

test('answers under another key, and answers that were altered, are called so', async () => {
  for (const alter of ['other profile', 'altered token', 'altered confirmation'] as const) {
    const { party, pass, network } = createLanWorld(alter)
    const client = party('10.0.0.2', 5000)
    if (alter === 'other profile') {
      const { random } = createLanWorld('stranger')
      const answer = encodeMessage(profiles.bittrrt, { cmd: 'connected', pubkey: random(32) }, { primitives: node, random, now: 0 })
      network.inject({ datagram: answer, from: serverAt, to: { address: '10.0.0.2', port: 5000 } })
    } else party('10.0.0.1')
    network.alter = (passing) => {
      const isToken = passing.datagram[0] === 0x67
      if (passing.from.port !== 6711 || isToken === (alter === 'altered confirmation')) return passing
      const datagram = passing.datagram.slice()
      const at = isToken ? 60 : 20
      datagram[at] = isToken ? (datagram[at] === 65 ? 66 : 65) : (datagram[at] as number) ^ 1
      return { ...passing, datagram }
    }
    const connected = client.connect(serverAt)
    await pass(6000)
    expect([alter, connected.error?.code]).toEqual([alter, 'lan.wrong-key'])
    expect(client.seen).toEqual([])
  }
})

test('an answer that does not name our key is nobody’s: who has not seen the question cannot answer it', async () => {
  const { party, pass, network, random } = createLanWorld('blind')
  party('10.0.0.1')
  const client = party('10.0.0.2', 5000)
  const connected = client.connect(serverAt)
  for (const to of [undefined, random(32)]) {
    const datagram = encodeMessage(profiles.cairn, { cmd: 'connected', pubkey: random(32), to }, { primitives: node, random, now: 0 })
    network.inject({ datagram, from: serverAt, to: { address: '10.0.0.2', port: 5000 } })
  }
  await pass(50)
  expect(connected.session).toBeDefined()
})

test('a key of low order is answered by nobody and taken from nobody', async () => {
  const { party, pass, network, random } = createLanWorld('low order')
  const server = party('10.0.0.1')
  const context = { primitives: node, random, now: 0 }
  const low = encodeMessage(profiles.cairn, { cmd: 'connect', pubkey: new Uint8Array(32) }, context)
  network.inject({ datagram: low, from: { address: '10.0.0.9', port: 1 }, to: serverAt })
  await pass(10)
  expect(network.sent).toEqual([])
  expect(server.endpoint.counts()).toEqual({ sessions: 0, halfOpen: 0 })

  server.endpoint.close()
  const connected = party('10.0.0.2', 5000, 'bittrrt').connect(serverAt)
  const answer = encodeMessage(profiles.bittrrt, { cmd: 'connected', pubkey: new Uint8Array(32) }, context)
  network.inject({ datagram: answer, from: serverAt, to: { address: '10.0.0.2', port: 5000 } })
  await pass(6000)
  expect(connected.error?.code).toBe('lan.wrong-key')
})

test('a repeated connect gets the same answer, and the session stays', async () => {
  const { party, pass, network, random, clock } = createLanWorld('again')
  const server = party('10.0.0.1')
  const { effects } = startClient({ primitives: node, random, now: clock.now(), profile: profiles.cairn })
  const [connect] = effects.flatMap((effect) => (effect.type === 'send' ? [effect.datagram] : []))
  const from = { address: '10.0.0.7', port: 99 }
  for (let i = 0; i < 3; i++) network.inject({ datagram: connect as Uint8Array, from, to: serverAt })
  await pass(10)
  expect(network.sent).toHaveLength(3)
  expect(new Set(network.sent.map(({ datagram }) => Buffer.from(datagram).toString()))).toHaveProperty('size', 1)
  expect(server.endpoint.counts()).toEqual({ sessions: 0, halfOpen: 1 })
})

test('a session is used again, by the side that opened it and by the other', async () => {
  const { party, pass, network } = createLanWorld('reuse')
  const [server, client] = [party('10.0.0.1'), party('10.0.0.2', 5000)]
  const [first, second] = [client.connect(serverAt), client.connect(serverAt)]
  await pass(50)
  expect(second.session).toBe(first.session)
  const before = network.sent.length
  const [third, back] = [client.connect(serverAt), server.connect({ address: '10.0.0.2', port: 5000 })]
  await pass(50)
  expect(third.session).toBe(first.session)
  expect(back.session).toBe(only(server).session)
  expect(network.sent).toHaveLength(before)
})

test('both call each other at once', async () => {
  const { party, pass } = createLanWorld('both')
  const [a, b] = [party('10.0.0.1'), party('10.0.0.2')]
  const [there, here] = [a.connect({ address: '10.0.0.2', port: 6711 }), b.connect(serverAt)]
  await pass(300)
  there.session?.send(bytes('from a'))
  here.session?.send(bytes('from b'))
  await pass(50)
  expect(a.seen.flatMap(({ received }) => texts(received))).toEqual(['from b'])
  expect(b.seen.flatMap(({ received }) => texts(received))).toEqual(['from a'])
  expect([...a.seen, ...b.seen].flatMap(({ closed }) => closed)).toEqual([])
})

test('two hundred clients at once, each with a channel of its own', async () => {
  const { party, pass } = createLanWorld('crowd')
  const server = party('10.0.0.1')
  const clients = Array.from({ length: 200 }, (_, i) => party(`10.0.1.${i}`, 5000))
  const connected = clients.map((client) => client.connect(serverAt))
  await pass(1000)
  connected.forEach(({ session }, i) => session?.send(bytes(`I am ${i}`)))
  await pass(50)
  expect(server.endpoint.counts()).toEqual({ sessions: 200, halfOpen: 0 })
  for (const { session, received } of server.seen) {
    const name = session.remote.address.split('.').at(-1)
    expect(texts(received)).toEqual([`I am ${name}`])
    session.send(bytes(`You are ${name}`))
  }
  await pass(50)
  clients.forEach((client, i) => expect(texts(only(client).received)).toEqual([`You are ${i}`]))
  expect(new Set(server.seen.map(({ session }) => Buffer.from(session.channelHash).toString('hex'))).size).toBe(200)
})

test('a heartbeat keeps a session; without one it is over, on both sides', async () => {
  const { party, pass, network } = createLanWorld('heartbeat')
  const [server, client] = [party('10.0.0.1'), party('10.0.0.2', 5000)]
  client.connect(serverAt)
  await pass(50)
  await pass(300_000)
  expect([only(server).closed, only(client).closed]).toEqual([[], []])
  network.weather = { loss: 1 }
  await pass(44_000 - 13_000)
  expect([only(server).closed, only(client).closed]).toEqual([[], []])
  await pass(16_000)
  for (const side of [server, client]) {
    expect(only(side).closed).toMatchObject([{ code: 'lan.timeout' }])
    expect(side.endpoint.counts()).toEqual({ sessions: 0, halfOpen: 0 })
    expect(() => only(side).session.send(bytes('late'))).toThrow(expect.objectContaining({ code: 'lan.closed' }))
  }
  network.weather = {}
  const anew = client.connect(serverAt)
  await pass(50)
  expect(anew.session).toBeDefined()
})

test('whoever ends a session tells the other side, once', async () => {
  for (const by of ['client', 'server'] as const) {
    const { party, pass } = createLanWorld(`end ${by}`)
    const [server, client] = [party('10.0.0.1'), party('10.0.0.2', 5000)]
    client.connect(serverAt)
    await pass(50)
    if (by === 'client') only(client).session.close()
    else server.endpoint.close()
    await pass(50)
    only(client).session.close()
    for (const side of [server, client]) expect(only(side).closed).toMatchObject([{ code: 'lan.closed' }])
  }
})

test('an endpoint that was closed calls nobody, and ends what it had begun', async () => {
  const { party, pass } = createLanWorld('closed')
  const client = party('10.0.0.2', 5000)
  const begun = client.connect(serverAt)
  await pass(50)
  client.endpoint.close()
  const late = client.connect(serverAt)
  await pass(50)
  expect([begun.error, late.error]).toMatchObject([{ code: 'lan.closed' }, { code: 'lan.closed' }])
})

test('in profile bittrrt silence lasts ten minutes, and a client that never spoke is forgotten after one', async () => {
  const { party, pass } = createLanWorld('silent')
  const [server, client] = [party('10.0.0.1', 6711, 'bittrrt'), party('10.0.0.2', 5000, 'bittrrt')]
  const quiet = party('10.0.0.3', 5000, 'bittrrt')
  const connected = client.connect(serverAt)
  quiet.connect(serverAt)
  await pass(50)
  connected.session?.send(bytes('one word'))
  await pass(62_000)
  expect(server.endpoint.counts()).toEqual({ sessions: 1, halfOpen: 0 })
  expect(server.seen.map(({ closed }) => closed.length).toSorted((a, b) => a - b)).toEqual([0, 1])
  await pass(540_000)
  expect(server.endpoint.counts()).toEqual({ sessions: 0, halfOpen: 0 })
})

/** The endpoint on real UDP sockets, on loopback. */
import { networkInterfaces } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { createRandom } from '#main/node/random.ts'
import { systemClock } from '#main/node/clock.ts'
import type { LanSession } from '#main/transport/lan/datagram.ts'
import { createLanEndpoint, type LanEndpoint } from '#main/transport/lan/endpoint.ts'
import { defaultLimits } from '#main/transport/lan/limits.ts'
import { profiles } from '#main/transport/lan/profiles.ts'
import { openUdpSocket } from '#main/transport/lan/udpSocket.ts'
import { eventually } from '#test/support/eventually.ts'
import { node } from '#test/support/providers.ts'

const opened: LanEndpoint[] = []
afterEach(() => opened.splice(0).forEach((one) => one.close()))

async function endpoint(address: string, onPayload: (session: LanSession, payload: Uint8Array) => void = () => {}) {
  const socket = await openUdpSocket({ address, port: 0 })
  const closed: string[] = []
  const one = createLanEndpoint({
    ...{ socket, clock: systemClock, random: createRandom(), primitives: node, accepts: true },
    ...{ profile: profiles.cairn, limits: defaultLimits.cairn },
    onSession: (session) => ({ onDatagram: (payload) => onPayload(session, payload), onClose: ({ code }) => closed.push(code) }),
  })
  opened.push(one)
  return { endpoint: one, port: socket.local.port, closed }
}

/** `::` is also reached by IPv4, and shows such a client at its IPv4 address. */
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'))
const pairs = [
  ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ...(hasIpv6
    ? [
        ['::', '::1', '::'],
        ['::', '127.0.0.1', '::'],
        ['::', '127.0.0.1', '127.0.0.1'],
      ]
    : []),
]

test.each(pairs)(
  'listening at %s, reached as %s from %s: largest datagrams both ways, and the end is told',
  async (listen = '', reach = '', from = '') => {
    const echoed: Uint8Array[] = []
    const remotes: string[] = []
    const server = await endpoint(listen, (session, payload) => {
      remotes.push(session.remote.address)
      session.send(payload.toReversed())
    })
    const client = await endpoint(from, (_session, payload) => echoed.push(payload))
    const session = await client.endpoint.connect({ address: reach, port: server.port })
    const payload = createRandom()(session.maxPayload)
    session.send(payload)
    await eventually(
      'the echo',
      () => echoed.length,
      (count) => count === 1,
    )
    expect(echoed[0]).toEqual(payload.toReversed())
    expect(remotes).toEqual([reach])
    client.endpoint.close() // the last datagram leaves before the socket is closed
    await eventually(
      'the end',
      () => server.closed,
      (codes) => codes.length > 0,
    )
    expect(server.closed).toEqual(['lan.closed'])
  },
)

test('thirty clients at once, each with a socket of its own', async () => {
  const server = await endpoint('127.0.0.1', (session, payload) => session.send(payload))
  const echoes: string[] = []
  const clients = await Promise.all(
    Array.from({ length: 30 }, () => endpoint('127.0.0.1', (_session, payload) => echoes.push(Buffer.from(payload).toString()))),
  )
  const sessions = await Promise.all(clients.map((client) => client.endpoint.connect({ address: '127.0.0.1', port: server.port })))
  expect(server.endpoint.counts()).toEqual({ sessions: 30, halfOpen: 0 })
  sessions.forEach((session, i) => session.send(Buffer.from(`client ${i}`)))
  await eventually(
    'all echoes',
    () => echoes.length,
    (count) => count === 30,
  )
  expect(new Set(echoes).size).toBe(30)
})

test('a port that is taken, and an address that is not this computer’s', async () => {
  const { port } = await endpoint('127.0.0.1')
  await expect(openUdpSocket({ address: '127.0.0.1', port })).rejects.toMatchObject({ code: 'lan.port-in-use' })
  await expect(openUdpSocket({ address: '203.0.113.1', port: 0 })).rejects.toMatchObject({ code: 'lan.address-invalid' })
})

test('what cannot be sent is lost without an error, and nothing is sent after the end', async () => {
  const socket = await openUdpSocket({ address: '127.0.0.1', port: 0 })
  socket.send(new Uint8Array(10), { address: '203.0.113.1', port: 9 })
  socket.send(new Uint8Array(70_000), { address: '127.0.0.1', port: 9 })
  await new Promise((resolve) => setImmediate(resolve))
  socket.close()
  socket.close()
  socket.send(new Uint8Array(10), { address: '127.0.0.1', port: 9 })
})

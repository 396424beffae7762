/** Services of relays over real sockets: answers, what must not be read, and what a proxy can see. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { ServiceRequest, ServiceSocketEvents, Transport } from '#main/ports.ts'
import { createTransport } from '#main/transport/transport.ts'
import { systemClock } from '#relay/ports.ts'
import { eventually } from '#test/support/eventually.ts'
import { spawnRelay, spawnSocks } from '#test/support/processes.ts'
import { random, silentLogger } from '#test/support/relayFixtures.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const make = (): Transport => createTransport({ clock: systemClock, random, logger: silentLogger })
const get = (target: string, more: Partial<ServiceRequest> = {}): ServiceRequest => ({
  ...{ method: 'GET', target, headers: {}, body: null },
  ...more,
})

async function serve(answer: RequestListener) {
  const sockets = new Set<Socket>()
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.on('connection', (socket) => void sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { server, sockets, requests, port, address: `ws://127.0.0.1:${port}` }
}

describe('a request', () => {
  it('carries method, target, headers and body, and brings the answer whatever its status', async () => {
    const { address, requests, port } = await serve((request, response) => {
      response.writeHead(418, { 'X-Mixed': 'Case' })
      request.pipe(response)
    })
    const { services } = make()
    const body = new Uint8Array([0, 255, 10])
    const answer = await services.request(address, get('/a?b=%20', { method: 'PUT', headers: { 'x-one': '1' }, body }))
    expect(answer).toMatchObject({ status: 418, headers: { 'x-mixed': 'Case' }, body })
    expect(requests[0]).toMatchObject({ method: 'PUT', url: '/a?b=%20' })
    expect(requests[0]?.headers).toMatchObject({ 'x-one': '1', 'content-length': '3', host: services.hostOf(address) })
    expect(services.hostOf(address)).toBe(`127.0.0.1:${port}`)
  })

  it('reads no more than was wanted: just as much is fine, a byte more is refused', async () => {
    const { address } = await serve((request, response) => response.end(Buffer.alloc(Number(request.url?.slice(1)))))
    const { services } = make()
    expect((await services.request(address, get('/65536'))).body).toHaveLength(65536)
    await expect(services.request(address, get('/65537'))).rejects.toMatchObject({ code: 'relay.refused' })
    expect((await services.request(address, get('/1000', { limit: 1000 }))).body).toHaveLength(1000)
    await expect(services.request(address, get('/1001', { limit: 1000 }))).rejects.toMatchObject({ code: 'relay.refused' })
  })

  it('uses a connection again, and another where the other end has closed it meanwhile', async () => {
    let isClosing = false
    const served = await serve((request, response) => {
      if (isClosing) {
        isClosing = false
        request.socket.resetAndDestroy() // as an idle connection that ends while the request is on its way
      } else response.end('here')
    })
    const { services } = make()
    await services.request(served.address, get('/1'))
    await services.request(served.address, get('/2'))
    expect(served.sockets.size).toBe(1)
    isClosing = true
    const { status } = await services.request(served.address, get('/3'))
    expect(status).toBe(200)
    expect(served.requests.map(({ url }) => url)).toEqual(['/1', '/2', '/3', '/3'])
    expect(served.sockets.size).toBe(2)
  })

  it('that a new connection breaks off is not made twice', async () => {
    const served = await serve((request) => request.socket.destroy())
    await expect(make().services.request(served.address, get('/'))).rejects.toMatchObject({ code: 'relay.unreachable' })
    expect(served.requests).toHaveLength(1)
  })

  it('is not made where nobody listens, or who listens has another key than the pin', async () => {
    const relay = await spawnRelay(['--tls-self-signed'])
    cleanUps.push(() => relay.dispose())
    const { services } = make()
    const [host = '', pin = ''] = relay.address.split('#')
    expect((await services.request(relay.address, get('/users/0000000'))).status).toBe(404)
    const other = `${host}#${pin.startsWith('A') ? 'B' : 'A'}${pin.slice(1)}`
    await expect(services.request(other, get('/users/0000000'))).rejects.toMatchObject({ code: 'relay.certificate-changed' })
    await expect(services.request(host, get('/users/0000000'))).rejects.toMatchObject({ code: 'relay.certificate-untrusted' })
    await relay.stop()
    await expect(make().services.request(relay.address, get('/users/0000000'))).rejects.toMatchObject({ code: 'relay.unreachable' })
  })
})

describe('a connection', () => {
  const record = () => {
    const seen: unknown[] = []
    const text = (data: Uint8Array): string => Buffer.from(data).toString()
    const events: ServiceSocketEvents = {
      onOpen: () => void seen.push('open'),
      onText: (said) => void seen.push(said),
      onPing: (data) => void seen.push(`ping ${text(data)}`),
      onPong: (data) => void seen.push(`pong ${text(data)}`),
      onClose: (error, code) => void seen.push([error.code, code]),
    }
    const until = (count: number) =>
      eventually(
        `${count} events`,
        () => seen.length,
        (length) => length >= count,
      )
    return { seen, events, until }
  }

  it('tells what comes in its order, and answers a ping only when it is told to', async () => {
    const { server, address } = await serve((_, response) => response.writeHead(404).end())
    const webSockets = new WebSocketServer({ server, path: '/ws' })
    const pongs: string[] = []
    webSockets.on('connection', (socket) => {
      socket.on('pong', (data) => pongs.push(data.toString()))
      socket.on('message', (said: Buffer) => {
        socket.send(`you said ${said.toString()}`)
        socket.ping('mark')
        socket.send('behind')
      })
    })
    const { seen, events, until } = record()
    const socket = make().services.connect(address, '/ws', events)
    await until(1)
    socket.send('hello')
    await until(4)
    expect(seen).toEqual(['open', 'you said hello', 'ping mark', 'behind'])
    socket.ping(new Uint8Array([65]))
    await until(5)
    expect(seen[4]).toBe('pong A')
    expect(pongs).toEqual([]) // the answer to our ping came behind whatever we had sent
    socket.pong(new TextEncoder().encode('mark'))
    await eventually(
      'the pong',
      () => pongs,
      ({ length }) => length === 1,
    )
    for (const client of webSockets.clients) client.close(4001)
    await until(6)
    expect(seen[5]).toEqual(['relay.unreachable', 4001])
  })

  it.each([
    [404, 'account.no-service'],
    [503, 'relay.busy'],
    [403, 'relay.refused'],
  ])('that is answered with %i ends as %s', async (status, code) => {
    const { server, address } = await serve(() => undefined)
    server.on('upgrade', (_, socket) => void socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`))
    const { seen, events, until } = record()
    make().services.connect(address, '/ws', events)
    await until(1)
    expect(seen).toEqual([[code, 1006]])
  })

  it('says nothing any more once it is closed', async () => {
    const { server, address } = await serve(() => undefined)
    const webSockets = new WebSocketServer({ server })
    webSockets.on('connection', (socket) => socket.on('close', () => socket.terminate()))
    const { seen, events, until } = record()
    const socket = make().services.connect(address, '/ws', events)
    await until(1)
    socket.close()
    await eventually(
      'it is gone',
      () => webSockets.clients.size,
      (count) => count === 0,
    )
    expect(seen).toEqual(['open'])
  })
})

it('a proxy is shown services and rendezvous of the same relay as two users', async () => {
  const [relay, socks] = [await spawnRelay(), await spawnSocks()]
  cleanUps.push(
    () => relay.dispose(),
    () => socks.dispose(),
  )
  const transport = make()
  transport.useProxy({ host: '127.0.0.1', port: socks.port, credentials: null })
  await transport.check(relay.address)
  expect((await transport.services.request(relay.address, get('/users/0000000'))).status).toBe(404)
  const asked = await eventually(
    'both',
    () => socks.asked(),
    ({ length }) => length === 2,
  )
  const users = asked.map(({ username }) => username)
  expect(users).not.toContain(null)
  expect(new Set(users).size).toBe(2)
})

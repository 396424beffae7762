/**
 * What stands between people and a relay in a network that does not like it: a reverse proxy that lets HTTP through and does to
 * WebSocket, and to answers of long polling, what the test says.
 */
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface BlockingProxy {
  readonly address: string
  readonly port: number
  /** What an upgrade meets from now on. */
  upgrades: 'pass' | 'refuse' | 'swallow' | 'reset'
  upgradesAsked(): number
  /** True: the relay has done what was asked, but its answer is lost on the way. */
  losesAnswer: (path: string) => boolean
  /** Each request that went through, by path. */
  readonly paths: string[]
  close(): Promise<void>
}

export const startBlockingProxy = async (relayPort: number): Promise<BlockingProxy> => {
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? ''
    proxy.paths.push(path)
    const headers = { ...request.headers, 'x-forwarded-for': '192.0.2.7' }
    const onward = httpRequest({ host: '127.0.0.1', port: relayPort, method: request.method, path, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        if (proxy.losesAnswer(path)) response.destroy()
        else response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks))
      })
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  }
  const server = createServer(pass)
  const upgraded = new Set<Duplex>()
  let upgradesAsked = 0
  server.on('upgrade', (request, socket, head) => {
    upgradesAsked += 1
    upgraded.add(socket)
    socket.on('error', () => socket.destroy())
    if (proxy.upgrades === 'reset') socket.destroy()
    if (proxy.upgrades === 'refuse') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
    if (proxy.upgrades !== 'pass') return
    const lines = Array.from(
      { length: request.rawHeaders.length / 2 },
      (_, i) => `${request.rawHeaders[2 * i]}: ${request.rawHeaders[2 * i + 1]}`,
    )
    const onward = connect({ host: '127.0.0.1', port: relayPort }, () => {
      onward.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    onward.on('close', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: BlockingProxy = {
    address: `ws://127.0.0.1:${port}`,
    port,
    upgrades: 'pass',
    upgradesAsked: () => upgradesAsked,
    losesAnswer: () => false,
    paths: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of upgraded) socket.destroy()
      }),
  }
  return proxy
}

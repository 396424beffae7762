/**
 * A small SOCKS5 proxy (RFC 1928, RFC 1929) as a process of its own:
 *
 *     node test/support/socksServer.ts [--password WORD] [--mode MODE]
 *
 * It prints `socks server listening on 127.0.0.1:PORT` and one JSON line for each connection it is asked for: `{host, port, kind, username}`.
 * Names are not looked up anywhere: every one of them is this computer.
 */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { parseArgs } from 'node:util'

const modes = [
  'honest',
  'silent', // accepts, says nothing
  'hangs', // greets, and never connects
  'slow', // takes a second for each step
  'refuses', // says that it is not allowed
  'unreachable', // says that the host is unreachable
  'garbage', // speaks something else
] as const

const { values } = parseArgs({
  options: { mode: { type: 'string', default: 'honest' }, password: { type: 'string' }, port: { type: 'string', default: '0' } },
})
const mode = modes.find((name) => name === values.mode)
if (mode === undefined) throw new Error(`no such mode: ${values.mode}; one of ${modes.join(' ')}`)

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, mode === 'slow' ? 1000 : 0))

/** Reads exactly so many bytes. */
const readerOf = (socket: Socket) => {
  let waiting = Buffer.alloc(0)
  let wake = (): void => undefined
  const onData = (chunk: Buffer): void => {
    waiting = Buffer.concat([waiting, chunk])
    wake()
  }
  socket.on('data', onData)
  return {
    async bytes(count: number): Promise<Buffer> {
      while (waiting.length < count) await new Promise<void>((resolve) => (wake = resolve))
      const taken = waiting.subarray(0, count)
      waiting = waiting.subarray(count)
      return taken
    },
    stop(): Buffer {
      socket.off('data', onData)
      return waiting
    },
  }
}

type Reader = ReturnType<typeof readerOf>

const greet = async (socket: Socket, reader: Reader): Promise<string | null> => {
  const [version, count = 0] = await reader.bytes(2)
  if (version !== 5) throw new Error('not SOCKS5')
  const methods = await reader.bytes(count)
  await pause()
  if (!methods.includes(2)) {
    socket.write(Buffer.from([5, values.password === undefined && methods.includes(0) ? 0 : 0xff]))
    return null
  }
  socket.write(Buffer.from([5, 2]))
  const [, nameBytes = 0] = await reader.bytes(2)
  const username = (await reader.bytes(nameBytes)).toString()
  const [passwordBytes = 0] = await reader.bytes(1)
  const password = (await reader.bytes(passwordBytes)).toString()
  socket.write(Buffer.from([1, values.password === undefined || values.password === password ? 0 : 1]))
  return username
}

const readTarget = async (reader: Reader): Promise<{ kind: 'name' | 'ip'; host: string; port: number }> => {
  const [, , , kind] = await reader.bytes(4)
  const host = async (): Promise<string> => {
    if (kind === 3) return (await reader.bytes((await reader.bytes(1))[0] ?? 0)).toString()
    if (kind === 1) return [...(await reader.bytes(4))].join('.')
    return (await reader.bytes(16)).toString('hex')
  }
  const text = await host()
  return { kind: kind === 3 ? 'name' : 'ip', host: text, port: (await reader.bytes(2)).readUInt16BE() }
}

const answer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])

const serve = async (socket: Socket): Promise<void> => {
  if (mode === 'garbage') return void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  if (mode === 'silent') return
  const reader = readerOf(socket)
  const username = await greet(socket, reader)
  const target = await readTarget(reader)
  console.log(JSON.stringify({ ...target, username }))
  await pause()
  if (mode === 'hangs') return
  if (mode === 'refuses') return void socket.end(answer(2))
  if (mode === 'unreachable') return void socket.end(answer(4))
  const onward = connect({ host: '127.0.0.1', port: target.port })
  onward.on('error', () => socket.end(answer(5)))
  socket.on('close', () => onward.destroy())
  onward.on('connect', () => {
    socket.write(answer(0))
    onward.write(reader.stop())
    socket.pipe(onward).pipe(socket)
  })
}

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy())
  serve(socket).catch(() => socket.destroy())
})
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`socks server listening on 127.0.0.1:${(server.address() as AddressInfo).port}`)
})

/**
 * A relay that lies, as a process of its own:
 *
 *     node test/support/hostileRelay.ts --mode MODE
 *
 * `POST /mode/MODE` switches at run time, `POST /drop` ends every connection as a restart would. It prints `hostile relay listening on ws://127.0.0.1:PORT`. In mode `honest` it keeps what it
 * is given; modes change one thing each.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { WebSocket, WebSocketServer } from 'ws'
import {
  decodeClientFrame,
  encodeAcked,
  encodeBlob,
  encodeError,
  encodePublished,
  encodeStatuses,
  subprotocol,
} from '#shared/wire/frames.ts'
import type { ClientFrame, RvState } from '#shared/wire/frames.ts'

export const hostileModes = [
  'honest',
  'noise', // random blobs for watched RVs
  'unwatched', // random blobs for RVs nobody asked for, without end
  'flood', // the same watched RV, over and over
  'swap', // blobs of one RV are served as another's
  'conflict', // every publish conflicts
  'consumed', // every number is said to be used up
  'forget', // says stored, keeps nothing
  'garbage', // frames that parse as nothing
  'oversize', // a message longer than any frame
  'truncated', // answers cut in the middle
  'text', // text messages
  'unknown-answers', // answers to questions nobody asked
  'wrong-counts', // too few or too many statuses
  'wrong-size', // blobs of a size that is none of the three
  'errors', // refuses everything
  'duplicate', // delivers three times
  'reorder', // delivers late, the last first
  'delay', // answers after a random while
  'closes', // ends connections at random
  'closes-at-once', // accepts and hangs up
  'silent', // accepts and never answers
] as const

export type HostileMode = (typeof hostileModes)[number]

interface Stored {
  deleteHash: Buffer
  blob: Buffer
}

const stored = new Map<string, Stored>()
const consumed = new Set<string>()
const watchers = new Map<WebSocket, Set<string>>()
let mode: HostileMode = 'honest'

const setMode = (text: string): boolean => {
  const known = hostileModes.find((name) => name === text)
  if (known !== undefined) mode = known
  return known !== undefined
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const hexAt = (bytes: Uint8Array, i: number, size = 32): string => Buffer.from(bytes.subarray(i * size, i * size + 32)).toString('hex')
const statusOf = (rv: string): RvState => (mode === 'consumed' || consumed.has(rv) ? 'consumed' : stored.has(rv) ? 'stored' : 'empty')

/** Out it goes, as the mode has it. */
const send = (socket: WebSocket, frame: Uint8Array): void => {
  if (socket.readyState !== WebSocket.OPEN) return
  if (mode === 'truncated') return socket.send(frame.subarray(0, randomInt(frame.length)))
  if (mode === 'garbage') return socket.send(randomBytes(randomInt(1, 200)))
  if (mode === 'oversize') return socket.send(Buffer.alloc(200_000))
  if (mode === 'text') return socket.send('hello')
  if (mode === 'closes' && randomInt(3) === 0) return socket.terminate()
  if (mode === 'delay') return void setTimeout(() => socket.readyState === WebSocket.OPEN && socket.send(frame), randomInt(200))
  if (mode === 'duplicate' && frame[0] === 0x86) for (let i = 0; i < 2; i++) socket.send(frame)
  socket.send(frame)
}

const wrongSize = (rv: Uint8Array): Uint8Array => Buffer.concat([Buffer.from([0x86, 0, 0, 0, 0]), rv, randomBytes(5000)])

const serve = (socket: WebSocket, rv: string, blob: Buffer): void => {
  const bytes = Buffer.from(rv, 'hex')
  if (mode === 'noise') return send(socket, encodeBlob(bytes, randomBytes(4096)))
  if (mode === 'wrong-size') return send(socket, wrongSize(bytes))
  if (mode === 'swap') {
    const other = [...(watchers.get(socket) ?? [])].find((watched) => watched !== rv)
    return send(socket, encodeBlob(Buffer.from(other ?? rv, 'hex'), blob))
  }
  send(socket, encodeBlob(bytes, blob))
}

const late: (() => void)[] = []
const deliver = (socket: WebSocket, rv: string, blob: Buffer): void => {
  if (mode !== 'reorder') return serve(socket, rv, blob)
  late.push(() => serve(socket, rv, blob))
  setTimeout(() => late.pop()?.(), 50)
}

const onPublish = (socket: WebSocket, frame: ClientFrame & { type: 'publish' }): void => {
  const { requestId } = frame
  if (mode === 'conflict') return send(socket, encodePublished(requestId, 'conflict'))
  if (mode === 'forget') return send(socket, encodePublished(requestId, 'stored'))
  const rv = hashOf(frame.write)
  const blob = Buffer.from(frame.blob)
  const there = stored.get(rv)
  if (there !== undefined || consumed.has(rv))
    return send(socket, encodePublished(requestId, there?.blob.equals(blob) ? 'same' : 'conflict'))
  stored.set(rv, { deleteHash: Buffer.from(frame.deleteHash), blob })
  send(socket, encodePublished(requestId, 'stored'))
  for (const [watcher, rvs] of watchers) if (rvs.has(rv)) deliver(watcher, rv, blob)
}

const onSubscribe = (socket: WebSocket, frame: ClientFrame & { type: 'subscribe' | 'unsubscribe' | 'status' }): void => {
  const rvs = Array.from({ length: frame.count }, (_, i) => hexAt(frame.rvs, i))
  const own = watchers.get(socket) ?? new Set()
  if (frame.type === 'unsubscribe') return rvs.forEach((rv) => own.delete(rv))
  const statuses = rvs.map(statusOf)
  if (mode === 'wrong-counts') statuses.push('empty')
  send(socket, encodeStatuses(frame.type === 'subscribe' ? 'subscribed' : 'statuses', frame.requestId, statuses))
  if (frame.type === 'status') return
  for (const rv of rvs) {
    own.add(rv)
    const there = stored.get(rv)
    if (there !== undefined) deliver(socket, rv, there.blob)
    else if (mode === 'noise') send(socket, encodeBlob(Buffer.from(rv, 'hex'), randomBytes(4096)))
    else if (mode === 'wrong-size') send(socket, wrongSize(Buffer.from(rv, 'hex')))
  }
  const [first] = rvs
  if (mode === 'flood' && first !== undefined)
    for (let i = 0; i < 20_000; i++) send(socket, encodeBlob(Buffer.from(first, 'hex'), randomBytes(4096)))
  if (mode === 'unwatched') for (let i = 0; i < 20_000; i++) send(socket, encodeBlob(randomBytes(32), randomBytes(4096)))
}

const onAck = (socket: WebSocket, frame: ClientFrame & { type: 'ack' }): void => {
  const results = Array.from({ length: frame.count }, (_, i) => {
    const rv = hexAt(frame.items, i, 64)
    const there = stored.get(rv)
    if (there === undefined) return 'absent'
    if (hashOf(frame.items.subarray(i * 64 + 32, i * 64 + 64)) !== there.deleteHash.toString('hex')) return 'refused'
    stored.delete(rv)
    consumed.add(rv)
    return 'dropped'
  })
  send(socket, encodeAcked(frame.requestId, results))
}

const onFrame = (socket: WebSocket, bytes: Buffer): void => {
  const frame = decodeClientFrame(bytes)
  if (mode === 'silent') return
  if (mode === 'errors') return send(socket, encodeError(frame.requestId, 'busy'))
  if (mode === 'unknown-answers') send(socket, encodePublished(randomInt(1_000_000, 2_000_000), 'stored'))
  if (frame.type === 'publish') onPublish(socket, frame)
  else if (frame.type === 'ack') onAck(socket, frame)
  else onSubscribe(socket, frame)
}

const { values } = parseArgs({ options: { mode: { type: 'string', default: 'honest' }, port: { type: 'string', default: '0' } } })
if (!setMode(values.mode)) throw new Error(`no such mode: ${values.mode}; one of ${hostileModes.join(' ')}`)

const server = createServer((request, response) => {
  const match = /^\/mode\/([a-z-]+)$/.exec(request.url ?? '')
  const isDrop = request.method === 'POST' && request.url === '/drop'
  if (isDrop) for (const socket of watchers.keys()) socket.terminate()
  const isKnown = isDrop || (request.method === 'POST' && match?.[1] !== undefined && setMode(match[1]))
  response.writeHead(isKnown ? 204 : 404).end()
})
const webSockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => subprotocol })
webSockets.on('connection', (socket) => {
  if (mode === 'closes-at-once') return socket.terminate()
  watchers.set(socket, new Set())
  socket.on('message', (data: Buffer) => onFrame(socket, data))
  socket.on('error', () => socket.terminate())
  socket.on('close', () => watchers.delete(socket))
})
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`hostile relay listening on ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

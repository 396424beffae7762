/** A WebSocket to a relay that says exactly what a test wants said, right or wrong. */
import { WebSocket } from 'ws'
import { decodeServerFrame, encodeAck, encodePublish, encodeRvs, subprotocol } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { Rendezvous } from './relayFixtures.ts'

export interface RawRelayClient {
  readonly socket: WebSocket
  /** Everything that came, in order. */
  readonly frames: ServerFrame[]
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  send(bytes: Uint8Array): void
  /** Sends `encode(id)` and waits for the frame with that id. */
  ask(encode: (requestId: number) => Uint8Array): Promise<ServerFrame>
  publish(point: Rendezvous, blob: Uint8Array): Promise<string>
  subscribe(...rvs: Uint8Array[]): Promise<ServerFrame>
  status(...rvs: Uint8Array[]): Promise<ServerFrame>
  ack(...items: [rv: Uint8Array, deleteKey: Uint8Array][]): Promise<ServerFrame>
  /** Blobs that came so far for this RV. */
  blobsFor(rv: Uint8Array): Uint8Array[]
  close(): void
}

const answerMs = 20_000

export const connectRaw = async (address: string, options: { headers?: Record<string, string> } = {}): Promise<RawRelayClient> => {
  const socket = new WebSocket(address, subprotocol, { perMessageDeflate: false, ...options })
  const frames: ServerFrame[] = []
  let nextId = 1
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const waiting = new Map<number, (frame: ServerFrame) => void>()
  socket.on('message', (data: Buffer) => {
    const frame = decodeServerFrame(data)
    frames.push(frame)
    if ('requestId' in frame) waiting.get(frame.requestId)?.(frame)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined) // `closed` tells

  const send = (bytes: Uint8Array): void => socket.send(bytes)
  const ask = (encode: (requestId: number) => Uint8Array): Promise<ServerFrame> =>
    new Promise((resolve, reject) => {
      const id = nextId++
      const timer = setTimeout(() => reject(new Error(`request ${id} was not answered within ${answerMs} ms`)), answerMs)
      waiting.set(id, (frame) => {
        clearTimeout(timer)
        resolve(frame)
      })
      send(encode(id))
    })
  return {
    socket,
    frames,
    closed,
    send,
    ask,
    publish: async (point, blob) => {
      const answer = await ask((id) => encodePublish(id, point.write, point.deleteHash, blob))
      return answer.type === 'published' ? answer.result : answer.type === 'error' ? answer.code : answer.type
    },
    subscribe: (...rvs) => ask((id) => encodeRvs('subscribe', id, Buffer.concat(rvs))),
    status: (...rvs) => ask((id) => encodeRvs('status', id, Buffer.concat(rvs))),
    ack: (...items) => ask((id) => encodeAck(id, Buffer.concat(items.flat()))),
    blobsFor: (rv) => frames.flatMap((frame) => (frame.type === 'blob' && Buffer.compare(frame.rv, rv) === 0 ? [frame.blob] : [])),
    close: () => socket.close(),
  }
}

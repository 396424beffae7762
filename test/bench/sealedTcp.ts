/** Messages over a plain TCP connection on loopback, each sealed as the LAN link seals a datagram: what its figures are held against. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Primitives } from '#main/protocol/primitives.ts'

export interface MessagePipe {
  send(message: Uint8Array): void
  /** Bytes that were sent and not taken over by the other side, or by its system. */
  buffered(): number
}

export interface MessagePair {
  ends: [MessagePipe, MessagePipe]
  /** What the ends are told; to be set. */
  onMessage: [(message: Uint8Array) => void, (message: Uint8Array) => void]
  onDrain: [() => void, () => void]
  close(): void
}

const nothing = new Uint8Array()

function createPipe(
  socket: Socket,
  { chacha20poly1305: aead }: Primitives,
  key: Uint8Array,
  onMessage: (message: Uint8Array) => void,
): MessagePipe {
  let rest: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('data', (data: Buffer) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE()
      onMessage(aead.open(key, rest.subarray(4, 16), rest.subarray(16, end), nothing))
      rest = rest.subarray(end)
    }
  })
  return {
    send(message) {
      const nonce = randomBytes(12)
      const sealed = aead.seal(key, nonce, message, nothing)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(nonce.length + sealed.length)
      socket.write(Buffer.concat([length, nonce, sealed]))
    },
    buffered: () => socket.writableLength,
  }
}

export async function connectSealedTcp(primitives: Primitives): Promise<MessagePair> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  const key = randomBytes(32)
  const pair: MessagePair = {
    ends: undefined as never,
    onMessage: [() => undefined, () => undefined],
    onDrain: [() => undefined, () => undefined],
    close() {
      near.destroy()
      far.destroy()
      server.close()
    },
  }
  const pipe = (socket: Socket, which: 0 | 1) => {
    socket.on('drain', () => pair.onDrain[which]())
    return createPipe(socket, primitives, key, (message) => pair.onMessage[which](message))
  }
  pair.ends = [pipe(near, 0), pipe(far, 1)]
  return pair
}

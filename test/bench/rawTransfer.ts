/** A file from one end of a connection to the other by nothing but the machine's own means: read, sealed, sent, opened, written. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

const chunkBytes = 64 * 1024
const overhead = 12 + 16
const algorithm = 'chacha20-poly1305'
const options = { authTagLength: 16 } as const

function seal(key: Buffer, chunk: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv(algorithm, key, nonce, options)
  const sealed = cipher.update(chunk)
  cipher.final()
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()])
}

function openSealed(key: Buffer, blob: Buffer): Buffer {
  const decipher = createDecipheriv(algorithm, key, blob.subarray(0, 12), options)
  decipher.setAuthTag(blob.subarray(-16))
  const chunk = decipher.update(blob.subarray(12, -16))
  decipher.final()
  return chunk
}

/** Bytes a second from the first read to the last byte on the disk, with both ends in this process. @param source its length is `size` */
export async function rawTransfer(source: string, folder: string, size: number): Promise<number> {
  const key = randomBytes(32)
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { port: number }
  const sender = connect(address.port, '127.0.0.1')
  const [receiver] = (await once(server, 'connection')) as [Socket]
  const start = performance.now()
  await Promise.all([send(sender, key, source, size), receive(receiver, key, join(folder, 'raw'), size)])
  const seconds = (performance.now() - start) / 1000
  sender.destroy()
  receiver.destroy()
  server.close()
  return size / seconds
}

async function send(socket: Socket, key: Buffer, source: string, size: number): Promise<void> {
  await using file = await open(source)
  for (let at = 0; at < size; at += chunkBytes) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - at))
    await file.read(chunk, 0, chunk.length, at)
    if (!socket.write(seal(key, chunk))) await once(socket, 'drain')
  }
}

async function receive(socket: Socket, key: Buffer, target: string, size: number): Promise<void> {
  await using file = await open(target, 'w')
  let rest = Buffer.alloc(0)
  let done = 0
  for await (const data of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, data])
    for (let length = next(size, done); rest.length >= length && done < size; length = next(size, done)) {
      const chunk = openSealed(key, rest.subarray(0, length))
      await file.write(chunk, 0, chunk.length, done)
      done += chunk.length
      rest = rest.subarray(length)
    }
    if (done === size) break
  }
  await file.datasync()
}

const next = (size: number, done: number): number => Math.min(chunkBytes, size - done) + overhead

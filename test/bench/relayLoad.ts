/** What a relay is loaded with: publishers, receivers, watchers, and the raw SQLite that they are measured by. */
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { WebSocket } from 'ws'
import { decodeServerFrame, encodeAck, encodePublish, encodeRvs, subprotocol } from '#shared/wire/frames.ts'
import type { ServerFrame } from '#shared/wire/frames.ts'
import type { RelayProcess } from '../support/processes.ts'

const blobBytes = 4096

interface Client {
  send(frame: Uint8Array): void
  onFrame: (frame: ServerFrame) => void
  close(): void
}

const connect = async (address: string): Promise<Client> => {
  const socket = new WebSocket(address, subprotocol, { perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const client: Client = { send: (frame) => socket.send(frame), onFrame: () => undefined, close: () => socket.close() }
  socket.on('message', (data: Buffer) => client.onFrame(decodeServerFrame(data)))
  return client
}

interface Point {
  write: Buffer
  rv: Buffer
  deleteKey: Buffer
  deleteHash: Buffer
}

const newPoints = (count: number): Point[] =>
  Array.from({ length: count }, () => {
    const [write, deleteKey] = [randomBytes(32), randomBytes(32)]
    return { write, rv: hash('sha256', write, 'buffer'), deleteKey, deleteHash: hash('sha256', deleteKey, 'buffer') }
  })

const subscribeAll = async (client: Client, points: Point[]): Promise<void> => {
  for (let i = 0; i < points.length; i += 1024) {
    await new Promise<void>((resolve) => {
      client.onFrame = () => resolve()
      client.send(encodeRvs('subscribe', i + 1, Buffer.concat(points.slice(i, i + 1024).map(({ rv }) => rv))))
    })
  }
}

/** Messages a second from publish to acknowledged by the publisher, delivered, and acknowledged by the receiver. */
export const online = async (address: string, options: { pairs: number; inFlight: number; messages: number }): Promise<number> => {
  const blob = randomBytes(blobBytes)
  const each = Math.floor(options.messages / options.pairs)
  const window = Math.max(1, Math.floor(options.inFlight / options.pairs))
  const pairs = await Promise.all(
    Array.from({ length: options.pairs }, async () => {
      const [writer, reader, points] = [await connect(address), await connect(address), newPoints(each)]
      await subscribeAll(reader, points)
      return { writer, reader, points }
    }),
  )
  const runPair = ({ writer, reader, points }: (typeof pairs)[number]): Promise<void> =>
    new Promise((resolve, reject) => {
      const deleteKeys = new Map(points.map(({ rv, deleteKey }) => [rv.toString('latin1'), deleteKey]))
      let [next, published, delivered, acked] = [0, 0, 0, 0]
      let waiting: Uint8Array[] = []
      let ackId = 1
      const fill = (): void => {
        while (next < points.length && next - Math.min(published, delivered) < window) {
          const point = points[next]
          next += 1
          if (point !== undefined) writer.send(encodePublish(next, point.write, point.deleteHash, blob))
        }
      }
      const flushAcks = (): void => {
        reader.send(encodeAck(ackId++, Buffer.concat(waiting)))
        waiting = []
      }
      writer.onFrame = (frame) => {
        if (frame.type !== 'published' || frame.result !== 'stored') return reject(new Error(`publish: ${JSON.stringify(frame)}`))
        published += 1
        fill()
      }
      reader.onFrame = (frame) => {
        if (frame.type === 'acked') {
          acked += frame.results.length
          if (acked === points.length) resolve()
        }
        if (frame.type !== 'blob') return
        delivered += 1
        if (waiting.length === 0) setImmediate(flushAcks)
        waiting.push(frame.rv, deleteKeys.get(Buffer.from(frame.rv).toString('latin1')) ?? Buffer.alloc(32))
        fill()
      }
      fill()
    })
  const startedAt = performance.now()
  await Promise.all(pairs.map(runPair))
  const seconds = (performance.now() - startedAt) / 1000
  for (const { writer, reader } of pairs) {
    writer.close()
    reader.close()
  }
  return (each * options.pairs) / seconds
}

/** A blob as its sender has it before it goes out. */
export interface Waiting {
  write: Uint8Array
  deleteHash: Uint8Array
  blob: Uint8Array
}

/** Puts all of them where their receivers will look. */
export async function publishAll(address: string, all: readonly Waiting[]): Promise<void> {
  const writer = await connect(address)
  await new Promise<void>((resolve, reject) => {
    let [next, done] = [0, 0]
    const fill = (): void => {
      while (next < all.length && next - done < 64) {
        const one = all[next]
        next += 1
        if (one) writer.send(encodePublish(next, one.write, one.deleteHash, one.blob))
      }
    }
    writer.onFrame = (frame) => {
      if (frame.type !== 'published' || frame.result !== 'stored') return reject(new Error(`publish: ${JSON.stringify(frame)}`))
      done += 1
      if (done === all.length) resolve()
      fill()
    }
    fill()
  })
  writer.close()
}

/** Publishes with nobody there, then one who comes and takes everything: both in messages a second. */
export const offline = async (address: string, messages: number): Promise<{ store: number; drain: number }> => {
  const [writer, reader, points, blob] = [await connect(address), await connect(address), newPoints(messages), randomBytes(blobBytes)]
  const storeStart = performance.now()
  await new Promise<void>((resolve) => {
    let [next, done] = [0, 0]
    const fill = (): void => {
      while (next < messages && next - done < 64) {
        const point = points[next]
        next += 1
        if (point !== undefined) writer.send(encodePublish(next, point.write, point.deleteHash, blob))
      }
    }
    writer.onFrame = () => {
      done += 1
      if (done === messages) resolve()
      fill()
    }
    fill()
  })
  const drainStart = performance.now()
  await new Promise<void>((resolve) => {
    let [next, delivered] = [0, 0]
    const subscribe = (): void => {
      const some = points.slice(next, next + 1024)
      next += some.length
      if (some.length > 0) reader.send(encodeRvs('subscribe', next, Buffer.concat(some.map(({ rv }) => rv))))
    }
    reader.onFrame = (frame) => {
      if (frame.type === 'subscribed') subscribe()
      if (frame.type === 'blob') delivered += 1
      if (delivered === messages) resolve()
    }
    subscribe()
  })
  const end = performance.now()
  writer.close()
  reader.close()
  return { store: messages / ((drainStart - storeStart) / 1000), drain: messages / ((end - drainStart) / 1000) }
}

/** The same rows without a relay: durable inserts in batches, and selects by key. */
export const rawSqlite = (messages: number, batchOf = 64): { store: number; read: number } => {
  const dir = mkdtempSync(join(tmpdir(), 'cairn-bench-'))
  const db = new Database(join(dir, 'raw.db'))
  for (const pragma of ['page_size = 16384', 'journal_mode = WAL', 'synchronous = FULL']) db.pragma(pragma)
  db.exec('CREATE TABLE blobs (id INTEGER PRIMARY KEY, rv BLOB NOT NULL UNIQUE, blob BLOB NOT NULL)')
  const insert = db.prepare('INSERT INTO blobs (rv, blob) VALUES (?, ?)')
  const select = db.prepare('SELECT blob FROM blobs WHERE rv = ?').pluck()
  const [points, blob] = [newPoints(messages), randomBytes(blobBytes)]
  const batch = db.transaction((some: Point[]) => {
    for (const { rv } of some) insert.run(rv, blob)
  })
  const storeStart = performance.now()
  for (let i = 0; i < messages; i += batchOf) batch(points.slice(i, i + batchOf))
  const readStart = performance.now()
  for (const { rv } of points) select.get(rv)
  const end = performance.now()
  db.close()
  rmSync(dir, { recursive: true })
  return { store: messages / ((readStart - storeStart) / 1000), read: messages / ((end - readStart) / 1000) }
}

export const residentBytes = ({ pid }: RelayProcess): number => {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1] ?? 0) * 1024
}

/** Resident bytes for each connection (with `each` RVs), or for each RV on few connections. */
export const memory = async (relay: RelayProcess, connections: number, each: number): Promise<number> => {
  const before = residentBytes(relay)
  const clients: Client[] = []
  for (let i = 0; i < connections; i++) {
    const client = await connect(relay.address)
    clients.push(client)
    for (let left = each; left > 0; left -= 1000) {
      await new Promise<void>((resolve) => {
        client.onFrame = () => resolve()
        client.send(encodeRvs('subscribe', left, randomBytes(Math.min(1000, left) * 32)))
      })
    }
  }
  const grown = residentBytes(relay) - before
  for (const client of clients) client.close()
  return grown
}

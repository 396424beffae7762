/**
 * One end of the LAN link as a process of its own: `server ADDRESS` prints its port and sends back what it is sent; `client ADDRESS PORT`
 * sends messages, prints what of them came back in order, and ends.
 */
import { createHash } from 'node:crypto'
import { createPrimitives } from '#main/crypto/createPrimitives.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import { startLanPeer } from './lanPeers.ts'

const count = 60
const messageOf = (n: number): Uint8Array => new Uint8Array(n % 10 === 0 ? wireLimits.frameMax : 300).fill(n)
const digest = (messages: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const message of messages) hash.update(message)
  return hash.digest('hex')
}

const [role, address = '', port = ''] = process.argv.slice(2)
const primitives = await createPrimitives()

if (role === 'server') {
  const peer = await startLanPeer(primitives, true, address, (talk) => (talk.onMessage = (message) => talk.stream.send(message)))
  process.stdout.write(`${String(peer.place.port)}\n`)
} else {
  const peer = await startLanPeer(primitives, false, '0.0.0.0')
  await peer.endpoint.connect({ address, port: Number(port) })
  const [talk] = peer.talks
  if (talk === undefined) throw new Error('no session')
  const all = Promise.withResolvers<void>()
  talk.onMessage = (message) => void (talk.received.push(message) === count && all.resolve())
  const messages = Array.from({ length: count }, (_, n) => messageOf(n))
  for (const message of messages) talk.stream.send(message)
  await all.promise
  process.stdout.write(`${talk.received.length} ${String(digest(talk.received) === digest(messages))}\n`)
  peer.close()
}

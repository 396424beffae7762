/** A user of the directory over HTTP and WebSocket, who says exactly what a test wants said. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import canonicalize from 'canonicalize'
import { WebSocket, type ClientOptions } from 'ws'
import { eventually } from './eventually.ts'

export interface TestUser {
  code: string
  ecdh: string
  eddsa: string
  secret: KeyObject
}

type Json = Record<string, unknown>

const rawHex = (key: KeyObject): string => key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')

export const signHex = (secret: KeyObject, value: unknown): string =>
  sign(null, Buffer.from(canonicalize(value) ?? ''), secret).toString('hex')

export const newKeys = (): Omit<TestUser, 'code'> => {
  const { publicKey, privateKey: secret } = generateKeyPairSync('ed25519')
  return { ecdh: rawHex(generateKeyPairSync('x25519').publicKey), eddsa: rawHex(publicKey), secret }
}

/** @param base `http://host:port` */
export const ask = async (base: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(base + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as Json }
}

/** From an address of its own, where the relay believes its proxy. */
export const register = async (base: string): Promise<TestUser> => {
  const keys = newKeys()
  const from = { 'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}` }
  const { status, body } = await ask(base, 'POST', '/users', { ecdh_public_key: keys.ecdh, eddsa_public_key: keys.eddsa }, from)
  if (status !== 201) throw new Error(`POST /users answered ${status}`)
  return { ...keys, code: String(body['code']) }
}

export interface SignedOver {
  time?: number
  nonce?: string
  relay?: string
  signer?: TestUser
  signedBody?: unknown
}

/** PATCH or DELETE of `/users/me` with the headers that sign it. */
export const askSigned = (base: string, user: TestUser, method: string, body: unknown, over: SignedOver = {}) => {
  const { time = Date.now(), nonce = randomBytes(16).toString('hex'), relay = new URL(base).host, signer = user } = over
  const signed = { method, target: '/users/me', body: over.signedBody ?? body ?? null, time, nonce, relay }
  return ask(base, method, '/users/me', body, {
    'x-cairn-user': user.code,
    'x-cairn-time': String(time),
    'x-cairn-nonce': nonce,
    'x-cairn-signature': signHex(signer.secret, signed),
  })
}

/** A frame as text, signed. */
export const frameOf = (user: Pick<TestUser, 'code' | 'secret'>, rest: Json, signer = user): string => {
  const data = { sender: user.code, ...rest }
  return JSON.stringify({ data, signature: signHex(signer.secret, data) })
}
export const connectFrame = (user: TestUser, more: Json = {}): string => frameOf(user, { message: { type: 'connect' }, ...more })
export const exchangeFrame = (from: TestUser, to: TestUser, more: Json = {}, payload: Json = {}): string =>
  frameOf(from, { recipient: to.code, message: { type: 'key_exchange', payload: { ecdh_public_key: from.ecdh, ...payload } }, ...more })

/** What `data` may carry against replay. */
export const fresh = (base: string, ts = Date.now()): Json => ({ ts, nonce: randomBytes(16).toString('hex'), relay: new URL(base).host })

export interface DirectorySocket {
  readonly socket: WebSocket
  /** Everything that came, as it came. */
  readonly texts: string[]
  readonly closed: Promise<number>
  send(text: string): void
  /** Resolves when the relay has taken all that was sent: its pong comes behind. */
  taken(): Promise<void>
  /** Types of the messages that came; errors by their code. */
  kinds(): string[]
  /** Frames of other users. */
  relayed(): string[]
}

export const openSocket = async (base: string, options: ClientOptions = {}): Promise<DirectorySocket> => {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/ws`, { perMessageDeflate: false, ...options })
  const texts: string[] = []
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.on('message', (data: Buffer) => texts.push(data.toString('utf8')))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined) // `closed` tells
  const parsed = () => texts.map((text) => JSON.parse(text) as { data: { sender: string; message: { type: string; payload?: Json } } })
  return {
    socket,
    texts,
    closed,
    send: (text) => socket.send(text),
    taken: () => {
      const mark = randomBytes(4)
      return new Promise((resolve) => {
        const look = (data: Buffer) => {
          if (!data.equals(mark)) return
          socket.off('pong', look)
          resolve()
        }
        socket.on('pong', look)
        socket.ping(mark)
      })
    },
    kinds: () => parsed().map(({ data: { message } }) => (message.type === 'error' ? String(message.payload?.['code']) : message.type)),
    relayed: () => texts.filter((text) => (JSON.parse(text) as { data: { sender: string } }).data.sender !== 'server'),
  }
}

/** Connected and acknowledged. */
export const connectUser = async (base: string, user: TestUser, options: ClientOptions = {}, more: Json = {}): Promise<DirectorySocket> => {
  const client = await openSocket(base, options)
  client.send(connectFrame(user, more))
  await eventually(
    'an answer to connect',
    () => client.kinds(),
    (kinds) => kinds.length > 0,
  )
  return client
}

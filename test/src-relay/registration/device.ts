/** A device of the sealed API, over fetch, with the functions that the app uses. */
import { randomBytes } from 'node:crypto'
import {
  clientSessionKeys,
  decodeSealed,
  openResponse,
  sealRequest,
  type SealedMessage,
  type SessionKeys,
} from '#main/protocol/sealedApi.ts'
import { node } from '#test/support/providers.ts'

export interface Answer {
  status: number
  /** What it said: decrypted where it came sealed. */
  body: Record<string, unknown>
  isSealed: boolean
}

export interface Session {
  id: string
  keys: SessionKeys
  next: number
}

export interface Device {
  id: string
  secret: Uint8Array
  serverKey: Uint8Array
  apiKey: string
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
export const unbase64 = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), 'base64'))
export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

export async function post(origin: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    ...{ method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, isSealed: false }
}

export const codeOf = ({ status, body }: Answer): [number, unknown] => [status, (body['error'] as { code?: string } | undefined)?.code]

export async function register(origin: string, id: string, secret = random(32)): Promise<Device> {
  const begun = await post(origin, '/register/init', { client_id: id })
  const key = base64(node.x25519.publicKey(secret))
  const done = await post(origin, '/register/complete', { client_id: id, public_key: key })
  if (done.status !== 200) throw new Error(`not registered: ${JSON.stringify(done)}`)
  return { id, secret, serverKey: unbase64(begun.body['server_public_key']), apiKey: String(done.body['api_key']) }
}

export const askSession = (origin: string, { id, apiKey }: Device, ephemeral: Uint8Array): Promise<Answer> =>
  post(origin, '/session', { client_id: id, ephemeral: base64(ephemeral) }, { authorization: `Bearer ${apiKey}` })

export async function openSession(origin: string, device: Device): Promise<Session> {
  const ephemeralSecret = random(32)
  const { status, body } = await askSession(origin, device, node.x25519.publicKey(ephemeralSecret))
  if (status !== 200) throw new Error(`no session: ${JSON.stringify(body)}`)
  const own = { clientId: device.id, staticSecret: device.secret, ephemeralSecret }
  const keys = clientSessionKeys(node, own, { staticKey: device.serverKey, ephemeral: unbase64(body['ephemeral']) })
  return { id: String(body['session_id']), keys, next: 0 }
}

export interface SealedCall {
  method: string
  target: string
  body?: unknown
  counter?: number
  /** Other than what it was sealed for. */
  sent?: { method?: string; target?: string; clientId?: string; sessionId?: string }
  change?(message: SealedMessage): SealedMessage
  /** Outside of the envelope. */
  headers?: Record<string, string>
}

/** One sealed request; opens the answer, which must be authentic where it is sealed. */
export async function call(origin: string, device: Device, session: Session, given: SealedCall): Promise<Answer> {
  const { method, target, body, counter = session.next++, sent = {}, headers = {}, change = (message: SealedMessage) => message } = given
  const exchange = { method, target, clientId: device.id, sessionId: session.id }
  const plaintext = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body))
  const message = JSON.stringify(change(sealRequest(node, session.keys, exchange, counter, plaintext)))
  const response = await fetch(`${origin}${sent.target ?? target}`, {
    method: sent.method ?? method,
    headers: {
      ...headers,
      ...{ 'x-cairn-client': sent.clientId ?? device.id, 'x-cairn-session': sent.sessionId ?? session.id },
      ...(body === undefined ? { 'x-cairn-sealed': message } : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: message }),
  })
  const text = response.headers.get('x-cairn-sealed') ?? (await response.text())
  const json = JSON.parse(text) as Record<string, unknown>
  if (!('ciphertext' in json)) return { status: response.status, body: json, isSealed: false }
  const opened = openResponse(node, session.keys, { ...exchange, counter, status: response.status }, decodeSealed(json))
  const plain = new TextDecoder().decode(opened)
  return { status: response.status, body: plain === '' ? {} : (JSON.parse(plain) as Record<string, unknown>), isSealed: true }
}

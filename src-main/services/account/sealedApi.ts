/**
 * Asks the services of a relay, sealed (docs/services/registration.md): this computer registers as a device once, opens a session when
 * there is something to ask, and seals every request under its keys. Sessions live in memory alone.
 */
import { base64 } from '@scure/base'
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { parseRelayAddress } from '#shared/wire/relayAddress.ts'
import type { Ports, ServiceAnswer, ServiceRequest } from '../../ports.ts'
import { fromUtf8, hex, utf8 } from '../../protocol/bytes.ts'
import { clientSessionKeys, decodeSealed, openResponse, sealRequest, type SessionKeys } from '../../protocol/sealedApi.ts'
import type { DeviceRow } from '../../storage/accountStore.ts'

/** Where this computer's registrations are kept: the keystore, or memory while there is none yet. */
export interface Devices {
  get(address: string): DeviceRow | null
  put(device: DeviceRow): void
  remove(address: string): void
}

export interface Question {
  method: ServiceRequest['method']
  /** Path and query. */
  target: string
  /** JSON; nothing: no body. */
  body?: unknown
  headers?: Record<string, string>
  limit?: number
}

/** What the service said, authentic. */
export interface Reply {
  status: number
  /** Parsed JSON; null where there is none. */
  body: unknown
  /** Outside of the envelope: whoever carries the answer could have changed them. */
  headers: Record<string, string>
}

export type SealedApi = ReturnType<typeof createSealedApi>

interface Session {
  id: string
  clientId: string
  keys: SessionKeys
  next: number
}

const key32 = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9+/]{43}=$/),
  v.transform((text) => base64.decode(text)),
)
const initForm = v.object({ server_public_key: key32 })
const completeForm = v.object({ api_key: v.pipe(v.string(), v.minLength(1), v.maxLength(512)) })
const sessionForm = v.object({ session_id: v.pipe(v.string(), v.minLength(1), v.maxLength(128)), ephemeral: key32 })

/** What is inside of an envelope needs about so much around it. */
const envelopeRoom = 4096

export function createSealedApi(ports: Pick<Ports, 'transport' | 'primitives' | 'random'>, devices: Devices) {
  const { primitives, random } = ports
  const { services } = ports.transport
  const sessions = new Map<string, Promise<Session>>()

  const plainly = (address: string, target: string, body: unknown, headers: Record<string, string> = {}): Promise<ServiceAnswer> =>
    services.request(address, {
      ...{ method: 'POST', target, body: utf8(JSON.stringify(body)) },
      headers: { 'content-type': 'application/json', ...headers },
    })

  async function register(address: string): Promise<DeviceRow> {
    const clientId = `cairn-${hex(random(16))}`
    const begun = read(initForm, await plainly(address, '/register/init', { client_id: clientId }))
    const secret = random(32)
    const publicKey = base64.encode(primitives.x25519.publicKey(secret))
    const done = read(completeForm, await plainly(address, '/register/complete', { client_id: clientId, public_key: publicKey }))
    const device = { address, clientId, secret, serverKey: begun.server_public_key, apiKey: done.api_key }
    devices.put(device)
    return device
  }

  async function open(address: string): Promise<Session> {
    const known = devices.get(address)
    const device = known ?? (await register(address))
    const ephemeralSecret = random(32)
    const question = { client_id: device.clientId, ephemeral: base64.encode(primitives.x25519.publicKey(ephemeralSecret)) }
    const answer = await plainly(address, '/session', question, { authorization: `Bearer ${device.apiKey}` })
    if (answer.status === 401 && known) {
      devices.remove(address) // revoked, or the relay has forgotten: another device in its place
      return open(address)
    }
    const { session_id, ephemeral } = read(sessionForm, answer)
    const own = { clientId: device.clientId, staticSecret: device.secret, ephemeralSecret }
    return {
      id: session_id,
      clientId: device.clientId,
      keys: clientSessionKeys(primitives, own, { staticKey: device.serverKey, ephemeral }),
      next: 0,
    }
  }

  function sessionAt(address: string): Promise<Session> {
    const known = sessions.get(address)
    if (known) return known
    const opening = open(address)
    sessions.set(address, opening)
    opening.catch(() => sessions.delete(address))
    return opening
  }

  async function once(address: string, session: Session, question: Question): Promise<Reply | 'no-session'> {
    const { method, target, body, headers = {}, limit } = question
    const { clientId } = session
    const exchange = { method, target, clientId, sessionId: session.id }
    const counter = session.next++
    const plaintext = body === undefined ? new Uint8Array() : utf8(JSON.stringify(body))
    const message = JSON.stringify(sealRequest(primitives, session.keys, exchange, counter, plaintext))
    const carried = body === undefined ? { 'x-cairn-sealed': message } : { 'content-type': 'application/json' }
    const answer = await services.request(address, {
      ...{ method, target, body: body === undefined ? null : utf8(message) },
      headers: { ...headers, 'x-cairn-client': clientId, 'x-cairn-session': session.id, ...carried },
      ...(limit !== undefined && { limit: Math.ceil((limit * 4) / 3) + envelopeRoom }),
    })
    const inHeader = answer.headers['x-cairn-sealed']
    const envelope = inHeader === undefined ? parse(answer.body) : parse(utf8(inHeader))
    if (!isEnvelope(envelope)) {
      if (answer.status === 401) return 'no-session'
      throw refusal(answer.status, envelope, answer.headers)
    }
    const opened = openResponse(primitives, session.keys, { ...exchange, counter, status: answer.status }, decodeSealed(envelope))
    return { status: answer.status, body: opened.length === 0 ? null : parse(opened), headers: answer.headers }
  }

  return {
    /**
     * Any authentic status is an answer.
     * Errors: `account.needs-tls`, `account.no-service`, `account.refused`, `crypto.failed`, `relay.*`, `proxy.*`.
     */
    async ask(address: string, question: Question): Promise<Reply> {
      refusePlain(address)
      const session = await sessionAt(address)
      const first = await once(address, session, question)
      if (first !== 'no-session') return first
      sessions.delete(address)
      const second = await once(address, await sessionAt(address), question)
      if (second === 'no-session') throw new CairnError('relay.refused')
      return second
    },
    /** This computer is no device there any more. */
    async forget(address: string): Promise<void> {
      if (devices.get(address)) await this.ask(address, { method: 'DELETE', target: '/registration' })
      sessions.delete(address)
      devices.remove(address)
    },
  }
}

/** What goes with an account must not be read or changed on the way: TLS, this very computer, or an onion service. Errors: `account.needs-tls`. */
export function refusePlain(address: string): void {
  const { secure, host } = parseRelayAddress(address)
  const isNear = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (!secure && !isNear && !host.endsWith('.onion')) throw new CairnError('account.needs-tls')
}

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '') as unknown
  } catch {
    return null
  }
}

const isEnvelope = (value: unknown): boolean => typeof value === 'object' && value !== null && 'ciphertext' in value

/** The body of a plain answer, by its form. */
function read<S extends v.GenericSchema>(form: S, answer: ServiceAnswer): v.InferOutput<S> {
  const body = parse(answer.body)
  if (answer.status !== 200) throw refusal(answer.status, body, answer.headers)
  const parsed = v.safeParse(form, body)
  if (!parsed.success) throw new CairnError('account.no-service')
  return parsed.output
}

const problemForm = v.object({ error: v.object({ code: v.pipe(v.string(), v.maxLength(64)) }) })

/** A relay for rendezvous alone answers 426 whatever is asked. */
const withoutService: ReadonlySet<number> = new Set([404, 405, 426])

/** What a refusal is called here. @param body parsed JSON */
export function refusal(status: number, body: unknown, headers: Record<string, string>): CairnError {
  const wait = Number(headers['retry-after'])
  if (status === 429 || status === 503) return new CairnError('relay.busy', { details: { status, ...(wait > 0 && { seconds: wait }) } })
  const problem = v.safeParse(problemForm, body)
  if (!problem.success) return new CairnError(withoutService.has(status) ? 'account.no-service' : 'relay.refused', { details: { status } })
  return new CairnError('account.refused', { details: { status, reason: problem.output.error.code } })
}

/** Frames of a relay's directory as they come and go (docs/services/directory.md). What comes is not to be believed before it is verified. */
import * as v from 'valibot'
import { normalCode, typedCode } from '#shared/wire/userCode.ts'
import type { Ports } from '../../ports.ts'
import { hex, unhex, utf8 } from '../../protocol/bytes.ts'
import { signValue, verifyValue } from '../../protocol/directory.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import type { DirectoryUser } from '../../storage/accountStore.ts'

/** Of another user. */
export interface PeerFrame {
  kind: 'peer'
  type: 'key_exchange' | 'key_exchange_ack'
  sender: string
  recipient: string
  /** X25519. */
  key: Uint8Array
  /** Sealed; null where there is none, or what is there is no hex. */
  name: Uint8Array | null
  invite: Uint8Array | null
  /** What is signed. */
  data: unknown
  signature: Uint8Array
}

/** What the relay says itself; nothing of it is signed. */
export type ServerFrame = { kind: 'connected' } | { kind: 'problem'; code: string; seconds: number | null } | { kind: 'other' }

/** A relay takes no longer ones. */
const frameBytes = 16 * 1024

const hexOf = (length: number) =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^[0-9a-fA-F]{${length * 2}}$`)),
    v.transform((text) => unhex(text.toLowerCase())),
  )
const code = v.pipe(v.string(), v.regex(typedCode), v.transform(normalCode))
const payload = v.object({ ecdh_public_key: hexOf(32), name: v.optional(v.unknown()), invite: v.optional(v.unknown()) })
const peerForm = v.object({
  data: v.object({
    ...{ sender: code, recipient: code },
    message: v.object({ type: v.picklist(['key_exchange', 'key_exchange_ack']), payload }),
  }),
  signature: hexOf(64),
})

const server = v.literal('server')
const serverForm = v.object({ data: v.object({ sender: server, message: v.object({ type: v.pipe(v.string(), v.maxLength(64)) }) }) })
const problemForm = v.object({
  code: v.pipe(v.string(), v.maxLength(64)),
  retry_after: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(24 * 3600))),
})
const errorForm = v.object({ data: v.object({ message: v.object({ type: v.literal('error'), payload: problemForm }) }) })

const bytesOf = (value: unknown): Uint8Array | null =>
  typeof value === 'string' && /^([0-9a-f]{2})+$/i.test(value) ? unhex(value.toLowerCase()) : null

/** Null for what is no frame. */
export function readFrame(text: string): PeerFrame | ServerFrame | null {
  const value = utf8(text).length <= frameBytes ? parse(text) : null
  if (v.is(serverForm, value)) return readServerFrame(value)
  const parsed = v.safeParse(peerForm, value)
  if (!parsed.success) return null
  const { data, signature } = parsed.output
  const { type, payload } = data.message
  return {
    ...{ kind: 'peer', type, sender: data.sender, recipient: data.recipient, key: payload.ecdh_public_key },
    ...{ name: bytesOf(payload.name), invite: bytesOf(payload.invite) },
    ...{ data: (value as { data: unknown }).data, signature }, // what came, not what the form made of it
  }
}

function readServerFrame(value: v.InferOutput<typeof serverForm>): ServerFrame {
  if (value.data.message.type === 'connect_ack') return { kind: 'connected' }
  const problem = v.safeParse(errorForm, value)
  if (!problem.success) return { kind: 'other' }
  const { code, retry_after: seconds = null } = problem.output.data.message.payload
  return { kind: 'problem', code, seconds }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

export function isSignedBy(primitives: Primitives, eddsaKey: Uint8Array, { data, signature }: PeerFrame): boolean {
  try {
    return verifyValue(primitives, eddsaKey, data, signature)
  } catch {
    return false // what RFC 8785 has no form for, or is nested too deep to be brought into it
  }
}

/** Good for ten minutes, once, at this relay. */
export function signedFrame(ports: Ports, user: DirectoryUser, message: unknown, recipient?: string): string {
  const { clock, primitives, random, transport } = ports
  const circumstances = { ts: clock.now(), nonce: hex(random(16)), relay: transport.services.hostOf(user.relay) }
  const data = { sender: user.code, ...(recipient !== undefined && { recipient }), message, ...circumstances }
  return JSON.stringify({ data, signature: hex(signValue(primitives, user.eddsa, data)) })
}

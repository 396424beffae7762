/** Text frames of `GET /ws`, as seed 001 has them: `{data: {sender, recipient?, message: {type, payload?}}, signature}`. */
import * as v from 'valibot'
import { Problem } from '../api/problem.ts'
import { normalCode } from '#shared/wire/userCode.ts'
import { codeSchema } from './codes.ts'
import { canonicalBytes, parsePlainJson } from './json.ts'
import { directoryLimits } from './limits.ts'

const hex = (digits: string) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-fA-F]${digits}$`)))

/** Which a client may sign along, all three or none. */
const circumstances = {
  ts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
  nonce: v.optional(v.pipe(hex('{16,64}'), v.regex(/^(..)+$/))),
  relay: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
}

const payloadSchema = v.looseObject({ ecdh_public_key: hex('{64}') }) // what else is in it is between the two
const connectSchema = v.strictObject({
  data: v.strictObject({ sender: codeSchema, message: v.strictObject({ type: v.literal('connect') }), ...circumstances }),
  signature: hex('{128}'),
})
const relayedSchema = v.strictObject({
  data: v.strictObject({
    ...{ sender: codeSchema, recipient: codeSchema },
    message: v.strictObject({ type: v.picklist(['key_exchange', 'key_exchange_ack']), payload: payloadSchema }),
    ...circumstances,
  }),
  signature: hex('{128}'),
})

export interface ClientFrame {
  sender: string
  /** Null: a `connect`. */
  recipient: string | null
  /** Null: the client does not sign them. */
  fresh: { time: number; nonce: string; relay: string } | null
  /** What is signed, and the signature in hex. */
  signed: Uint8Array
  signature: string
}

function fit(value: unknown): v.InferOutput<typeof connectSchema> | v.InferOutput<typeof relayedSchema> {
  const connect = v.safeParse(connectSchema, value, { abortEarly: true })
  if (connect.success) return connect.output
  const relayed = v.safeParse(relayedSchema, value, { abortEarly: true })
  if (relayed.success) return relayed.output
  throw new Problem('invalid', 'this is no connect, key_exchange or key_exchange_ack')
}

/** @throws Problem `malformed`, `invalid` */
export function readFrame(text: string): ClientFrame {
  const value = parsePlainJson(text, directoryLimits.jsonDepth)
  const { data, signature } = fit(value)
  const { ts, nonce, relay } = data
  const named = [ts, nonce, relay].filter((one) => one !== undefined).length
  if (named !== 0 && named !== 3) throw new Problem('invalid', 'ts, nonce and relay go together')
  return {
    sender: normalCode(data.sender),
    recipient: 'recipient' in data ? normalCode(data.recipient) : null,
    fresh: ts === undefined || nonce === undefined || relay === undefined ? null : { time: ts, nonce, relay },
    signed: canonicalBytes((value as { data: unknown }).data), // what came, not what the schema made of it
    signature,
  }
}

const serverFrame = (recipient: string | null, message: unknown): string =>
  JSON.stringify({ data: { sender: 'server', recipient, message } })

export const connectAck = (recipient: string): string => serverFrame(recipient, { type: 'connect_ack' })

/** @param recipient null while nobody is known there */
export function errorFrame(recipient: string | null, { code, message, headers }: Problem): string {
  const wait = headers['retry-after']
  const payload = { code, message, ...(wait !== undefined && { retry_after: Number(wait) }) }
  return serverFrame(recipient, { type: 'error', payload })
}

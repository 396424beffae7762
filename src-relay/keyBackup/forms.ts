/** What the routes of server and key server take and give, as schemas and in bytes. */
import { createHash, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { Problem } from '../api/problem.ts'

const hexText = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)))
/** Standard base64 with padding, of at most so many bytes. */
export const base64Text = (min: number, max: number) =>
  v.pipe(v.string(), v.minLength(Math.ceil(min / 3) * 4), v.maxLength(Math.ceil(max / 3) * 4), v.regex(/^[A-Za-z0-9+/]+={0,2}$/))

export const code = v.pipe(v.string(), v.regex(/^[0-9A-HJKMNP-TV-Z]{7}$/))
export const token = hexText(32)
export const nonce = hexText(16)
export const userID = hexText(16)
export const signature = hexText(64)
export const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
export const hostName = v.pipe(v.string(), v.minLength(1), v.maxLength(253), v.regex(/^[0-9a-z.:_-]+$/))

/** What a token may be for, and whether the session that asks for it must be secured. */
const operations = {
  newUser: false,
  getKey: false,
  pendingChange: true,
  applyPendingChange: true,
  deleteKey: true,
  putBackup: true,
  getBackup: true,
  deleteBackup: true,
} as const
export type Operation = keyof typeof operations
export const operation = v.picklist(Object.keys(operations) as Operation[])
export const needsSecured = (of: Operation): boolean => operations[of]

/** What the server says of a token that is good. */
export interface Validated {
  /** Hash of the change that made the present password; null: the first. */
  change: Uint8Array | null
}

/** @returns null for a token that is unknown, used, over, another user's or for something else */
export type Validate = (userID: string, accessToken: string, operation: Operation) => Validated | null | Promise<Validated | null>

export const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Of a secret as it came; what is stored and compared. */
export const hashOf = (text: string): Buffer => sha256(Buffer.from(text, 'utf8'))

/** Hashes are equally long. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

/** @throws Problem `invalid` for what is not the one encoding of `min` to `max` bytes */
export function fromBase64(text: string, min: number, max: number): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text || bytes.length < min || bytes.length > max)
    throw new Problem('invalid', `base64 of ${min === max ? min : `${min} to ${max}`} bytes is wanted`)
  return bytes
}

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const bearerForm = /^Bearer ([\x21-\x7e]{1,4096})$/i

/** What follows `Bearer` in the authorization header; null without one. */
export const bearerOf = (header: string | undefined): string | null => bearerForm.exec(header ?? '')?.[1] ?? null

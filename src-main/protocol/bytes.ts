/** Byte strings: the few operations the protocol needs, without any platform's help. */
import { utf8 as utf8Coder } from '@scure/base'

/** UTF-8 of `text`; a TypeError for lone surrogates, which have none. */
export const utf8 = (text: string): Uint8Array => utf8Coder.decode(text)

/** The text of UTF-8 `bytes`, or null where they are not UTF-8. */
export const fromUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return utf8Coder.encode(bytes)
  } catch {
    return null // the coder throws for nothing else
  }
}

export const concat = (...parts: Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Takes the same time wherever equally long inputs differ; lengths are not secret. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Bytewise order, shorter first where one is a prefix of the other. */
export const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex. */
export const hex = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += hexOf[bytes[i] as number] as string
  return text
}

const nibble = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  throw new RangeError('not lower-case hex')
}

/** The inverse of `hex`; a RangeError for anything `hex` would not have written. For our own data, not for input. */
export const unhex = (text: string): Uint8Array => {
  if (text.length % 2 !== 0) throw new RangeError('not lower-case hex')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (nibble(text.charCodeAt(2 * i)) << 4) | nibble(text.charCodeAt(2 * i + 1))
  return bytes
}

/** `n` as four bytes, most significant first. */
export const u32be = (n: number): Uint8Array => {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) throw new RangeError('not a u32')
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n)
}

/** The four bytes at `offset` as a number, most significant first. */
export const readU32be = (bytes: Uint8Array, offset = 0): number => {
  if (offset < 0 || offset + 4 > bytes.length) throw new RangeError('too short for a u32')
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset)
}

/** Overwrites dead secrets. JavaScript may hold copies this cannot reach; it shortens their life, no more. */
export const wipe = (...secrets: Uint8Array[]): void => {
  for (const secret of secrets) secret.fill(0)
}

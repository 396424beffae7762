/**
 * Fernet tokens, https://github.com/fernet/spec/blob/master/Spec.md (version 0x80), made of HMAC-SHA-256 and AES-128-CBC:
 *
 *     token = base64url(0x80 ‖ u64be seconds ‖ IV (16) ‖ AES-128-CBC(PKCS #7) ‖ HMAC-SHA-256 of all before (32))
 *
 * The time is written and not judged: computers on a network need not agree on it. Why no package: docs/decisions/0024-lan-link.md.
 */
import { cbc } from '@noble/ciphers/aes.js'
import { base64url } from '@scure/base'
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, fromUtf8, u32be, utf8 } from '../../protocol/bytes.ts'
import type { Context, Primitives } from '../../protocol/primitives.ts'

const version = 0x80
const headBytes = 1 + 8 + 16
const blockBytes = 16
const macBytes = 32

/** 32 bytes: what signs, then what encrypts. */
const split = (key: Uint8Array) => ({ signing: key.subarray(0, 16), encryption: key.subarray(16, 32) })

const u64be = (n: number): Uint8Array => concat(u32be(Math.floor(n / 2 ** 32)), u32be(n % 2 ** 32))

/** The token as the ASCII it travels as. `key`: 32 bytes. */
export function sealFernet(key: Uint8Array, plaintext: Uint8Array, { primitives, random, now }: Context): Uint8Array {
  const { signing, encryption } = split(key)
  const iv = random(16)
  const signed = concat(Uint8Array.of(version), u64be(Math.floor(now / 1000)), iv, cbc(encryption, iv).encrypt(plaintext))
  return utf8(base64url.encode(concat(signed, primitives.hmac(signing, signed))))
}

const decode = (token: Uint8Array): Uint8Array => {
  const text = fromUtf8(token)
  try {
    if (text !== null) return base64url.decode(text)
  } catch {
    // not base64url: the same as not UTF-8
  }
  throw new CairnError('codec.malformed', { details: { what: 'token' } })
}

/**
 * The plaintext of a token. Nothing is decrypted before the MAC is right, compared in constant time.
 * Errors: `codec.malformed` for what is no token, `lan.tampered` for one that was changed or is of another key.
 */
export function openFernet(key: Uint8Array, token: Uint8Array, { hmac }: Pick<Primitives, 'hmac'>): Uint8Array {
  const bytes = decode(token)
  const body = bytes.length - headBytes - macBytes
  if (bytes[0] !== version || body < blockBytes || body % blockBytes !== 0)
    throw new CairnError('codec.malformed', { details: { what: 'token' } })
  const { signing, encryption } = split(key)
  const signed = bytes.subarray(0, -macBytes)
  if (!equalBytes(hmac(signing, signed), bytes.subarray(-macBytes))) throw new CairnError('lan.tampered')
  try {
    return cbc(encryption, bytes.subarray(9, headBytes)).decrypt(signed.subarray(headBytes))
  } catch {
    throw new CairnError('codec.malformed', { details: { what: 'padding' } }) // its maker knows the key, and not PKCS #7
  }
}

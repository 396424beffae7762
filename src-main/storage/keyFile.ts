/**
 * `cairn.key`: the database's key, wrapped by a passphrase. docs/keystore.md has the layout byte by byte.
 *
 * Every version begins with the magic and its version and ends with the SHA-256 of all before, so that an older Cairn can tell
 * a newer file from a damaged one.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Kdf, Random } from '../ports.ts'
import type { Primitives } from '../protocol/primitives.ts'

/** The ports that wrapping needs. */
export interface WrapPorts {
  kdf: Kdf
  primitives: Primitives
  random: Random
}

export interface KdfCost {
  memoryKiB: number
  passes: number
  lanes: number
}

interface KeyFile {
  cost: KdfCost
  salt: Uint8Array
  nonce: Uint8Array
  sealed: Uint8Array
  /** All that precedes the salt's end: the wrap's associated data. */
  header: Uint8Array
}

/** RFC 9106 section 4's second recommendation has 64 MiB and t = 3 as well, with p = 4; one lane costs an attacker no less. */
export const kdfCost: KdfCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }

/** What a file may ask for: no less than OWASP's smallest, no more than a small machine can do. */
const costLimits = { memoryKiB: [19 * 1024, 1024 * 1024], passes: [1, 16], lanes: [1, 8] } as const

const magic = new TextEncoder().encode('CairnKey')
const version = 1
const argon2id = 1
const sizes = { header: 35, nonce: 24, sealed: 48, checksum: 32 } as const
const fileSize = sizes.header + sizes.nonce + sizes.sealed + sizes.checksum
const minimumSize = magic.length + 1 + sizes.checksum

/** No version will be larger; what is, is damaged. */
export const keyFileLimit = 4096

const damaged = (reason: string): CairnError => new CairnError('keystore.damaged', { details: { file: 'cairn.key', reason } })

/** Wraps `key` (32 bytes) and returns the file's bytes. Takes as long as the KDF does; a new salt and nonce each time. */
export async function wrapKey(key: Uint8Array, passphrase: string, ports: WrapPorts): Promise<Uint8Array> {
  const { primitives, random } = ports
  const header = encodeHeader(kdfCost, random(16))
  const nonce = random(sizes.nonce)
  const wrappingKey = await deriveWrappingKey(passphrase, kdfCost, header, ports.kdf)
  const body = concat(header, nonce, primitives.xchacha20poly1305.seal(wrappingKey, nonce, key, header))
  wrappingKey.fill(0)
  return concat(body, primitives.sha256(body))
}

/**
 * Unwraps the database's key, 32 bytes.
 *
 * @throws `keystore.damaged`, `keystore.newer-version`, `keystore.wrong-passphrase`.
 */
export async function unwrapKey(bytes: Uint8Array, passphrase: string, ports: Pick<WrapPorts, 'kdf' | 'primitives'>): Promise<Uint8Array> {
  const file = parse(bytes, ports.primitives)
  const wrappingKey = await deriveWrappingKey(passphrase, file.cost, file.header, ports.kdf)
  try {
    return ports.primitives.xchacha20poly1305.open(wrappingKey, file.nonce, file.sealed, file.header)
  } catch (error) {
    // The checksum held, so the file is as it was written: what does not fit is the passphrase.
    if (isCairnError(error, 'crypto.failed')) throw new CairnError('keystore.wrong-passphrase')
    throw error
  } finally {
    wrappingKey.fill(0)
  }
}

/** NFC (RFC 8265 section 4.2.2): keyboards and systems write the same accented letter in different ways. */
function deriveWrappingKey(passphrase: string, cost: KdfCost, header: Uint8Array, kdf: Kdf): Promise<Uint8Array> {
  return kdf({ passphrase: passphrase.normalize('NFC'), salt: header.slice(-16), ...cost })
}

function encodeHeader(cost: KdfCost, salt: Uint8Array): Uint8Array {
  const header = new Uint8Array(sizes.header)
  const view = new DataView(header.buffer)
  header.set(magic)
  header[8] = version
  header[9] = argon2id
  view.setUint32(10, cost.memoryKiB)
  view.setUint32(14, cost.passes)
  header[18] = cost.lanes
  header.set(salt, 19)
  return header
}

function parse(bytes: Uint8Array, primitives: Primitives): KeyFile {
  if (bytes.length < minimumSize || bytes.length > keyFileLimit) throw damaged('size')
  if (!equal(bytes.subarray(0, magic.length), magic)) throw damaged('magic')
  const body = bytes.subarray(0, -sizes.checksum)
  if (!equal(primitives.sha256(body), bytes.subarray(-sizes.checksum))) throw damaged('checksum')
  const found = bytes[8]!
  if (found > version) throw new CairnError('keystore.newer-version', { details: { file: 'cairn.key', found, known: version } })
  if (found !== version || bytes.length !== fileSize) throw damaged('size')
  return parseBody(bytes.slice(0, -sizes.checksum))
}

function parseBody(body: Uint8Array): KeyFile {
  const header = body.subarray(0, sizes.header)
  const view = new DataView(header.buffer, header.byteOffset)
  const cost = { memoryKiB: view.getUint32(10), passes: view.getUint32(14), lanes: header[18]! }
  if (header[9] !== argon2id) throw damaged('kdf')
  for (const [name, [low, high]] of Object.entries(costLimits)) {
    const value = cost[name as keyof KdfCost]
    if (value < low || value > high) throw damaged(name)
  }
  const sealedAt = sizes.header + sizes.nonce
  return { cost, salt: header.subarray(19), nonce: body.subarray(sizes.header, sealedAt), sealed: body.subarray(sealedAt), header }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

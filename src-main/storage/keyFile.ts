/**
 * `cairn.key`: the database's key, wrapped by a passphrase (version 1) or by a secret that the system's keychain seals (version 2).
 * docs/keystore.md has the layouts byte by byte.
 *
 * Every version begins with the magic and its version and ends with the SHA-256 of all before, so that an older Cairn can tell
 * a newer file from a damaged one.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Unlock } from '#shared/contract/appModels.ts'
import type { Kdf, KeyVault, Random } from '../ports.ts'
import type { Primitives } from '../protocol/primitives.ts'

/** The ports that wrapping needs. */
export interface WrapPorts {
  kdf: Kdf
  primitives: Primitives
  random: Random
  /** Needed for keychain profiles only. */
  keyVault?: KeyVault | null
}

export interface KdfCost {
  memoryKiB: number
  passes: number
  lanes: number
}

interface KeyFile {
  kind: 'passphrase'
  cost: KdfCost
  salt: Uint8Array
  nonce: Uint8Array
  sealed: Uint8Array
  /** All that precedes the salt's end: the wrap's associated data. */
  header: Uint8Array
}

interface KeychainFile {
  kind: 'keychain'
  /** What the vault made of the wrapping key. */
  vaulted: Uint8Array
  nonce: Uint8Array
  sealed: Uint8Array
  /** All that precedes the nonce: the wrap's associated data. */
  header: Uint8Array
}

/** RFC 9106 section 4's second recommendation has 64 MiB and t = 3 as well, with p = 4; one lane costs an attacker no less. */
export const kdfCost: KdfCost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }

/** What a file may ask for: no less than OWASP's smallest, no more than a small machine can do. */
const costLimits = { memoryKiB: [19 * 1024, 1024 * 1024], passes: [1, 16], lanes: [1, 8] } as const

const magic = new TextEncoder().encode('CairnKey')
const version = 2
const passphraseVersion = 1
const argon2id = 1
const keychain = 1
const sizes = { header: 35, nonce: 24, sealed: 48, checksum: 32 } as const
const fileSize = sizes.header + sizes.nonce + sizes.sealed + sizes.checksum
const minimumSize = magic.length + 1 + sizes.checksum
const keychainHead = magic.length + 4
/** Chromium's own wrap of 44 characters is about 60 to 300 bytes, by platform. */
const vaultedLimit = 2048

/** No version will be larger; what is, is damaged. */
export const keyFileLimit = 4096

const damaged = (reason: string): CairnError => new CairnError('keystore.damaged', { details: { file: 'cairn.key', reason } })

/**
 * Wraps `key` (32 bytes) and returns the file's bytes; with `passphrase: null` by the system's keychain. Takes as long as the KDF does; a
 * new salt or secret, and a new nonce, each time.
 *
 * @throws `keychain.*` without a passphrase.
 */
export function wrapKey(key: Uint8Array, passphrase: string | null, ports: WrapPorts): Promise<Uint8Array> {
  return passphrase === null ? wrapByKeychain(key, ports) : wrapByPassphrase(key, passphrase, ports)
}

async function wrapByPassphrase(key: Uint8Array, passphrase: string, ports: WrapPorts): Promise<Uint8Array> {
  const { primitives, random } = ports
  const header = encodeHeader(kdfCost, random(16))
  const nonce = random(sizes.nonce)
  const wrappingKey = await deriveWrappingKey(passphrase, kdfCost, header, ports.kdf)
  const body = concat(header, nonce, primitives.xchacha20poly1305.seal(wrappingKey, nonce, key, header))
  wrappingKey.fill(0)
  return concat(body, primitives.sha256(body))
}

async function wrapByKeychain(key: Uint8Array, ports: WrapPorts): Promise<Uint8Array> {
  const { primitives, random } = ports
  const wrappingKey = random(32)
  try {
    const vaulted = await vaultOf(ports).seal(wrappingKey)
    if (vaulted.length === 0 || vaulted.length > vaultedLimit)
      throw new CairnError('keychain.unavailable', { details: { size: vaulted.length } })
    const header = concat(magic, Uint8Array.of(2, keychain, vaulted.length >> 8, vaulted.length & 0xff), vaulted)
    const nonce = random(sizes.nonce)
    const body = concat(header, nonce, primitives.xchacha20poly1305.seal(wrappingKey, nonce, key, header))
    return concat(body, primitives.sha256(body))
  } finally {
    wrappingKey.fill(0)
  }
}

function vaultOf({ keyVault }: Pick<WrapPorts, 'keyVault'>): KeyVault {
  if (!keyVault) throw new CairnError('keychain.unavailable')
  return keyVault
}

/**
 * What opens this key file.
 *
 * @throws `keystore.damaged`, `keystore.newer-version`.
 */
export const unlockOf = (bytes: Uint8Array, primitives: Primitives): Unlock => parse(bytes, primitives).kind

/**
 * Unwraps the database's key, 32 bytes. A keychain's file does not look at `passphrase`, a passphrase's not at the keychain.
 *
 * @throws `keystore.damaged`, `keystore.newer-version`, `keystore.wrong-passphrase` (also for none), `keychain.*`.
 */
export async function unwrapKey(
  bytes: Uint8Array,
  passphrase: string | null,
  ports: Pick<WrapPorts, 'kdf' | 'primitives' | 'keyVault'>,
): Promise<Uint8Array> {
  const file = parse(bytes, ports.primitives)
  if (file.kind === 'keychain') return unwrapByKeychain(file, ports)
  if (passphrase === null) throw new CairnError('keystore.wrong-passphrase')
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

async function unwrapByKeychain(file: KeychainFile, ports: Pick<WrapPorts, 'primitives' | 'keyVault'>): Promise<Uint8Array> {
  const wrappingKey = await vaultOf(ports).open(file.vaulted)
  try {
    if (wrappingKey.length !== 32) throw new CairnError('keychain.refused')
    return ports.primitives.xchacha20poly1305.open(wrappingKey, file.nonce, file.sealed, file.header)
  } catch (error) {
    // As with a passphrase: the file is as it was written, so the keychain gave another secret.
    if (isCairnError(error, 'crypto.failed')) throw new CairnError('keychain.refused')
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
  header[8] = passphraseVersion
  header[9] = argon2id
  view.setUint32(10, cost.memoryKiB)
  view.setUint32(14, cost.passes)
  header[18] = cost.lanes
  header.set(salt, 19)
  return header
}

function parse(bytes: Uint8Array, primitives: Primitives): KeyFile | KeychainFile {
  if (bytes.length < minimumSize || bytes.length > keyFileLimit) throw damaged('size')
  if (!equal(bytes.subarray(0, magic.length), magic)) throw damaged('magic')
  const body = bytes.subarray(0, -sizes.checksum)
  if (!equal(primitives.sha256(body), bytes.subarray(-sizes.checksum))) throw damaged('checksum')
  const found = bytes[8]!
  if (found > version) throw new CairnError('keystore.newer-version', { details: { file: 'cairn.key', found, known: version } })
  if (found === version) return parseKeychain(bytes.slice(0, -sizes.checksum))
  if (found !== passphraseVersion || bytes.length !== fileSize) throw damaged('size')
  return parseBody(bytes.slice(0, -sizes.checksum))
}

function parseKeychain(body: Uint8Array): KeychainFile {
  if (body.length < keychainHead) throw damaged('size')
  if (body[9] !== keychain) throw damaged('vault')
  const length = body[10]! * 256 + body[11]!
  const nonceAt = keychainHead + length
  if (length === 0 || length > vaultedLimit || body.length !== nonceAt + sizes.nonce + sizes.sealed) throw damaged('size')
  const [nonce, sealed] = [body.subarray(nonceAt, nonceAt + sizes.nonce), body.subarray(nonceAt + sizes.nonce)]
  return { kind: 'keychain', vaulted: body.slice(keychainHead, nonceAt), nonce, sealed, header: body.subarray(0, nonceAt) }
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
  return {
    kind: 'passphrase',
    cost,
    salt: header.subarray(19),
    nonce: body.subarray(sizes.header, sealedAt),
    sealed: body.subarray(sealedAt),
    header,
  }
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

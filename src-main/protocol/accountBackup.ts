/**
 * The backup of an account, docs/services/key-backup.md: `seal(accountKey, "backup", CBOR {body, mac})`.
 *
 * Anybody who knows the account's public key can seal to it, the key server too; the MAC under the account's secrets shows that the
 * owner wrote it. The counter is inside as well as beside: the key server can neither relabel an old backup nor, towards a device
 * that remembers the highest counter it has seen, serve one unnoticed.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, utf8, wipe } from './bytes.ts'
import { bytes, decodeCbor, decodeVersion1, encodeCbor, u64 } from './cbor.ts'
import type { HybridKeys } from './hybridKem.ts'
import { publicIdentityBytes } from './identity.ts'
import type { Context, Primitives } from './primitives.ts'
import { openSeal, seal } from './seal.ts'

/** At most 64 UTF-16 units, as everywhere in the program. */
const nameSchema = v.pipe(v.string(), v.maxLength(64))
const relaysSchema = (max: number) => v.pipe(v.array(v.pipe(v.string(), v.maxLength(512))), v.maxLength(max))
/** Unix milliseconds; null: never. */
const whenSchema = v.nullable(u64())

/** A contactKey with the heads of its two reset series: every contactKey has series of its own (section 6). */
const contactKeySchema = v.strictObject({ key: bytes(32), myReset: bytes(32), peerReset: bytes(32) })

const contactSchema = v.strictObject({
  /** The signed public identity, as received. */
  identity: bytes({ min: 1, max: publicIdentityBytes }),
  /** The newest first. */
  keys: v.pipe(v.array(contactKeySchema), v.minLength(1), v.maxLength(4)),
  relays: relaysSchema(16),
  /** The person's own name for the contact; empty: none. */
  label: nameSchema,
  verified: whenSchema,
  blocked: whenSchema,
  since: u64(),
  /** Met by a directory code instead of an invite. */
  byCode: v.boolean(),
})

/** Somebody who is blocked and no contact any more: the id keeps them out. */
const blockedSchema = v.strictObject({ id: bytes(32), name: nameSchema, at: u64() })

const backupSchema = v.strictObject({
  v: v.literal(1),
  counter: u64(),
  /** `encodeIdentitySecrets`; empty for an account without an identity. */
  identity: bytes({ max: 8192 }),
  contacts: v.pipe(v.array(contactSchema), v.maxLength(10_000)),
  relays: relaysSchema(64),
  blocked: v.pipe(v.array(blockedSchema), v.maxLength(10_000)),
  /** A group each: its first changes, as received (docs/protocol.md section 7). */
  groups: v.pipe(v.array(bytes({ max: 256 * 1024 })), v.maxLength(1000)),
})

/** Never ratchet state: after a restore every session is reset. */
export type Backup = Omit<v.InferOutput<typeof backupSchema>, 'v'>

const outerSchema = v.strictObject({ body: bytes(), mac: bytes(32) })

const macOf = (primitives: Primitives, keys: HybridKeys, userID: string, body: Uint8Array): Uint8Array => {
  const secrets = concat(keys.kemSecret, keys.dhSecret)
  const key = primitives.hkdf(secrets, utf8('cairn/1 backup mac'), 32)
  const mac = primitives.hmac(key, utf8(userID), Uint8Array.of(0), body)
  wipe(secrets, key)
  return mac
}

/** At most 4 MiB. @throws CairnError `codec.too-large`, `codec.malformed` for what does not fit the schema */
export function sealBackup(context: Context, keys: HybridKeys, userID: string, backup: Backup): Uint8Array {
  const body = encodeCbor({ v: 1, ...backup })
  decodeVersion1(body, backupSchema) // what cannot be restored is not to be called a backup
  const plaintext = encodeCbor({ body, mac: macOf(context.primitives, keys, userID, body) })
  return seal(context, keys, 'backup', plaintext)
}

/**
 * @param known the highest counter that this device has seen of this account, 0 for a fresh one
 * @throws CairnError `backup.outdated` for one that is older than `known` or labelled with another's counter; `crypto.failed` for one that
 *   the account's owner did not write; `codec.malformed`, `codec.newer-version`
 */
export function openBackup(
  primitives: Primitives,
  keys: HybridKeys,
  userID: string,
  served: { blob: Uint8Array; counter: number },
  known: number,
): Backup {
  const { body, mac } = decodeCbor(openSeal(primitives, keys, 'backup', served.blob), outerSchema)
  if (!equalBytes(mac, macOf(primitives, keys, userID, body))) throw new CairnError('crypto.failed')
  const { v: _, ...backup } = decodeVersion1(body, backupSchema)
  if (backup.counter !== served.counter || backup.counter < known) throw new CairnError('backup.outdated')
  return backup
}

/**
 * How a ratchet state lies in the keystore: a version byte, a bit for each optional field, then every present field at its
 * fixed length, then four u32be counters. A fixed layout because it is written after every message.
 */
import { CairnError } from '#shared/errors.ts'
import { concat, u32be } from './bytes.ts'
import type { RatchetState } from './doubleRatchet.ts'

const version = 1

const fields = [
  ['idA', 32],
  ['idB', 32],
  ['RK', 32],
  ['NHKs', 32],
  ['NHKr', 32],
  ['HKs', 32],
  ['HKr', 32],
  ['CKs', 32],
  ['CKr', 32],
  ['DHr', 32],
  ['KEMr', 1184],
  ['KEMct', 1088],
  ['dhPublic', 32],
  ['dhSecret', 32],
  ['kemPublic', 1184],
  ['kemSeed', 64],
] as const

type Field = (typeof fields)[number][0]

/** Bytes for the keystore; about 1 to 4 KB. */
export function encodeRatchetState(state: RatchetState): Uint8Array {
  const { DHs, KEMs, Ns, Nr, PN, steps, ...rest } = state
  const values: Record<Field, Uint8Array | null> = {
    ...rest,
    dhPublic: DHs?.publicKey ?? null,
    dhSecret: DHs?.secretKey ?? null,
    kemPublic: KEMs?.publicKey ?? null,
    kemSeed: KEMs?.seed ?? null,
  }
  const present = fields.reduce((mask, [name], i) => (values[name] ? mask | (1 << i) : mask), 0)
  const parts = fields.map(([name]) => values[name]).filter((value) => value !== null)
  return concat(Uint8Array.of(version), u32be(present), ...parts, u32be(Ns), u32be(Nr), u32be(PN), u32be(steps))
}

/** Errors: `keystore.damaged` for anything but exactly what `encodeRatchetState` writes. */
export function decodeRatchetState(bytes: Uint8Array): RatchetState {
  const damaged = () => new CairnError('keystore.damaged')
  if (bytes.length < 5 || bytes[0] !== version) throw damaged()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const present = view.getUint32(1)
  const values: Partial<Record<Field, Uint8Array>> = {}
  let at = 5
  fields.forEach(([name, length], i) => {
    if ((present & (1 << i)) === 0) return
    values[name] = bytes.slice(at, at + length)
    at += length
  })
  if (bytes.length !== at + 16 || present >>> fields.length !== 0) throw damaged()
  const { idA, idB, RK, NHKs, NHKr, dhPublic, dhSecret, kemPublic, kemSeed } = values
  if (!idA || !idB || !RK || !NHKs || !NHKr) throw damaged()
  if (Boolean(dhPublic) !== Boolean(dhSecret) || Boolean(kemPublic) !== Boolean(kemSeed)) throw damaged() // half a key pair
  const optional = (name: Field) => values[name] ?? null
  return {
    idA,
    idB,
    RK,
    NHKs,
    NHKr,
    HKs: optional('HKs'),
    HKr: optional('HKr'),
    CKs: optional('CKs'),
    CKr: optional('CKr'),
    DHr: optional('DHr'),
    KEMr: optional('KEMr'),
    KEMct: optional('KEMct'),
    DHs: dhPublic && dhSecret ? { publicKey: dhPublic, secretKey: dhSecret } : null,
    KEMs: kemPublic && kemSeed ? { publicKey: kemPublic, seed: kemSeed } : null,
    Ns: view.getUint32(at),
    Nr: view.getUint32(at + 4),
    PN: view.getUint32(at + 8),
    steps: view.getUint32(at + 12),
  }
}

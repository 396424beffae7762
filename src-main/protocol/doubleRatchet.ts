/**
 * Double ratchet with header encryption and an ML-KEM-768 exchange in every ratchet step.
 *
 * Source: "The Double Ratchet Algorithm", revision 1, section 4 (header encryption); names are that document's.
 * Deviations (docs/protocol.md section 3): `KDF_RK` also takes the KEM's shared secret; the sending half of a DH ratchet
 * step waits for the next send; the place where a blob lay says which chain and number it must have, so nothing is
 * opened by trial.
 *
 * Pure: the input state is never changed, so a failed decryption leaves it byte-identical.
 */
import { CairnError } from '#shared/errors.ts'
import { concat, equalBytes, u32be, utf8 } from './bytes.ts'
import { isEncapsulationKey } from './encapsulationKey.ts'
import { pad, unpad } from './padding.ts'
import type { Context, Primitives } from './primitives.ts'

export const headerBytes = 2312
const nonceBytes = 24
const tagBytes = 16
export const sealedHeaderBytes = nonceBytes + headerBytes + tagBytes
/** What a blob spends on anything but padded plaintext. */
export const overheadBytes = sealedHeaderBytes + nonceBytes + tagBytes

export const maxSkippedPerChain = 1000
export const maxSkippedPerSession = 2000

export interface RatchetState {
  /** Ids of this session's inviter (A) and acceptor (B), 32 bytes each; the same on both sides. */
  idA: Uint8Array
  idB: Uint8Array
  RK: Uint8Array
  /** Our ratchet pairs; null between the receiving and the sending half of a step. */
  DHs: { publicKey: Uint8Array; secretKey: Uint8Array } | null
  KEMs: { publicKey: Uint8Array; seed: Uint8Array } | null
  DHr: Uint8Array | null
  KEMr: Uint8Array | null
  CKs: Uint8Array | null
  CKr: Uint8Array | null
  HKs: Uint8Array | null
  HKr: Uint8Array | null
  NHKs: Uint8Array
  NHKr: Uint8Array
  /** The cipher text that opened our sending chain; every header of the chain repeats it. */
  KEMct: Uint8Array | null
  Ns: number
  Nr: number
  PN: number
  /** Completed ratchet steps, for people who look under *Details*. */
  steps: number
}

/** MKSKIPPED, one entry: the key of a message that has not come yet. */
export interface SkippedKey {
  headerKey: Uint8Array
  n: number
  messageKey: Uint8Array
}

/** Which key the place of a blob belongs to, and its number in that chain. */
export type Locator = { chain: 'current' | 'next'; n: number } | { chain: 'skipped'; key: SkippedKey }

export interface Sent {
  state: RatchetState
  blob: Uint8Array
  /** Names the place: the sending chain's header key and the number in it. */
  headerKey: Uint8Array
  n: number
}

export interface Received {
  state: RatchetState
  plaintext: Uint8Array
  /** Keys of numbers passed over, to keep; the chain they belong to is `headerKey`. */
  skipped: SkippedKey[]
}

const ratchetInfo = utf8('cairn/1 ratchet')
const headerInfo = utf8('cairn/1 header')
const one = Uint8Array.of(1)
const two = Uint8Array.of(2)

const refuse = (): never => {
  throw new CairnError('session.refused')
}

/** `KDF_RK(RK, dh ‖ ss) → RK, CK, NHK`. */
function kdfRK(primitives: Primitives, RK: Uint8Array, dh: Uint8Array, ss: Uint8Array) {
  const out = primitives.hkdf(concat(dh, ss), ratchetInfo, 96, RK)
  return { RK: out.slice(0, 32), CK: out.slice(32, 64), NHK: out.slice(64, 96) }
}

/** `KDF_CK(CK) → MK, CK`. */
const kdfCK = (primitives: Primitives, CK: Uint8Array) => ({ MK: primitives.hmac(CK, one), CK: primitives.hmac(CK, two) })

const headerAD = (state: RatchetState) => concat(headerInfo, state.idA, state.idB)
const bodyAD = (state: RatchetState, sealedHeader: Uint8Array) => concat(state.idA, state.idB, sealedHeader)

/** The sending half of a DH ratchet step: fresh pairs, an encapsulation to the peer's newest key, a new chain. */
function startSendingChain(context: Context, state: RatchetState): RatchetState {
  const { primitives } = context
  if (!state.DHr || !state.KEMr) throw new CairnError('session.none')
  const secretKey = context.random(32)
  const DHs = { secretKey, publicKey: primitives.x25519.publicKey(secretKey) }
  const seed = context.random(64)
  const KEMs = { seed, publicKey: primitives.mlKem768.publicKey(seed) }
  const { cipherText, sharedSecret } = primitives.mlKem768.encapsulate(state.KEMr)
  const kdf = kdfRK(primitives, state.RK, primitives.x25519.sharedSecret(secretKey, state.DHr), sharedSecret)
  return { ...state, DHs, KEMs, KEMct: cipherText, RK: kdf.RK, CKs: kdf.CK, HKs: state.NHKs, NHKs: kdf.NHK, Ns: 0, steps: state.steps + 1 }
}

interface Header {
  dh: Uint8Array
  kemPk: Uint8Array
  kemCt: Uint8Array
  pn: number
  n: number
}

const encodeHeader = (h: Header) => concat(h.dh, h.kemPk, h.kemCt, u32be(h.pn), u32be(h.n))

function decodeHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    dh: bytes.slice(0, 32),
    kemPk: bytes.slice(32, 1216),
    kemCt: bytes.slice(1216, 2304),
    pn: view.getUint32(2304),
    n: view.getUint32(2308),
  }
}

/**
 * Encrypts `plaintext` into a blob of `blobSize` bytes (4,096, 16,384 or 65,536).
 * Errors: `session.none` when the peer has not been heard yet and there is no chain; `message.too-long`.
 */
export function ratchetEncrypt(context: Context, input: RatchetState, plaintext: Uint8Array, blobSize: number): Sent {
  const { primitives } = context
  const state = input.CKs ? input : startSendingChain(context, input)
  const { DHs, KEMs, CKs, HKs, KEMct } = state
  if (!DHs || !KEMs || !CKs || !HKs || !KEMct) throw new CairnError('session.none')
  if (plaintext.length >= blobSize - overheadBytes) throw new CairnError('message.too-long')
  const { MK, CK } = kdfCK(primitives, CKs)
  const header = encodeHeader({ dh: DHs.publicKey, kemPk: KEMs.publicKey, kemCt: KEMct, pn: state.PN, n: state.Ns })
  const headerNonce = context.random(nonceBytes)
  const sealedHeader = concat(headerNonce, primitives.xchacha20poly1305.seal(HKs, headerNonce, header, headerAD(state)))
  const bodyNonce = context.random(nonceBytes)
  const padded = pad(plaintext, blobSize - overheadBytes)
  const body = primitives.xchacha20poly1305.seal(MK, bodyNonce, padded, bodyAD(state, sealedHeader))
  return { state: { ...state, CKs: CK, Ns: state.Ns + 1 }, blob: concat(sealedHeader, bodyNonce, body), headerKey: HKs, n: state.Ns }
}

function openHeader(primitives: Primitives, state: RatchetState, key: Uint8Array, blob: Uint8Array): Header {
  const opened = primitives.xchacha20poly1305.open(
    key,
    blob.subarray(0, nonceBytes),
    blob.subarray(nonceBytes, sealedHeaderBytes),
    headerAD(state),
  )
  return decodeHeader(opened)
}

function openBody(primitives: Primitives, state: RatchetState, MK: Uint8Array, blob: Uint8Array): Uint8Array {
  const rest = blob.subarray(sealedHeaderBytes)
  const ad = bodyAD(state, blob.subarray(0, sealedHeaderBytes))
  return unpad(primitives.xchacha20poly1305.open(MK, rest.subarray(0, nonceBytes), rest.subarray(nonceBytes), ad))
}

/** Moves the receiving chain up to `until`, yielding the keys passed over. */
function skipTo(primitives: Primitives, state: RatchetState, until: number): { state: RatchetState; skipped: SkippedKey[] } {
  if (!state.CKr || !state.HKr) return { state, skipped: [] }
  if (until - state.Nr > maxSkippedPerChain) refuse()
  const skipped: SkippedKey[] = []
  let CKr = state.CKr
  for (let n = state.Nr; n < until; n++) {
    const { MK, CK } = kdfCK(primitives, CKr)
    skipped.push({ headerKey: state.HKr, n, messageKey: MK })
    CKr = CK
  }
  return { state: { ...state, CKr, Nr: Math.max(state.Nr, until) }, skipped }
}

/** The receiving half of a DH ratchet step. */
function startReceivingChain(primitives: Primitives, state: RatchetState, header: Header): RatchetState {
  if (!state.DHs || !state.KEMs || !isEncapsulationKey(header.kemPk)) return refuse()
  const ss = primitives.mlKem768.decapsulate(state.KEMs.seed, header.kemCt)
  const kdf = kdfRK(primitives, state.RK, primitives.x25519.sharedSecret(state.DHs.secretKey, header.dh), ss)
  return {
    ...state,
    RK: kdf.RK,
    CKr: kdf.CK,
    HKr: state.NHKr,
    NHKr: kdf.NHK,
    DHr: header.dh,
    KEMr: header.kemPk,
    Nr: 0,
    PN: state.Ns,
    Ns: 0,
    CKs: null,
    HKs: null,
    KEMct: null,
    DHs: null,
    KEMs: null,
  }
}

/**
 * Decrypts the blob that lay at the place `locator` names.
 * Errors: `crypto.failed` when it does not open under that place's key, `session.refused` when it opens but is not what may
 * lie there (wrong number, wrong chain, too far ahead). The input state stays valid in every case.
 */
export function ratchetDecrypt(primitives: Primitives, input: RatchetState, locator: Locator, blob: Uint8Array): Received {
  if (blob.length <= overheadBytes) refuse()
  if (locator.chain === 'skipped') return decryptSkipped(primitives, input, locator.key, blob)
  const key = locator.chain === 'current' ? input.HKr : input.DHs && input.NHKr
  if (!key) return refuse()
  const header = openHeader(primitives, input, key, blob)
  if (header.n !== locator.n) refuse()
  const before = locator.chain === 'current' ? stayInChain(input, header) : skipTo(primitives, input, header.pn)
  const moved = locator.chain === 'current' ? before.state : startReceivingChain(primitives, before.state, header)
  const at = skipTo(primitives, moved, header.n)
  if (!at.state.CKr) return refuse()
  const { MK, CK } = kdfCK(primitives, at.state.CKr)
  const plaintext = openBody(primitives, at.state, MK, blob)
  return { state: { ...at.state, CKr: CK, Nr: at.state.Nr + 1 }, plaintext, skipped: [...before.skipped, ...at.skipped] }
}

/** Every header of a chain repeats the chain's keys; a number already passed has its own kept key or none at all. */
function stayInChain(state: RatchetState, header: Header): { state: RatchetState; skipped: SkippedKey[] } {
  const sameKeys = state.DHr && state.KEMr && equalBytes(header.dh, state.DHr) && equalBytes(header.kemPk, state.KEMr)
  if (!sameKeys || header.n < state.Nr) refuse()
  return { state, skipped: [] }
}

function decryptSkipped(primitives: Primitives, state: RatchetState, key: SkippedKey, blob: Uint8Array): Received {
  const header = openHeader(primitives, state, key.headerKey, blob)
  if (header.n !== key.n) refuse()
  return { state, plaintext: openBody(primitives, state, key.messageKey, blob), skipped: [] }
}

/** Whether `blob` is one of ours-to-be: its header opens under our sending chain's key with this number (section 4, `conflict`). */
export function headerOpens(primitives: Primitives, state: RatchetState, headerKey: Uint8Array, n: number, blob: Uint8Array): boolean {
  try {
    return openHeader(primitives, state, headerKey, blob).n === n
  } catch {
    return false // not under this key: the answer, not a failure
  }
}

/**
 * Places we have not written to yet: the next number of the sending chain, and the first of the chain after it, whose header
 * key `NHKs` is known before its step. If a relay holds anything at either, this state is older than the world: the second
 * one tells also where the peer has answered since, so that the old chain was never continued.
 */
export const unusedPlaces = (state: RatchetState): { headerKey: Uint8Array; n: number }[] => [
  ...(state.CKs && state.HKs ? [{ headerKey: state.HKs, n: state.Ns }] : []),
  { headerKey: state.NHKs, n: 0 },
]

/**
 * What is laid at the peer's next places when a session is left: blobs whose headers open under the peer's own sending keys, with a
 * body that nothing opens. A copy of the peer from before then finds its next number taken, and knows that it is old.
 */
export function closingBlobs(context: Context, state: RatchetState): { headerKey: Uint8Array; n: number; blob: Uint8Array }[] {
  const places = [...(state.HKr ? [{ headerKey: state.HKr, n: state.Nr }] : []), { headerKey: state.NHKr, n: 0 }]
  return places.map(({ headerKey, n }) => {
    const header = concat(new Uint8Array(headerBytes - 4), u32be(n))
    const nonce = context.random(nonceBytes)
    const sealed = context.primitives.xchacha20poly1305.seal(headerKey, nonce, header, headerAD(state))
    return { headerKey, n, blob: concat(nonce, sealed, context.random(4096 - sealedHeaderBytes)) }
  })
}

/**
 * The three-message key exchange. Source: docs/protocol.md section 2 (after the P2P key exchange protocol it grew from);
 * A is the inviter, B the acceptor. Each function is one step: what was received in, what is to be persisted and sent out.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { isMeetingPlace } from '#shared/wire/lanPlace.ts'
import { concat, equalBytes, unhex, utf8 } from './bytes.ts'
import { bytes, decodeCbor, encodeCbor, u64 } from './cbor.ts'
import type { RatchetState } from './doubleRatchet.ts'
import { isEncapsulationKey } from './encapsulationKey.ts'
import { decapsulate, encapsulate } from './hybridKem.ts'
import { decodePublicIdentity, type Identity, type PublicIdentity } from './identity.ts'
import type { Invite } from './invite.ts'
import type { Context, Primitives } from './primitives.ts'
import { openSeal, seal } from './seal.ts'

const halfInfo = utf8('cairn/1 half')
const boxInfo = utf8('cairn/1 box')
const sessionInfo = utf8('cairn/1 session')
const transcriptLabel = utf8('cairn/1 kx')
const confirmLabel = utf8('A')
const noCipherText = new Uint8Array(1088)

const relays = v.pipe(v.array(v.pipe(v.string(), v.check(isMeetingPlace))), v.minLength(1), v.maxLength(4))

const msg2Schema = v.strictObject({
  v: v.literal(1),
  identity: bytes({ max: 4096 }),
  kx: bytes({ max: 8192 }),
  step3RV: bytes(32),
  resetRV: bytes(32),
  relays,
  epoch: u64(),
  inviteHash: bytes(32),
  /** The random key that deletes this blob at the relay. */
  d: bytes(32),
})

const msg3Schema = v.strictObject({ v: v.literal(1), kx: bytes({ max: 8192 }), confirm: bytes(32), d: bytes(32) })
const kxSchema = v.strictObject({ c: bytes(1071), box: bytes({ min: 40, max: 4096 }) })

export interface Ephemerals {
  dhSecret: Uint8Array
  kemSeed: Uint8Array
}

/** What B keeps between msg2 and msg3; all of it secret. */
export interface PendingAcceptance {
  ephemerals: Ephemerals
  half: Uint8Array
  msg1Hash: Uint8Array
  msg2Hash: Uint8Array
  /** The inviter's exact signed identity. */
  inviter: Uint8Array
  epoch: number
}

export interface Msg2 {
  identity: PublicIdentity
  kx: Uint8Array
  step3RV: Uint8Array
  resetRV: Uint8Array
  relays: string[]
  epoch: number
  deleteKey: Uint8Array
  /** H(msg2): repeats are known by it. */
  hash: Uint8Array
}

/** What both sides have when the exchange is through. */
export interface Established {
  /** The transcript hash, 32 bytes: the session's id and tie-break. */
  sessionId: Uint8Array
  epoch: number
  state: RatchetState
  contactKey: Uint8Array
}

function newEphemerals(context: Context) {
  const dhSecret = context.random(32)
  const kemSeed = context.random(64)
  const { x25519, mlKem768 } = context.primitives
  return { dhSecret, kemSeed, dhPublic: x25519.publicKey(dhSecret), kemPublic: mlKem768.publicKey(kemSeed) }
}

/** `kx = {c, box}`: a hybrid encapsulation to the peer, and `content` in a secretbox under the key it yields. */
function makeKx(context: Context, peer: PublicIdentity, content: Uint8Array) {
  const { primitives, random } = context
  const { c, k } = encapsulate(primitives, random, peer)
  const nonce = random(24)
  const box = concat(nonce, primitives.secretbox.seal(primitives.hkdf(k, boxInfo, 32), nonce, content))
  return { kx: encodeCbor({ c, box }), half: primitives.hkdf(k, halfInfo, 32) }
}

function openKx(primitives: Primitives, identity: Identity, kx: Uint8Array, contentBytes: number) {
  const { c, box } = decodeCbor(kx, kxSchema)
  const k = decapsulate(primitives, identity, c)
  const content = primitives.secretbox.open(primitives.hkdf(k, boxInfo, 32), box.subarray(0, 24), box.subarray(24))
  if (content.length !== contentBytes) throw new CairnError('codec.malformed')
  return { half: primitives.hkdf(k, halfInfo, 32), content }
}

function deriveSession(
  primitives: Primitives,
  input: {
    halfB: Uint8Array
    halfA: Uint8Array
    dh: Uint8Array
    ss: Uint8Array
    msg1Hash: Uint8Array
    msg2Hash: Uint8Array
    msg3Kx: Uint8Array
  },
) {
  const transcript = primitives.sha256(transcriptLabel, input.msg1Hash, input.msg2Hash, primitives.sha256(input.msg3Kx))
  const SK = primitives.hkdf(concat(input.halfB, input.halfA, input.dh, input.ss), sessionInfo, 224, transcript)
  const at = (i: number) => SK.slice(32 * i, 32 * i + 32)
  const confirm = primitives.hmac(at(5), confirmLabel, transcript)
  return { transcript, confirm, RK: at(0), CK_A: at(1), HK_A: at(2), NHK_A: at(3), NHK_B: at(4), contactKey: at(6) }
}

/** Step 2, B: answers an invite. `blob` goes to the series `invite.initialRV`; `pending` is persisted first. */
export function answerInvite(
  context: Context,
  identity: Identity,
  invite: Invite,
  offer: { step3RV: Uint8Array; resetRV: Uint8Array; relays: string[]; epoch: number },
): { blob: Uint8Array; deleteHash: Uint8Array; pending: PendingAcceptance } {
  const { primitives } = context
  const eph = newEphemerals(context)
  const d = context.random(32)
  const { kx, half } = makeKx(context, invite.identity, concat(eph.dhPublic, eph.kemPublic))
  const msg1Hash = primitives.sha256(invite.bytes)
  const msg2 = encodeCbor({ v: 1, identity: identity.publicBytes, kx, ...offer, inviteHash: msg1Hash, d })
  return {
    deleteHash: primitives.sha256(d),
    blob: seal(context, invite.identity, 'msg2', msg2),
    pending: {
      ephemerals: { dhSecret: eph.dhSecret, kemSeed: eph.kemSeed },
      half,
      msg1Hash,
      msg2Hash: primitives.sha256(msg2),
      inviter: invite.identity.bytes,
      epoch: Math.max(invite.epoch, offer.epoch),
    },
  }
}

/** Opens a blob from `initialRV`. Errors: `crypto.failed` (not for us, or garbage), `codec.malformed`; nothing in it is authenticated yet. */
export function openMsg2(primitives: Primitives, identity: Identity, inviteBytes: Uint8Array, blob: Uint8Array): Msg2 {
  const plain = openSeal(primitives, identity, 'msg2', blob)
  const msg2 = decodeCbor(plain, msg2Schema)
  if (!equalBytes(msg2.inviteHash, primitives.sha256(inviteBytes))) throw new CairnError('session.refused')
  const { kx, step3RV, resetRV, epoch, d } = msg2
  const claimed = decodePublicIdentity(primitives, msg2.identity)
  return { identity: claimed, kx, step3RV, resetRV, relays: msg2.relays, epoch, deleteKey: d, hash: primitives.sha256(plain) }
}

/** Step 3, A: `blob` goes to the series `msg2.step3RV`; the session is unconfirmed until a message on it decrypts. */
export function answerMsg2(
  context: Context,
  identity: Identity,
  invite: Invite,
  msg2: Msg2,
): { blob: Uint8Array; deleteHash: Uint8Array; established: Established } {
  const { primitives } = context
  const d = context.random(32)
  const theirs = openKx(primitives, identity, msg2.kx, 32 + 1184)
  const theirDh = theirs.content.slice(0, 32)
  const theirKem = theirs.content.slice(32)
  const eph = newEphemerals(context)
  const { cipherText, sharedSecret } = primitives.mlKem768.encapsulate(theirKem)
  const { kx, half } = makeKx(context, msg2.identity, concat(eph.dhPublic, eph.kemPublic, cipherText))
  const msg1Hash = primitives.sha256(invite.bytes)
  const dh = primitives.x25519.sharedSecret(eph.dhSecret, theirDh)
  const derived = deriveSession(primitives, {
    halfB: theirs.half,
    halfA: half,
    dh,
    ss: sharedSecret,
    msg1Hash,
    msg2Hash: msg2.hash,
    msg3Kx: kx,
  })
  const msg3 = encodeCbor({ v: 1, kx, confirm: derived.confirm, d })
  const state: RatchetState = {
    ...common(invite.identity.id, msg2.identity.id, derived.RK),
    DHs: { publicKey: eph.dhPublic, secretKey: eph.dhSecret },
    KEMs: { publicKey: eph.kemPublic, seed: eph.kemSeed },
    CKs: derived.CK_A,
    HKs: derived.HK_A,
    KEMct: noCipherText,
    NHKs: derived.NHK_A,
    NHKr: derived.NHK_B,
  }
  const epoch = Math.max(invite.epoch, msg2.epoch)
  return {
    deleteHash: primitives.sha256(d),
    blob: seal(context, msg2.identity, 'msg3', msg3),
    established: { sessionId: derived.transcript, epoch, state, contactKey: derived.contactKey },
  }
}

/** Step 3, B: opens a blob from `step3RV`; the session is confirmed. Errors: `crypto.failed`, `codec.malformed`, `session.refused`. */
export function openMsg3(
  primitives: Primitives,
  identity: Identity,
  pending: PendingAcceptance,
  blob: Uint8Array,
): { established: Established; deleteKey: Uint8Array } {
  const msg3 = decodeCbor(openSeal(primitives, identity, 'msg3', blob), msg3Schema)
  const { half, content } = openKx(primitives, identity, msg3.kx, 32 + 1184 + 1088)
  const DHr = content.slice(0, 32)
  const KEMr = content.slice(32, 1216)
  if (!isEncapsulationKey(KEMr)) throw new CairnError('crypto.failed')
  const ss = primitives.mlKem768.decapsulate(pending.ephemerals.kemSeed, content.slice(1216))
  const dh = primitives.x25519.sharedSecret(pending.ephemerals.dhSecret, DHr)
  const { msg1Hash, msg2Hash } = pending
  const derived = deriveSession(primitives, { halfB: pending.half, halfA: half, dh, ss, msg1Hash, msg2Hash, msg3Kx: msg3.kx })
  if (!equalBytes(msg3.confirm, derived.confirm)) throw new CairnError('session.refused')
  const inviter = decodePublicIdentity(primitives, pending.inviter)
  const state: RatchetState = {
    ...common(inviter.id, identity.id, derived.RK),
    DHr,
    KEMr,
    CKr: derived.CK_A,
    HKr: derived.HK_A,
    NHKs: derived.NHK_B,
    NHKr: derived.NHK_A,
  }
  return { established: { sessionId: derived.transcript, epoch: pending.epoch, state, contactKey: derived.contactKey }, deleteKey: msg3.d }
}

const common = (idA: string, idB: string, RK: Uint8Array) => ({
  idA: unhex(idA),
  idB: unhex(idB),
  RK,
  DHs: null,
  KEMs: null,
  DHr: null,
  KEMr: null,
  CKs: null,
  CKr: null,
  HKs: null,
  HKr: null,
  KEMct: null,
  Ns: 0,
  Nr: 0,
  PN: 0,
  steps: 0,
})

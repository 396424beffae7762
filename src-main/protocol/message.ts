/**
 * What travels inside the ratchet: CBOR maps with a type `t`. Source: docs/protocol.md section 5.
 *
 * Messages that matter carry `id` (UUIDv7, 16 bytes), `stream` (8 bytes) and `seq` and stay in the sender's outbox until a
 * receipt names them; the others are answers and notices that a later one replaces. Fields this version does not know are passed
 * over; of a type it does not know it still reads the envelope, or a newer sender would wait for receipts for ever.
 */
import * as v from 'valibot'
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { isReaction } from '#shared/reaction.ts'
import { isMeetingPlace } from '#shared/wire/lanPlace.ts'
import { bytes, decodeCbor, encodeCbor, u64 } from './cbor.ts'
import { isNick, publicIdentityBytes } from './identity.ts'
import { memberBitsMost } from './memberBits.ts'
import { sealedCopyBytes } from './passedCopy.ts'

const count = u64()
const id = bytes(16)
const stream = bytes(8)
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.textChars))

/**
 * Up to which `seq` of a stream everything is here, and (bit i of byte j: `upTo + 2 + 8j + i`) what beyond it; `read`, where the person
 * lets it be known, up to which it has been looked at.
 */
const receipt = v.strictObject({ stream, upTo: count, beyond: bytes({ max: 128 }), read: v.optional(count) })
const receipts = v.pipe(v.array(receipt), v.maxLength(16))

const relays = v.pipe(v.array(v.pipe(v.string(), v.check(isMeetingPlace))), v.minLength(1), v.maxLength(4))
const reliable = { id, stream, seq: v.pipe(count, v.minValue(1)), at: count, receipts: v.optional(receipts) }

/** Seconds a message stays; 0: for good. */
const seconds = v.pipe(count, v.maxValue(limits.timerSecondsMost))
/** A part of the text, in UTF-16 units, that names somebody. */
const mention = v.strictObject({ from: count, length: v.pipe(count, v.minValue(1)), id: bytes(32) })
const mentions = v.pipe(v.array(mention), v.maxLength(limits.mentions))
/** What a text has beside its words: the message it answers, whether somebody else wrote it, whom it names, how long it stays. */
const about = {
  reply: v.optional(id),
  forwarded: v.optional(v.literal(true)),
  mentions: v.optional(mentions),
  ttl: v.optional(seconds),
}

/** A file (fileChunks.ts): what of it travels with the message, and the secret that leads to the rest. */
const side = v.optional(v.pipe(count, v.minValue(1), v.maxValue(limits.pictureSide)))
const file = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.fileNameChars)),
  type: v.pipe(v.string(), v.maxLength(limits.fileTypeChars)),
  size: v.pipe(count, v.maxValue(limits.fileBytes)),
  secret: bytes(32),
  /** Where its chunks lie: the address as its reader uses it. */
  relay: v.pipe(v.string(), v.check(isMeetingPlace)),
  preview: v.optional(bytes({ max: limits.previewBytes })),
  width: side,
  height: side,
  /** Of a voice note. */
  seconds: v.optional(v.pipe(count, v.maxValue(24 * 3600))),
  /** Its chunks lie there for this reader alone, which had the file and lost it. */
  copy: v.optional(v.literal(true)),
})

/** Of what is said in a group: its id, and the hash of the change its sender holds to. The id of the message is the same for all members. */
const hash = bytes(32)
const inGroup = { group: v.optional(v.strictObject({ id: hash, head: hash })) }

/** Whom an introduction is about: as its keys say, signed by itself. */
const person = bytes({ max: publicIdentityBytes })
/** Why: a third person offered it, one end asked, both are in a group, or a session is to be mended whose own way is closed. */
const reason = v.picklist(['offer', 'ask', 'group', 'reset'])

const change = bytes({ max: limits.groupChangeBytes })
const changes = v.pipe(
  v.array(change),
  v.minLength(1),
  v.check((list) => list.reduce((sum, { length }) => sum + length, 0) <= limits.groupPageBytes),
)

const introductions = [
  /** From whoever introduces, to whoever may ask: here is somebody. */
  v.object({ t: v.literal('introduce.offer'), ...reliable, introduction: id, person }),
  /** To whoever is to introduce: ask that person for an invite for me. */
  v.object({ t: v.literal('introduce.ask'), ...reliable, introduction: id, person: hash, reason, group: v.optional(hash) }),
  /** To whom is asked for: an invite for this person, please. */
  v.object({ t: v.literal('introduce.request'), ...reliable, introduction: id, person, reason, group: v.optional(hash) }),
  /** The invite, sealed to whoever asked, or no: from whom was asked for to the one between, and from there on. */
  v.object({ t: v.literal('introduce.answer'), ...reliable, introduction: id, sealed: v.optional(bytes({ max: 16_384 })) }),
] as const

const groups = [
  /** To somebody who may join; what it says of the group is the word of its sender until the changes are here. */
  v.object({
    ...{ t: v.literal('group.invite'), ...reliable, group: hash, name: v.pipe(v.string(), v.check(isNick)), members: count },
    picture: v.optional(bytes({ max: limits.previewBytes })),
  }),
  v.object({ t: v.literal('group.answer'), ...reliable, group: hash, accept: v.boolean() }),
  /** Its sender is out; an admin has the last word. */
  v.object({ t: v.literal('group.leave'), ...reliable, group: hash }),
  /** One after another, the oldest first; `more`: there are others after them. */
  v.object({ t: v.literal('group.changes'), ...reliable, group: hash, changes, more: v.optional(v.literal(true)) }),
  /** What its sender holds to, and members it has no session with. */
  v.object({
    ...{ t: v.literal('group.head'), ...reliable, group: hash, head: hash, generation: count },
    unheard: bytes({ max: memberBitsMost }),
  }),
  /** The changes after the last one of `known` that the asked holds to as well (newest first, then sparser), please. */
  v.object({ t: v.literal('group.fetch'), ...reliable, group: hash, known: v.pipe(v.array(hash), v.maxLength(64)) }),
  /** The keys of a member, please, or here they are: so that something can be sealed to it. */
  v.object({ t: v.literal('group.keys'), ...reliable, group: hash, of: hash }),
  v.object({ t: v.literal('group.person'), ...reliable, group: hash, person }),
  /** For a member that its sender has no session with; and on to that member (passedCopy.ts). */
  v.object({ t: v.literal('group.pass'), ...reliable, group: hash, to: hash, sealed: bytes({ max: sealedCopyBytes }) }),
  v.object({ t: v.literal('group.passed'), ...reliable, group: hash, sealed: bytes({ max: sealedCopyBytes }) }),
] as const

/** A message of the recipient's own; its text may be empty where it had a file. */
const lost = v.pipe(
  v.strictObject({
    id,
    stream,
    seq: count,
    at: count,
    ...about,
    text: v.pipe(v.string(), v.maxLength(limits.textChars)),
    file: v.optional(file),
    /** Of the group it was written to. */
    group: v.optional(hash),
  }),
  v.check((of) => of.text !== '' || of.file !== undefined),
)

const schema = v.variant('t', [
  v.object({ t: v.literal('text'), ...reliable, ...inGroup, text, ...about }),
  /** Its text may be empty. */
  v.object({
    ...{ t: v.literal('attachment'), ...reliable, ...inGroup, ...about, file },
    text: v.pipe(v.string(), v.maxLength(limits.captionChars)),
  }),
  /** One for each person and message; the last one counts, and an empty one takes it back. */
  v.object({
    ...{ t: v.literal('reaction'), ...reliable, ...inGroup, of: id },
    emoji: v.union([v.literal(''), v.pipe(v.string(), v.check(isReaction))]),
  }),
  v.object({ t: v.literal('edit'), ...reliable, ...inGroup, of: id, text, mentions: v.optional(mentions) }),
  v.object({ t: v.literal('delete'), ...reliable, ...inGroup, of: id }),
  /** How long messages stay from now on, for both. */
  v.object({ t: v.literal('timer'), ...reliable, seconds }),
  v.object({ t: v.literal('profile'), ...reliable, identity: bytes({ max: 4096 }), relays }),
  /** What a restored peer once wrote to us itself and no longer has. */
  v.object({ t: v.literal('history'), ...reliable, of: lost }),
  /** The file of that message is here: a copy that the recipient keeps for this sender is of no use. */
  v.object({ t: v.literal('file.here'), ...reliable, of: id, group: v.optional(hash) }),
  /** Numbers of its own stream that will not come: what a recipient that restored an older copy once had, and nobody sends again. */
  v.object({ t: v.literal('void'), ...reliable, from: v.pipe(count, v.minValue(1)), upTo: count }),
  /** Somebody is writing; shown for a few seconds, and never repeated. */
  v.object({ t: v.literal('typing'), at: count, group: v.optional(hash) }),
  v.object({ t: v.literal('receipt'), receipts }),
  /** First on every new session: what of the peer's arrived here, and how far our own streams go. */
  v.object({
    t: v.literal('session.confirm'),
    ...reliable,
    receipts,
    own: v.pipe(v.array(v.strictObject({ stream, last: count })), v.maxLength(16)),
  }),
  v.object({ t: v.literal('ping'), id, receipts: v.optional(receipts) }),
  v.object({ t: v.literal('pong'), id, receipts: v.optional(receipts) }),
  ...introductions,
  ...groups,
])

export type Message = v.InferOutput<typeof schema>
export type Receipt = v.InferOutput<typeof receipt>
export type WireFile = v.InferOutput<typeof file>
/** An event about another message. */
export type Change = Extract<Message, { t: 'reaction' | 'edit' | 'delete' }>
export type IntroduceMessage = Extract<Message, { t: `introduce.${string}` }>
export type GroupMessage = Extract<Message, { t: `group.${string}` }>

const typeOnly = v.looseObject({ t: v.pipe(v.string(), v.maxLength(64)) })

export const encodeMessage = (message: Message): Uint8Array => encodeCbor(message)

/** Errors: `codec.newer-version` for a type this version does not know, `codec.malformed` for anything else. */
export function decodeMessage(plaintext: Uint8Array): Message {
  const value = decodeCbor(plaintext, typeOnly)
  if (!knownTypes.has(value.t)) throw new CairnError('codec.newer-version')
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) throw new CairnError('codec.malformed')
  return parsed.output
}

/** What is common to every message that asks for a receipt, whatever its type. */
const envelopeSchema = v.object({ t: v.pipe(v.string(), v.maxLength(64)), ...reliable })
export type Envelope = v.InferOutput<typeof envelopeSchema>

/** Of a message that `decodeMessage` refused: its envelope, or null where it has none. */
export function decodeEnvelope(plaintext: Uint8Array): Envelope | null {
  try {
    return decodeCbor(plaintext, envelopeSchema)
  } catch {
    return null // nothing of it can be read
  }
}

const knownTypes: ReadonlySet<string> = new Set(schema.options.map((option) => option.entries.t.literal))

/** Whether `receipt` says that `seq` has arrived. */
export function covers(receipt: Receipt, seq: number): boolean {
  if (seq <= receipt.upTo) return true
  const bit = seq - receipt.upTo - 2
  if (bit < 0) return false
  return (((receipt.beyond[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1
}

/** The highest number that a receipt names. */
export function highestOf({ upTo, beyond }: Receipt): number {
  for (let bit = beyond.length * 8 - 1; bit >= 0; bit--) if ((((beyond[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1) return upTo + 2 + bit
  return upTo
}

/** The receipt for a stream of which `upTo` is the last contiguous seq and `beyond` are the ones above it; `read` is 0 for what is not told. */
export function makeReceipt(stream: Uint8Array, upTo: number, beyond: readonly number[], read = 0): Receipt {
  const bits = beyond.map((seq) => seq - upTo - 2).filter((bit) => bit >= 0 && bit < 1024)
  const bitmap = new Uint8Array(bits.length === 0 ? 0 : (Math.max(...bits) >> 3) + 1)
  for (const bit of bits) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7))
  return { stream, upTo, beyond: bitmap, ...(read > 0 ? { read } : {}) }
}

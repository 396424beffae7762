/**
 * After a new session: both sides say what they have of each other's streams. Whoever finds that it is behind starts a new
 * stream; whoever finds that the other is behind sends again what the other's older history lacks (docs/protocol.md section 6).
 */
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { covers, highestOf, type Message, type Receipt } from '../protocol/message.ts'
import { bytes, decodeCbor, encodeCbor, u64 } from '../protocol/cbor.ts'
import { hex, unhex, utf8 } from '../protocol/bytes.ts'
import type { Contact } from '../storage/contactStore.ts'
import type { Core, Stores } from './core.ts'
import type { Files } from './files/files.ts'
import { wireAbout } from './messages/about.ts'
import { changesSince, type LostChange } from './messages/lostChanges.ts'
import { streamsNamed, type Outbox } from './outbox.ts'
import type { Live } from './sessions.ts'
import type { SettingsService } from './settings.ts'

/** What a restored contact gets back at most of each stream; more is for a backup to hold. */
const mostReturned = 10_000

type Confirm = Extract<Message, { t: 'session.confirm' }>

/** What a contact has of both sides' streams, as it said it. */
interface Knowledge {
  receipts: readonly Receipt[]
  own: Confirm['own']
}

const knowledgeSchema = v.strictObject({
  receipts: v.array(v.strictObject({ stream: bytes(8), upTo: u64(), beyond: bytes({ max: 128 }), read: v.optional(u64()) })),
  own: v.array(v.strictObject({ stream: bytes(8), last: u64() })),
})

type LostText = ReturnType<Stores['items']['textsAfter']>[number] & {
  /** Of the message that brings it back. */
  messageId: string
}
/** What was written, and what this person did to it since. */
interface Lost {
  texts: LostText[]
  changes: LostChange[]
}

const sizeOf = ({ texts, changes }: Lost): number => texts.length + changes.length

interface SyncParts {
  files: Pick<Files, 'giveBack' | 'isWhole'>
  outbox: Outbox
  settings: SettingsService
  onChanged(contact: number): void
}

export type Sync = ReturnType<typeof createSync>

export function createSync(core: Core, { files, outbox, settings, onChanged }: SyncParts) {
  const { stores } = core
  /** The widest receipt for each stream on the session a contact was last heard on: a confirm may be read after what was sent later. */
  const heard = new Map<number, { session: string; receipts: Map<string, Receipt> }>()

  function sendConfirm(live: Live, contactNo: number): void {
    const id = live.id.slice(0, 32)
    outbox.queueFirst(contactNo, id, { t: 'session.confirm', id: unhex(id), at: core.now() })
  }

  /** Once a session: what it sets going may be long. */
  function onConfirm(live: Live, contact: Contact, message: Confirm): void {
    if (live.synced) return
    live.synced = 1
    stores.sessions.setSynced(live.id)
    noticeRestore(contact, message.receipts)
    if (isKnown(contact, message)) returnHistory(contact, { receipts: widest(contact.no, message.receipts), own: message.own })
  }

  const widest = (contactNo: number, named: readonly Receipt[]): Receipt[] =>
    named.map((receipt) => heard.get(contactNo)?.receipts.get(hex(receipt.stream)) ?? receipt)

  /** The peer has numbers of our stream that we never gave out: this profile is older than the conversation. */
  function noticeRestore(contact: Contact, claims: readonly Receipt[]): void {
    const current = stores.contacts.ownStreams(contact.no).find(({ stream }) => hex(stream) === hex(contact.stream))
    const claim = current && claims.find(({ stream }) => hex(stream) === hex(current.stream))
    if (!claim || !current || highestOf(claim) <= current.last) return
    stores.contacts.newStream(contact.no, core.ports.random(8), core.now())
    stores.outbox.restamp(contact.no)
    outbox.flushAtEnd(contact.no)
  }

  /** If the person wants it: whoever stole keys and an old copy says the same as a contact that was restored. */
  function returnHistory(contact: Contact, knows: Knowledge): void {
    const lost = missing(contact, knows)
    const { history } = settings.get()
    if (history === 'yes') giveBack(contact, lost)
    if (sizeOf(lost) > 0 && history === 'ask') return ask(contact, knows, sizeOf(lost))
    if (stores.history.drop(contact.no)) core.later(() => onChanged(contact.no))
  }

  /**
   * Whether it names a stream from its beginning: one that deleted us, or a fresh profile with stolen keys, has none. The stream that
   * this very message came on says nothing.
   */
  function isKnown(contact: Contact, { receipts: claims, own, stream: current }: Confirm): boolean {
    const [ours, theirs] = [stores.contacts.ownStreams(contact.no), stores.streams.all(contact.no, streamsNamed)]
    const names = (known: readonly { stream: Uint8Array }[], stream: Uint8Array) => known.some((one) => hex(one.stream) === hex(stream))
    if (claims.some(({ stream, upTo }) => upTo > 0 && names(ours, stream))) return true
    return own.some(({ stream, last }) => last > 0 && hex(stream) !== hex(current) && names(theirs, stream))
  }

  function ask(contact: Contact, knows: Knowledge, texts: number): void {
    stores.history.ask(contact.no, { knows: encodeCbor(knows), texts, at: core.now() })
    core.later(() => onChanged(contact.no))
  }

  /** By the person. A question that is no more (the contact was heard to have everything) is no error. */
  function answer(contact: Contact, give: boolean): void {
    const question = stores.history.question(contact.no)
    if (!question) return
    core.commit(() => {
      stores.history.drop(contact.no)
      if (give) giveBack(contact, missing(contact, decodeCbor(question.knows, knowledgeSchema)))
      core.later(() => onChanged(contact.no))
    })
  }

  /** What arrived meanwhile is not asked about any more. In the transaction of the message that says so. */
  function receipted(live: Live, contact: Contact, named: readonly Receipt[]): void {
    const last = heard.get(contact.no)
    const known = last?.session === live.id ? last.receipts : new Map<string, Receipt>()
    for (const receipt of named) if (isWider(receipt, known.get(hex(receipt.stream)))) known.set(hex(receipt.stream), receipt)
    heard.set(contact.no, { session: live.id, receipts: known })
    const question = stores.history.question(contact.no)
    if (!question) return
    const before = decodeCbor(question.knows, knowledgeSchema)
    const others = before.receipts.filter(({ stream }) => !known.has(hex(stream)))
    const knows = { own: before.own, receipts: [...others, ...known.values()] }
    const size = sizeOf(missing(contact, knows))
    if (size === question.texts) return
    if (size > 0) return ask(contact, knows, size)
    stores.history.drop(contact.no)
    core.later(() => onChanged(contact.no))
  }

  /** Texts of both sides that the contact has not; what is on its way anyway is not among them. */
  function missing(contact: Contact, knows: Knowledge): Lost {
    const texts = missingTexts(contact, knows)
    const isDue = ({ id }: LostChange) => !stores.outbox.has(contact.no, hex(id))
    return { texts, changes: changesSince(core, contact, knownUntil(contact, knows)).filter(isDue) }
  }

  /**
   * When the last of our messages that the contact has was written: what was done later, it does not know. Now, where it has everything
   * that it ever receipted; the rest is on its way.
   */
  function knownUntil(contact: Contact, { receipts: claims }: Knowledge): number {
    const { stream, no } = contact
    const claim = claims.find((one) => hex(one.stream) === hex(stream)) ?? { stream, upTo: 0, beyond: new Uint8Array() }
    const { last } = stores.contacts.ownStreams(no).find((own) => hex(own.stream) === hex(stream)) ?? { last: 0 }
    const onTheirWay = stores.outbox.numbers(no, stream)
    for (let seq = claim.upTo + 1; seq <= last; seq++)
      if (!covers(claim, seq) && !onTheirWay.has(seq)) return stores.items.sentAt(no, stream, claim.upTo)
    return core.now()
  }

  function missingTexts(contact: Contact, { receipts: claims, own }: Knowledge): LostText[] {
    const ours = stores.contacts.ownStreams(contact.no)
    const theirs = stores.streams.all(contact.no, streamsNamed)
    return [
      ...ours.flatMap(({ stream }) => ownMissing(contact, stream, claims)),
      ...theirs.flatMap(({ stream }) => theirMissing(contact, stream, own)),
    ]
      .filter(({ contact: place, id, text }) => text !== '' || files.isWhole(place, id))
      .map((item) => ({ ...item, messageId: item.own ? item.id : historyId(item.id) }))
      .filter(({ messageId }) => !stores.outbox.has(contact.no, messageId))
      .sort((a, b) => a.position - b.position)
  }

  const historyId = (id: string): string => hex(core.ports.primitives.sha256(utf8('cairn/1 history'), unhex(id)).slice(0, 16))

  function giveBack(contact: Contact, { texts, changes }: Lost): void {
    for (const item of texts) {
      const { own, id, messageId, stream, seq } = item
      const said = { id: unhex(id), at: item.sentAt, ...wordsOf(contact, item), ...groupOf(contact, item) }
      if (own) outbox.queue(contact.no, id, { t: 'file' in said ? 'attachment' : 'text', ...said }, { stream, seq })
      else {
        const { group, ...rest } = said
        const of = { ...rest, stream, seq, ...(group && { group: group.id }) }
        outbox.queue(contact.no, messageId, { t: 'history', id: unhex(messageId), at: core.now(), of })
      }
    }
    for (const change of changes) outbox.queue(contact.no, hex(change.id), change)
  }

  /** An own message of a group is one again, under what the group is now. */
  function groupOf(contact: Contact, { contact: place }: LostText): { group?: { id: Uint8Array; head: Uint8Array } } {
    const [group, row] = place === contact.no ? [null, null] : [stores.contacts.byNo(place), stores.groups.get(place)]
    return group && row?.head ? { group: { id: unhex(group.id), head: unhex(row.head) } } : {}
  }

  /** With its file where that is here in whole; else what was said about it comes back alone. */
  function wordsOf(contact: Contact, { contact: place, id, text, ...about }: LostText) {
    const file = files.giveBack(place, id, contact)
    if (file === null) return { text, ...wireAbout(about) }
    return { text: text.slice(0, limits.captionChars).toWellFormed(), ...wireAbout(about), file }
  }

  function ownMissing(contact: Contact, stream: Uint8Array, claims: readonly Receipt[]) {
    const claim = claims.find((c) => hex(c.stream) === hex(stream))
    const after = stores.items.textsAfter(contact.no, true, stream, claim?.upTo ?? 0, mostReturned)
    const inGroups = stores.items.groupTextsAfter(contact.id, stream, claim?.upTo ?? 0, mostReturned).filter(isThere(contact))
    return [...after, ...inGroups].filter((item) => !claim || !covers(claim, item.seq))
  }

  /** Somebody who was removed gets nothing of the group any more. */
  const isThere =
    ({ id }: Contact) =>
    ({ contact: group }: { contact: number }): boolean =>
      stores.groups.isMember(group, id)

  function theirMissing(contact: Contact, stream: Uint8Array, own: Confirm['own']) {
    const known = own.find((o) => hex(o.stream) === hex(stream))
    if (!known && own.length >= streamsNamed) return []
    const inGroups = stores.items.groupTextsBy(contact.id, stream, known?.last ?? 0, mostReturned)
    return [...stores.items.textsAfter(contact.no, false, stream, known?.last ?? 0, mostReturned), ...inGroups.filter(isThere(contact))]
  }

  return { sendConfirm, onConfirm, receipted, answer }
}

const isWider = (receipt: Receipt, than: Receipt | undefined): boolean =>
  than === undefined || receipt.upTo > than.upTo || (receipt.upTo === than.upTo && receipt.beyond.length >= than.beyond.length)

/** Texts on their way out and in: written, forwarded, arrived, delivered, read. */
import type { Mention, TextMessage } from '#shared/contract/itemModels.ts'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { unhex } from '../../protocol/bytes.ts'
import type { Message, Receipt } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import { uuidHex } from '../../storage/itemModel.ts'
import type { NewText } from '../../storage/itemStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../files/drafts.ts'
import type { Files } from '../files/files.ts'
import type { Outgoing } from '../outbox.ts'
import type { Receipts } from '../receipts.ts'
import type { SettingsService } from '../settings.ts'
import { aboutOf, wireAbout, type About } from './about.ts'
import type { Changes } from './changes.ts'
import type { ComingBack } from './comingBack.ts'
import type { Disappearing } from './disappearing.ts'
import type { FanOut } from './fanOut.ts'
import type { Place, Places } from './places.ts'
import type { Typing } from './typing.ts'

/** Arrived so long after it was written that the person wants to know when that was. */
const lateAfter = 5 * 60_000

type Of<T extends Message['t']> = Extract<Message, { t: T }>

/** As windows hand it over. */
interface Written {
  messageId: string
  text: string
  replyTo: string | null
  mentions: Mention[]
}

interface Target {
  id: string
  messageIds: readonly string[]
}

export interface TextsParts {
  conversations: Conversations
  changes: Changes
  comingBack: ComingBack
  disappearing: Disappearing
  fanOut: FanOut
  files: Files
  places: Places
  receipts: Receipts
  settings: SettingsService
  typing: Typing
  tell(contact: Contact, message: Outgoing & { id: Uint8Array }): void
}

export function createTexts(core: Core, parts: TextsParts) {
  const { stores } = core
  const { conversations, changes, comingBack, disappearing, fanOut, files, places, receipts, settings, typing, tell } = parts

  /** Errors: `contact.unknown`, `contact.blocked`. Repeating a call with the same id sends nothing twice. */
  function send(contactId: string, text: Written, file: Draft | null = null): TextMessage {
    const contact = writable(contactId)
    const about = { reply: text.replyTo === null ? null : uuidHex(text.replyTo), forwarded: false, mentions: text.mentions }
    core.commit(() => write(contact, uuidHex(text.messageId), text.text, { ...about, ttl: contact.timer }, file))
    const sent = stores.items.get(contact.no, uuidHex(text.messageId), contact.id)
    if (sent?.kind !== 'text') throw new CairnError('message.unknown') // written before, and deleted since
    return sent
  }

  /** A file that was handed over, with what is said about it. Errors: as `send`, and `session.none`, `file.*`, `keystore.*`. */
  async function sendFile(contactId: string, fileId: string, text: Written): Promise<TextMessage> {
    const contact = reachable(contactId)
    if (stores.items.has(contact.no, uuidHex(text.messageId))) return send(contactId, text)
    return send(contactId, text, await files.drafts.ready(fileId))
  }

  /** Whom files can be sent to: before there is a session nobody knows where. */
  function reachable(contactId: string): Contact {
    const contact = writable(contactId)
    if (contact.state !== 'open') throw new CairnError('session.none')
    return contact
  }

  /** Errors: `contact.unknown`, `contact.blocked`, `group.not-member`. */
  function writable(contactId: string): Contact {
    const contact = conversations.byId(contactId)
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    if (contact.kind === 'group' && stores.groups.get(contact.no)?.state !== 'member') throw new CairnError('group.not-member')
    return contact
  }

  function write(contact: Contact, id: string, text: string, about: About, file: Draft | null = null): void {
    if (stores.items.has(contact.no, id)) return
    const at = core.now()
    const self = conversations.isSelf(contact)
    const row = { id, own: true, stream: null, seq: null, text, sentAt: at, late: false, ...about, fileName: file?.name ?? null }
    stores.items.insertText(contact.no, { ...row, status: self ? 'delivered' : 'waiting' }, at)
    stores.contacts.update(contact.no, { activity: at, draft: '', archived_at: null, quiet: 0 })
    const sent = file && files.attach(contact, id, file)
    tell(contact, { ...(sent ? { t: 'attachment', file: sent } : { t: 'text' }), id: unhex(id), at, text, ...wireAbout(about) })
    if (self) disappearing.delivered(contact.no, id, about.ttl)
    typing.sent(contact.no)
    conversations.itemChanged(contact, id)
    conversations.changed(contact.no)
  }

  /** A file goes from here once more, under another secret. Errors: `message.*`, `contact.*`, `session.none`, `file.*`; nothing is forwarded then. */
  async function forward(contactId: string, items: readonly string[], to: readonly Target[]): Promise<void> {
    const from = conversations.byId(contactId)
    const texts = items.map((id) => changes.known(from, id))
    if (to.some(({ messageIds }) => messageIds.length !== items.length)) throw new CairnError('input.invalid', { details: { path: 'to' } })
    const rows = texts.map(({ id }) => files.row(from.no, id))
    const receiver = rows.some(Boolean) ? reachable : writable
    to.forEach(({ id }) => receiver(id))
    const copies: Draft[][] = []
    for (const row of rows) copies.push(row ? await files.copies(row, to.length) : [])
    core.commit(() =>
      to.forEach(({ id, messageIds }, target) => {
        const contact = receiver(id)
        const about = { reply: null, forwarded: true, mentions: [], ttl: contact.timer }
        texts.forEach(({ text }, i) => {
          const file = copies[i]?.[target] ?? null
          write(contact, uuidHex(messageIds[i] ?? ''), file ? text.slice(0, limits.captionChars).toWellFormed() : text, about, file)
        })
      }),
    )
  }

  /** From the contact; what is here already, or was, is dropped. */
  function arrived(place: Place, contact: Contact, message: Of<'text' | 'attachment'>): void {
    const { at } = place
    const id = places.idFor(place, message.id)
    typing.over(at, contact)
    if (stores.items.has(at.no, id)) return arrivedAgain({ from: contact, at, id, message })
    const late = conversations.gained(contact, message.at) || isLate(message)
    show(place, id, message, { stream: message.stream, seq: message.seq, late, passedBy: null })
  }

  /** Of a group, through another member: it has no number until it comes from its author too. */
  function passed(place: Place, passedBy: string, message: Of<'text' | 'attachment'>): void {
    const id = places.idFor(place, message.id)
    if (!stores.items.has(place.at.no, id)) show(place, id, message, { stream: null, seq: null, late: isLate(message), passedBy })
  }

  const isLate = ({ at }: Of<'text' | 'attachment'>): boolean => core.now() - at > lateAfter

  /** It had come through another member, or somebody thinks that it is lost. */
  function arrivedAgain({ from, at, id, message }: { from: Contact; at: Contact; id: string; message: Of<'text' | 'attachment'> }): void {
    if (stores.items.confirm(at.no, id, message.stream, message.seq)) conversations.itemChanged(at, id)
    if (message.t === 'attachment' && message.file.copy) comingBack.fileAgain({ from, at, id, of: message.id, file: message.file })
  }

  function show(
    { at, author }: Place,
    id: string,
    message: Of<'text' | 'attachment'>,
    came: Pick<NewText, 'stream' | 'seq' | 'late' | 'passedBy'>,
  ): void {
    const now = core.now()
    const by = { own: false, author: typeof author === 'object' ? author.member : null }
    const fileName = message.t === 'attachment' ? message.file.name : null
    const said = { text: message.text, sentAt: message.at, fileName, ...aboutOf(message, message.text) }
    const row = { id, ...by, ...came, status: 'received' as const, unread: true, ...said }
    for (const moved of stores.items.insertText(at.no, row, now)) conversations.itemChanged(at, moved)
    if (message.t === 'attachment') files.arrived(at, id, message.file, by.author ?? at.id)
    conversations.countUnread(at.no, 1)
    stores.contacts.update(at.no, { activity: now, quiet: 0, ...(conversations.isMuted(at) ? {} : { archived_at: null }) })
    changes.catchUp(at, id)
    conversations.itemChanged(at, id)
    conversations.changed(at.no)
  }

  function delivered(contact: Contact, ids: readonly string[]): void {
    for (const id of ids) {
      const item = stores.items.text(contact.no, id)
      if (!item) {
        fanOut.advance(contact, id, 'delivered', (stream, seq) => isSeen(contact, stream, seq))
        continue
      }
      const seen = item.stream !== null && isSeen(contact, item.stream, item.seq ?? 0)
      const isNew = stores.items.setStatus(contact.no, id, seen ? 'read' : 'delivered')
      disappearing.delivered(contact.no, id, item.ttl)
      if (isNew) conversations.itemChanged(contact, id)
    }
    if (ids.length > 0) conversations.changed(contact.no)
  }

  const isSeen = ({ no }: Contact, stream: Uint8Array, seq: number): boolean =>
    settings.get().readReceipts && seq <= stores.contacts.peerRead(no, stream)

  /** How far the contact has read, where both sides let that be known. */
  function read(contact: Contact, named: readonly Receipt[]): void {
    if (!settings.get().readReceipts) return
    const ids = named.flatMap(({ stream, read: upTo }) => {
      const news = upTo === undefined ? null : stores.contacts.setPeerRead(contact.no, stream, upTo)
      if (news) fanOut.read(contact, stream, news.from, news.upTo)
      return news ? stores.items.readByPeer(contact.no, stream, news.from, news.upTo) : []
    })
    for (const id of ids) conversations.itemChanged(contact, id)
    if (ids.length > 0) conversations.changed(contact.no)
  }

  /** At the relay, in the caller's transaction. */
  function stored(contactNo: number, id: string): void {
    const contact = stores.contacts.byNo(contactNo)
    const item = contact && stores.items.get(contact.no, id, contact.id)
    if (contact && !item) return void fanOut.advance(contact, id, 'sent', () => false)
    if (!contact || item?.kind !== 'text' || item.status !== 'waiting') return
    stores.items.setStatus(contact.no, id, 'sent')
    conversations.itemChanged(contact, id)
    conversations.changed(contactNo)
  }

  /** The person has looked at everything that is here. */
  function markRead(contactId: string): void {
    const contact = conversations.byId(contactId)
    if (contact.unread === 0) return
    core.commit(() => {
      const authors = contact.kind === 'person' ? [contact.id] : stores.items.unreadAuthors(contact.no)
      for (const id of stores.items.markRead(contact.no, core.now())) conversations.itemChanged(contact, id)
      core.later(disappearing.schedule)
      stores.contacts.update(contact.no, { unread: 0 })
      authors.flatMap((id) => stores.contacts.byId(id) ?? []).forEach(receipts.read)
      conversations.changed(contact.no)
    })
  }

  return { send, sendFile, forward, arrived, passed, delivered, read, stored, markRead }
}

/** What a person sees of a conversation: items, the row in the list, drafts and unread counts. */
import { CairnError } from '#shared/errors.ts'
import type { Conversation, Exchange, ItemPage, SystemLine, TextMessage, Trouble, Verification } from '#shared/contract/models.ts'
import { hex, unhex } from '../protocol/bytes.ts'
import type { Message } from '../protocol/message.ts'
import { shownName, type By, type Contact } from '../storage/contactStore.ts'
import type { ExchangeRow } from '../storage/exchangeStore.ts'
import { uuidHex, type LastText } from '../storage/itemStore.ts'
import type { Core } from './core.ts'
import type { Outgoing } from './outbox.ts'
import { uuidv7 } from './uuidv7.ts'

/** Arrived so long after it was written that the person wants to know when that was. */
const lateAfter = 5 * 60_000
/** How long after a reset what arrives from before it counts as its gain. */
const gainFor = 10 * 60_000
/** The other side's clock says when its request began; a line older than this is another event whatever it says. */
const crossedWithin = 2 * 60_000
const noAnswerAfter = 2 * 24 * 3600_000

export const verificationOf = ({ verified_at, mismatch_at }: Contact): Verification =>
  mismatch_at !== null ? 'mismatch' : verified_at === null ? 'no' : 'yes'

type Of<T extends Message['t']> = Extract<Message, { t: T }>

export type Conversations = ReturnType<typeof createConversations>

export function createConversations(core: Core, queue: (contact: number, id: string, message: Outgoing) => boolean) {
  const { stores } = core
  /** The last reset line of a contact, while what it brings may still arrive. */
  const resetLines = new Map<number, { id: string; at: number; count: number }>()

  const model = (contact: Contact): Conversation =>
    modelOf(contact, stores.items.lastText(contact.no), contact.state === 'open' ? stores.history.texts(contact.no) : null)

  function modelOf(contact: Contact, last: LastText | null, asked: number | null): Conversation {
    // what an unconfirmed answer claims does not show in a conversation that works
    const exchange = contact.state === 'open' ? undefined : stores.exchanges.ofContact(contact.no).find((row) => row.kind === 'first')
    return {
      ...{
        id: contact.id,
        name: shownName(contact),
        ownName: contact.name,
        mutedUntil: mutedUntil(contact),
        question: asked === null ? null : { texts: asked },
      },
      ...{ unread: contact.unread, draft: contact.draft, activity: contact.activity },
      verified: verificationOf(contact),
      byCode: contact.by_code === 1,
      state: contact.blocked_at !== null ? 'blocked' : contact.state,
      exchange: exchange ? exchangeModel(exchange) : null,
      trouble: troubleOf(contact),
      last: last && { text: last.text.slice(0, 200), own: last.own, at: last.sentAt, status: last.status },
    }
  }

  const mutedUntil = ({ muted_until }: Contact) => (muted_until !== null && muted_until > core.now() ? muted_until : null)

  const exchangeModel = (row: ExchangeRow): Exchange => ({
    ...{ id: row.id, role: row.role, expires: row.expires, askRelay: row.ask_relay, asks: row.seed !== null },
    steps: [
      { name: 'invited', at: row.invited_at },
      { name: 'answered', at: row.answered_at },
      { name: 'open', at: null },
    ],
  })

  function troubleOf(contact: Contact): Trouble | null {
    const since = contact.trouble_since ?? 0
    if (contact.trouble === null) return null
    if (contact.trouble === 'broken') return { kind: 'broken', since, waiting: stores.outbox.count(contact.no) }
    return core.now() - since > noAnswerAfter
      ? { kind: 'no-answer', since }
      : { kind: 'resetting', since, by: contact.trouble_by ?? 'program' }
  }

  function byId(id: string): Contact {
    const contact = stores.contacts.byId(id)
    if (!contact) throw new CairnError('contact.unknown')
    return contact
  }

  function changed(contactNo: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (contact) core.emit({ type: 'conversation', conversation: model(contact) })
  }

  function itemChanged(contact: Contact, id: string): void {
    const item = stores.items.get(contact.no, id, contact.id)
    if (item) core.emit({ type: 'item', item })
  }

  /** Errors: `contact.unknown`, `contact.blocked`. Repeating a call with the same id sends nothing twice. */
  function send(id: string, messageId: string, text: string): TextMessage {
    const contact = byId(id)
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    const idHex = uuidHex(messageId)
    core.commit(() => {
      if (stores.items.has(contact.no, idHex)) return
      const at = core.now()
      stores.items.insertText(
        contact.no,
        { id: idHex, own: true, stream: null, seq: null, text, sentAt: at, status: 'waiting', late: false },
        at,
      )
      stores.contacts.update(contact.no, { activity: at, draft: '' })
      queue(contact.no, idHex, { t: 'text', id: unhex(idHex), at, text })
      itemChanged(contact, idHex)
      changed(contact.no)
    })
    return stores.items.get(contact.no, idHex, contact.id) as TextMessage
  }

  /** A text from the contact; one that is here already is dropped. */
  function arrived(contact: Contact, message: Of<'text'>): void {
    const id = hex(message.id)
    if (stores.items.has(contact.no, id)) return
    const now = core.now()
    const late = gained(contact, message.at) || now - message.at > lateAfter
    const row = {
      id,
      own: false,
      stream: message.stream,
      seq: message.seq,
      text: message.text,
      sentAt: message.at,
      status: 'received' as const,
      late,
    }
    for (const moved of stores.items.insertText(contact.no, row, now)) itemChanged(contact, moved)
    stores.contacts.update(contact.no, { unread: contact.unread + 1, activity: now })
    itemChanged(contact, id)
    changed(contact.no)
  }

  /** Something of ours that only the other side still had. Only a profile that knows it was restored takes it back. */
  function recalled(contact: Contact, { of }: Of<'history'>): void {
    if (contact.restored_at === null || hex(of.stream) === hex(contact.stream)) throw new CairnError('session.refused')
    const id = hex(of.id)
    if (stores.items.has(contact.no, id)) return
    gained(contact, of.at)
    const row = { id, own: true, stream: of.stream, seq: of.seq, text: of.text, sentAt: of.at, status: 'delivered' as const, late: true }
    for (const moved of stores.items.insertText(contact.no, row, core.now())) itemChanged(contact, moved)
    stores.contacts.recallStream(contact.no, of.stream)
    itemChanged(contact, id)
    changed(contact.no)
  }

  /** Written before the last reset and here because of it: the reset's line counts it. */
  function gained(contact: Contact, sentAt: number): boolean {
    const line = resetLines.get(contact.no)
    if (!line || sentAt >= line.at || core.now() - line.at > gainFor) return false
    line.count += 1
    stores.items.setCount(contact.no, line.id, line.count)
    itemChanged(contact, line.id)
    return true
  }

  function delivered(contact: Contact, ids: readonly string[]): void {
    for (const id of ids) if (stores.items.setStatus(contact.no, id, 'delivered')) itemChanged(contact, id)
    if (ids.length > 0) changed(contact.no)
  }

  /** At the relay, in the caller's transaction. */
  function stored(contactNo: number, id: string): void {
    const contact = stores.contacts.byNo(contactNo)
    const item = contact && stores.items.get(contact.no, id, contact.id)
    if (!contact || item?.kind !== 'text' || item.status !== 'waiting') return
    stores.items.setStatus(contact.no, id, 'sent')
    itemChanged(contact, id)
    changed(contactNo)
  }

  function systemLine(contact: Contact, line: { event: SystemLine['event']; by: By; text?: string }): string {
    const id = uuidv7(core.now(), core.ports.random)
    stores.items.insertSystem(contact.no, { id, event: line.event, by: line.by, at: core.now(), count: 0, text: line.text ?? '' })
    itemChanged(contact, id)
    return id
  }

  /** Crossed resets are one event to a person: an exchange that began before the last line was written adds none. */
  function resetLine(contact: Contact, by: By, begun: number): void {
    const known = resetLines.get(contact.no)
    if (known && begun <= known.at && core.now() - known.at < crossedWithin) return
    resetLines.set(contact.no, { id: systemLine(contact, { event: 'reset', by }), at: core.now(), count: 0 })
  }

  /** One line stands for all of them until something else is said. */
  function foreign(contact: Contact, id: Uint8Array, body: Uint8Array): void {
    if (!stores.items.keepForeign(contact.no, id, body, core.now())) return
    if (stores.items.lastEvent(contact.no) !== 'newer') systemLine(contact, { event: 'newer', by: 'them' })
  }

  return {
    byId,
    foreign,
    model,
    changed,
    send,
    arrived,
    recalled,
    delivered,
    stored,
    systemLine,
    resetLine,
    list(): Conversation[] {
      const [last, asked] = [stores.items.lastTexts(), stores.history.allTexts()]
      return stores.contacts
        .all()
        .map((contact) => modelOf(contact, last.get(contact.no) ?? null, contact.state === 'open' ? (asked.get(contact.no) ?? null) : null))
    },
    /** What a window shows first, at a fraction of the cost of all. */
    newest: (most: number): Conversation[] => stores.contacts.newest(most).map(model),
    items(id: string, before: number | undefined, limit: number): ItemPage {
      const contact = byId(id)
      return stores.items.page(contact.no, contact.id, before ?? Infinity, limit)
    },
    markRead(id: string): void {
      const contact = byId(id)
      if (contact.unread === 0) return
      core.commit(() => {
        stores.contacts.update(contact.no, { unread: 0 })
        changed(contact.no)
      })
    },
    setDraft(id: string, text: string): void {
      const contact = byId(id)
      if (contact.draft === text) return
      core.commit(() => {
        stores.contacts.update(contact.no, { draft: text })
        changed(contact.no)
      })
    },
  }
}

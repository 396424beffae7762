/** What a person sees of a conversation: items, the row in the list, drafts and unread counts. */
import { CairnError } from '#shared/errors.ts'
import type { Parsed } from '#shared/contract/contract.ts'
import type { Trouble, Verification } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { Exchange } from '#shared/contract/inviteModels.ts'
import type { Item, ItemPage, SystemLine, TextMessage } from '#shared/contract/itemModels.ts'
import { idOfLanPlace } from '#shared/wire/lanPlace.ts'
import { shownName, type By, type Contact, type ContactChanges } from '../storage/contactStore.ts'
import type { ExchangeRow } from '../storage/exchangeStore.ts'
import { uuidHex } from '../storage/itemModel.ts'
import type { LastText } from '../storage/itemStore.ts'
import type { Core } from './core.ts'
import { uuidv7 } from './uuidv7.ts'

/** How long after a reset what arrives from before it counts as its gain. */
const gainFor = 10 * 60_000
/** The other side's clock says when its request began; a line older than this is another event whatever it says. */
const crossedWithin = 2 * 60_000
const pageOfAll = 200
const noAnswerAfter = 2 * 24 * 3600_000

export const verificationOf = ({ verified_at, mismatch_at }: Contact): Verification =>
  mismatch_at !== null ? 'mismatch' : verified_at === null ? 'no' : 'yes'

interface Line {
  event: SystemLine['event']
  by: By
  text?: string
  count?: number
  /** In a group: the id of whoever did it. */
  author?: string | null
}

export type Conversations = ReturnType<typeof createConversations>

export function createConversations(core: Core) {
  const { stores } = core
  /** The last reset line of a contact, while what it brings may still arrive. */
  const resetLines = new Map<number, { id: string; at: number; count: number }>()
  /** When a contact's last line was written that says that it is connected. */
  const connectedLines = new Map<number, number>()

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
        ...{ self: isSelf(contact), pinned: contact.pinned_at !== null, archived: contact.archived_at !== null, timer: contact.timer },
        question: asked === null ? null : { texts: asked },
      },
      group: contact.kind === 'group' ? stores.groups.summary(contact.no) : null,
      introducedBy: contact.introduced_by === null ? null : stores.items.writer(contact.no, contact.introduced_by).name,
      ...{ unread: contact.unread, draft: contact.draft, activity: contact.activity },
      verified: verificationOf(contact),
      byCode: contact.by_code === 1,
      state: contact.blocked_at !== null ? 'blocked' : contact.state,
      exchange: exchange ? exchangeModel(exchange, contact) : null,
      trouble: troubleOf(contact),
      last: last && {
        text: last.text.slice(0, 200),
        own: last.own,
        ...(last.author && { author: last.author }),
        at: last.sentAt,
        status: last.status,
        deleted: last.deleted,
        file: last.file,
      },
    }
  }

  const mutedUntil = ({ muted_until }: Contact) => (muted_until !== null && muted_until > core.now() ? muted_until : null)

  const exchangeModel = (row: ExchangeRow, { relays }: Contact): Exchange => ({
    ...{ id: row.id, role: row.role, expires: row.expires, askRelay: row.ask_relay, asks: row.seed !== null },
    onLan: isNowhere(relays) || isNowhere(stores.profile.relays().flatMap((own) => (own.retired_at === null ? own.address : []))),
    steps: [
      { name: 'invited', at: row.invited_at },
      { name: 'answered', at: row.answered_at },
      { name: 'open', at: null },
    ],
  })

  /** Met at no relay. */
  const isNowhere = (places: readonly string[]): boolean => places.every((place) => idOfLanPlace(place) !== null)

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

  /** Errors: `contact.unknown`, also for a group. */
  function personById(id: string): Contact {
    const contact = byId(id)
    if (contact.kind !== 'person') throw new CairnError('contact.unknown')
    return contact
  }

  function changed(contactNo: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (contact?.quiet === 0) core.emit({ type: 'conversation', conversation: model(contact) })
  }

  function itemChanged(contact: Contact, id: string): void {
    const item = stores.items.get(contact.no, id, contact.id)
    if (item) core.emit({ type: 'item', item })
  }

  /** Notes to oneself: a contact with one's own id, whom nothing is ever sent to. */
  const isSelf = ({ id }: Contact): boolean => id === core.identity().id

  function self(): Conversation {
    const { id, publicBytes, nick } = core.identity()
    const known = stores.contacts.byId(id)
    if (known) return model(known)
    return core.commit(() => {
      const now = core.now()
      const { no } = stores.contacts.insert({ id, public: publicBytes, name: nick, relays: [], stream: core.ports.random(8), now })
      stores.contacts.update(no, { state: 'open', heard_at: now })
      changed(no)
      return model(byId(id))
    })
  }

  /** In the caller's transaction. */
  function countUnread(contactNo: number, by: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (contact) stores.contacts.update(contactNo, { unread: Math.max(0, contact.unread + by) })
  }

  /** Items were deleted or have disappeared; ids as windows have them. In the caller's transaction. */
  function removed(contactNo: number, ids: string[], unread: number): void {
    const contact = stores.contacts.byNo(contactNo)
    if (!contact || ids.length === 0) return
    countUnread(contactNo, -unread)
    core.emit({ type: 'itemsRemoved', conversationId: contact.id, ids })
    changed(contactNo)
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

  function systemLine(contact: Contact, line: Line): string {
    const id = uuidv7(core.now(), core.ports.random)
    const { event, by, count = 0, text = '', author = null } = line
    stores.items.insertSystem(contact.no, { id, event, by, at: core.now(), count, text, author })
    itemChanged(contact, id)
    return id
  }

  /** `introducer`: a name, or ''. Who were brought together by two people at once, or from both sides, came to be connected once. */
  function connectedLine(contact: Contact, by: By, introducer: string): void {
    const isCrossed = introducer !== '' && core.now() - (connectedLines.get(contact.no) ?? -Infinity) < crossedWithin
    connectedLines.set(contact.no, core.now())
    if (!isCrossed) systemLine(contact, { event: 'connected', by, text: introducer })
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

  function items(id: string, { before, after, around, limit }: Omit<Parsed<'conversations.items'>, 'id'>): ItemPage {
    const { no } = byId(id)
    if (around !== undefined) return itemsAround(no, id, uuidHex(around), limit)
    if (after !== undefined) return { ...stores.items.after(no, id, after, limit), more: true }
    return { ...stores.items.before(no, id, before ?? Infinity, limit), newer: before !== undefined }
  }

  function itemsAround(contactNo: number, id: string, itemId: string, limit: number): ItemPage {
    const item = stores.items.get(contactNo, itemId, id)
    if (!item) throw new CairnError('message.unknown')
    const above = stores.items.before(contactNo, id, item.position, Math.floor(limit / 2))
    const below = stores.items.after(contactNo, id, item.position, Math.max(0, limit - 1 - Math.floor(limit / 2)))
    return { items: [...above.items, item, ...below.items], more: above.more, newer: below.newer }
  }

  /** Everything, the oldest first, never much of it at once. Errors: `contact.unknown`. */
  function* allItems(id: string): Generator<Item> {
    const { no } = byId(id)
    for (let [newer, position] = [true, -Infinity]; newer;) {
      const page = stores.items.after(no, id, position, pageOfAll)
      yield* page.items
      newer = page.newer
      position = page.items.at(-1)?.position ?? position
    }
  }

  /** Errors: `contact.unknown`. */
  function change(id: string, changes: ContactChanges): Conversation {
    const { no } = byId(id)
    core.commit(() => {
      stores.contacts.update(no, changes)
      changed(no)
    })
    return model(byId(id))
  }

  return {
    byId,
    personById,
    isSelf,
    isMuted: (contact: Contact): boolean => mutedUntil(contact) !== null,
    self,
    countUnread,
    removed,
    gained,
    itemChanged,
    foreign,
    model,
    changed,
    systemLine,
    connectedLine,
    resetLine,
    items,
    allItems,
    list(): Conversation[] {
      const [last, asked] = [stores.items.lastTexts(), stores.history.allTexts()]
      return stores.contacts
        .shown()
        .map((contact) => modelOf(contact, last.get(contact.no) ?? null, contact.state === 'open' ? (asked.get(contact.no) ?? null) : null))
    },
    /** What a window shows first, at a fraction of the cost of all. */
    newest: (most: number): Conversation[] => stores.contacts.newest(most).map(model),
    pinnedMessages: (id: string): TextMessage[] => stores.items.pinned(byId(id).no, id).filter((item) => item.kind === 'text'),
    pin: (id: string, pinned: boolean) => change(id, { pinned_at: pinned ? core.now() : null }),
    /** Known by a group alone until now. Errors: `contact.unknown`. */
    open: (id: string) => change(id, { quiet: 0 }),
    archive: (id: string, archived: boolean) => change(id, { archived_at: archived ? core.now() : null }),
    setDraft(id: string, text: string): void {
      if (byId(id).draft !== text) change(id, { draft: text })
    },
  }
}

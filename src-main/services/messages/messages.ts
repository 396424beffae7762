/** Everything about the messages of a conversation, put together. */
import { hex } from '../../protocol/bytes.ts'
import type { Contact } from '../../storage/contactStore.ts'
import { uuidHex } from '../../storage/itemModel.ts'
import { CairnError } from '#shared/errors.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupDelivery } from '#shared/contract/groupModels.ts'
import type { TextMessage } from '#shared/contract/itemModels.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import type { Outbox, Outgoing } from '../outbox.ts'
import type { Receipts } from '../receipts.ts'
import type { SettingsService } from '../settings.ts'
import { createChanges } from './changes.ts'
import { createComingBack } from './comingBack.ts'
import { createDisappearing } from './disappearing.ts'
import { changeId } from './lostChanges.ts'
import { createFanOut } from './fanOut.ts'
import { createPlaces, type Grouped, type Place, type Placed } from './places.ts'
import { createTexts } from './texts.ts'
import { createTyping } from './typing.ts'

/** A message that was resent over resets may come this late; nothing is watched longer (docs/protocol.md section 4). */
const goneRemembered = 150 * 24 * 3600_000
/** No blob lies at a relay longer, so neither does the message that such an event waits for. */
const earlyKept = 31 * 24 * 3600_000

export interface MessagesParts {
  conversations: Conversations
  files: Files
  outbox: Outbox
  receipts: Receipts
  settings: SettingsService
  /** A member knows a change of a group that is not here. */
  wanted(from: Contact, group: number): void
  /** A message of a group waits for a session with a member. */
  waits(group: number): void
}

export type Messages = ReturnType<typeof createMessages>

export function createMessages(core: Core, { conversations, files, outbox, receipts, settings, wanted, waits }: MessagesParts) {
  const { stores } = core

  /** To the contact, or the group's members, in the caller's transaction; notes to oneself go nowhere. */
  function tell(contact: Contact, message: Outgoing & { id: Uint8Array }): void {
    if (contact.kind === 'group') fanOut.tell(contact, message)
    else if (!conversations.isSelf(contact)) outbox.queue(contact.no, hex(message.id), message)
  }

  const withdraw = (contact: Contact, id: string): boolean =>
    contact.kind === 'group' ? fanOut.withdraw(contact, id) : outbox.withdraw(contact.no, id)

  const disappearing = createDisappearing(core, { conversations, files })
  const places = createPlaces(core, wanted)
  const fanOut = createFanOut(core, { conversations, outbox, onDelivered, onWaits: waits })
  const changes = createChanges(core, { conversations, disappearing, files, tell, withdraw })
  const typing = createTyping(core, { conversations, outbox, places, settings })
  const comingBack = createComingBack(core, { conversations, disappearing, files, places, tell })
  const texts = createTexts(core, {
    conversations,
    changes,
    comingBack,
    disappearing,
    fanOut,
    files,
    places,
    receipts,
    settings,
    typing,
    tell,
  })

  /** The first member that has it starts the clock of an own message that disappears. */
  function onDelivered(group: number, id: string): void {
    const item = stores.items.text(group, id)
    if (item) disappearing.delivered(group, id, item.ttl)
  }

  /** In the transaction of the message. Errors: `session.refused`, `group.unknown`, `group.not-member`. */
  function arrived(contact: Contact, message: Placed): void {
    const place = places.placeOf(contact, message)
    if (place) put(place, contact, message)
  }

  function put(place: Place, contact: Contact, message: Placed): void {
    if (place.at !== contact && places.isBlocked(place.at, contact)) return
    if (message.t === 'text' || message.t === 'attachment') texts.arrived(place, contact, message)
    else changes.arrived(place, message)
  }

  /**
   * What a member wrote in a group, brought by another one; in the transaction of the copy.
   * Errors: `session.refused`, `group.unknown`, `group.not-member`.
   */
  function passed(by: Contact, author: string, message: Grouped): void {
    const place = places.placeInGroup(author, message, by)
    if (!place || places.isBlocked(place.at, { id: author }) || stores.contacts.isBlocked(author)) return
    if (message.t === 'text' || message.t === 'attachment') texts.passed(place, by.id, message)
    else changes.arrived(place, message)
  }

  /** The group's head has moved, or changes of it have come; in that transaction. */
  function groupChanged(group: number): void {
    fanOut.membersChanged(group)
    files.membersChanged(group)
    for (const { by, author, message } of places.released(group))
      core.guard('messages.kept-refused', () =>
        core.commit(() => {
          if (by.id === author) arrived(by, message)
          else if (message.group) passed(by, author, { ...message, group: message.group })
        }),
      )
  }

  /** A member holds to a change of the group that is here; in that transaction. */
  function agreed(from: Contact, group: number): void {
    for (const { place, message } of places.settled(from, group))
      core.guard('messages.kept-refused', () => core.commit(() => put(place, from, message)))
  }

  function setTimer(contactId: string, seconds: number): Conversation {
    const contact = conversations.byId(contactId)
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    disappearing.choose(contact, seconds, (at) => {
      tell(contact, { t: 'timer', id: changeId(core, 'timer', '', at), at, seconds })
    })
    return conversations.model(conversations.byId(contactId))
  }

  /** Errors: `contact.unknown`, `message.unknown`, `message.not-own`. */
  function deliveries(groupId: string, messageId: string): GroupDelivery[] {
    const { no } = conversations.byId(groupId)
    const item = stores.items.text(no, uuidHex(messageId))
    if (!item) throw new CairnError('message.unknown')
    if (!item.own) throw new CairnError('message.not-own')
    return stores.deliveries
      .of({ group: no, id: item.id })
      .map(({ member, status, at }) => ({ ...stores.items.writer(no, member), status, at }))
      .toSorted((a, b) => a.name.localeCompare(b.name))
  }

  /** Errors: `message.unknown`, `message.deleted`. */
  function pin(contactId: string, messageId: string, pinned: boolean): TextMessage {
    const contact = conversations.byId(contactId)
    const { id } = changes.known(contact, messageId)
    core.commit(() => {
      stores.items.setPinned(contact.no, id, pinned ? core.now() : null)
      conversations.itemChanged(contact, id)
    })
    return stores.items.get(contact.no, uuidHex(messageId), contact.id) as TextMessage
  }

  return {
    ...{ arrived, passed, changes, comingBack, deliveries, disappearing, groupChanged, agreed, texts, typing, setTimer, pin },
    connected: fanOut.connected,
    housekeeping: () =>
      core.commit(() => {
        stores.changes.prune({ gone: core.now() - goneRemembered, early: core.now() - earlyKept })
        stores.deliveries.forgetKept(core.now() - earlyKept)
      }),
  }
}

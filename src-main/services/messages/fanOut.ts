/**
 * Own messages of a group on their way: one and the same to each member, over the session with it. Whom there is no session with yet gets
 * it as soon as there is one; whoever is no member any more gets nothing that has not left.
 */
import * as v from 'valibot'
import type { MessageStatus } from '#shared/contract/itemModels.ts'
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Outbox, Outgoing } from '../outbox.ts'

const bodySchema = v.looseObject({ t: v.string() })

export interface FanOutParts {
  conversations: Conversations
  outbox: Outbox
  /** A member has it: in the transaction of the receipt. */
  onDelivered(group: number, id: string): void
  /** There is no session with a member yet. */
  onWaits(group: number): void
}

export type FanOut = ReturnType<typeof createFanOut>

export function createFanOut(core: Core, { conversations, outbox, onDelivered, onWaits }: FanOutParts) {
  const { stores } = core

  /** In the caller's transaction. */
  function tell(group: Contact, message: Outgoing & { id: Uint8Array }): void {
    const head = stores.groups.get(group.no)?.head
    if (!head) return
    const body = { ...message, group: { id: unhex(group.id), head: unhex(head) } }
    for (const member of stores.groups.membersOf(group.no)) send(group.no, member, body)
    if (isShown(message)) settle(group.no, hex(message.id))
  }

  const isShown = ({ t }: Outgoing): boolean => t === 'text' || t === 'attachment'

  function send(group: number, member: string, body: Outgoing & { id: Uint8Array }): void {
    const contact = stores.contacts.byId(member)
    if (contact?.blocked_at) return
    const id = hex(body.id)
    const isConnected = contact?.state === 'open'
    if (isShown(body) || !isConnected)
      stores.deliveries.add({ group, id, member, body: isConnected ? null : encodeCbor(body), at: core.now() })
    if (isConnected) outbox.queue(contact.no, id, body)
    else onWaits(group)
  }

  /** There is a session with a member now: what waited for it goes out, in the transaction that confirms the session. */
  function connected({ no, id: member }: Contact): void {
    for (const { group, id, body } of stores.deliveries.unconnected(member)) {
      if (!isMember(group, member)) stores.deliveries.remove(id, member)
      else {
        const message = decodeCbor(body, bodySchema) as Outgoing
        outbox.queue(no, id, message)
        if (isShown(message)) stores.deliveries.queued(id, member)
        else stores.deliveries.remove(id, member)
      }
    }
  }

  const isMember = (group: number, member: string): boolean => stores.groups.isMember(group, member)

  /** The group is another now, in that transaction: nothing more goes to those who are out. */
  function membersChanged(group: number): void {
    for (const member of stores.deliveries.members(group)) {
      if (isMember(group, member)) continue
      const contact = stores.contacts.byId(member)
      for (const id of stores.deliveries.open(group, member)) {
        if (contact && stores.outbox.has(contact.no, id) && !outbox.withdraw(contact.no, id)) continue
        stores.deliveries.remove(id, member)
        settle(group, id)
      }
    }
  }

  /** True where nobody can have it, and nobody will. In the caller's transaction. */
  function withdraw(group: Contact, id: string): boolean {
    const waiting = stores.deliveries.of({ group: group.no, id })
    for (const { member, status } of waiting) {
      const contact = stores.contacts.byId(member)
      if (status === 'unconnected' || (status === 'waiting' && contact && outbox.withdraw(contact.no, id)))
        stores.deliveries.remove(id, member)
    }
    return stores.deliveries.of({ group: group.no, id }).length === 0
  }

  /** What the message says of all of them together: as far as the last one is. */
  function settle(group: number, id: string): void {
    const { every, sent, delivered, read } = stores.deliveries.counts({ group, id })
    const status: MessageStatus = read === every ? 'read' : delivered === every ? 'delivered' : sent > 0 ? 'sent' : 'waiting'
    const contact = stores.contacts.byNo(group)
    if (!contact || !stores.items.setStatus(group, id, every === 0 ? 'delivered' : status)) return
    conversations.itemChanged(contact, id)
    core.atEnd(`changed ${String(group)}`, () => conversations.changed(group))
  }

  /** False where it is no message of a group. In the caller's transaction. */
  function advance(
    member: Contact,
    id: string,
    status: 'sent' | 'delivered',
    isRead: (stream: Uint8Array, seq: number) => boolean,
  ): boolean {
    const place = stores.deliveries.advance(id, member.id, status, core.now())
    if (!place) return false
    if (status === 'delivered') {
      if (place.stream && place.seq !== null && isRead(place.stream, place.seq))
        stores.deliveries.advance(id, member.id, 'read', core.now())
      onDelivered(place.group, id)
    }
    settle(place.group, id)
    return true
  }

  return {
    ...{ tell, connected, membersChanged, withdraw, advance },
    /** A member has read own messages with these numbers. */
    read(member: Contact, stream: Uint8Array, from: number, upTo: number): void {
      for (const { group, id } of stores.deliveries.readUpTo(member.id, stream, from, upTo, core.now())) settle(group, id)
    },
  }
}

/** Which conversation a message belongs to, and whether its sender may write there. */
import { CairnError } from '#shared/errors.ts'
import { hex, utf8 } from '../../protocol/bytes.ts'
import { encodeCbor } from '../../protocol/cbor.ts'
import { decodeMessage, type Change, type Message } from '../../protocol/message.ts'
import type { Author } from '../../storage/changeStore.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Core } from '../core.ts'

/** Of one member, under changes that are not here yet. */
const mostWaiting = 1000

export type Placed = Extract<Message, { t: 'text' | 'attachment' }> | Change

export type Grouped = Placed & { group: NonNullable<Placed['group']> }

export interface Place {
  /** The conversation. */
  at: Contact
  author: Author
}

export type Places = ReturnType<typeof createPlaces>

/** @param wanted a member knows a change of a group that is not here: it is asked for it */
export function createPlaces(core: Core, wanted: (from: Contact, group: number) => void) {
  const { stores } = core

  /**
   * Null: it is kept until the change of the group that its sender knew is here. In the transaction of the message.
   * Errors: `group.unknown`, `group.not-member` for what is none of ours, or for whoever is out.
   */
  function placeOf(contact: Contact, message: Placed): Place | null {
    return message.group ? placeInGroup(contact.id, { ...message, group: message.group }, contact) : { at: contact, author: 'contact' }
  }

  /** The same for what a member wrote in a group, whoever brought it. */
  function placeInGroup(author: string, message: Grouped, by: Contact): Place | null {
    const group = groupOf(hex(message.group.id))
    const { state } = group
    const isKnown = stores.groups.change(group.at.no, hex(message.group.head)) !== null
    if (isKnown && state === 'member' && stores.groups.isMember(group.at.no, author)) return { at: group.at, author: { member: author } }
    if (isKnown || (state !== 'member' && state !== 'joining')) throw new CairnError('group.not-member')
    const waiting = { group: group.at.no, member: author, id: message.id, head: message.group.head, body: encodeCbor(message) }
    const passedBy = by.id === author ? null : by.id
    if (!stores.deliveries.keep({ ...waiting, at: core.now(), passedBy }, mostWaiting)) throw new CairnError('group.not-member')
    wanted(by, group.at.no)
    return null
  }

  function groupOf(id: string) {
    const at = stores.contacts.byId(id)
    const row = at && stores.groups.get(at.no)
    if (!at || !row) throw new CairnError('group.unknown')
    return { at, state: row.state }
  }

  const isMember = (group: Contact, { id }: Contact): boolean => stores.groups.isMember(group.no, id)

  /** More of a group's changes are here: what waited for them, in the order in which it came. */
  const released = (group: number): { by: Contact; author: string; message: Placed }[] =>
    stores.deliveries.takeKept(group).flatMap(({ member, body, passedBy }) => {
      const by = stores.contacts.byId(passedBy ?? member)
      return by ? [{ by, author: member, message: decodeMessage(body) as Placed }] : []
    })

  /**
   * What still waits of a member that holds to a change that is here: it was on a branch that has lost, and what it knew then may never
   * come. Nothing while one of the two is out.
   */
  function settled(from: Contact, no: number): { place: Place; message: Placed }[] {
    const at = stores.contacts.byNo(no)
    if (!at || stores.groups.get(no)?.state !== 'member' || !isMember(at, from)) return []
    const place = { at, author: { member: from.id } }
    return stores.deliveries.takeKeptOf(no, from.id).map(({ body }) => ({ place, message: decodeMessage(body) as Placed }))
  }

  /** A group that both are in. Errors: `group.unknown`, `group.not-member`. */
  function groupFor(contact: Contact, groupId: string): Contact {
    const { at, state } = groupOf(groupId)
    if (state !== 'member' || !isMember(at, contact)) throw new CairnError('group.not-member')
    return at
  }

  /** A group where this member's typing is shown; null where it is not. */
  const typingIn = (contact: Contact, groupId: string): Contact | null => {
    const at = stores.contacts.byId(groupId)
    return at && stores.groups.get(at.no)?.state === 'member' && isMember(at, contact) && !isBlocked(at, contact) ? at : null
  }

  const isBlocked = (group: Contact, { id }: { id: string }): boolean => stores.groups.isBlocked(group.no, id)

  /**
   * A member that has seen somebody else's message might send its own under the same id before that one is here; it then gets an id that
   * only its author can have.
   */
  function idFor({ at, author }: Place, id: Uint8Array): string {
    if (typeof author !== 'object') return hex(id)
    const known = stores.items.text(at.no, hex(id))
    if (!known || known.author === author.member) return hex(id)
    return hex(core.ports.primitives.sha256(utf8(`cairn/1 message ${author.member}`), id).slice(0, 16))
  }

  return { groupFor, placeInGroup, placeOf, released, settled, typingIn, isBlocked, idFor }
}

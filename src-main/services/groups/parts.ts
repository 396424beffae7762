/** What the parts of the group service share: saying something to a member, and finding a group. */
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import type { GroupMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { ChangeRow, GroupRow } from '../../storage/groupStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Outbox } from '../outbox.ts'
import { uuidv7 } from '../uuidv7.ts'

/** A group: its conversation and its row. */
export interface Group {
  contact: Contact
  row: GroupRow
}

type Without<T> = T extends unknown ? Omit<T, 'id' | 'stream' | 'seq' | 'at' | 'receipts' | 'group'> : never
type Said = Without<GroupMessage>

export type GroupTools = ReturnType<typeof createGroupTools>

export function createGroupTools(core: Core, { conversations, outbox }: { conversations: Conversations; outbox: Pick<Outbox, 'queue'> }) {
  const { stores } = core

  /** To somebody with a session, in the caller's transaction. */
  function say(to: number, { contact }: Group, message: Said): void {
    const id = uuidv7(core.now(), core.ports.random)
    outbox.queue(to, id, { ...message, id: unhex(id), at: core.now(), group: unhex(contact.id) })
  }

  const byNo = (no: number): Group | null => {
    const [contact, row] = [stores.contacts.byNo(no), stores.groups.get(no)]
    return contact && row ? { contact, row } : null
  }

  /** Null for what is no group known here. */
  function find(id: string): Group | null {
    const contact = stores.contacts.byId(id)
    return contact ? byNo(contact.no) : null
  }

  /** Errors: `group.unknown`. */
  function get(id: string): Group {
    const group = find(id)
    if (!group) throw new CairnError('group.unknown')
    return group
  }

  /** Changes one after another, the oldest first, as many as travel together; whoever wants the others asks for them. */
  function sayChanges(to: number, group: Group, changes: readonly Pick<ChangeRow, 'bytes'>[]): void {
    let [room, count] = [limits.groupPageBytes, 0]
    for (const { bytes } of changes) {
      room -= bytes.length
      if (room < 0) break
      count += 1
    }
    if (count === 0) return
    const page = changes.slice(0, count).map(({ bytes }) => bytes)
    say(to, group, { t: 'group.changes', changes: page, ...(count < changes.length ? { more: true as const } : {}) })
  }

  /** Somebody this person has a session with, where it is so. */
  function withSession(id: string): Contact | null {
    const contact = stores.contacts.byId(id)
    return contact?.kind === 'person' && contact.state === 'open' && contact.blocked_at === null ? contact : null
  }

  /** In the caller's transaction: windows hear of it after the commit. */
  function changed({ contact }: Group): void {
    core.later(() => conversations.changed(contact.no))
    core.emit({ type: 'groupChanged', id: contact.id })
  }

  const refuse = (from: Contact, name: string): void => stores.profile.countRefusal(from.no, name)

  return { say, sayChanges, byNo, find, get, withSession, changed, refuse }
}

export const idsOf = (list: readonly Uint8Array[]): string[] => list.map(hex)

/**
 * What comes back to this profile after it restored an older copy: own messages that only others still had, and files of messages that
 * are here. Of a group several members may return the same: the first one counts, and the others are told.
 */
import { CairnError } from '#shared/errors.ts'
import { hex, unhex, utf8 } from '../../protocol/bytes.ts'
import type { Message, WireFile } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import type { Outgoing } from '../outbox.ts'
import { aboutOf } from './about.ts'
import type { Disappearing } from './disappearing.ts'
import type { Places } from './places.ts'

type Of<T extends Message['t']> = Extract<Message, { t: T }>

export interface ComingBackParts {
  conversations: Conversations
  disappearing: Disappearing
  files: Files
  places: Places
  tell(contact: Contact, message: Outgoing & { id: Uint8Array }): void
}

/** A file for a message that is here, or was. */
interface Again {
  /** Whoever sent it. */
  from: Contact
  /** The conversation, and the message's id there, in hex. */
  at: Contact
  id: string
  /** What its sender calls the message. */
  of: Uint8Array
  file: WireFile
}

export type ComingBack = ReturnType<typeof createComingBack>

export function createComingBack(core: Core, { conversations, disappearing, files, places, tell }: ComingBackParts) {
  const { stores } = core

  /**
   * Something of ours that only the other side still had. Only a profile that knows it was restored takes it back. Errors:
   * `session.refused`, `group.unknown`, `group.not-member`.
   */
  function recalled(contact: Contact, { of }: Of<'history'>): void {
    if (contact.restored_at === null || hex(of.stream) === hex(contact.stream)) throw new CairnError('session.refused')
    const at = of.group ? places.groupFor(contact, hex(of.group)) : contact
    const id = hex(of.id)
    if (!stores.items.has(at.no, id)) show(contact, at, of)
    else if (of.file) fileAgain({ from: contact, at, id, of: of.id, file: of.file })
  }

  function show(contact: Contact, at: Contact, of: Of<'history'>['of']): void {
    const id = hex(of.id)
    conversations.gained(contact, of.at)
    // in a group its numbers were others on the way to each member
    const number = at === contact ? { stream: of.stream, seq: of.seq } : { stream: null, seq: null }
    const row = { id, own: true, ...number, text: of.text, sentAt: of.at, status: 'delivered' as const, late: true }
    const about = aboutOf(of, of.text)
    for (const moved of stores.items.insertText(at.no, { ...row, ...about, fileName: of.file?.name ?? null }, core.now()))
      conversations.itemChanged(at, moved)
    if (of.file) files.arrived(at, id, of.file, contact.id)
    disappearing.delivered(at.no, id, about.ttl)
    stores.contacts.recallStream(contact.no, of.stream)
    conversations.itemChanged(at, id)
    conversations.changed(at.no)
  }

  /** Taken where the message lacks it; else its sender need not keep a copy. */
  function fileAgain(again: Again): void {
    const { from, at, id, file } = again
    const item = stores.items.text(at.no, id)
    const known = files.row(at.no, id)
    if (known && hex(known.secret) === hex(file.secret)) return // said twice
    // an own message that came back as words alone; to others no file is added
    const isMissed = known ? files.isLost(known, from.id) : item?.own === true && item.late
    if (!item || item.deleted || !isMissed) return decline(again)
    stores.items.renameFile(item, file.name)
    files.arrived(at, id, file, from.id)
    conversations.itemChanged(at, id)
    conversations.changed(at.no)
  }

  function decline({ from, at, of, file }: Again): void {
    if (!file.copy) return
    const group = at === from ? '' : at.id
    const id = core.ports.primitives.sha256(utf8(`cairn/1 file here ${hex(of)} ${group}`)).slice(0, 16)
    tell(from, { t: 'file.here', id, at: core.now(), of, ...(group && { group: unhex(group) }) })
  }

  /** A contact has a file that a copy is kept of for it. Errors: `group.unknown`. */
  function declined(contact: Contact, { of, group }: Of<'file.here'>): void {
    const at = group ? stores.contacts.byId(hex(group)) : contact
    if (!at || (group && at.kind !== 'group')) throw new CairnError('group.unknown')
    files.takeFrom(at, hex(of), contact.id)
  }

  return { recalled, fileAgain, declined }
}

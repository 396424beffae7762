/** Reactions, edits and deletions, of both sides: judged by the rules of `messageRules.ts`, then applied. */
import type { Mention, TextMessage, Version } from '#shared/contract/itemModels.ts'
import { limits } from '#shared/contract/limits.ts'
import { CairnError } from '#shared/errors.ts'
import { encodeCbor } from '../../protocol/cbor.ts'
import { hex, unhex } from '../../protocol/bytes.ts'
import { decodeMessage, type Change } from '../../protocol/message.ts'
import { after, judgeChange, type Target } from '../../protocol/messageRules.ts'
import type { Author } from '../../storage/changeStore.ts'
import type { Contact } from '../../storage/contactStore.ts'
import { uuidHex } from '../../storage/itemModel.ts'
import type { StoredText } from '../../storage/itemStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import type { Outgoing } from '../outbox.ts'
import { mentionsIn, wireMentions } from './about.ts'
import type { Disappearing } from './disappearing.ts'
import { changeId } from './lostChanges.ts'
import type { Place } from './places.ts'

/** Events of one contact that wait for their messages; more are passed over. */
const mostEarly = 1000

type Of<T extends Change['t']> = Extract<Change, { t: T }>
/** Without what the outbox adds. */
type Own = { [T in Change['t']]: Omit<Of<T>, 'id' | 'stream' | 'seq' | 'receipts'> }[Change['t']]

export interface ChangesParts {
  conversations: Conversations
  disappearing: Disappearing
  files: Files
  /** To the contact, or a group's members; to nobody for notes to oneself. */
  tell(contact: Contact, message: Outgoing & { id: Uint8Array }): void
  /** True where it was never encrypted, and now never will be. */
  withdraw(contact: Contact, id: string): boolean
}

export type Changes = ReturnType<typeof createChanges>

export function createChanges(core: Core, { conversations, disappearing, files, tell, withdraw }: ChangesParts) {
  const { stores } = core

  function targetOf(contactNo: number, id: string, by: Author): Target {
    const item = stores.items.text(contactNo, id)
    if (item) return { state: 'here', ...item, own: isBy(item, by), reactedAt: stores.changes.reactedAt(contactNo, id, by) }
    if (stores.changes.isGone(contactNo, id)) return { state: 'gone' }
    return stores.items.has(contactNo, id) ? { state: 'none' } : { state: 'unknown' }
  }

  const isBy = ({ own, author }: StoredText, by: Author): boolean =>
    by === 'me' ? own : !own && author === (by === 'contact' ? null : by.member)

  /** From somebody else, in the caller's transaction. Errors: `session.refused` for what its author may not do. */
  function arrived({ at, author }: Place, change: Change): void {
    const verdict = judgeChange(targetOf(at.no, hex(change.of), author), change)
    if (verdict === 'refuse') throw new CairnError('session.refused')
    if (verdict === 'apply') apply(at, change, author)
    if (verdict === 'keep' && stores.changes.countEarly(at.no) < mostEarly)
      stores.changes.keepEarly(at.no, { target: change.of, id: change.id, body: encodeCbor(change), at: core.now(), author })
  }

  /** A message came: what was already said about it follows, in the order in which it was done. */
  function catchUp(contact: Contact, id: string): void {
    const early = stores.changes.takeEarly(contact.no, id).map(({ body, author }) => ({ change: decodeMessage(body) as Change, author }))
    for (const { change, author } of early.toSorted((a, b) => a.change.at - b.change.at))
      if (judgeChange(targetOf(contact.no, id, author), change) === 'apply') apply(contact, change, author)
  }

  function apply(contact: Contact, change: Change | Own, author: Author): void {
    const id = hex(change.of)
    const item = stores.items.text(contact.no, id)
    if (!item) return
    if (change.t === 'reaction') stores.changes.react(contact.no, id, { author, emoji: change.emoji, at: change.at })
    if (change.t === 'edit') edit(item, change)
    if (change.t === 'delete') takeBack(contact, item, change.at)
    conversations.itemChanged(contact, id)
    conversations.changed(contact.no)
  }

  function edit(item: StoredText, { text, mentions, at }: Pick<Of<'edit'>, 'text' | 'mentions' | 'at'>): void {
    stores.changes.addVersion(item.contact, item.id, { at: item.editedAt ?? item.sentAt, text: item.text })
    stores.items.setText(item, text, mentionsIn(mentions ?? [], text), at)
  }

  function takeBack(contact: Contact, item: StoredText, at: number): void {
    stores.changes.forget(contact.no, item.id)
    files.wipe(contact.no, item.id)
    stores.items.setDeleted(item, at)
    if (item.unread) conversations.countUnread(contact.no, -1)
    core.scrub()
  }

  /** Errors: `message.unknown`, `message.deleted`. */
  function known(contact: Contact, messageId: string): StoredText {
    const item = stores.items.text(contact.no, uuidHex(messageId))
    if (!item) throw new CairnError('message.unknown')
    if (item.deleted) throw new CairnError('message.deleted')
    return item
  }

  function perform(contact: Contact, change: Own): void {
    apply(contact, change, 'me')
    tell(contact, { ...change, id: changeId(core, change.t, hex(change.of), change.at) })
  }

  const answer = (contact: Contact, id: string) => stores.items.get(contact.no, id, contact.id) as TextMessage

  return {
    arrived,
    catchUp,
    known,

    react(contactId: string, messageId: string, emoji: string): TextMessage {
      const contact = conversations.byId(contactId)
      const { id } = known(contact, messageId)
      const at = after(core.now(), stores.changes.reactedAt(contact.no, id, 'me'))
      core.commit(() => perform(contact, { t: 'reaction', of: unhex(id), emoji, at }))
      return answer(contact, id)
    },

    edit(contactId: string, messageId: string, text: string, mentions: Mention[]): TextMessage {
      const contact = conversations.byId(contactId)
      const item = known(contact, messageId)
      if (!item.own) throw new CairnError('message.not-own')
      const at = after(core.now(), item.editedAt ?? item.sentAt)
      if (at > item.sentAt + limits.editableMs) throw new CairnError('message.too-late')
      const names = mentions.length > 0 ? { mentions: wireMentions(mentions) } : {}
      if (text !== item.text) core.commit(() => perform(contact, { t: 'edit', of: unhex(item.id), text, ...names, at }))
      return answer(contact, item.id)
    },

    versions(contactId: string, messageId: string): Version[] {
      const contact = conversations.byId(contactId)
      const { id, editedAt, sentAt, text } = known(contact, messageId)
      return [...stores.changes.versions(contact.no, id), { at: editedAt ?? sentAt, text }]
    },

    /** On this computer; for both sides also there. */
    remove(contactId: string, messageIds: readonly string[], forWhom: 'me' | 'both'): void {
      const contact = conversations.byId(contactId)
      const items = messageIds.flatMap((id) => stores.items.text(contact.no, uuidHex(id)) ?? [])
      if (forWhom === 'both' && items.some(({ own }) => !own)) throw new CairnError('message.not-own')
      core.commit(() => {
        if (forWhom === 'me') return disappearing.remove(items)
        const [unsent, sent] = split(items, ({ id }) => withdraw(contact, id))
        disappearing.remove(unsent) // nobody has seen it, and nobody will
        for (const { id, deleted } of sent) if (!deleted) perform(contact, { t: 'delete', of: unhex(id), at: core.now() })
      })
    },
  }
}

function split<T>(list: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  const groups = Map.groupBy(list, isFirst)
  return [groups.get(true) ?? [], groups.get(false) ?? []]
}

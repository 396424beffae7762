/** Everything about the messages of a conversation, put together. */
import { hex } from '../../protocol/bytes.ts'
import type { Contact } from '../../storage/contactStore.ts'
import { uuidHex } from '../../storage/itemModel.ts'
import { CairnError } from '#shared/errors.ts'
import type { Conversation, TextMessage } from '#shared/contract/models.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Files } from '../files/files.ts'
import type { Outbox, Outgoing } from '../outbox.ts'
import type { Receipts } from '../receipts.ts'
import type { SettingsService } from '../settings.ts'
import { createChanges } from './changes.ts'
import { createDisappearing } from './disappearing.ts'
import { changeId } from './lostChanges.ts'
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
}

export type Messages = ReturnType<typeof createMessages>

export function createMessages(core: Core, { conversations, files, outbox, receipts, settings }: MessagesParts) {
  const { stores } = core

  /** To the contact, in the caller's transaction; notes to oneself go nowhere. */
  function tell(contact: Contact, message: Outgoing & { id: Uint8Array }): void {
    if (!conversations.isSelf(contact)) outbox.queue(contact.no, hex(message.id), message)
  }

  const disappearing = createDisappearing(core, { conversations, files })
  const changes = createChanges(core, { conversations, disappearing, files, tell, withdraw: outbox.withdraw })
  const typing = createTyping(core, { conversations, outbox, settings })
  const texts = createTexts(core, { conversations, changes, disappearing, files, receipts, settings, typing, tell })

  function setTimer(contactId: string, seconds: number): Conversation {
    const contact = conversations.byId(contactId)
    if (contact.blocked_at !== null) throw new CairnError('contact.blocked')
    disappearing.choose(contact, seconds, (at) => {
      tell(contact, { t: 'timer', id: changeId(core, 'timer', '', at), at, seconds })
    })
    return conversations.model(conversations.byId(contactId))
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
    ...{ changes, disappearing, texts, typing, setTimer, pin },
    housekeeping: () => core.commit(() => stores.changes.prune({ gone: core.now() - goneRemembered, early: core.now() - earlyKept })),
  }
}

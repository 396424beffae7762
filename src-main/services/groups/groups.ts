/** Groups: who is in them, and how everybody comes to hold to the same (docs/protocol.md section 7). */
import type { GroupMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Introductions } from '../introductions/introductions.ts'
import type { Outbox } from '../outbox.ts'

export interface GroupsParts {
  conversations: Conversations
  introductions: Introductions
  outbox: Outbox
}

export type Groups = ReturnType<typeof createGroups>

export function createGroups(core: Core, _parts: GroupsParts) {
  return {
    /** In the transaction of the message. */
    arrived: (contact: Contact, message: GroupMessage): void => core.stores.profile.countRefusal(contact.no, message.t),
    /** In the transaction that confirms a session with it. */
    connected: (_contact: Contact): void => undefined,
    /** Once after each start. */
    resume: (): void => undefined,
    housekeeping: (): void => undefined,
  }
}

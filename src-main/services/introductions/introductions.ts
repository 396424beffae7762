/** People brought together by a third one: offered, asked for, or needed by a group (docs/protocol.md section 7). */
import type { IntroduceMessage } from '../../protocol/message.ts'
import type { Contact } from '../../storage/contactStore.ts'
import type { Conversations } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { ForeignInvites } from '../foreignInvites.ts'
import type { Invites } from '../invites.ts'
import type { Outbox } from '../outbox.ts'

export interface IntroductionsParts {
  conversations: Conversations
  foreignInvites: ForeignInvites
  invites: Invites
  outbox: Outbox
}

export type Introductions = ReturnType<typeof createIntroductions>

export function createIntroductions(core: Core, _parts: IntroductionsParts) {
  return {
    /** In the transaction of the message. */
    arrived: (contact: Contact, message: IntroduceMessage): void => core.stores.profile.countRefusal(contact.no, message.t),
    /** In the transaction that confirms a session with it. */
    connected: (_contact: Contact): void => undefined,
    /** A member of a group whom nobody has introduced yet; `mediators` are ids, the most promising first. */
    forGroup: (_group: { no: number; id: string }, _memberId: string, _mediators: string[]): void => undefined,
    /** Once after each start. */
    resume: (): void => undefined,
    housekeeping: (): void => undefined,
  }
}

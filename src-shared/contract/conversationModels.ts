/** What the UI sees of conversations. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { Trouble, Verification } from './contactModels.ts'
import type { GroupSummary } from './groupModels.ts'
import type { Exchange } from './inviteModels.ts'
import type { FileLabel, MessageStatus, Writer } from './itemModels.ts'

export interface Conversation {
  /** The contact's id, or the group's. */
  id: string
  /** What else there is to know of a group; null: a conversation of two. */
  group: GroupSummary | null
  /** Who introduced the contact, by name; null: nobody did. */
  introducedBy: string | null
  /** The name in use: the person's own for the contact, or else the contact's. */
  name: string
  /** What the contact calls itself. */
  ownName: string
  /** Notes to oneself: nothing of it leaves this computer. */
  self: boolean
  /** Stands above the others. */
  pinned: boolean
  /** Out of the way until something comes. */
  archived: boolean
  /** Seconds that new messages stay, for both sides; 0: for good. */
  timer: number
  /** Until when nothing of it makes itself noticed; null: not muted. Without an end: the greatest exact integer. */
  mutedUntil: number | null
  /** It restored an older copy: so many messages could be sent back, if the person wants that. */
  question: { texts: number } | null
  verified: Verification
  /** They came to know each other by a code: a relay handed their keys over, and could have handed over others. */
  byCode: boolean
  state: 'connecting' | 'open' | 'blocked'
  exchange: Exchange | null
  trouble: Trouble | null
  last: {
    text: string
    own: boolean
    author?: Writer | null
    at: number
    status: MessageStatus
    deleted: boolean
    file: FileLabel | null
  } | null
  unread: number
  draft: string
  /** For the order of the list. */
  activity: number
}

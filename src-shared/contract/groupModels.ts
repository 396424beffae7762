/** What the UI sees of groups. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { Verification } from './contactModels.ts'

export type GroupRole = 'owner' | 'admin' | 'member'

export interface GroupSummary {
  /**
   * `invited`: the person has not answered yet. `joining`: it has said yes, and the group's word has not come. `left`, `removed`,
   * `dissolved`: only what was said is left.
   */
  state: 'invited' | 'joining' | 'member' | 'left' | 'removed' | 'dissolved'
  /** Null for who is no member. */
  role: GroupRole | null
  members: number
  /** Members this person has no session with yet; what is written waits for them. */
  unheard: number
  /** In base64; null: none. */
  picture: string | null
  /** Who invited, by name; null: it is an own group. */
  inviter: string | null
}

export interface GroupMemberInfo {
  id: string
  name: string
  role: GroupRole
  self: boolean
  /** `connected`: they hear each other. `introducing`: an introduction is under way. `waiting`: nobody could introduce them yet. */
  connection: 'connected' | 'introducing' | 'waiting'
  verified: Verification
  /** Whom the member says not to hear yet, by name. */
  unheard: string[]
  /** Its messages are not shown here. */
  blocked: boolean
  /** It has said that it leaves; an admin has not taken it off the list yet. */
  leaving: boolean
}

export interface GroupDetails {
  id: string
  name: string
  /** Owner first, then admins, then by name. */
  members: GroupMemberInfo[]
  /** Who was asked and has not joined; known to whoever asked. */
  invited: { id: string; name: string; state: 'invited' | 'declined' | 'accepted'; at: number }[]
  /** What this person writes may be passed on, sealed, to members who do not hear it yet. */
  passing: boolean
  technical: {
    generation: number
    head: string
    changes: number
    /** Named refusals and how often each happened. */
    refused: Record<string, number>
  }
}

/** How far an own message of a group has come with each member. */
export interface GroupDelivery {
  id: string
  name: string
  /** `unconnected`: it waits for a session; `passed`: meanwhile a sealed copy goes through other members. */
  status: 'unconnected' | 'passed' | 'waiting' | 'sent' | 'delivered' | 'read'
  at: number
}

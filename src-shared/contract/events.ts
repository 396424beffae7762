import type { Account, Codes } from './accountModels.ts'
import type { Appearance, AppState, ProfileEntry, ResetAll, Settings } from './appModels.ts'
import type { Conversation } from './conversationModels.ts'
import type { Introduction, Invite, Requests } from './inviteModels.ts'
import type { Item, MessageFile, Writer } from './itemModels.ts'
import type { LanState, NetworkState } from './networkModels.ts'

/** Everything the app tells the UI of its own accord. Each event carries the whole changed value: applying it twice is harmless. */
export type AppEvent =
  | { type: 'app'; state: AppState }
  | { type: 'network'; network: NetworkState }
  | { type: 'lan'; lan: LanState }
  | { type: 'conversation'; conversation: Conversation }
  | { type: 'conversationRemoved'; id: string }
  | { type: 'item'; item: Item }
  /** It moves, at most four times a second, or has come to rest. */
  | { type: 'file'; conversationId: string; messageId: string; file: MessageFile }
  /** Deleted here, or disappeared. */
  | { type: 'itemsRemoved'; conversationId: string; ids: string[] }
  /** The contact is writing, until then unless more comes; in the past: no longer. */
  | { type: 'typing'; conversationId: string; until: number; author?: Writer }
  /** It changed; a window that shows the group's page asks for it anew. */
  | { type: 'groupChanged'; id: string }
  | { type: 'introductions'; introductions: Introduction[] }
  | { type: 'invite'; invite: Invite }
  | { type: 'requests'; requests: Requests }
  | { type: 'account'; account: Account | null }
  | { type: 'codes'; codes: Codes }
  /** Something was opened from outside: `desktop.take` has it. */
  | { type: 'opened' }
  | { type: 'profiles'; profiles: ProfileEntry[] }
  | { type: 'settings'; settings: Settings }
  | { type: 'appearance'; appearance: Appearance }
  | { type: 'resetAll'; resetAll: ResetAll | null }

/** What crosses the bridge as the answer of a call. */
export type Answer<R> = { ok: true; value: R } | { ok: false; error: { code: string; details: Record<string, string | number> } }

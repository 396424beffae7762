import type { Appearance, AppState, DesktopSettings, Opened, ProfileEntry, ResetAll, Settings } from '#shared/contract/appModels.ts'
import type { BlockedContact, ContactDetails } from '#shared/contract/contactModels.ts'
import type { Conversation } from '#shared/contract/conversationModels.ts'
import type { GroupDetails } from '#shared/contract/groupModels.ts'
import type { Introduction, Invite, Requests } from '#shared/contract/inviteModels.ts'
import type { Item } from '#shared/contract/itemModels.ts'
import type { LanState, NetworkState } from '#shared/contract/networkModels.ts'
import type { FakeAccount } from './fakeAccount.ts'

/** What the scripted app knows. Tests and the gallery set it as they need. */
export interface FakeState extends FakeAccount {
  app: AppState
  network: NetworkState
  lan: LanState
  conversations: Conversation[]
  items: Record<string, Item[]>
  details: Record<string, ContactDetails>
  groups: Record<string, GroupDetails>
  introductions: Introduction[]
  invites: Invite[]
  desktop: DesktopSettings
  opened: Opened | null
  requests: Requests
  settings: Settings
  appearance: Appearance
  profiles: ProfileEntry[]
  resetAll: ResetAll | null
  blocked: BlockedContact[]
}

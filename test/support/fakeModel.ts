import type {
  Appearance,
  AppState,
  BlockedContact,
  ContactDetails,
  Conversation,
  DesktopSettings,
  GroupDetails,
  Introduction,
  Invite,
  Item,
  LanState,
  NetworkState,
  Opened,
  ProfileEntry,
  Requests,
  ResetAll,
  Settings,
} from '#shared/contract/models.ts'
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

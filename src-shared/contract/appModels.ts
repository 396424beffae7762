/** What the UI sees of the program itself: profiles, settings, appearance. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { languages } from './limits.ts'

export type Phase = 'first-start' | 'locked' | 'open'

export interface AppState {
  phase: Phase
  version: string
  /** Absent before the first start; the name is known only when open. */
  profile: { id: string; name: string } | null
  /** What opens the profile; null where there is none, or where its file cannot be read. */
  unlock: Unlock | null
  /** What is false has no control. `keychain`: a new profile may be opened by the system's keychain. `desktop`: the `desktop.*` methods. */
  capabilities: { host: 'node' | 'electron'; localRelay: boolean; keychain: boolean; desktop: boolean }
}

export type Unlock = 'passphrase' | 'keychain'

/** How much a notification shows to whoever looks at the screen. */
export type NotificationContent = 'off' | 'hidden' | 'name' | 'text'

export interface DesktopSettings {
  /** Null where the system shows no notifications. */
  notifications: NotificationContent | null
  /** Null where the system cannot, or where it is somebody else's to decide. */
  startAtLogin: boolean | null
  /** Whether closing the window leaves Cairn running in the tray. Null where the system itself decides. */
  keepRunning: boolean | null
}

export type DesktopChange = { [K in keyof DesktopSettings]?: NonNullable<DesktopSettings[K]> | undefined }

/** Opened from outside the window. The text is untrusted: `invites.inspect` judges it. */
export type Opened = { kind: 'invite'; text: string } | { kind: 'conversation'; id: string }

/** How the window looks and which language it speaks; on this computer, for all its profiles, also while they are locked. */
export interface Appearance {
  theme: 'system' | 'light' | 'dark'
  /** Per cent of the usual size. */
  textSize: number
  language: 'system' | Language
}

export type Language = (typeof languages)[number]

/** A file that is ready: the window fetches it at `path`, once. */
export interface FileOut {
  path: string
  name: string
}

/** Bytes on this computer's disk. */
export interface StorageUsed {
  database: number
  files: number
}

/** A profile on this computer, as it is known while it is locked. */
export interface ProfileEntry {
  id: string
  /** What the person called it here; not secret, and told to nobody. */
  label: string
  /** The one this app is at. */
  current: boolean
}

/** 0: never. */
export type LockAfter = 0 | 5 | 15 | 60

export interface Settings {
  /** Minutes without anybody at the computer after which the profile locks. */
  lockAfter: LockAfter
  /** Whether a contact that restored an older copy gets back what it lacks. */
  history: 'ask' | 'yes' | 'no'
  /** Whether contacts see what was read; who does not say it is not told either. */
  readReceipts: boolean
  /** Whether contacts see that this person is writing; likewise. */
  typing: boolean
  /** Which files of contacts come by themselves; small ones are up to 16 MiB. */
  autoDownload: 'never' | 'small' | 'always'
  /** Whom the relay on this computer is for: this computer alone, or every one that reaches it over the network. */
  reach: 'computer' | 'network'
  /** Talks on its network without a relay (`lan.*`). */
  lan: boolean
  /** Tells the network that it does, and connects to others that tell. */
  lanAnnounced: boolean
  proxy: ShownProxy | null
}

/** The SOCKS5 proxy that everything goes through. Its password stays where it is. */
export interface ShownProxy {
  address: string
  username: string | null
}

export interface ResetAll {
  /** When it was asked for. */
  begun: number
  total: number
  done: number
  /** Names of those whose answer has not come. */
  waiting: string[]
}

/** What the UI sees. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { FileDanger, FileKind } from '../files.ts'

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

export interface BlockedContact {
  id: string
  name: string
  at: number
  /** There is no conversation: the contact was deleted, or never was one. */
  deleted: boolean
}

export interface RelayState {
  address: string
  /** One of ours (we are met there), or a contact's (we only write there). */
  own: boolean
  /** Ours, and run by this app. */
  local: boolean
  /** Ours, left: until when Cairn still listens there. */
  until: number | null
  state: 'connected' | 'connecting' | 'offline'
  since: number
  /** An error code when offline. */
  error: string | null
}

export interface NetworkState {
  relays: RelayState[]
  /** Whether this app runs the relay on this computer, and where. */
  localRelay: { address: string } | null
}

/** This app on the network it is in, without any relay. */
export interface LanState {
  on: boolean
  /** Tells the network that a Cairn is here, and connects to others that tell. */
  announced: boolean
  /** Why it does not listen although it should; an error code. */
  error: string | null
  /** UDP, where it listens now. */
  port: number | null
  /** Where others on this network find it: `address:port`, best first. */
  addresses: string[]
  /** Who is there now and has been recognised; `id` is null for somebody who holds an invite and is no contact yet. */
  people: { id: string | null; address: string }[]
}

export type InviteState = 'preparing' | 'open' | 'answered' | 'used' | 'cancelled' | 'expired'

/** An invite this person made. Its texts are capabilities: whoever has one can answer it. */
export interface Invite {
  id: string
  label: string
  /** `many`: the public contact address; it is never answered or used, only open until it expires. */
  uses: 'one' | 'many'
  state: InviteState
  created: number
  expires: number
  relays: string[]
  /** Armored text of the `*.cairn` file; also for paste. */
  file: { name: string; text: string }
  /** `cairn1…`; null until its blob is at the relay (state `preparing`). */
  short: string | null
  /** Who answered, once somebody has. */
  contactId: string | null
  /** The three steps as they happen: handed over, answer arrived, session open. */
  steps: ExchangeStep[]
}

/** What a pasted or opened invite says, before anything is sent. */
export type InvitePreview =
  /** A short invite whose text waits at a relay this app does not use: ask, then call `invites.fetch`. */
  | { kind: 'short'; relay: string }
  | {
      kind: 'full'
      /** Armored text; hand it back to `invites.accept`. */
      text: string
      id: string
      name: string
      relays: string[]
      expires: number
      /** `many`: a public address; its owner is asked before anything is sent back. */
      uses: 'one' | 'many'
      /** `known`: binds to an existing conversation after checking the identity. */
      relation: 'new' | 'known' | 'same-name-other-keys'
    }

export interface ExchangeStep {
  name: 'invited' | 'answered' | 'open'
  at: number | null
}

export interface Exchange {
  id: string
  role: 'inviter' | 'acceptor'
  steps: ExchangeStep[]
  expires: number
  /** The answer names a relay this app has never used; nothing goes there before the person agrees. */
  askRelay: string | null
  /** The other side is a public address: its owner has to agree first. */
  asks: boolean
  /** One of the two has no relay: it goes on while both are on one network. */
  onLan: boolean
}

/** Somebody who answered the public address. Nothing has been sent to them. */
export interface ContactRequest {
  /** Of the keys it claims; that they are its own shows only when the session opens. */
  id: string
  name: string
  at: number
  relation: 'new' | 'known' | 'same-name-other-keys'
  relays: string[]
  /** A relay this app has never used, which agreeing allows. */
  askRelay: string | null
}

export interface Requests {
  /** Newest first. */
  list: ContactRequest[]
  /** More wait at the relay until there is room. */
  more: boolean
}

/** `mismatch`: a scanned code did not match, and nothing has since. */
export type Verification = 'no' | 'yes' | 'mismatch'

/** Why new messages of this contact cannot be read or sent at the moment; one banner. */
export type Trouble =
  | { kind: 'broken'; since: number; waiting: number }
  | { kind: 'resetting'; since: number; by: 'you' | 'them' | 'program' }
  | { kind: 'no-answer'; since: number }

/** `read`: the other side has looked at it, and lets that be known. */
export type MessageStatus = 'waiting' | 'sent' | 'delivered' | 'read' | 'received'

export interface Reaction {
  emoji: string
  own: boolean
  /** In a group: whose it is, where it is not an own one. */
  author?: Writer | null
}

/** A member of a group as it is called here. */
export interface Writer {
  id: string
  name: string
}

/** The message that another one answers, as far as it is known here. */
export interface Quote {
  id: string
  own: boolean
  /** In a group: who wrote it, where it is not an own one. */
  author?: Writer | null
  /** Its beginning. */
  text: string
  file: FileLabel | null
  /** `missing`: it is not here, or not any more. */
  state: 'here' | 'deleted' | 'missing'
}

/** What a row or a quotation says of a file. */
export interface FileLabel {
  kind: FileKind
  name: string
}

/** A file of a message. Its bytes are at the host's `/file/<id>`, its small picture at `/file/<id>/preview`. */
export interface MessageFile extends FileLabel {
  id: string
  /** What it may be called on a disk. */
  savedName: string
  danger: FileDanger | null
  type: string
  /** Bytes. */
  size: number
  width: number | null
  height: number | null
  /** Of a voice note. */
  seconds: number | null
  preview: boolean
  /**
   * Own: `sending`, `sent`. The other's: `asks` (it lies at a relay this profile does not use; nothing goes there before the person
   * agrees), `offered` (waits for the person), `receiving`. Both: `here`, `failed`.
   */
  state: 'sending' | 'sent' | 'asks' | 'offered' | 'receiving' | 'here' | 'failed'
  /** An error code: why it failed, or what holds it up. */
  error: string | null
  /** Bytes at the relay (own) or here. */
  done: number
  /** Bytes a second, while that is known. */
  speed: number | null
  /** `asks`: which relay. */
  relay: string | null
}

/** A part of a text, in UTF-16 units, that names somebody. */
export interface Mention {
  from: number
  length: number
  id: string
}

export interface TextMessage {
  kind: 'text'
  id: string
  conversationId: string
  own: boolean
  /** In a group: who wrote it; null for an own one. */
  author: Writer | null
  /** In a group: the member it came through, as long as it has not come from its author. */
  passedBy: Writer | null
  text: string
  /** When its author sent it. */
  sentAt: number
  /** Order in the conversation; grows. */
  position: number
  status: MessageStatus
  /** Arrived much later than it was sent, or came back after a restore: show "sent 13:52". */
  late: boolean
  reply: Quote | null
  forwarded: boolean
  mentions: Mention[]
  /** When its author changed it last. */
  editedAt: number | null
  /** Its author took it back: nothing of it is left. */
  deleted: boolean
  reactions: Reaction[]
  pinned: boolean
  /** Seconds it stays once it was delivered (own) or read (the other's); 0: for good. */
  ttl: number
  /** When it disappears, once that is known. */
  expiresAt: number | null
  /** Its text is then what is said about the file, and may be empty. */
  file: MessageFile | null
}

/** What a message said, and since when; the oldest first. */
export interface Version {
  at: number
  text: string
}

export interface SystemLine {
  kind: 'system'
  id: string
  conversationId: string
  event: 'connected' | 'reset' | 'verified' | 'unverified' | 'mismatch' | 'renamed' | 'newer' | 'timer' | GroupEvent
  by: 'you' | 'them' | 'program'
  at: number
  position: number
  /** `reset`: how many waiting messages arrived by it. `timer`: the seconds that messages stay from now on, 0 for good. */
  count: number
  /**
   * `renamed`: the old name. `connected`: who introduced them, where somebody did. In a group: whom it is about, names with a line end
   * between them; `group-renamed`: the new name.
   */
  text: string
  /** In a group: who did it, where that was somebody else. */
  author: Writer | null
}

/** What happened to a group. */
export type GroupEvent =
  | 'group-created'
  | 'group-joined'
  | 'group-added'
  | 'group-left'
  | 'group-removed'
  | 'group-renamed'
  | 'group-picture'
  | 'group-promoted'
  | 'group-demoted'
  | 'group-owner'
  | 'group-dissolved'

export type Item = TextMessage | SystemLine

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

/** Two people whom a third one brings together. */
export interface Introduction {
  id: string
  /** This person: asks for somebody, brings two together, or is asked for. */
  role: 'asker' | 'mediator' | 'target'
  reason: 'offer' | 'ask' | 'group' | 'reset'
  /** Who brings them together; null: this person does. */
  via: Writer | null
  /** The other end; for who brings two together, the one that asks. */
  other: Writer
  /** For who brings two together: whom it is about. */
  target: Writer | null
  /** The group it is for. */
  group: Writer | null
  /** `asks`: this person has to decide. `waiting`: somebody else has. */
  state: 'asks' | 'waiting' | 'connecting' | 'done' | 'refused' | 'expired' | 'cancelled'
  at: number
  expires: number
}

export interface SessionEvent {
  kind: 'connected' | 'reset'
  by: 'you' | 'them' | 'program'
  at: number
  recovered: number
}

export interface ContactDetails {
  id: string
  name: string
  ownName: string
  since: number
  verified: Verification
  verifiedAt: number | null
  blocked: boolean
  /** 12 groups of 5 digits. */
  safetyNumber: string[]
  /** What our QR code beside the number says; the contact's computer compares it. */
  verifyCode: string
  /** Who introduced the contact, and groups both are in, by name. */
  introducedBy: string | null
  groups: Writer[]
  session: {
    state: 'none' | 'working' | 'broken' | 'resetting'
    since: number | null
    sent: number
    received: number
    keysRenewed: number
    history: SessionEvent[]
  }
  technical: {
    fingerprint: string
    sessionId: string | null
    epoch: number | null
    relays: string[]
    outbox: number
    /** Named refusals and how often each happened. */
    refused: Record<string, number>
  }
}

export interface ItemPage {
  items: Item[]
  /** Whether older items exist. */
  more: boolean
  /** Whether newer items exist. */
  newer: boolean
}

/** A message that has the words somebody looked for. */
export interface SearchHit {
  item: Pick<TextMessage, 'id' | 'conversationId' | 'own' | 'sentAt' | 'author'>
  /** The part of it around them, on one line. */
  snippet: string
  /** Where in it they are: start and length, in UTF-16 units. */
  ranges: [start: number, length: number][]
}

export interface SearchPage {
  /** Newest first: in the order in which they came to this computer. */
  hits: SearchHit[]
  /** For the next page; null: there is no more. */
  next: number | null
}

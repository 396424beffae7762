/** What the UI sees of what stands in a conversation, and what is found in it. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { FileDanger, FileKind } from '../files.ts'

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

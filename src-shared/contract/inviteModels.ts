/** What the UI sees of invites, key exchanges, requests and introductions. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { Writer } from './itemModels.ts'

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

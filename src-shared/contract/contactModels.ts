/** What the UI sees of contacts and their sessions. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */
import type { Writer } from './itemModels.ts'

export interface BlockedContact {
  id: string
  name: string
  at: number
  /** There is no conversation: the contact was deleted, or never was one. */
  deleted: boolean
}

/** `mismatch`: a scanned code did not match, and nothing has since. */
export type Verification = 'no' | 'yes' | 'mismatch'

/** Why new messages of this contact cannot be read or sent at the moment; one banner. */
export type Trouble =
  | { kind: 'broken'; since: number; waiting: number }
  | { kind: 'resetting'; since: number; by: 'you' | 'them' | 'program' }
  | { kind: 'no-answer'; since: number }

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

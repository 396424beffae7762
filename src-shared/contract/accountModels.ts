/** What the UI sees of codes, the account and its backup. Nothing here opens anything: keys and passwords stay where they are. */

/** This person as a relay's directory and account server know them. */
export interface Account {
  /** Where the code counts; the normal form of its address. */
  relay: string
  /** Seven characters of Crockford's base32. */
  code: string
  /** Of the connection on which asks by code come. */
  state: 'connected' | 'connecting' | 'offline'
  /** Error code while it is offline. */
  error: string | null
  /** Null: there is a code and no password, and so no backup. */
  backup: Backup | null
  /** The person has deleted it; goes on by itself when the relay can be reached. */
  deleting: boolean
}

export interface Backup {
  /** Normal form of its address; often the relay itself. */
  keyServer: string
  /**
   * `making`: the account is not complete, goes on by itself. `saved`: what is here is there. `due`: something new will be saved, now
   * (`saving`) or when it can. `changing`: the password is being changed, goes on by itself. `signed-out`: it was changed on another
   * computer, `account.signIn` takes the new one.
   */
  state: 'making' | 'saved' | 'due' | 'saving' | 'changing' | 'signed-out'
  /** When it was saved last; null: never. */
  at: number | null
  /** People in what was saved last. */
  contacts: number
  /** Error code of the last try, where it failed. */
  error: string | null
}

/** Somebody found by a code; nothing has been sent to them. */
export interface FoundCode {
  code: string
  relay: string
  /** What they tell the relay they are called; anybody may say anything. */
  name: string | null
}

/** This person has asked somebody by code. When they agree, it becomes a conversation and is here no more. */
export interface CodeAsk {
  id: string
  code: string
  relay: string
  name: string | null
  at: number
  /** `sending`: not at the relay yet. `failed`: it will not get there, `error` says why. */
  state: 'sending' | 'waiting' | 'failed'
  error: string | null
}

/** Somebody asks this person by its code. Nothing has been sent to them. */
export interface CodeRequest {
  id: string
  /** Theirs. */
  code: string
  /** What they say they are called; empty where they say nothing. */
  name: string
  at: number
}

/** Newest first. */
export interface Codes {
  asked: CodeAsk[]
  requests: CodeRequest[]
}

/** What the UI sees of relays and the network. Ids are lower-case hex, times are unix milliseconds, nothing here is secret but message text. */

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

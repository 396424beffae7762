import type { Answer, AppEvent } from '#shared/contract/events.ts'

/** `down`: the program behind this window is gone; `signed-out`: it is there and does not know this window. */
export type Link = 'up' | 'down' | 'signed-out'

export interface BridgeListener {
  event(event: AppEvent): void
  /** Called once after subscribing and at every change. After `up`, events may have been missed: load everything. */
  link(link: Link): void
}

/** The wire between window and app: two functions that know no method. */
export interface Bridge {
  call(method: string, input: unknown): Promise<Answer<unknown>>
  /** Returns a function that ends the subscription. */
  subscribe(listener: BridgeListener): () => void
}

/** What an Electron preload puts into the window. */
declare global {
  var cairn: Bridge | undefined
}

import type { Answer, AppEvent } from '#shared/contract/events.ts'

/** The whole app behind the bridge. A host carries calls in and events out, and knows nothing else of it. */
export interface App {
  /** Parses `input` by the contract. Never throws for a caller's fault: the answer carries the error's code. */
  call(method: string, input: unknown): Promise<Answer<unknown>>
  /** Events from now on, in order; the answer ends it. */
  subscribe(listener: (event: AppEvent) => void): () => void
  /** Stops everything, with all state on disk. */
  close(): Promise<void>
}

import type { Answer, AppEvent } from '#shared/contract/events.ts'

/** Nothing of it is in memory before it is read. */
export interface OpenFile {
  /** What it may be called on a disk. */
  name: string
  type: string
  /** Bytes. */
  size: number
  /** Bytes `from` up to but without `to`. Rejects with `file.*` where it cannot be read any more. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

/** The whole app behind the bridge. A host carries calls in and events out, and knows nothing else of it. */
export interface App {
  /** Parses `input` by the contract. Never throws for a caller's fault: the answer carries the error's code. */
  call(method: string, input: unknown): Promise<Answer<unknown>>
  /** Events from now on, in order; the answer ends it. */
  subscribe(listener: (event: AppEvent) => void): () => void
  /** What waits under `/export/<token>`: once, then null. */
  download(token: string): Download | null
  /** A file of a message of the open profile, by what windows call it; null for what is not here. */
  file(id: string, part: 'whole' | 'preview'): OpenFile | null
  /** Stops everything, with all state on disk. */
  close(): Promise<void>
}

/** A file on its way out of the program. */
export interface Download {
  name: string
  /** Its media type. */
  type: string
  /** In bytes; null where nobody knows before it is made. */
  size: number | null
  /** Once. What it throws means that the file is not whole. */
  bytes(): AsyncIterable<Uint8Array>
  /** Gives back what it stood on; called in the end, whatever happened, and may be called again. */
  end(): void
}

/** A client that is connected, whatever carries it. */
export interface AttachedPeer {
  readonly carrier: 'websocket' | 'polling'
  /** Drops the connection if it has been silent too long, else may ask again. */
  checkAlive(): void
  /** From now on what comes in is left untaken: it could not be answered any more. */
  stopTaking(): void
  /** Closes with 1001. */
  goodbye(): void
  terminate(): void
  readonly closed: Promise<void>
}

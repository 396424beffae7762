/** A connection that comes back: dials, gives up what is silent, waits longer after each failure, and dials again. */
import { CairnError } from '#shared/errors.ts'
import type { Clock, Random } from '../ports.ts'
import { backoffDelay } from '../backoff.ts'
import type { DialOne, FrameSocket } from './dial.ts'

export interface LinkSettings {
  /** No connection after this long: the attempt is given up. Dials end by themselves before; this is the last resort. */
  connectMs: number
  /** Requests under way and nothing moved for this long: the connection is given up. */
  silenceMs: number
  /** A connection that held this long resets the back-off. */
  stableMs: number
  /** Frames a relay may send unasked (blobs of numbers just left are such) before the connection is given up. */
  unwanted: number
}

export const defaultLinkSettings: LinkSettings = { connectMs: 90_000, silenceMs: 20_000, stableMs: 5_000, unwanted: 4_096 }

/** One connection of many; callers compare it with `current`. */
export interface Connection {
  readonly socket: FrameSocket
  /** Frames that nobody asked for. */
  unwanted: number
}

export interface Healing {
  /** The connection that is open. */
  current(): Connection | null
  /** Between two attempts. */
  isWaiting(): boolean
  /** Gives `mine` up, if it is still the one in use, and dials again later. */
  lose(mine: Connection, error: CairnError): void
  /** Dials at once if there is no connection, without back-off. */
  retry(): void
  /** Gives up what there is and dials at once. */
  redial(): void
  close(): void
}

export interface HealingOptions {
  dial: DialOne
  clock: Clock
  random: Random
  settings: LinkSettings
  onState(state: 'connected' | 'connecting' | 'offline', error: string | null): void
  /** Before `connected` is said: what is sent now comes first. */
  onOpened(mine: Connection): void
  onFrame(mine: Connection, frame: Uint8Array): void
  onDrain(): void
  /** What was under way on the connection is lost. */
  onLost(cause: CairnError): void
  /** Whether answers are owed. */
  isWaitedFor(): boolean
}

interface Attempt extends Connection {
  socket: FrameSocket
  openedAt: number | null
  /** When something last moved, and how much was buffered then. */
  movedAt: number
  buffered: number
  cancelWatchdog: () => void
}

export const createHealing = (options: HealingOptions): Healing => {
  const { dial, clock, random, settings, onState, onOpened, onFrame, onDrain, onLost, isWaitedFor } = options
  let attempt: Attempt | null = null
  let failures = 0
  let cancelWaiting: (() => void) | null = null
  let isClosed = false

  const connect = (): void => {
    cancelWaiting?.()
    cancelWaiting = null
    onState('connecting', null)
    if (isClosed || attempt !== null) return
    const mine: Attempt = {
      socket: null as never,
      openedAt: null,
      unwanted: 0,
      movedAt: clock.now(),
      buffered: 0,
      cancelWatchdog: () => undefined,
    }
    attempt = mine
    mine.cancelWatchdog = clock.after(settings.connectMs, () => lose(mine, new CairnError('relay.unreachable')))
    mine.socket = dial({
      onOpen: () => opened(mine),
      onFrame: (frame) => {
        if (attempt !== mine) return
        mine.movedAt = clock.now()
        onFrame(mine, frame)
      },
      onDrain: () => attempt === mine && onDrain(),
      onClose: (error) => lose(mine, error),
      onBetter: () => attempt === mine && redial(),
    })
  }

  const opened = (mine: Attempt): void => {
    if (attempt !== mine) return
    mine.openedAt = clock.now()
    mine.movedAt = clock.now()
    mine.cancelWatchdog()
    watch(mine)
    onOpened(mine)
  }

  const drop = (mine: Attempt): void => {
    attempt = null
    mine.cancelWatchdog()
    mine.socket.close()
  }

  const lose = (mine: Connection, error: CairnError): void => {
    if (attempt === null || attempt !== mine) return
    const { openedAt } = attempt
    drop(attempt)
    const isStable = openedAt !== null && clock.now() - openedAt >= settings.stableMs && error.code !== 'relay.refused'
    if (isStable) failures = 0
    cancelWaiting = clock.after(backoffDelay(failures, random), connect)
    failures += 1
    onLost(error)
    onState('offline', error.code)
  }

  /** Gives a connection up on which requests wait and nothing moves. */
  const watch = (mine: Attempt): void => {
    mine.cancelWatchdog = clock.after(settings.silenceMs / 4, () => {
      if (attempt !== mine) return
      const buffered = mine.socket.buffered()
      const isMoving = !isWaitedFor() || buffered < mine.buffered
      mine.buffered = buffered
      if (isMoving) mine.movedAt = clock.now()
      if (clock.now() - mine.movedAt >= settings.silenceMs) return lose(mine, new CairnError('relay.unreachable'))
      watch(mine)
    })
  }

  const redial = (): void => {
    if (isClosed) return
    failures = 0
    if (attempt !== null) {
      drop(attempt)
      onLost(new CairnError('relay.unreachable'))
    }
    if (!isClosed && attempt === null) connect()
  }

  setImmediate(() => isClosed || attempt !== null || connect())

  return {
    current: () => (attempt === null || attempt.openedAt === null ? null : attempt),
    isWaiting: () => cancelWaiting !== null,
    lose,
    retry() {
      if (isClosed || attempt !== null) return
      failures = 0
      connect()
    },
    redial,
    close() {
      if (isClosed) return
      isClosed = true
      cancelWaiting?.()
      if (attempt !== null) drop(attempt)
    },
  }
}

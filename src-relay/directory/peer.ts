/** A client on `GET /ws`, as plain data: ten thousand idle ones are ten thousand of these and no timer. */
import type { WebSocket } from 'ws'
import type { Problem } from '../api/problem.ts'
import type { User } from '../storage/userStore.ts'
import { errorFrame } from './frames.ts'
import { directoryLimits } from './limits.ts'

export interface Peer {
  readonly socket: WebSocket
  /** For limits only. */
  readonly address: string
  /** As its request called this relay. */
  readonly host: string | undefined
  /** Takes back that it counts for its address. */
  readonly release: () => void
  /** Null before a valid `connect`. */
  user: Pick<User, 'id' | 'code'> | null
  /** The newest stored frame it was sent; those sent and not confirmed yet. */
  sentUpTo: number
  unconfirmed: number[]
  /** Whom it has written to. */
  reached: Set<number> | null
  isAlive: boolean
  /** Was there at a keep-alive before. */
  isChecked: boolean
  /** What it had not read at the last keep-alive. */
  unreadBytes: number
}

export const closeCodes = { stopping: 1001, violation: 1008, failed: 1011, tooSlow: 1013, replaced: 4001 } as const

const unreadMax = directoryLimits.window * directoryLimits.frameBytes + directoryLimits.unreadBytes

/**
 * False, and closed, for a client that asks on and on without reading the answers: they are not kept for it in memory. What is stored
 * it gets when it comes again.
 */
export function canTake({ socket }: Peer): boolean {
  if (socket.bufferedAmount <= unreadMax) return true
  socket.close(closeCodes.tooSlow, 'too slow')
  return false
}

export function say(peer: Peer, text: string): void {
  if (canTake(peer)) peer.socket.send(text)
}

export const refuse = (peer: Peer, problem: Problem): void => say(peer, errorFrame(peer.user?.code ?? null, problem))

/** A ping that stands behind all frames sent so far: who answers it has read them. */
export function ping({ socket, sentUpTo }: Peer): void {
  const mark = Buffer.alloc(8)
  mark.writeBigUInt64BE(BigInt(sentUpTo))
  socket.ping(mark)
}

/** Up to which frame a pong confirms; null for one that says nothing of frames. Never beyond what was sent. */
export function confirmedBy(peer: Peer, pong: Buffer): number | null {
  if (pong.length !== 8) return null
  const upTo = pong.readBigUInt64BE()
  return upTo === 0n || upTo > BigInt(peer.sentUpTo) ? null : Number(upTo)
}

/**
 * What frames do: `connect` says who a connection is; `key_exchange` and `key_exchange_ack` are stored, then delivered as they came.
 *
 * The seed's clients confirm nothing, so delivery leans on WebSocket itself: behind the frames goes a ping, and its pong comes when they
 * were read (RFC 6455 section 5.5.3). Only then they are deleted. What the relay or the connection does not survive is sent again at
 * the next connect, in order.
 */
import { Problem } from '../api/problem.ts'
import { createRateTable } from '../api/rateTable.ts'
import type { ServiceContext } from '../service.ts'
import type { DirectoryStore } from '../storage/directoryStore.ts'
import type { User, UserStore } from '../storage/userStore.ts'
import { connectAck, readFrame, type ClientFrame } from './frames.ts'
import type { Freshness } from './freshness.ts'
import { isSignedByUser } from './keys.ts'
import { directoryLimits } from './limits.ts'
import type { Lookups } from './lookups.ts'
import { closeCodes, confirmedBy, ping, say, type Peer } from './peer.ts'

export interface Signalling {
  /** @throws Problem; then nothing of the frame remains */
  receive(peer: Peer, text: string): void
  confirm(peer: Peer, pong: Buffer): void
  gone(peer: Peer): void
  /** The user is deleted. */
  drop(user: number): void
}

export interface SignallingOptions extends Pick<ServiceContext, 'db' | 'clock' | 'quotas'> {
  users: UserStore
  store: DirectoryStore
  freshness: Freshness
  lookups: Lookups
}

export function createSignalling({ db, clock, quotas, users, store, freshness, lookups }: SignallingOptions): Signalling {
  const online = new Map<number, Peer>()
  const byAddress = createRateTable(directoryLimits.framesOfAddress)
  const byUser = createRateTable(directoryLimits.framesOfUser, { factorOf: quotas.user })

  /** In the transaction of what the frame asks for. */
  function admit(peer: Peer, { sender, signed, signature, fresh }: ClientFrame): User {
    const user = users.byCode(sender)
    if (!isSignedByUser(user, signed, signature) || user === null) throw new Problem('unauthorized', 'this is not signed by its sender')
    if (fresh !== null) {
      freshness.check(user.id, { ...fresh, host: peer.host }, clock.now())
      store.setSignsFresh(user.id)
    } else if (store.signsFresh(user.id)) {
      throw new Problem('unauthorized', 'this user signs ts, nonce and relay, and this frame has none')
    }
    return user
  }

  /** Sends what is stored as far as the window goes; each confirmation moves it. */
  function deliver(peer: Peer): void {
    const room = directoryLimits.window - peer.unconfirmed.length
    if (peer.user === null || room <= 0 || peer.socket.readyState !== peer.socket.OPEN) return
    const frames = store.after(peer.user.id, peer.sentUpTo, room)
    for (const { id, frame } of frames) {
      say(peer, frame)
      peer.sentUpTo = id
      peer.unconfirmed.push(id)
    }
    if (frames.length > 0) ping(peer)
  }

  function connect(peer: Peer, frame: ClientFrame): void {
    if (peer.user !== null && peer.user.code !== frame.sender) throw new Problem('forbidden', 'this connection is of another user')
    const { id, code } = db.transaction(() => admit(peer, frame))
    byUser.take(code, clock.now(), 0)
    const before = online.get(id)
    online.set(id, peer)
    if (before !== peer) before?.socket.close(closeCodes.replaced, 'replaced')
    peer.user = { id, code }
    say(peer, connectAck(code))
    deliver(peer)
  }

  function recipientOf(peer: Peer, code: string): User {
    const known = peer.reached
    const recipient = users.byCode(code)
    if (recipient !== null && known?.has(recipient.id)) return recipient
    lookups.take(peer.address, clock.now()) // before anything is said of who is there
    if (recipient === null) throw new Problem('not-found', 'nobody has this code')
    return recipient
  }

  function enqueue(sender: User, recipient: User, text: string): void {
    if (store.waitingFrom(sender.id, recipient.id) >= directoryLimits.framesPerPair)
      throw new Problem('too-many-requests', 'too many frames of this sender wait for this recipient')
    if (store.waiting(recipient.id) >= directoryLimits.framesPerRecipient)
      throw new Problem('too-many-requests', 'too many frames wait for this recipient')
    if (store.total() >= directoryLimits.frames) throw new Problem('unavailable', 'too many frames wait here')
    store.add(sender.id, recipient.id, text, clock.now())
  }

  function relay(peer: Peer, frame: ClientFrame, to: string, text: string): void {
    const { user } = peer
    if (user === null) throw new Problem('unauthorized', 'connect comes first')
    if (frame.sender !== user.code) throw new Problem('forbidden', 'this connection is of another user')
    if (to === user.code) throw new Problem('invalid', 'sender and recipient are the same')
    byUser.take(user.code, clock.now())
    const recipient = db.transaction(() => {
      const sender = admit(peer, frame)
      const found = recipientOf(peer, to)
      enqueue(sender, found, text)
      return found
    })
    peer.reached ??= new Set()
    if (peer.reached.size < directoryLimits.reached) peer.reached.add(recipient.id)
    const there = online.get(recipient.id)
    if (there) deliver(there)
  }

  return {
    receive(peer, text) {
      byAddress.take(peer.address, clock.now())
      const frame = readFrame(text)
      if (frame.recipient === null) connect(peer, frame)
      else relay(peer, frame, frame.recipient, text)
    },
    confirm(peer, pong) {
      const upTo = confirmedBy(peer, pong)
      if (upTo === null || peer.user === null || !peer.unconfirmed.some((id) => id <= upTo)) return
      const { id } = peer.user
      db.transaction(() => store.confirm(id, upTo))
      peer.unconfirmed = peer.unconfirmed.filter((sent) => sent > upTo)
      if (online.get(id) === peer) deliver(peer)
    },
    gone(peer) {
      if (peer.user !== null && online.get(peer.user.id) === peer) online.delete(peer.user.id)
    },
    drop(user) {
      online.get(user)?.socket.close(closeCodes.violation, 'deleted')
      online.delete(user)
    },
  }
}

/**
 * One UDP socket, and all handshakes and sessions over it, in both roles (docs/protocol.md section 10). What comes from nobody that is known
 * and is no `connect` is dropped without a word.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Clock, Random } from '../../ports.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import { datagramMax, decodeMessage, type ConnectMessage } from './connectMessages.ts'
import type { Agreed, Role } from './channelKeys.ts'
import type { DatagramSocket, LanSession, LanSessionEvents, Remote } from './datagram.ts'
import type { HandshakeContext } from './handshake.ts'
import { createIncoming, keyOf } from './incoming.ts'
import type { LanLimits } from './limits.ts'
import { createOutgoing } from './outgoing.ts'
import type { LanProfile } from './profiles.ts'
import { createLiveSession, type LiveSession } from './session.ts'
import { createSourceLimit } from './sourceLimit.ts'

export interface LanEndpointOptions {
  /** Becomes the endpoint's own: it closes it. */
  socket: DatagramSocket
  clock: Clock
  random: Random
  primitives: Primitives
  profile: LanProfile
  limits: LanLimits
  /** False: nobody is answered; for a client alone. */
  accepts: boolean
  /** Each session once, of either role, before `connect` resolves. In profile bittrrt those of a server may never have been heard. */
  onSession(session: LanSession): LanSessionEvents
}

export interface LanEndpoint {
  /**
   * The session with this place that stands, whoever opened it, or a new one. `remote.address` is an IP address.
   * Errors: `lan.unreachable` (nothing came in all tries), `lan.wrong-key` (something came, and no secure channel of it), `lan.closed`.
   */
  connect(remote: Remote): Promise<LanSession>
  counts(): { sessions: number; halfOpen: number }
  /** Ends every session, with a word to the other side, and the socket. */
  close(): void
}

const tickMs = 1000

/** How every token begins: version 0x80 and the first bytes of a time before the year 4,000,000. */
const tokenStart = [...'gAAA'].map((character) => character.charCodeAt(0))

const looksLikeToken = (datagram: Uint8Array): boolean => tokenStart.every((byte, i) => datagram[i] === byte)

export function createLanEndpoint(options: LanEndpointOptions): LanEndpoint {
  const { socket, clock, random, primitives, profile, limits, accepts, onSession } = options
  const context = (): HandshakeContext => ({ profile, primitives, random, now: clock.now() })
  const send = (datagram: Uint8Array, to: Remote): void => socket.send(datagram, to)
  const sources = createSourceLimit(limits)
  let isClosed = false
  let stopTimer: (() => void) | null = null

  const open = (role: Role, remote: Remote, agreed: Agreed, on: { heard(): void; end(): void }) =>
    createLiveSession({
      ...{ role, remote: { ...remote }, agreed, profile, limits, clock, random, primitives },
      ...{ transmit: (datagram) => send(datagram, remote), onHeard: on.heard, onEnd: on.end },
    })
  const announce = (live: LiveSession): void => {
    live.attach(onSession(live.session))
    wake()
  }
  const incoming = createIncoming({ limits, context, send, open, announce })
  const outgoing = createOutgoing({ clock, context, send, open, announce })

  const wake = (): void => {
    stopTimer ??= clock.after(tickMs, tick)
  }
  const tick = (): void => {
    stopTimer = null
    incoming.tick(clock.now())
    outgoing.tick()
    if (!isClosed && incoming.all().length + outgoing.all().length > 0) wake()
  }

  const read = (datagram: Uint8Array): ConnectMessage | null => {
    try {
      return decodeMessage(profile, datagram, primitives)
    } catch (error) {
      if (isCairnError(error)) return null
      throw error
    }
  }

  /** True where that is all it can be. */
  const takeMessage = (datagram: Uint8Array, from: Remote): boolean => {
    if (!looksLikeToken(datagram)) return false
    if (!sources.take(from.address, clock.now())) return true // not looked at
    const message = read(datagram)
    if (message === null) return false
    if (message.cmd !== 'connect') outgoing.datagram(keyOf(from), datagram)
    else if (accepts) {
      incoming.connect(message, datagram.length, from)
      wake()
    }
    return true
  }

  const takePacket = (datagram: Uint8Array, from: Remote): void => {
    const key = keyOf(from)
    const known = [...outgoing.of(key), ...incoming.of(key)]
    if (!known.some((live) => live.receive(datagram) === null)) outgoing.datagram(key, datagram)
  }

  socket.onDatagram((datagram, from) => {
    if (isClosed || datagram.length > datagramMax) return
    if (!takeMessage(datagram, from)) takePacket(datagram, from)
  })

  return {
    async connect(remote) {
      if (isClosed) throw new CairnError('lan.closed')
      const standing = incoming.of(keyOf(remote)).find((live) => live.heard)
      return standing ? standing.session : outgoing.connect(remote)
    },
    counts: () => ({ ...incoming.counts(), sessions: incoming.counts().sessions + outgoing.all().length }),
    close() {
      if (isClosed) return
      isClosed = true
      stopTimer?.()
      outgoing.cancel()
      for (const live of [...incoming.all(), ...outgoing.all()]) live.session.close()
      socket.close()
    },
  }
}

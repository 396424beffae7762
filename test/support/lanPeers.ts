/** Real endpoints of the LAN link on UDP sockets of this computer, with a message stream on each session. */
import type { CairnError } from '#shared/errors.ts'
import { systemClock } from '#main/node/clock.ts'
import { createRandom } from '#main/node/random.ts'
import type { Primitives } from '#main/protocol/primitives.ts'
import type { LanSession, Remote } from '#main/transport/lan/datagram.ts'
import { createLanEndpoint, type LanEndpoint } from '#main/transport/lan/endpoint.ts'
import { shareFairly } from '#main/transport/lan/fairQueue.ts'
import { defaultLimits } from '#main/transport/lan/limits.ts'
import { profiles } from '#main/transport/lan/profiles.ts'
import { createMessageStream, type MessageStream } from '#main/transport/lan/stream.ts'
import { openUdpSocket } from '#main/transport/lan/udpSocket.ts'

export interface Talk {
  session: LanSession
  stream: MessageStream
  received: Uint8Array[]
  errors: CairnError[]
  onMessage: ((message: Uint8Array) => void) | null
  onDrain: (() => void) | null
}

export interface LanPeer {
  place: Remote
  endpoint: LanEndpoint
  talks: Talk[]
  close(): void
}

function createTalk(session: LanSession): Talk & { take(datagram: Uint8Array): void } {
  const talk: Talk = { session, stream: undefined as never, received: [], errors: [], onMessage: null, onDrain: null }
  talk.stream = createMessageStream({
    ...{ clock: systemClock, maxPayload: session.maxPayload, send: session.send, defer: (task) => void setImmediate(task) },
    onMessage: (message) => (talk.onMessage ?? ((one) => talk.received.push(one)))(message),
    onDrain: () => talk.onDrain?.(),
    onClose: (error) => talk.errors.push(error),
  })
  return Object.assign(talk, { take: talk.stream.received })
}

/** @param onTalk with every session */
export async function startLanPeer(
  primitives: Primitives,
  accepts: boolean,
  address = '127.0.0.1',
  onTalk: (talk: Talk) => void = () => undefined,
): Promise<LanPeer> {
  const socket = shareFairly(await openUdpSocket({ address, port: 0 }), systemClock)
  const talks: Talk[] = []
  const endpoint = createLanEndpoint({
    ...{ socket, clock: systemClock, random: createRandom(), primitives, profile: profiles.cairn, limits: defaultLimits.cairn, accepts },
    onSession(session) {
      const talk = createTalk(session)
      talks.push(talk)
      onTalk(talk)
      return {
        onDatagram: talk.take,
        onClose(error) {
          talk.stream.close()
          talk.errors.push(error)
        },
      }
    },
  })
  const close = (): void => {
    for (const { stream } of talks) stream.close()
    endpoint.close()
  }
  return { place: socket.local, endpoint, talks, close }
}

/**
 * Rendezvous points on this network (docs/protocol.md section 10): the place of somebody who is there now is that app's own mailbox, which answers
 * as a relay does. One's own is reached from hand to hand; everybody else's over a channel between two who have recognised each other.
 */
import { CairnError } from '#shared/errors.ts'
import { lanPlace } from '#shared/wire/lanPlace.ts'
import type { LanPlaces, Mailbox } from '../../lanPort.ts'
import type { RelayLink, RelayLinkEvents } from '../../ports.ts'
import type { DialOne, FrameSocket, FrameSocketEvents } from '../dial.ts'
import { createWire } from '../memory.ts'
import { createRelayLink, type HealingLink } from '../relayLink.ts'
import { checkOver, type RelayTransportOptions } from '../relayTransport.ts'
import { createMultiplex, type Multiplex } from './multiplex.ts'

export interface LanRendezvous extends LanPlaces {
  /** A link to the place of a person, who may be this one. */
  open(id: string, events: RelayLinkEvents): RelayLink
  /** As `Transport.check`. */
  check(id: string): Promise<{ ms: number }>
}

export function createLanRendezvous(options: RelayTransportOptions): LanRendezvous {
  const links = new Map<string, Set<HealingLink>>()
  const channels = new Map<string, Multiplex>()
  let own: { id: string; mailbox: Mailbox } | null = null

  const dialTo =
    (id: string): DialOne =>
    (events) => {
      if (own?.id === id) return dialOwn(own.mailbox, events)
      const channel = channels.get(id)
      if (channel) return channel.dial(events)
      let isClosed = false
      setImmediate(() => isClosed || events.onClose(new CairnError('relay.unreachable')))
      return { send: () => undefined, buffered: () => 0, close: () => void (isClosed = true) }
    }

  const retry = (id: string): void => {
    for (const link of links.get(id) ?? []) link.redial()
  }

  return {
    open(id, events) {
      const mine = links.get(id) ?? new Set()
      links.set(id, mine)
      const link = createRelayLink({ ...options, address: lanPlace(id), dial: dialTo(id), events, onClosed: () => void mine.delete(link) })
      mine.add(link)
      return link
    },
    check: (id) => checkOver(dialTo(id), options),
    serve(next) {
      const before = own
      own = next
      for (const id of new Set([before?.id, next?.id])) if (id !== undefined) retry(id)
    },
    attach(id, channel) {
      const multiplex = createMultiplex(channel, () => own?.mailbox ?? null)
      channels.set(id, multiplex)
      retry(id)
      return {
        received: multiplex.received,
        drained: multiplex.drained,
        lost() {
          if (channels.get(id) === multiplex) channels.delete(id)
          multiplex.lost()
        },
      }
    },
  }
}

const dialOwn = (mailbox: Mailbox, events: FrameSocketEvents): FrameSocket => {
  let wire: ReturnType<typeof createWire> | null = null
  let isClosed = false
  setImmediate(() => {
    if (isClosed) return
    wire = createWire(mailbox, events)
    events.onOpen()
  })
  return {
    send: (frame) => wire?.send(frame),
    buffered: () => wire?.buffered() ?? 0,
    close() {
      isClosed = true
      wire?.close()
    },
  }
}

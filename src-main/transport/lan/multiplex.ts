/**
 * Several connections of `cairn.1` (docs/protocol.md section 4) over one channel between two people, both ways: each end is a client of the other's
 * mailbox. A message is `kind ‖ u32be connection ‖ frame`; whoever opens a connection numbers it.
 */
import { CairnError } from '#shared/errors.ts'
import type { Attached, LanChannel, Mailbox } from '../../lanPort.ts'
import { concat } from '../../protocol/bytes.ts'
import type { FrameSocket, FrameSocketEvents } from '../dial.ts'

export interface Multiplex extends Attached {
  /** A connection to the other's mailbox; `onOpen` follows in the next turn. */
  dial(events: FrameSocketEvents): FrameSocket
}

const [open, toMailbox, leave, fromMailbox, refuse] = [1, 2, 3, 4, 5] as const
const headBytes = 5
/** One link has at most two connections at a time: its own, and one that fetches something again. */
const connectionsMost = 8
/** Frames of one client that wait while its mailbox takes nothing more. */
const heldMost = 1024

type Session = ReturnType<Mailbox['accept']>

const encode = (kind: number, connection: number, frame: Uint8Array = new Uint8Array()): Uint8Array => {
  const head = new Uint8Array(headBytes)
  head[0] = kind
  new DataView(head.buffer).setUint32(1, connection)
  return concat(head, frame)
}

export function createMultiplex(channel: LanChannel, mailbox: () => Mailbox | null): Multiplex {
  const dialled = new Map<number, FrameSocketEvents>()
  const served = new Map<number, { session: Session; held: Uint8Array[] | null }>()
  let last = 0
  let isLost = false

  const say = (kind: number, connection: number, frame?: Uint8Array): void => {
    if (!isLost) channel.send(encode(kind, connection, frame))
  }
  const gone = (): CairnError => new CairnError('relay.unreachable')

  /** A client of the other side wants something of our mailbox. */
  function accept(connection: number): void {
    const core = mailbox()
    if (core === null || served.has(connection) || served.size >= connectionsMost) return say(refuse, connection)
    const hangUp = (): void => {
      if (!served.delete(connection)) return
      session.closed()
      say(refuse, connection)
    }
    const ignore = (): void => undefined
    const session = core.accept({
      send: (frame) => served.has(connection) && say(fromMailbox, connection, frame),
      buffered: channel.buffered,
      ...{ cork: ignore, uncork: ignore },
      pause: () => {
        const one = served.get(connection)
        if (one) one.held ??= []
      },
      resume: () => release(connection),
      close: () => setImmediate(hangUp),
    })
    served.set(connection, { session, held: null })
  }

  function release(connection: number): void {
    const one = served.get(connection)
    const frames = one?.held ?? []
    if (one) one.held = null
    for (const frame of frames) toSession(connection, frame)
  }

  function toSession(connection: number, frame: Uint8Array): void {
    const one = served.get(connection)
    if (one === undefined) return // it was refused, and that is on its way
    if (one.held === null) return one.session.receive(frame)
    one.held.push(frame)
    if (one.held.length > heldMost) channel.close()
  }

  function ended(connection: number): void {
    const events = dialled.get(connection)
    if (dialled.delete(connection)) events?.onClose(gone())
  }

  function left(connection: number): void {
    const one = served.get(connection)
    if (served.delete(connection)) one?.session.closed()
  }

  return {
    dial(events) {
      const connection = (last += 1)
      dialled.set(connection, events)
      setImmediate(() => {
        if (!dialled.has(connection)) return
        if (isLost) return ended(connection)
        say(open, connection)
        events.onOpen()
      })
      return {
        send: (frame) => dialled.has(connection) && say(toMailbox, connection, frame),
        buffered: channel.buffered,
        close: () => void (dialled.delete(connection) && say(leave, connection)),
      }
    },
    received(message) {
      if (isLost) return
      if (message.length < headBytes) return channel.close()
      const connection = new DataView(message.buffer, message.byteOffset).getUint32(1)
      const frame = message.subarray(headBytes)
      switch (message[0]) {
        case open:
          return accept(connection)
        case toMailbox:
          return toSession(connection, frame)
        case leave:
          return left(connection)
        case fromMailbox:
          return dialled.get(connection)?.onFrame(frame.slice())
        case refuse:
          return ended(connection)
        default:
          return channel.close()
      }
    },
    drained() {
      for (const events of [...dialled.values()]) events.onDrain()
      for (const { session } of [...served.values()]) session.drained()
    },
    lost() {
      if (isLost) return
      isLost = true
      for (const connection of [...dialled.keys()]) ended(connection)
      for (const connection of [...served.keys()]) left(connection)
    },
  }
}

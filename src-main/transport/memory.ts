/** Relays without a network, for tests: the relay's real core behind the link's real logic, with frames passed from hand to hand. */
import { CairnError } from '#shared/errors.ts'
import { formatRelayAddress, normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import type { Mailbox } from '../lanPort.ts'
import type { Transport } from '../ports.ts'
import type { Dial, FrameSocketEvents } from './dial.ts'
import { createRelayTransport } from './relayTransport.ts'
import type { RelayTransportOptions } from './relayTransport.ts'
import { createRouter } from './route.ts'
import { noServices } from './services.ts'

export interface MemoryNetwork {
  transport: Transport
  /** A relay at `address` from now on. */
  addRelay(address: string, core: Mailbox): void
  /** Ends the connections to `address`; no new ones come about until `mend`. */
  cut(address: string): void
  mend(address: string): void
}

interface Wire {
  end(error: CairnError): void
}

/** Delivers what was sent in the next turn, in order, and never to an end that has closed. */
export const createWire = (core: Mailbox, events: FrameSocketEvents): Wire & ReturnType<Dial> => {
  let isOver = false
  let outgoing: Uint8Array[] = []
  let incoming: Uint8Array[] = []
  let buffered = 0

  const deliver = (frames: Uint8Array[], to: (frame: Uint8Array) => void): void => {
    for (const frame of frames) if (!isOver) to(frame)
  }
  const toClient = (frame: Uint8Array): void => {
    if (isOver) return
    buffered += frame.length
    incoming.push(new Uint8Array(frame))
    if (incoming.length > 1) return
    setImmediate(() => {
      const frames = incoming
      incoming = []
      buffered = 0
      deliver(frames, (bytes) => events.onFrame(bytes))
      if (!isOver) session.drained()
    })
  }
  const end = (error: CairnError): void => {
    if (isOver) return
    isOver = true
    session.closed()
    setImmediate(() => events.onClose(error))
  }
  const ignore = (): void => undefined
  const session = core.accept({
    send: toClient,
    buffered: () => buffered,
    cork: ignore,
    uncork: ignore,
    pause: ignore,
    resume: ignore,
    close: (code) => setImmediate(() => end(new CairnError(code === 1008 ? 'relay.refused' : 'relay.unreachable'))),
  })
  return {
    send: (frame) => {
      outgoing.push(new Uint8Array(frame))
      if (outgoing.length > 1) return
      setImmediate(() => {
        const frames = outgoing
        outgoing = []
        deliver(frames, (bytes) => session.receive(bytes))
        if (!isOver) events.onDrain()
      })
    },
    buffered: () => 0,
    close: () => {
      if (!isOver) session.closed()
      isOver = true
    },
    end,
  }
}

export const createMemoryNetwork = (options: RelayTransportOptions): MemoryNetwork => {
  const relays = new Map<string, { core: Mailbox; isCut: boolean; wires: Set<Wire> }>()

  const dial: Dial = (address, events) => {
    const name = formatRelayAddress(address)
    let wire: ReturnType<typeof createWire> | null = null
    let isClosed = false
    setImmediate(() => {
      if (isClosed) return
      const relay = relays.get(name)
      if (relay === undefined || relay.isCut) return events.onClose(new CairnError('relay.unreachable'))
      wire = createWire(relay.core, events)
      relay.wires.add(wire)
      events.onOpen()
    })
    return {
      send: (frame) => wire?.send(frame),
      buffered: () => wire?.buffered() ?? 0,
      close: () => {
        isClosed = true
        if (wire !== null) relays.get(name)?.wires.delete(wire)
        wire?.close()
      },
    }
  }

  return {
    transport: createRelayTransport(dial, noServices, options, createRouter(options.random)),
    addRelay: (address, core) => void relays.set(normalizeRelayAddress(address), { core, isCut: false, wires: new Set() }),
    cut: (address) => {
      const relay = relays.get(normalizeRelayAddress(address))
      if (relay === undefined) return
      relay.isCut = true
      for (const wire of relay.wires) wire.end(new CairnError('relay.unreachable'))
      relay.wires.clear()
    },
    mend: (address) => {
      const relay = relays.get(normalizeRelayAddress(address))
      if (relay !== undefined) relay.isCut = false
    },
  }
}

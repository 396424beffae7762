/**
 * One socket for many sessions: while the system takes datagrams as fast as they come, they pass; else those for each remote wait in a queue
 * of its own, and the queues take turns. Congestion control (streamCongestion.ts) shares the network; this shares the computer's own way out.
 */
import type { Clock } from '../../ports.ts'
import type { DatagramSocket, Remote } from './datagram.ts'

/** What the system may hold of ours before we hold the rest: turns are taken only in what it has not got. */
const mostWaiting = 16
/** For one remote, as a router would: what is more is lost, and slows its session down. */
const perRemote = 256
/** For all together, so that many remotes do not cost memory without end. */
const altogether = 8192
const lookAgainMs = 1

interface Queue {
  to: Remote
  datagrams: Uint8Array[]
}

/** `socket`, shared; closing it closes `socket`, which is given all that waits before. */
export function shareFairly(socket: DatagramSocket, clock: Clock): DatagramSocket {
  const queues = new Map<string, Queue>() // whose turn it is first
  let held = 0
  let cancel: (() => void) | null = null

  const isFree = (): boolean => (socket.waiting?.() ?? 0) < mostWaiting

  function sendNext(): void {
    const [key, queue] = queues.entries().next().value as [string, Queue]
    queues.delete(key)
    held--
    socket.send(queue.datagrams.shift() as Uint8Array, queue.to)
    if (queue.datagrams.length > 0) queues.set(key, queue)
  }

  function drain(): void {
    cancel = null
    while (held > 0 && isFree()) sendNext()
    if (held > 0) cancel = clock.after(lookAgainMs, drain)
  }

  function hold(datagram: Uint8Array, to: Remote): void {
    const key = `${to.address} ${String(to.port)}`
    const queue = queues.get(key) ?? { to, datagrams: [] }
    if (queue.datagrams.length >= perRemote || held >= altogether) return
    queue.datagrams.push(datagram)
    queues.set(key, queue)
    held++
    cancel ??= clock.after(lookAgainMs, drain)
  }

  return {
    local: socket.local,
    send(datagram, to) {
      if (held === 0 && isFree()) socket.send(datagram, to)
      else hold(datagram, to)
    },
    waiting: () => held + (socket.waiting?.() ?? 0),
    onDatagram: socket.onDatagram,
    close() {
      cancel?.()
      while (held > 0) sendNext()
      socket.close()
    },
  }
}

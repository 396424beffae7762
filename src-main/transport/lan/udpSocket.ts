/** The LAN link's datagrams on a real UDP socket. */
import { createSocket, type SocketOptions } from 'node:dgram'
import { once } from 'node:events'
import { CairnError } from '#shared/errors.ts'
import type { DatagramSocket, Remote } from './datagram.ts'

/** An IPv4 address as a socket of both families shows it. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** The system holds so much for us while we are busy: at 1,200 bytes about a thousand datagrams. */
const bufferBytes = 2 * 1024 * 1024

const failure = (error: unknown): CairnError => {
  const code = (error as NodeJS.ErrnoException).code
  return new CairnError(code === 'EADDRINUSE' ? 'lan.port-in-use' : 'lan.address-invalid', { cause: error })
}

/** Addresses are never names here; so a datagram is handed to the system within `send`, also just before `close`. */
const asItIs: SocketOptions['lookup'] = (address, _options, callback) => callback(null, address, address.includes(':') ? 6 : 4)

/**
 * `address`: an IP address of this computer, `0.0.0.0`, or `::` for both families; port 0 is any free one.
 * Errors: `lan.port-in-use`, `lan.address-invalid` for an address or a port that cannot be had.
 */
export async function openUdpSocket({ address, port }: Remote): Promise<DatagramSocket> {
  const isIpv6 = address.includes(':')
  const socket = createSocket({
    ...{ type: isIpv6 ? 'udp6' : 'udp4', lookup: asItIs },
    ...{ recvBufferSize: bufferBytes, sendBufferSize: bufferBytes },
  })
  try {
    const listening = once(socket, 'listening')
    socket.bind({ address, port, exclusive: true })
    await listening
  } catch (error) {
    socket.close()
    throw failure(error)
  }
  socket.on('error', () => {}) // of single datagrams, on some systems; they are lost
  const bound = socket.address()
  let isOpen = true
  return {
    local: { address: bound.address, port: bound.port },
    send(datagram, to) {
      if (!isOpen) return
      const host = isIpv6 && !to.address.includes(':') ? `::ffff:${to.address}` : to.address
      socket.send(datagram, to.port, host, () => {}) // an address that cannot be reached is silent like one where nobody is
    },
    waiting: () => (isOpen ? socket.getSendQueueCount() : 0),
    onDatagram(listener) {
      socket.on('message', (message, { address, port }) => {
        if (port !== 0) listener(message, { address: mapped.exec(address)?.[1] ?? address, port }) // nobody could be answered there
      })
    },
    close() {
      if (!isOpen) return
      isOpen = false
      socket.close()
    },
  }
}

/** `GET /ws`: accepts connections, asks all of them together whether they are still there, says goodbye. */
import type { IncomingMessage } from 'node:http'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { Problem } from '../api/problem.ts'
import { createAddressCounts } from '../addressCounts.ts'
import type { Service, ServiceContext } from '../service.ts'
import { directoryLimits } from './limits.ts'
import { canTake, closeCodes, ping, refuse, type Peer } from './peer.ts'
import type { Signalling } from './signalling.ts'

export interface DirectoryWebSockets {
  accept: NonNullable<Service['upgrade']>['accept']
  close(): Promise<void>
}

export type WebSocketsOptions = Pick<ServiceContext, 'clock' | 'logger' | 'addressOf'> & { signalling: Signalling }

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

export function createWebSockets({ clock, logger, addressOf, signalling }: WebSocketsOptions): DirectoryWebSockets {
  const peers = new Map<WebSocket, Peer>()
  const addresses = createAddressCounts()
  const server = new WebSocketServer({
    ...{ noServer: true, autoPong: false, clientTracking: false, perMessageDeflate: false, maxPayload: directoryLimits.frameBytes },
    handleProtocols: () => false,
  })
  let isClosing = false
  let allGone = (): void => undefined

  /** Whatever goes wrong with one connection's frame stays with it. */
  function guarded(peer: Peer, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Problem)) logger.warn('directory.failed', { error: error instanceof Error ? error.name : 'unknown' })
      refuse(peer, error instanceof Problem ? error : new Problem('internal', 'this went wrong here'))
      if (peer.user === null) peer.socket.close(closeCodes.violation, 'refused')
    }
  }

  // Shared by all sockets, which say themselves who they are: closures for each would keep the request of its upgrade in memory.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    const peer = peers.get(this)
    if (peer === undefined || isClosing || this.readyState !== this.OPEN) return
    peer.isAlive = true
    if (isBinary) this.close(closeCodes.violation, 'frames are text')
    else guarded(peer, () => signalling.receive(peer, (data as Buffer).toString('utf8')))
  }
  function onPong(this: WebSocket, data: Buffer): void {
    const peer = peers.get(this)
    if (peer === undefined) return
    peer.isAlive = true
    guarded(peer, () => signalling.confirm(peer, data))
  }
  /** In its turn: the answer says that the frames before it were taken. */
  function onPing(this: WebSocket, data: Buffer): void {
    const peer = peers.get(this)
    if (peer === undefined) return
    peer.isAlive = true
    if (canTake(peer)) this.pong(data)
  }
  function onClose(this: WebSocket): void {
    const peer = peers.get(this)
    if (peer === undefined) return
    peers.delete(this)
    peer.release()
    signalling.gone(peer)
    if (peers.size === 0) allGone()
  }
  const onError = (): void => undefined // `close` follows

  function onOpen(socket: WebSocket, { headers: { host } }: IncomingMessage, address: string): void {
    const release = addresses.add(address)
    const none = { user: null, sentUpTo: 0, unconfirmed: [], reached: null, isAlive: true, isChecked: false, unreadBytes: 0 }
    peers.set(socket, { socket, address, host, release, ...none })
    socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('close', onClose).on('error', onError)
  }

  const isFull = (address: string): boolean =>
    isClosing || peers.size >= directoryLimits.connections || addresses.count(address) >= directoryLimits.connectionsPerAddress

  /** Who neither reads nor answers goes; what was not confirmed stays stored. */
  function checkAlive(peer: Peer): void {
    const { socket, isAlive } = peer
    const isReading = socket.bufferedAmount < peer.unreadBytes
    const isStranger = peer.user === null && peer.isChecked
    peer.unreadBytes = socket.bufferedAmount
    peer.isChecked = true
    if (!isAlive && !isReading) {
      if (peer.unconfirmed.length > 0) socket.close(closeCodes.tooSlow, 'too slow')
      else socket.terminate()
      return
    }
    if (isStranger) return socket.close(closeCodes.violation, 'connect comes first')
    peer.isAlive = false
    ping(peer)
  }
  const keepAlive = (): void => {
    for (const peer of peers.values()) checkAlive(peer)
    cancelKeepAlive = clock.after(directoryLimits.keepAliveMs, keepAlive)
  }
  let cancelKeepAlive = clock.after(directoryLimits.keepAliveMs, keepAlive)

  return {
    accept(request, socket, head) {
      const address = addressOf(request)
      if (isFull(address)) socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      else server.handleUpgrade(request, socket, head, (webSocket) => onOpen(webSocket, request, address))
    },
    async close() {
      isClosing = true
      cancelKeepAlive()
      if (peers.size === 0) return
      const gone = new Promise<void>((resolve) => (allGone = resolve))
      for (const { socket } of peers.values()) socket.close(closeCodes.stopping, 'stopping')
      await Promise.race([gone, later(directoryLimits.goodbyeMs)])
      for (const socket of peers.keys()) socket.terminate()
      await gone
    },
  }
}

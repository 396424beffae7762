import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { AttachedPeer } from './attachedPeer.ts'
import type { RelayCore } from './core.ts'

/** One WebSocket that carries a session of the core. */
export const attachWebSocket = (options: { webSocket: WebSocket; socket: Duplex; core: RelayCore; onClosed: () => void }): AttachedPeer => {
  const { webSocket, socket, core, onClosed } = options
  let isAlive = true
  let sentAtLastCheck = 0
  let sentFrames = 0
  let isTaking = true

  /** A frame left for the network: with frames still waiting behind it that shows that the other end reads. */
  const onSent = (): void => {
    sentFrames += 1
    session.drained()
  }

  const session = core.accept({
    send: (frame) => webSocket.send(frame, onSent),
    buffered: () => webSocket.bufferedAmount,
    cork: () => socket.cork(),
    uncork: () => socket.uncork(),
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    close: (code, reason) => webSocket.close(code, reason),
  })

  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    isAlive = true
    if (!isTaking) return
    if (isBinary && data instanceof Uint8Array) return session.receive(data)
    core.counters.count('text-message')
    webSocket.close(1008, 'violation')
  })
  webSocket.on('pong', () => {
    isAlive = true
  })
  webSocket.on('error', () => core.counters.count('socket-error')) // `close` follows
  const closed = new Promise<void>((resolve) =>
    webSocket.on('close', () => {
      session.closed()
      onClosed()
      resolve()
    }),
  )

  return {
    carrier: 'websocket',
    checkAlive() {
      const isDraining = webSocket.bufferedAmount > 0 && sentFrames > sentAtLastCheck
      sentAtLastCheck = sentFrames
      if (!isAlive && !isDraining) {
        core.counters.count('silent')
        webSocket.terminate()
        return
      }
      isAlive = false
      webSocket.ping()
    },
    stopTaking() {
      isTaking = false
    },
    goodbye() {
      webSocket.resume() // a paused one would never hear the answer
      webSocket.close(1001, 'stopping')
    },
    terminate: () => webSocket.terminate(),
    closed,
  }
}

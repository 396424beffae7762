/** Relays over WebSocket (docs/protocol.md section 4), through the `ws` package. */
import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { CairnError } from '#shared/errors.ts'
import { subprotocol } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import type { Clock, Transport } from '../ports.ts'
import type { Dial } from './dial.ts'
import { createRelayTransport } from './relayTransport.ts'
import type { RelayTransportOptions } from './relayTransport.ts'

const handshakeMs = 15_000
/** A relay asks every 30 s whether we are there; three times that without a sound and it is gone. */
const silentMs = 90_000

/** Not an HTTP status of ours: a status line decides whether waiting can help. */
const errorOfStatus = (status: number): CairnError =>
  new CairnError(status === 503 || status === 429 ? 'relay.busy' : 'relay.refused', { details: { status } })

const urlOf = ({ secure, host, port }: RelayAddress): string =>
  `${secure ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}/`

/** With a pin the key decides instead of the certificate authorities: a relay at home has a certificate of its own making. */
const hasPinnedKey = (socket: TLSSocket, pin: string): boolean => {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
  return key !== undefined && createHash('sha256').update(key).digest('base64url') === pin
}

export const dialWebSocket =
  (clock: Clock): Dial =>
  (address, events) => {
    const { pin } = address
    let error: CairnError | null = null
    let isOver = false
    let heardAt = clock.now()
    let cancelCheck = (): void => undefined
    const webSocket = new WebSocket(urlOf(address), subprotocol, {
      perMessageDeflate: false,
      maxPayload: wireLimits.frameMax,
      handshakeTimeout: handshakeMs,
      followRedirects: false,
      ...(pin === null ? {} : { rejectUnauthorized: false }),
    })

    const checkSilence = (): void => {
      cancelCheck = clock.after(silentMs / 3, () => {
        if (clock.now() - heardAt >= silentMs) webSocket.terminate()
        else checkSilence()
      })
    }
    const end = (why: CairnError): void => {
      if (isOver) return
      isOver = true
      cancelCheck()
      events.onClose(why)
    }

    webSocket.on('upgrade', (response) => {
      if (pin === null || hasPinnedKey(response.socket as TLSSocket, pin)) return
      error = new CairnError('relay.refused', { details: { what: 'pin' } })
      webSocket.terminate()
    })
    webSocket.on('unexpected-response', (_request, response) => {
      error = errorOfStatus(response.statusCode ?? 0)
      webSocket.terminate()
    })
    webSocket.on('open', () => {
      if (isOver || error !== null) return
      checkSilence()
      events.onOpen()
    })
    webSocket.on('ping', () => {
      heardAt = clock.now()
    })
    webSocket.on('message', (data: RawData, isBinary) => {
      heardAt = clock.now()
      if (isOver) return
      if (isBinary && data instanceof Uint8Array) return events.onFrame(data)
      error = new CairnError('relay.refused', { details: { what: 'text' } })
      webSocket.terminate()
    })
    webSocket.on('error', (cause) => {
      error ??= new CairnError(isProtocolFault(cause) ? 'relay.refused' : 'relay.unreachable', { cause })
    })
    webSocket.on('close', (code) =>
      end(error ?? new CairnError(code === 1008 ? 'relay.refused' : 'relay.unreachable', { details: { code } })),
    )

    return {
      send: (frame) => webSocket.send(frame, () => isOver || events.onDrain()),
      buffered: () => webSocket.bufferedAmount,
      close: () => {
        isOver = true
        cancelCheck()
        if (webSocket.readyState === WebSocket.OPEN) webSocket.close(1000)
        else webSocket.terminate()
      },
    }
  }

/** What `ws` says of a peer that breaks RFC 6455, our limits or the subprotocol; network errors have a system code. */
const isProtocolFault = (cause: NodeJS.ErrnoException): boolean =>
  cause.syscall === undefined &&
  (cause.code?.startsWith('WS_ERR') === true || /subprotocol|Sec-WebSocket|Upgrade header/.test(cause.message))

export const createWebSocketTransport = (options: RelayTransportOptions): Transport =>
  createRelayTransport(dialWebSocket(options.clock), options)

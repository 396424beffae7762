/** Relays over WebSocket (docs/protocol.md section 4), through the `ws` package. */
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { subprotocol } from '#shared/wire/frames.ts'
import { wireLimits } from '#shared/wire/limits.ts'
import type { Clock } from '../ports.ts'
import type { Dial } from './dial.ts'
import { createAgent, errorOfStatus, httpUrl } from './http.ts'
import type { OpenSocket } from './openSocket.ts'

/** A relay asks every 30 s whether we are there; three times that without a sound and it is gone. */
const silentMs = 90_000

export const dialWebSocket =
  ({ clock, openSocket, upgradeMs }: { clock: Clock; openSocket: OpenSocket; upgradeMs: number }): Dial =>
  (address, events) => {
    let error: CairnError | null = null
    let isOver = false
    /** Between the connection and the protocol on it is where a network shows that it does not let WebSocket through. */
    let stage: 'connecting' | 'upgrading' | 'open' = 'connecting'
    let heardAt = clock.now()
    let cancelCheck = (): void => undefined
    const webSocket = new WebSocket(httpUrl(address, '/').replace('http', 'ws'), subprotocol, {
      perMessageDeflate: false,
      maxPayload: wireLimits.frameMax,
      handshakeTimeout: upgradeMs,
      followRedirects: false,
      agent: createAgent(async () => {
        const socket = await openSocket(address)
        stage = 'upgrading'
        return socket
      }),
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
      events.onClose(why, stage === 'upgrading' && why.code !== 'relay.busy')
    }

    webSocket.on('unexpected-response', (_request, response) => {
      error = errorOfStatus(response.statusCode ?? 0)
      webSocket.terminate()
    })
    webSocket.on('open', () => {
      if (isOver || error !== null) return
      stage = 'open'
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
      if (isCairnError(cause)) error ??= cause
      else error ??= new CairnError(isProtocolFault(cause) ? 'relay.refused' : 'relay.unreachable', { cause })
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

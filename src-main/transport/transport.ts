/** The real `Transport`: WebSocket or long polling, directly or through a proxy, with or without TLS. */
import type { Transport } from '../ports.ts'
import { dialEither } from './eitherRelay.ts'
import { createOpenSocket, usualTimeouts } from './openSocket.ts'
import type { OpenSocketOptions } from './openSocket.ts'
import { dialPolling } from './pollingRelay.ts'
import { createRelayTransport } from './relayTransport.ts'
import type { RelayTransportOptions } from './relayTransport.ts'
import { createRouter } from './route.ts'
import { createServices } from './services.ts'
import { dialWebSocket } from './webSocketRelay.ts'

export interface TransportOptions extends RelayTransportOptions, Pick<OpenSocketOptions, 'here' | 'authorities' | 'timeouts'> {
  /** When WebSocket is tried again where polling was needed. */
  tryAgainAfterMs?: number
  /** One way alone, for tests. */
  only?: 'websocket' | 'polling'
}

export const createTransport = (options: TransportOptions): Transport => {
  const { clock, random, only, timeouts = usualTimeouts } = options
  const router = createRouter(random)
  const parts = { clock, openSocket: createOpenSocket({ router, ...options }) }
  const [webSocket, polling] = [dialWebSocket({ ...parts, upgradeMs: timeouts.upgradeMs }), dialPolling(parts)]
  const dial = only === 'websocket' ? webSocket : only === 'polling' ? polling : dialEither({ webSocket, polling, ...options })
  const apart = createOpenSocket({ router, ...options, circuit: 'services' })
  return createRelayTransport(dial, createServices({ clock, openSocket: apart, upgradeMs: timeouts.upgradeMs }), options, router)
}

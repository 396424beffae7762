/** What WebSocket and long polling share: HTTP over a socket that is opened elsewhere. */
import type { Agent as HttpAgent, AgentOptions } from 'node:http'
import type { Socket } from 'node:net'
import { CairnError } from '#shared/errors.ts'
import type { RelayAddress } from '#shared/wire/relayAddress.ts'
import { Agent } from './nodeHttp.ts'

/** The status line decides whether waiting can help. */
export const errorOfStatus = (status: number): CairnError =>
  new CairnError(status === 503 || status === 429 ? 'relay.busy' : 'relay.refused', { details: { status } })

/** Never `https:` or `wss:`: the socket has its TLS already. */
export const httpUrl = ({ host, port }: RelayAddress, path: string): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`

/** An agent of Node's whose connections come from `open`. */
export const createAgent = (open: () => Promise<Socket>, options: AgentOptions = {}): HttpAgent => {
  const agent = new Agent(options)
  agent.createConnection = (_options, done) => {
    open().then(
      (socket) => done?.(null, socket),
      (error: unknown) => done?.(error instanceof Error ? error : new CairnError('internal'), undefined as never),
    )
    return undefined
  }
  return agent
}

/** This app on its network: listens, connects, and knows who is there. */
import type { Logger } from '../../ports.ts'
import { meet, type AcquaintanceOptions } from './acquaintance.ts'
import type { DatagramSocket, LanSession, Remote } from './datagram.ts'
import { createLanEndpoint, type LanEndpoint } from './endpoint.ts'
import { shareFairly } from './fairQueue.ts'
import { defaultLimits } from './limits.ts'
import { profiles } from './profiles.ts'

export interface LanNodeOptions extends Omit<AcquaintanceOptions, 'onMet' | 'onLost'> {
  socket: DatagramSocket
  logger: Logger
  /** Somebody came or went. */
  onChange(): void
}

export interface LanNode {
  /** Who is at that place; null for somebody we do not know. Errors: `lan.unreachable`, `lan.wrong-key`, `lan.closed`, `lan.timeout`. */
  connect(remote: Remote): Promise<string | null>
  /** Everybody there, each once. */
  present(): { id: string; remote: Readonly<Remote> }[]
  close(): void
}

export function createLanNode({ socket, logger, onChange, ...options }: LanNodeOptions): LanNode {
  const { clock, random, primitives } = options
  const met = new Map<LanSession, string>()
  const verdicts = new WeakMap<LanSession, PromiseWithResolvers<string | null>>()
  let isClosed = false

  const endpoint: LanEndpoint = createLanEndpoint({
    socket: shareFairly(socket, clock),
    ...{ clock, random, primitives, profile: profiles.cairn, limits: defaultLimits.cairn, accepts: true },
    onSession(session) {
      const verdict = Promise.withResolvers<string | null>()
      verdict.promise.catch(() => undefined) // a server's sessions are waited for by nobody
      verdicts.set(session, verdict)
      return meet(session, {
        ...options,
        onMet(id) {
          verdict.resolve(id)
          if (id === null) return
          met.set(session, id)
          onChange()
        },
        onLost(id, error) {
          verdict.reject(error)
          if (id !== null) logger.info('lan.lost', { code: error.code })
          if (met.delete(session) && !isClosed) onChange()
        },
      })
    },
  })

  return {
    async connect(remote) {
      const session = await endpoint.connect(remote)
      return (await verdicts.get(session)?.promise) ?? null
    },
    present: () => [...new Map([...met].map(([{ remote }, id]) => [id, { id, remote }])).values()],
    close() {
      isClosed = true
      endpoint.close()
    },
  }
}

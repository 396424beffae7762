/** The client's side of an endpoint: handshakes under way, and the sessions that came of them. */
import { CairnError } from '#shared/errors.ts'
import type { Clock } from '../../ports.ts'
import type { Agreed } from './channelKeys.ts'
import type { LanSession, Remote } from './datagram.ts'
import { startClient, stepClient, type ClientEffect, type ClientStep, type HandshakeContext } from './handshake.ts'
import { keyOf } from './incoming.ts'
import type { LiveSession } from './session.ts'

export interface OutgoingOptions {
  clock: Clock
  context(): HandshakeContext
  send(datagram: Uint8Array, to: Remote): void
  open(role: 'client', remote: Remote, agreed: Agreed, on: { heard(): void; end(): void }): LiveSession
  announce(live: LiveSession): void
}

interface Attempt {
  promise: Promise<LanSession>
  /** Before it stands. */
  live(): LiveSession | null
  datagram(datagram: Uint8Array): void
  cancel(): void
}

export interface Outgoing {
  /** The session that stands, the one under way, or a new one. Errors: `lan.unreachable`, `lan.wrong-key`, `lan.closed`. */
  connect(remote: Remote): Promise<LanSession>
  /** For the handshake with this remote, if one is under way. */
  datagram(key: string, datagram: Uint8Array): void
  of(key: string): LiveSession[]
  all(): LiveSession[]
  /** Ends the handshakes under way. */
  cancel(): void
  tick(): void
}

export function createOutgoing({ clock, context, send, open, announce }: OutgoingOptions): Outgoing {
  const standing = new Map<string, LiveSession>()
  const attempts = new Map<string, Attempt>()

  function attempt(remote: Remote): Attempt {
    const key = keyOf(remote)
    const { promise, resolve, reject } = Promise.withResolvers<LanSession>()
    let live: LiveSession | null = null
    let stopTimer = () => {}
    let isOver = false

    const finish = (): void => {
      isOver = true
      stopTimer()
      attempts.delete(key)
    }
    const fail = (error: CairnError): void => {
      if (isOver) return
      finish()
      live?.end(error)
      reject(error)
    }
    const stand = (opened: LiveSession): void => {
      finish()
      standing.set(key, opened)
      announce(opened)
      resolve(opened.session)
    }
    const forget = (opened: LiveSession): void => {
      if (standing.get(key) === opened) standing.delete(key)
    }
    const openWith = (agreed: Agreed): LiveSession => {
      live?.end(new CairnError('lan.closed'))
      const opened: LiveSession = open('client', remote, agreed, {
        heard: () => step((state) => stepClient(state, { type: 'confirmed' }, context())),
        end: () => forget(opened),
      })
      return opened
    }
    const run = (effect: ClientEffect): void => {
      if (effect.type === 'send') send(effect.datagram, remote)
      else if (effect.type === 'wait')
        stopTimer = clock.after(effect.ms, () => step((state) => stepClient(state, { type: 'timer' }, context())))
      else if (effect.type === 'agreed') live = openWith(effect.agreed)
      else if (effect.type === 'ping') live?.ping()
      else if (effect.type === 'failed') fail(effect.error)
      else if (live !== null) stand(live)
    }
    let { state, effects } = startClient(context())
    const step = (next: (before: typeof state) => ClientStep): void => {
      if (isOver) return // a session that stands was heard before
      ;({ state, effects } = next(state))
      effects.forEach(run)
    }
    const begun: Attempt = {
      promise,
      live: () => live,
      datagram: (datagram) => step((before) => stepClient(before, { type: 'datagram', datagram }, context())),
      cancel: () => fail(new CairnError('lan.closed')),
    }
    attempts.set(key, begun)
    effects.forEach(run)
    return begun
  }

  return {
    connect(remote) {
      const found = standing.get(keyOf(remote))
      if (found) return Promise.resolve(found.session)
      return (attempts.get(keyOf(remote)) ?? attempt(remote)).promise
    },
    datagram: (key, datagram) => attempts.get(key)?.datagram(datagram),
    of: (key) => [standing.get(key), attempts.get(key)?.live()].filter((live) => live !== undefined && live !== null),
    all: () => [...standing.values()],
    cancel: () => [...attempts.values()].forEach((one) => one.cancel()),
    tick: () => [...standing.values()].forEach((live) => live.tick()),
  }
}

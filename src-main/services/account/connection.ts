/**
 * The connection of one directory user to its relay, which heals itself. What comes is handled one after the other, and the relay's ping
 * behind it is answered only then: what could not be kept comes again. What goes is one message at a time, with a ping behind it whose
 * pong says that the relay has it (docs/services/directory.md).
 */
import type { Account } from '#shared/contract/accountModels.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import { backoffDelay } from '../../backoff.ts'
import { describeError } from '../../errorFacts.ts'
import type { ServiceSocket } from '../../ports.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import type { DirectoryUser } from '../../storage/accountStore.ts'
import type { Core } from '../core.ts'
import { readFrame, signedFrame, type PeerFrame, type ServerFrame } from './codeFrames.ts'
import { refusePlain } from './sealedApi.ts'

/** A message for another user of the same relay. */
export interface Outgoing {
  id: string
  recipient: string
  /** JSON. */
  message: string
}

export interface ConnectionListeners {
  /** What to send next, but nothing of `held`. */
  next(relay: string, held: ReadonlySet<string>): Outgoing | null
  /** The relay has it; may repeat. */
  stored(sent: Outgoing): void
  /** The relay will not have it. `reason` is its word. */
  refused(sent: Outgoing, reason: string): void
  /** Rejects where it could not be kept, and then it comes again. */
  onFrame(relay: string, frame: PeerFrame): Promise<void>
  onUnreadable(): void
  onState(relay: string): void
}

export type Shown = Pick<Account, 'state' | 'error'>

/** The relay sends 16 frames and a ping, then waits for the pong. */
const incomingMost = 64
/** Somebody else is connected as this user, a copy of this profile perhaps: the two must not throw each other out without end. */
const replacedCode = 4001
const replacedMs = 5 * 60_000
const heldMs = 60_000
const passing = new Set(['too-many-requests', 'unavailable', 'internal'])

type Problem = Extract<ServerFrame, { kind: 'problem' }>

interface Live {
  socket: ServiceSocket
  isIn: boolean
  error: CairnError | null
  sent: (Outgoing & { mark: Uint8Array; problem: Problem | null }) | null
  incoming: Promise<void>
  waiting: number
}

export type Connection = ReturnType<typeof createConnection>

export function createConnection(core: Core, user: DirectoryUser, listeners: ConnectionListeners) {
  const { transport, random } = core.ports
  const { relay } = user
  const held = new Set<string>()
  let shown: Shown = { state: 'connecting', error: null }
  let live: Live | null = null
  let attempt = 0
  let cancelRetry = (): void => undefined

  function show(state: Shown['state'], error: string | null): void {
    if (shown.state === state && shown.error === error) return
    shown = { state, error }
    listeners.onState(relay)
  }

  function dial(): void {
    try {
      refusePlain(relay)
    } catch (error) {
      return show('offline', (error as CairnError).code)
    }
    const own =
      <A extends unknown[]>(work: (one: Live, ...rest: A) => void) =>
      (...rest: A): void => {
        if (live !== one) return
        try {
          work(one, ...rest)
        } catch (error) {
          drop(one, error)
        }
      }
    const socket = transport.services.connect(relay, '/ws', {
      onOpen: own(({ socket }) => socket.send(signedFrame(core.ports, user, { type: 'connect' }))),
      onText: own(onText),
      onPing: own((_, mark: Uint8Array) => inTurn(one, () => answer(one, mark))),
      onPong: own(onPong),
      onClose: own((_, error: CairnError, code: number) =>
        over(code === replacedCode ? new CairnError('code.elsewhere') : (one.error ?? error)),
      ),
    })
    const one: Live = { socket, isIn: false, error: null, sent: null, incoming: Promise.resolve(), waiting: 0 }
    live = one
  }

  /** On our part. */
  function drop(one: Live, error: unknown): void {
    if (live !== one) return
    one.socket.close()
    if (!isCairnError(error)) core.ports.logger.warn('account.connection-failed', describeError(error))
    over(isCairnError(error) ? error : new CairnError('internal'))
  }

  function over(error: CairnError): void {
    live = null
    const asked = Number(error.details['seconds'] ?? 0) * 1000
    cancelRetry = core.after(error.code === 'code.elsewhere' ? replacedMs : Math.max(asked, backoffDelay(attempt++, random)), dial)
    show('offline', error.code)
  }

  function inTurn(one: Live, work: () => Promise<void> | void): void {
    if (++one.waiting > incomingMost) throw new CairnError('relay.refused')
    const step = async (): Promise<void> => {
      if (live !== one) return
      await work()
      one.waiting--
    }
    one.incoming = one.incoming.then(step).catch((error: unknown) => drop(one, error))
  }

  function answer(one: Live, mark: Uint8Array): void {
    if (live !== one) return
    one.socket.pong(mark)
    attempt = 0
  }

  function onText(one: Live, text: string): void {
    const frame = readFrame(text)
    if (frame === null) return inTurn(one, listeners.onUnreadable)
    if (frame.kind === 'peer') return inTurn(one, () => listeners.onFrame(relay, frame))
    if (frame.kind === 'connected') {
      one.isIn = true
      show('connected', null)
      pump()
    } else if (frame.kind === 'problem') onProblem(one, frame)
  }

  function onProblem(one: Live, problem: Problem): void {
    const { code: reason, seconds } = problem
    if (one.sent) one.sent.problem ??= problem
    else if (!one.isIn)
      one.error = passing.has(reason)
        ? new CairnError('relay.busy', { details: { ...(seconds !== null && { seconds }) } })
        : new CairnError('account.refused', { details: { reason } })
  }

  function onPong(one: Live, mark: Uint8Array): void {
    const { sent } = one
    if (!sent || !equalBytes(sent.mark, mark)) return
    const { problem } = sent
    if (problem === null) listeners.stored(sent)
    else if (passing.has(problem.code)) hold(sent.id, problem.seconds === null ? heldMs : problem.seconds * 1000)
    else listeners.refused(sent, problem.code)
    one.sent = null
    attempt = 0
    pump()
  }

  function hold(id: string, ms: number): void {
    held.add(id)
    core.after(ms, () => {
      held.delete(id)
      pump()
    })
  }

  /** Sends what there is to send, if it can. */
  function pump(): void {
    if (!live?.isIn || live.sent) return
    const next = listeners.next(relay, held)
    if (!next) return
    live.sent = { ...next, mark: random(16), problem: null }
    live.socket.send(signedFrame(core.ports, user, JSON.parse(next.message), next.recipient))
    live.socket.ping(live.sent.mark)
  }

  dial()
  return {
    shown: () => shown,
    pump,
    /** Now, not after the back-off. */
    retry(): void {
      if (live) return
      cancelRetry()
      attempt = 0
      dial()
    },
    close(): void {
      live?.socket.close()
      live = null
      cancelRetry()
    },
  }
}

/**
 * The handshake, docs/protocol.md section 10, as steps without sockets and clocks: events in, effects out.
 *
 * The client repeats its `connect` until it is answered. In profile bittrrt the answer is all there is. In profile cairn the client then asks,
 * inside the channel, whether the other side has the same keys, and the channel stands once anything of the other side's opens.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { equalBytes, hex, wipe } from '../../protocol/bytes.ts'
import type { Context } from '../../protocol/primitives.ts'
import { agree, type Agreed } from './channelKeys.ts'
import { decodeMessage, encodeMessage, type Connect, type ConnectMessage } from './connectMessages.ts'
import type { LanProfile } from './profiles.ts'

/** `NEGOTIATION_REPEAT` and `NEGOTIATION_DELAY`, in ms. */
export const negotiation = { tries: 50, delayMs: 100 } as const

/** Answers with different keys that one handshake goes into. */
const answersMax = 8

export interface HandshakeContext extends Context {
  profile: LanProfile
}

export interface ClientState {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
  readonly tries: number
  readonly cookie: Uint8Array | null
  /** Something came that is no answer under this profile's key. */
  readonly unreadable: boolean
  /** Keys of answers, in hex, each gone into once: the same keys twice would be the same nonces twice. */
  readonly answers: readonly string[]
}

export type ClientEvent = { type: 'timer' } | { type: 'confirmed' } | { type: 'datagram'; datagram: Uint8Array }

export type ClientEffect =
  | { type: 'send'; datagram: Uint8Array }
  /** A `timer` is wanted after so many ms. */
  | { type: 'wait'; ms: number }
  /** Make a channel of these, in place of an earlier one. */
  | { type: 'agreed'; agreed: Agreed }
  /** Send a ping in the channel, whose answer is the event `confirmed`. */
  | { type: 'ping' }
  /** The end: the channel stands. */
  | { type: 'done' }
  /** The end: `lan.unreachable`, or `lan.wrong-key` where something answered. */
  | { type: 'failed'; error: CairnError }

export interface ClientStep {
  state: ClientState
  effects: ClientEffect[]
}

const connectOf = ({ publicKey, cookie }: ClientState, context: HandshakeContext): ClientEffect => ({
  type: 'send',
  datagram: encodeMessage(context.profile, { cmd: 'connect', pubkey: publicKey, cookie: cookie ?? undefined }, context),
})

/** The first `connect` and all that follows from it. */
export function startClient(context: HandshakeContext): ClientStep {
  const secretKey = context.random(32)
  const publicKey = context.primitives.x25519.publicKey(secretKey)
  return attempt({ secretKey, publicKey, tries: 0, cookie: null, unreadable: false, answers: [] }, context)
}

const attempt = (before: ClientState, context: HandshakeContext): ClientStep => {
  const state = { ...before, tries: before.tries + 1 }
  const effects: ClientEffect[] = [connectOf(state, context)]
  if (state.answers.length > 0) effects.push({ type: 'ping' })
  return { state, effects: [...effects, { type: 'wait', ms: negotiation.delayMs }] }
}

const fail = (state: ClientState): ClientStep => {
  wipe(state.secretKey)
  const code = state.unreadable || state.answers.length > 0 ? 'lan.wrong-key' : 'lan.unreachable'
  return { state, effects: [{ type: 'failed', error: new CairnError(code, { details: { tries: state.tries } }) }] }
}

const ended = (state: ClientState): ClientStep => {
  wipe(state.secretKey)
  return { state, effects: [{ type: 'done' }] }
}

/** Nothing that comes from outside throws. After `done` and `failed` the state is of no use any more. */
export function stepClient(state: ClientState, event: ClientEvent, context: HandshakeContext): ClientStep {
  if (event.type === 'confirmed') return ended(state)
  if (event.type === 'timer') return state.tries < negotiation.tries ? attempt(state, context) : fail(state)
  const message = read(event.datagram, context)
  if (message === null) return { state: { ...state, unreadable: true }, effects: [] }
  if (!isForUs(message, state, context.profile)) return { state, effects: [] }
  if (message.cmd === 'cookie') return takeCookie(state, message.cookie, context)
  return message.cmd === 'connected' ? takeAnswer(state, message.pubkey, context) : { state, effects: [] }
}

const read = (datagram: Uint8Array, { profile, primitives }: HandshakeContext): ConnectMessage | null => {
  try {
    return decodeMessage(profile, datagram, primitives)
  } catch (error) {
    if (isCairnError(error)) return null
    throw error
  }
}

const isForUs = (message: ConnectMessage, { publicKey }: ClientState, { name }: LanProfile): boolean =>
  name === 'bittrrt'
    ? message.cmd === 'connected'
    : message.cmd !== 'connect' && message.to !== undefined && equalBytes(message.to, publicKey)

/** The first is used at once, later ones with the next try: who sends many makes us send no more for it. */
function takeCookie(before: ClientState, cookie: Uint8Array, context: HandshakeContext): ClientStep {
  const state = { ...before, cookie }
  return { state, effects: before.cookie === null ? [connectOf(state, context)] : [] }
}

function takeAnswer(state: ClientState, peerKey: Uint8Array, { profile, primitives }: HandshakeContext): ClientStep {
  const name = hex(peerKey)
  if (state.answers.includes(name) || state.answers.length === answersMax) return { state, effects: [] }
  const agreed = tryAgree(() =>
    agree(profile, { role: 'client', secretKey: state.secretKey, ownKey: state.publicKey, peerKey }, primitives),
  )
  if (agreed === null) return { state: { ...state, unreadable: true }, effects: [] }
  const next = { ...state, answers: [...state.answers, name] }
  const effect: ClientEffect = { type: 'agreed', agreed }
  if (profile.name === 'cairn') return { state: next, effects: [effect, { type: 'ping' }] }
  return { state: next, effects: [effect, ...ended(next).effects] }
}

/** Null for a key of low order. */
const tryAgree = (run: () => Agreed): Agreed | null => {
  try {
    return run()
  } catch (error) {
    if (isCairnError(error, 'crypto.failed')) return null
    throw error
  }
}

export interface Accepted {
  agreed: Agreed
  /** The datagram to answer with, also when the same `connect` comes again. */
  answer: Uint8Array
}

/** The server's whole part. Throws `lan.wrong-key` for a key of low order. */
export function acceptConnect({ pubkey }: Pick<Connect, 'pubkey'>, context: HandshakeContext): Accepted {
  const { profile, primitives } = context
  const secretKey = context.random(32)
  const ownKey = primitives.x25519.publicKey(secretKey)
  const agreed = tryAgree(() => agree(profile, { role: 'server', secretKey, ownKey, peerKey: pubkey }, primitives))
  wipe(secretKey)
  if (agreed === null) throw new CairnError('lan.wrong-key')
  return { agreed, answer: encodeMessage(profile, { cmd: 'connected', pubkey: ownKey, to: pubkey }, context) }
}

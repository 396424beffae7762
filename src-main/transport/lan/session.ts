/** One session: what is sealed and opened in its channel, and what happens in it as time passes (docs/protocol.md section 10). */
import { CairnError, isCairnError, type ErrorCode } from '#shared/errors.ts'
import type { Clock, Random } from '../../ports.ts'
import type { Primitives } from '../../protocol/primitives.ts'
import { fingerprintOf, type Agreed, type Role } from './channelKeys.ts'
import { datagramMax } from './connectMessages.ts'
import type { LanSession, LanSessionEvents, Remote } from './datagram.ts'
import type { LanLimits } from './limits.ts'
import { decodePacket, encodePacket, type Packet } from './packets.ts'
import type { LanProfile } from './profiles.ts'
import { createRotator } from './rotation.ts'
import { createCountingChannel, createRandomNonceChannel, packetOverhead, type SecureChannel } from './secureChannel.ts'

export interface LiveSession {
  readonly session: LanSession
  /** The other side's ephemeral key. */
  readonly peerKey: Uint8Array
  /** Clock's ms. */
  readonly openedAt: number
  /** True once anything of the other side's has opened: from then on it is known to receive at its address. */
  readonly heard: boolean
  /** Null, or why the datagram is not one of this session's. */
  receive(datagram: Uint8Array): ErrorCode | null
  /** Who hears of what comes; before, it would be lost. */
  attach(events: LanSessionEvents): void
  ping(): void
  /** To be called about every second. */
  tick(): void
  /** Ends it without a word to the other side. */
  end(error: CairnError): void
}

export interface LiveSessionOptions {
  role: Role
  remote: Remote
  agreed: Agreed
  profile: LanProfile
  limits: LanLimits
  clock: Pick<Clock, 'now'>
  random: Random
  primitives: Primitives
  transmit(datagram: Uint8Array): void
  /** Once, before what was heard is handed on. */
  onHeard(): void
  /** Once. */
  onEnd(): void
}

/** How one profile says things inside the channel. */
interface Speech {
  readonly maxPayload: number
  data(payload: Uint8Array): Uint8Array
  /** Hands on what a packet says. */
  take(plaintext: Uint8Array): void
  say(kind: 'ping' | 'close'): void
  tick(now: number, heardAt: number): void
  /** Erases the keys. */
  end(): void
}

export function createLiveSession(options: LiveSessionOptions): LiveSession {
  const { role, remote, agreed, profile, limits, clock, primitives, transmit, onHeard, onEnd } = options
  const openedAt = clock.now()
  let aliveAt = openedAt
  let heard = false
  let ended = false
  let events: LanSessionEvents | null = null

  const end = (error: CairnError): void => {
    if (ended) return
    ended = true
    speech.end()
    onEnd()
    events?.onClose(error)
  }
  const hand = (payload: Uint8Array): void => {
    if (!ended) events?.onDatagram(payload)
  }
  /** Where the key has sealed all it may, the session is over. */
  const put = (plaintext: Uint8Array): void => {
    try {
      transmit(channel.seal(plaintext))
    } catch (error) {
      if (isCairnError(error, 'lan.closed')) end(error)
      throw error
    }
  }
  const inside: Inside = { ...options, hand, end, put }
  const { channel, speech } = profile.name === 'cairn' ? speakCairn(inside) : speakPlainly(inside)

  const close = (): void => {
    if (ended) return
    if (heard) speech.say('close')
    end(new CairnError('lan.closed'))
  }

  /** To nobody who has not proved to be there: a forged sender's address would be sent what it never asked for. */
  const send = (payload: Uint8Array): void => {
    if (ended) throw new CairnError('lan.closed')
    if (payload.length > speech.maxPayload) throw new CairnError('codec.too-large', { details: { what: 'payload' } })
    if (heard || role === 'client') put(speech.data(payload))
  }

  const receive = (datagram: Uint8Array): ErrorCode | null => {
    if (ended) return 'lan.closed'
    const opened = opening(channel, datagram)
    if (typeof opened === 'string') return opened
    const isFirst = !heard
    heard = true
    aliveAt = clock.now()
    if (isFirst) onHeard()
    speech.take(opened)
    return null
  }

  return {
    session: {
      ...{ role, remote, channelHash: agreed.channelHash, fingerprint: fingerprintOf(agreed.peerKey, primitives) },
      ...{ maxPayload: speech.maxPayload, send, close },
    },
    peerKey: agreed.peerKey,
    openedAt,
    get heard() {
      return heard
    },
    receive,
    attach(given) {
      events = given
    },
    ping: () => speech.say('ping'),
    tick() {
      const now = clock.now()
      aliveAt = Math.min(aliveAt, now) // a clock that was put back
      if (now - aliveAt >= limits.idleMs) end(new CairnError('lan.timeout'))
      else speech.tick(now, aliveAt)
    },
    end,
  }
}

const opening = (channel: SecureChannel, datagram: Uint8Array): Uint8Array | ErrorCode => {
  try {
    return channel.open(datagram)
  } catch (error) {
    if (isCairnError(error)) return error.code
    throw error
  }
}

interface Inside extends LiveSessionOptions {
  hand(payload: Uint8Array): void
  end(error: CairnError): void
  put(plaintext: Uint8Array): void
}

interface Spoken {
  channel: SecureChannel
  speech: Speech
}

/** Profile bittrrt: the plaintext is what is said, and nothing is said by itself. */
function speakPlainly(inside: Inside): Spoken {
  const channel = createRandomNonceChannel(inside.agreed.keys, inside)
  const speech: Speech = {
    maxPayload: datagramMax - packetOverhead,
    data: (payload) => payload,
    take: inside.hand,
    say() {},
    tick() {},
    end: channel.end,
  }
  return { channel, speech }
}

/** Profile cairn: packets of several kinds, a heartbeat, and keys that change. */
function speakCairn({ agreed, role, limits, primitives, random, clock, hand, end, put }: Inside): Spoken {
  const channel = createCountingChannel(agreed.keys, primitives)
  const rotator = createRotator(channel, agreed.keys, { primitives, random })
  let keySince = clock.now()
  let answered = 0
  let pingedAt = -Infinity

  /** Nothing where the session is over. */
  const say = (packet: Packet): void => {
    try {
      put(encodePacket(packet))
    } catch (error) {
      if (!isCairnError(error, 'lan.closed')) throw error
    }
  }

  const finish = (packet: Extract<Packet, { kind: 'answer' }>): void => {
    if (!rotator.finish(packet)) return
    keySince = clock.now()
    say({ kind: 'ping' }) // the first packet on the new key
  }

  const answer = (packet: Extract<Packet, { kind: 'offer' }>): void => {
    const found = rotator.answer(packet, clock.now() - keySince < shortestKeyMs)
    if (found === null) return
    if (packet.number !== answered) keySince = clock.now()
    answered = packet.number
    say({ kind: 'answer', ...found })
  }

  const take = (packet: Packet): void => {
    if (packet.kind === 'data') hand(packet.payload)
    else if (packet.kind === 'ping') say({ kind: 'pong' })
    else if (packet.kind === 'close') end(new CairnError('lan.closed'))
    else if (packet.kind === 'offer' && role === 'server') orNull(() => answer(packet))
    else if (packet.kind === 'answer' && role === 'client') orNull(() => finish(packet))
  }

  const isWorn = (now: number): boolean => channel.used >= limits.rotateAfter.packets || now - keySince >= limits.rotateAfter.ms

  /** What was lost of a rotation is said again. */
  const turnKeys = (now: number): void => {
    if (!channel.settled) say({ kind: 'ping' })
    else if (rotator.pending() !== null || isWorn(now)) say({ kind: 'offer', ...rotator.offer() })
  }

  const speech: Speech = {
    maxPayload: datagramMax - packetOverhead - 1,
    data: (payload) => encodePacket({ kind: 'data', payload }),
    take(plaintext) {
      const packet = orNull(() => decodePacket(plaintext))
      if (packet !== null) take(packet)
    },
    say: (kind) => say({ kind }),
    tick(now, heardAt) {
      if (role === 'client') turnKeys(now)
      if (now - heardAt < limits.heartbeatMs || Math.abs(now - pingedAt) < limits.pingMs) return
      pingedAt = now
      say({ kind: 'ping' })
    },
    end() {
      channel.end()
      rotator.end()
    },
  }
  return { channel, speech }
}

/** What one side may cost the other: a server makes new keys this often at most. */
const shortestKeyMs = 1000

const refused: ReadonlySet<ErrorCode> = new Set(['codec.malformed', 'codec.newer-version', 'crypto.failed'])

/** The other side may be of another version, or mean ill: what it says and cannot be understood, or is a key of low order, changes nothing. */
const orNull = <T>(run: () => T): T | null => {
  try {
    return run()
  } catch (error) {
    if (isCairnError(error) && refused.has(error.code)) return null
    throw error
  }
}

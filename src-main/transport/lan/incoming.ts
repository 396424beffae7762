/**
 * The server's side of an endpoint: clients that were answered and not heard yet (*half-open*), and the sessions of those that were.
 *
 * Nobody who has not proved to receive at an address is sent more than it has sent, and a session that stands falls to no `connect`, as anybody
 * may have sent that: it falls to a new one once the same address was heard in it.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import type { Agreed } from './channelKeys.ts'
import { encodeMessage, type Connect } from './connectMessages.ts'
import { createCookies } from './cookies.ts'
import type { Remote } from './datagram.ts'
import { acceptConnect, type HandshakeContext } from './handshake.ts'
import type { LanLimits } from './limits.ts'
import type { LiveSession } from './session.ts'

export interface IncomingOptions {
  limits: LanLimits
  context(): HandshakeContext
  send(datagram: Uint8Array, to: Remote): void
  open(role: 'server', remote: Remote, agreed: Agreed, on: { heard(): void; end(): void }): LiveSession
  /** A session that others are told of. */
  announce(live: LiveSession): void
}

interface Answered {
  live: LiveSession
  answer: Uint8Array
}

export interface Incoming {
  /** `bytes`: what the datagram was long; no answer is longer. */
  connect(message: Connect, bytes: number, from: Remote): void
  of(key: string): LiveSession[]
  all(): LiveSession[]
  counts(): { sessions: number; halfOpen: number }
  tick(now: number): void
}

export const keyOf = ({ address, port }: Remote): string => `${address} ${port}`

export function createIncoming({ limits, context, send, open, announce }: IncomingOptions): Incoming {
  const standing = new Map<string, Answered>()
  const halfOpen = new Map<string, Answered>()
  const { random, primitives } = context()
  const cookies = createCookies(random(32), primitives)

  const drop = (from: Map<string, Answered>, key: string): void => {
    const answered = from.get(key)
    from.delete(key)
    answered?.live.end(new CairnError('lan.closed'))
  }

  const isFull = (address: string): boolean => {
    if (standing.size >= limits.sessions) return true
    const here = [...standing.values()].filter(({ live }) => live.session.remote.address === address)
    return here.length >= limits.sessionsPerAddress
  }

  const needsCookie = ({ pubkey, cookie }: Connect, from: Remote, { profile, now }: HandshakeContext): boolean => {
    if (profile.name !== 'cairn' || halfOpen.size < limits.cookiesFrom) return false
    return cookie === undefined || !cookies.isValid(cookie, from, pubkey, now)
  }

  const accept = (message: Connect, from: Remote, given: HandshakeContext): Answered | null => {
    try {
      const { agreed, answer } = acceptConnect(message, given)
      const live = open('server', from, agreed, { heard: () => stand({ live, answer }), end: () => forget(live) })
      return { live, answer }
    } catch (error) {
      if (isCairnError(error, 'lan.wrong-key')) return null
      throw error
    }
  }

  const stand = (answered: Answered): void => {
    const key = keyOf(answered.live.session.remote)
    halfOpen.delete(key)
    if (isFull(answered.live.session.remote.address)) return answered.live.session.close()
    const before = standing.get(key)
    standing.set(key, answered)
    before?.live.end(new CairnError('lan.closed'))
    if (context().profile.name === 'cairn') announce(answered.live)
  }

  const forget = (live: LiveSession): void => {
    const key = keyOf(live.session.remote)
    for (const place of [standing, halfOpen]) if (place.get(key)?.live === live) place.delete(key)
  }

  const keep = (answered: Answered, from: Remote): void => {
    drop(halfOpen, keyOf(from))
    if (halfOpen.size >= limits.halfOpen) drop(halfOpen, halfOpen.keys().next().value as string)
    halfOpen.set(keyOf(from), answered)
    if (context().profile.name === 'bittrrt') announce(answered.live) // its clients may never say anything
  }

  return {
    connect(message, bytes, from) {
      const reply = (datagram: Uint8Array): boolean => {
        if (datagram.length <= bytes) send(datagram, from)
        return datagram.length <= bytes
      }
      const known = [standing, halfOpen].map((place) => place.get(keyOf(from)))
      const same = known.find((one) => one !== undefined && equalBytes(one.live.peerKey, message.pubkey))
      if (same) return void reply(same.answer)
      if (isFull(from.address)) return
      const given = context()
      if (needsCookie(message, from, given)) {
        const cookie = cookies.of(from, message.pubkey, given.now)
        return void reply(encodeMessage(given.profile, { cmd: 'cookie', cookie, to: message.pubkey }, given))
      }
      const answered = accept(message, from, given)
      if (answered !== null && reply(answered.answer)) keep(answered, from)
    },
    of: (key) => [standing, halfOpen].flatMap((place) => place.get(key)?.live ?? []),
    all: () => [...standing.values(), ...halfOpen.values()].map(({ live }) => live),
    counts: () => ({ sessions: standing.size, halfOpen: halfOpen.size }),
    tick(now) {
      for (const [key, { live }] of [...halfOpen]) if (now - live.openedAt >= limits.halfOpenMs) drop(halfOpen, key)
      for (const { live } of [...standing.values()]) live.tick()
    },
  }
}

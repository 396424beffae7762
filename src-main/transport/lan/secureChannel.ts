/**
 * Packets of an agreed channel, docs/protocol.md section 10: `nonce(12) ‖ ChaCha20-Poly1305`, RFC 8439.
 *
 * A channel is not a value but a thing: it counts what it seals, and a copy of it would use a nonce twice.
 */
import { CairnError, isCairnError } from '#shared/errors.ts'
import { concat, hex, readU32be, u32be, wipe } from '../../protocol/bytes.ts'
import type { Context, Primitives } from '../../protocol/primitives.ts'
import type { DirectionKeys } from './channelKeys.ts'
import { createReplayWindow, type ReplayWindow } from './replayWindow.ts'

const nonceBytes = 12
/** What a packet is longer than its plaintext. */
export const packetOverhead = nonceBytes + 16

const nothing = new Uint8Array()

export interface SecureChannel {
  /** Throws `lan.closed` where the key has sealed all it may. */
  seal(plaintext: Uint8Array, associatedData?: Uint8Array): Uint8Array
  /**
   * Changes nothing unless the packet is genuine and new. Errors: `codec.malformed`; `lan.closed` after `end`; `lan.replayed` (came before, or is too old to tell);
   * `lan.wrong-key` (of a key this channel has not); `lan.tampered`.
   */
  open(packet: Uint8Array, associatedData?: Uint8Array): Uint8Array
  /** Erases the keys; nothing is sealed or opened any more. */
  end(): void
}

const parts = (packet: Uint8Array): [Uint8Array, Uint8Array] => {
  if (packet.length < packetOverhead) throw new CairnError('codec.malformed', { details: { what: 'packet' } })
  return [packet.subarray(0, nonceBytes), packet.subarray(nonceBytes)]
}

type Aead = Primitives['chacha20poly1305']

const openSealed = (aead: Aead, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associatedData: Uint8Array): Uint8Array => {
  try {
    return aead.open(key, nonce, sealed, associatedData)
  } catch (error) {
    throw isCairnError(error, 'crypto.failed') ? new CairnError('lan.tampered') : error
  }
}

/** Packets that one key may seal; rotation comes long before. */
const packetsPerKey = 2 ** 32

/** The last 1,024 nonces that were used, in either direction. */
function createRecentNonces() {
  const recent = new Set<string>()
  return {
    has: (nonce: Uint8Array) => recent.has(hex(nonce)),
    add(nonce: Uint8Array) {
      recent.add(hex(nonce))
      if (recent.size > 1024) recent.delete(recent.values().next().value as string)
    },
  }
}

/**
 * Profile bittrrt: one key for both directions, random nonces. The profile knows no replay; a packet of the last 1,024 that comes again, or
 * comes back to who sealed it, is refused all the same.
 */
export function createRandomNonceChannel(
  { send: key }: DirectionKeys,
  { primitives: { chacha20poly1305: aead }, random }: Pick<Context, 'primitives' | 'random'>,
): SecureChannel {
  const recent = createRecentNonces()
  let sealed = 0
  let ended = false
  return {
    seal(plaintext, associatedData = nothing) {
      if (ended || sealed >= packetsPerKey) throw new CairnError('lan.closed')
      sealed++
      const nonce = random(nonceBytes)
      recent.add(nonce)
      return concat(nonce, aead.seal(key, nonce, plaintext, associatedData))
    },
    open(packet, associatedData = nothing) {
      if (ended) throw new CairnError('lan.closed')
      const [nonce, sealedPart] = parts(packet)
      if (recent.has(nonce)) throw new CairnError('lan.replayed')
      const plaintext = openSealed(aead, key, nonce, sealedPart, associatedData)
      recent.add(nonce)
      return plaintext
    },
    end() {
      ended = true
      wipe(key)
    },
  }
}

export interface RotatingChannel extends SecureChannel {
  /** Key number that is sealed with. */
  readonly sending: number
  /** Packets on it so far: the greater of those sealed, and of the numbers that came. */
  readonly used: number
  /** False while packets of an older key are read as well. */
  readonly settled: boolean
  /** From now on the next key number is read too. It is sealed with after `advance`, or once a packet of it came. */
  stage(keys: DirectionKeys): void
  advance(): void
}

interface Sender {
  number: number
  key: Uint8Array
  counter: number
}

interface Receiver {
  key: Uint8Array
  window: ReplayWindow
  came: number
}

/** Nonces `u32be(key number) ‖ u64be(counter)`, no two alike under a key; a counter that no number of JavaScript holds is as good as malformed. */
const nonceOf = ({ number, counter }: Sender): Uint8Array =>
  concat(u32be(number), u32be(Math.floor(counter / 2 ** 32)), u32be(counter % 2 ** 32))

const readNonce = (nonce: Uint8Array): { number: number; counter: number } => {
  const counter = readU32be(nonce, 4) * 2 ** 32 + readU32be(nonce, 8)
  if (!Number.isSafeInteger(counter)) throw new CairnError('codec.malformed', { details: { what: 'counter' } })
  return { number: readU32be(nonce), counter }
}

/**
 * Profile cairn: a key for each direction, nonces that count, a replay window of 1,024, and keys that change. An older key is read until a
 * packet on the newer one came, and is then erased.
 */
export function createCountingChannel(
  first: DirectionKeys,
  { chacha20poly1305: aead }: Primitives,
  { limit = packetsPerKey }: { limit?: number } = {},
): RotatingChannel {
  let sender: Sender = { number: 0, key: first.send, counter: 0 }
  let staged: Sender | null = null
  let ended = false
  const receivers = new Map<number, Receiver>()
  const read = (number: number, { receive }: DirectionKeys) =>
    receivers.set(number, { key: receive, window: createReplayWindow(), came: 0 })
  read(0, first)

  const advance = (): void => {
    if (staged === null) return
    wipe(sender.key)
    sender = staged
    staged = null
  }

  /** A packet on key `number` came: the other side has it, and uses no older one any more. */
  const settle = (number: number): void => {
    for (const [older, { key }] of receivers) {
      if (older >= number) continue
      wipe(key)
      receivers.delete(older)
    }
    if (staged?.number === number) advance()
  }

  return {
    get sending() {
      return sender.number
    },
    get used() {
      return Math.max(sender.counter, receivers.get(sender.number)?.came ?? 0)
    },
    get settled() {
      return receivers.size === 1
    },
    stage(keys) {
      staged = { number: sender.number + 1, key: keys.send, counter: 0 }
      read(staged.number, keys)
    },
    advance,
    seal(plaintext, associatedData = nothing) {
      if (ended || sender.counter >= limit) throw new CairnError('lan.closed')
      const nonce = nonceOf(sender)
      sender.counter++ // before anything can fail: a number is never used again
      return concat(nonce, aead.seal(sender.key, nonce, plaintext, associatedData))
    },
    open(packet, associatedData = nothing) {
      if (ended) throw new CairnError('lan.closed')
      const [nonce, sealed] = parts(packet)
      const { number, counter } = readNonce(nonce)
      const receiver = receivers.get(number)
      if (receiver === undefined) throw new CairnError(number < sender.number ? 'lan.replayed' : 'lan.wrong-key')
      if (!receiver.window.isNew(counter)) throw new CairnError('lan.replayed')
      const plaintext = openSealed(aead, receiver.key, nonce, sealed, associatedData)
      receiver.window.add(counter)
      receiver.came = Math.max(receiver.came, counter + 1)
      settle(number)
      return plaintext
    },
    end() {
      ended = true
      wipe(sender.key, ...(staged ? [staged.key] : []), ...[...receivers.values()].map(({ key }) => key))
    },
  }
}

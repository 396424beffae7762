/**
 * New keys for a channel that lives long, docs/protocol.md section 10. The client offers and the server answers, inside the channel; either
 * datagram may be lost, doubled or late. An offer is repeated until it is answered, and answered alike however often it comes. The server reads
 * the new key from its answer on and seals with it once a packet on it came, so that neither ever seals what the other cannot open.
 */
import { equalBytes, wipe } from '../../protocol/bytes.ts'
import type { Context } from '../../protocol/primitives.ts'
import { rotate, type DirectionKeys } from './channelKeys.ts'
import type { Rotation } from './packets.ts'
import type { RotatingChannel } from './secureChannel.ts'

export interface Rotator {
  /** Client: the offer under way. */
  pending(): Rotation | null
  /** Client: what to offer; the same until it is answered. */
  offer(): Rotation
  /** Server: what to answer; null for an offer that is not in turn. `isSoon`: too soon for new keys, so only what was answered is answered again. */
  answer(offer: Rotation, isSoon?: boolean): Rotation | null
  /** Client: true when this was the answer, and the channel seals with the new key. */
  finish(answer: Rotation): boolean
  /** Erases the secrets. */
  end(): void
}

type Given = Pick<Context, 'primitives' | 'random'>

/** Key pairs live in here; what goes out is public. Keys of low order throw `crypto.failed` and change nothing. */
export function createRotator(channel: RotatingChannel, first: DirectionKeys, { primitives, random }: Given): Rotator {
  let chain = first.chain
  let offered: (Rotation & { secretKey: Uint8Array }) | null = null
  let answered: { offer: Rotation; answer: Rotation } | null = null

  const take = (keys: DirectionKeys): void => {
    wipe(chain)
    chain = keys.chain
    channel.stage(keys)
  }

  const open = (): Rotation & { secretKey: Uint8Array } => {
    const secretKey = random(32)
    return { number: channel.sending + 1, key: primitives.x25519.publicKey(secretKey), secretKey }
  }

  const answerAnew = (offer: Rotation): Rotation => {
    const secretKey = random(32)
    const answer = { number: offer.number, key: primitives.x25519.publicKey(secretKey) }
    take(rotate(chain, { role: 'server', secretKey, ownKey: answer.key, peerKey: offer.key }, primitives))
    wipe(secretKey)
    answered = { offer, answer }
    return answer
  }

  return {
    pending: () => offered,
    offer: () => (offered ??= open()),
    answer(offer, isSoon = false) {
      if (answered?.offer.number === offer.number) return equalBytes(answered.offer.key, offer.key) ? answered.answer : null
      return !isSoon && offer.number === channel.sending + 1 && channel.settled ? answerAnew(offer) : null
    },
    finish({ number, key }) {
      if (offered?.number !== number) return false
      const { secretKey, key: ownKey } = offered
      take(rotate(chain, { role: 'client', secretKey, ownKey, peerKey: key }, primitives))
      channel.advance()
      wipe(secretKey)
      offered = null
      return true
    },
    end: () => wipe(chain, ...(offered ? [offered.secretKey] : [])),
  }
}

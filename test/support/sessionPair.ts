/** Two people after a key exchange, and what a hostile one of them could send. */
import { concat, u32be, utf8 } from '#main/protocol/bytes.ts'
import {
  headerBytes,
  overheadBytes,
  ratchetDecrypt,
  ratchetEncrypt,
  type Locator,
  type RatchetState,
  type Received,
  type Sent,
  type SkippedKey,
} from '#main/protocol/doubleRatchet.ts'
import { generateIdentity, type Identity } from '#main/protocol/identity.ts'
import { decodeInvite, encodeInvite, type Invite } from '#main/protocol/invite.ts'
import { answerInvite, answerMsg2, openMsg2, openMsg3 } from '#main/protocol/keyExchange.ts'
import { pad } from '#main/protocol/padding.ts'
import type { Context } from '#main/protocol/primitives.ts'
import { rendezvousPoint } from '#main/protocol/rendezvous.ts'

export const relay = 'ws://relay.invalid:7443'

export const inviteOf = (context: Context, identity: Identity, terms: Partial<Invite> = {}): Invite => {
  const { bytes: _, identity: __, ...rest } = terms
  const encoded = encodeInvite({
    ...{ identity: identity.publicBytes, initialRV: context.random(32), resetRV: context.random(32), relays: [relay] },
    ...{ epoch: context.now, created: context.now, expires: context.now + 1000, uses: 'one' as const, ...rest },
  })
  return decodeInvite(context.primitives, encoded)
}

export const offerOf = (context: Context, epoch = context.now) => ({
  step3RV: context.random(32),
  resetRV: context.random(32),
  relays: [relay],
  epoch,
})

/** The whole exchange, step by step, with everything that passed. */
export function exchange(context: Context, alice = generateIdentity(context, 'Alice'), bob = generateIdentity(context, 'Bob')) {
  const invite = inviteOf(context, alice)
  const offer = offerOf(context)
  const answer = answerInvite(context, bob, invite, offer)
  const msg2 = openMsg2(context.primitives, alice, invite.bytes, answer.blob)
  const reply = answerMsg2(context, alice, invite, msg2)
  const opened = openMsg3(context.primitives, bob, answer.pending, reply.blob)
  return { alice, bob, invite, offer, answer, msg2, reply, opened, A: reply.established, B: opened.established }
}

export interface Header {
  dh: Uint8Array
  kemPk: Uint8Array
  kemCt: Uint8Array
  pn: number
  n: number
}

/** A message as its peer could make it who knows all keys and keeps to no rule. `state` has a sending chain. */
export function forge(context: Context, state: RatchetState, change: (header: Header) => Header, body = utf8('forged')): Uint8Array {
  const { primitives, random } = context
  const { DHs, KEMs, KEMct, HKs, CKs, idA, idB } = state
  if (!DHs || !KEMs || !KEMct || !HKs || !CKs) throw new Error('no sending chain')
  const h = change({ dh: DHs.publicKey, kemPk: KEMs.publicKey, kemCt: KEMct, pn: state.PN, n: state.Ns })
  const header = concat(h.dh, h.kemPk, h.kemCt, u32be(h.pn), u32be(h.n))
  if (header.length !== headerBytes) throw new Error('no header')
  const nonce = random(24)
  const sealedHeader = concat(nonce, primitives.xchacha20poly1305.seal(HKs, nonce, header, concat(utf8('cairn/1 header'), idA, idB)))
  const bodyNonce = random(24)
  const MK = primitives.hmac(CKs, Uint8Array.of(1))
  const padded = pad(body, 4096 - overheadBytes)
  return concat(sealedHeader, bodyNonce, primitives.xchacha20poly1305.seal(MK, bodyNonce, padded, concat(idA, idB, sealedHeader)))
}

/** One side as the app keeps it: a state, its kept keys, and where blobs are looked for. */
export interface Side {
  state: RatchetState
  skipped: Map<string, SkippedKey>
}

export const sideOf = (state: RatchetState): Side => ({ state, skipped: new Map() })

/** The place of a blob, as relays know it. */
export const placeOf = (context: Context, sent: { headerKey: Uint8Array; n: number }): string =>
  rendezvousPoint(context.primitives, { hk: sent.headerKey, n: sent.n, relay })

/** Which key the place belongs to, in a window of `window` numbers on either chain; null where nobody looks. */
export function locate(context: Context, side: Side, place: string, window = 32): Locator | null {
  const kept = side.skipped.get(place)
  if (kept) return { chain: 'skipped', key: kept }
  const { HKr, NHKr, Nr, DHs } = side.state
  for (let i = 0; i < window; i++) {
    if (HKr && placeOf(context, { headerKey: HKr, n: Nr + i }) === place) return { chain: 'current', n: Nr + i }
    if (DHs && placeOf(context, { headerKey: NHKr, n: i }) === place) return { chain: 'next', n: i }
  }
  return null
}

export function send(context: Context, side: Side, plaintext: Uint8Array, blobSize = 4096): Sent {
  const sent = ratchetEncrypt(context, side.state, plaintext, blobSize)
  side.state = sent.state
  return sent
}

/** Decrypts and keeps what the app would keep. */
export function receive(context: Context, side: Side, locator: Locator, blob: Uint8Array): Received {
  const result = ratchetDecrypt(context.primitives, side.state, locator, blob)
  side.state = result.state
  if (locator.chain === 'skipped') side.skipped.delete(placeOf(context, { headerKey: locator.key.headerKey, n: locator.key.n }))
  for (const key of result.skipped) side.skipped.set(placeOf(context, { headerKey: key.headerKey, n: key.n }), key)
  return result
}

import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { concat, hex, utf8 } from '#main/protocol/bytes.ts'
import { decodeCbor, encodeCbor } from '#main/protocol/cbor.ts'
import { encapsulate } from '#main/protocol/hybridKem.ts'
import { generateIdentity } from '#main/protocol/identity.ts'
import { answerInvite, answerMsg2, openMsg2, openMsg3 } from '#main/protocol/keyExchange.ts'
import { openSeal, seal } from '#main/protocol/seal.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'
import { exchange, inviteOf, offerOf } from '#test/support/sessionPair.ts'

const context = testContext()
const alice = generateIdentity(context, 'Alice')
const bob = generateIdentity(context, 'Bob')
const carol = generateIdentity(context, 'Carol')
const done = exchange(context, alice, bob)
type Fields = Record<string, unknown>
const fieldsOf = (plain: Uint8Array) => decodeCbor(plain, v.any()) as Fields

const msg2Fields = fieldsOf(openSeal(node, alice, 'msg2', done.answer.blob))
const msg3Fields = fieldsOf(openSeal(node, bob, 'msg3', done.reply.blob))
const msg2With = (changes: Fields) => seal(context, alice, 'msg2', encodeCbor({ ...msg2Fields, ...changes }))
const msg3With = (changes: Fields) => seal(context, bob, 'msg3', encodeCbor({ ...msg3Fields, ...changes }))
const open2 = (blob: Uint8Array, invite = done.invite.bytes) => openMsg2(node, alice, invite, blob)
const open3 = (blob: Uint8Array, pending = done.answer.pending, who = bob) => openMsg3(node, who, pending, blob)

/** A `kx` to `to` whose box holds whatever is wanted. */
function kxWith(to: typeof alice, content: Uint8Array): Uint8Array {
  const { c, k } = encapsulate(node, context.random, to)
  const nonce = context.random(24)
  return encodeCbor({ c, box: concat(nonce, node.secretbox.seal(node.hkdf(k, utf8('cairn/1 box'), 32), nonce, content)) })
}

describe('an exchange', () => {
  test('ends with one session on both sides', () => {
    expect(done.A.sessionId).toEqual(done.B.sessionId)
    expect(done.A.contactKey).toEqual(done.B.contactKey)
    expect(done.msg2.identity.id).toBe(bob.id)
    expect(hex(done.A.state.idA)).toBe(alice.id)
    expect(hex(done.A.state.idB)).toBe(bob.id)
  })

  test('its epoch is the greater of msg1’s and msg2’s, on both sides', () => {
    for (const [one, two] of [
      [5, 9],
      [9, 5],
      [7, 7],
    ] as const) {
      const invite = inviteOf(context, alice, { epoch: one })
      const answer = answerInvite(context, bob, invite, offerOf(context, two))
      const reply = answerMsg2(context, alice, invite, openMsg2(node, alice, invite.bytes, answer.blob))
      expect(reply.established.epoch).toBe(Math.max(one, two))
      expect(openMsg3(node, bob, answer.pending, reply.blob).established.epoch).toBe(Math.max(one, two))
    }
  })

  test('never yields the same keys twice, not even for the same msg2', () => {
    const again = answerMsg2(context, alice, done.invite, done.msg2)
    expect(again.established.sessionId).not.toEqual(done.A.sessionId)
    expect(again.established.state.RK).not.toEqual(done.A.state.RK)
  })

  test('hides both long-term identities from whoever reads the blobs', () => {
    for (const blob of [done.answer.blob, done.reply.blob]) {
      for (const secret of [alice.publicBytes, bob.publicBytes, alice.dhKey, bob.dhKey, utf8('Bob')]) {
        expect(Buffer.from(blob).indexOf(secret)).toBe(-1)
      }
      expect(blob.length === 4096 || blob.length === 16384).toBe(true)
    }
  })

  test('the delete keys inside open the hashes that went to the relay', () => {
    expect(node.sha256(done.msg2.deleteKey)).toEqual(done.answer.deleteHash)
    expect(node.sha256(done.opened.deleteKey)).toEqual(done.reply.deleteHash)
  })
})

describe('msg2 is refused', () => {
  test('by anybody but its recipient, with any bit changed, or as something else', () => {
    expect(() => openMsg2(node, carol, done.invite.bytes, done.answer.blob)).toThrow('crypto.failed')
    for (const at of [0, 1038, 1039, 1071, 1095, 1111, 2000, 4095]) {
      expect(() => open2(flipBit(done.answer.blob, at, at % 7))).toThrow('crypto.failed')
    }
    expect(() => open2(done.reply.blob)).toThrow('crypto.failed')
    for (const length of [0, 1, 4095]) expect(() => open2(done.answer.blob.subarray(0, length))).toThrow('crypto.failed')
  })

  test('for another invite', () => {
    expect(() => open2(done.answer.blob, inviteOf(context, alice).bytes)).toThrow('session.refused')
  })

  test('with missing, additional or wrong fields', () => {
    for (const name of Object.keys(msg2Fields)) {
      const { [name]: _, ...rest } = msg2Fields
      expect(() => open2(seal(context, alice, 'msg2', encodeCbor(rest))), name).toThrow('codec.malformed')
    }
    for (const wrong of [{ more: 1 }, { v: 2 }, { relays: [] }, { relays: Array.from({ length: 5 }, () => 'ws://x:1') }]) {
      expect(() => open2(msg2With(wrong))).toThrow('codec.malformed')
    }
    for (const wrong of [{ epoch: -1 }, { epoch: 1.5 }, { step3RV: new Uint8Array(31) }, { d: 'text' }, { resetRV: null }]) {
      expect(() => open2(msg2With(wrong))).toThrow('codec.malformed')
    }
  })

  test('with an identity that did not sign itself', () => {
    expect(() => open2(msg2With({ identity: flipBit(bob.publicBytes, bob.publicBytes.length - 1) }))).toThrow('crypto.failed')
  })

  test('with ephemerals that are not: low-order, bad modulus, wrong length, boxed for somebody else', () => {
    const [dh, kem] = [node.x25519.publicKey(context.random(32)), node.mlKem768.publicKey(context.random(64))]
    const answering = (kx: Uint8Array) => () => answerMsg2(context, alice, done.invite, open2(msg2With({ kx })))
    expect(answering(kxWith(alice, concat(dh, kem)))).not.toThrow()
    expect(answering(kxWith(alice, concat(new Uint8Array(32), kem)))).toThrow('crypto.failed')
    expect(answering(kxWith(alice, concat(dh, new Uint8Array(1184).fill(255))))).toThrow('crypto.failed')
    expect(answering(kxWith(alice, concat(dh, kem.subarray(1))))).toThrow('codec.malformed')
    expect(answering(kxWith(carol, concat(dh, kem)))).toThrow('crypto.failed')
    expect(answering(encodeCbor({ c: new Uint8Array(1071), box: new Uint8Array(40) }))).toThrow('crypto.failed')
    expect(answering(utf8('not CBOR of a kx'))).toThrow('codec.malformed')
  })
})

describe('msg3 is refused', () => {
  test('by anybody but its recipient, with any bit changed, or as something else', () => {
    expect(() => open3(done.reply.blob, done.answer.pending, carol)).toThrow('crypto.failed')
    for (const at of [0, 1039, 1071, 1095, 1111, 3000, done.reply.blob.length - 1]) {
      expect(() => open3(flipBit(done.reply.blob, at, at % 7))).toThrow('crypto.failed')
    }
    expect(() => open3(done.answer.blob)).toThrow('crypto.failed')
  })

  test('with missing, additional or wrong fields', () => {
    for (const name of Object.keys(msg3Fields)) {
      const { [name]: _, ...rest } = msg3Fields
      expect(() => open3(seal(context, bob, 'msg3', encodeCbor(rest))), name).toThrow('codec.malformed')
    }
    for (const wrong of [{ more: 1 }, { v: 2 }, { confirm: new Uint8Array(31) }])
      expect(() => open3(msg3With(wrong))).toThrow('codec.malformed')
  })

  test('with another confirmation: nobody but who opened msg2 can make one', () => {
    expect(() => open3(msg3With({ confirm: flipBit(msg3Fields['confirm'] as Uint8Array, 0) }))).toThrow('session.refused')
    const [dh, kem] = [node.x25519.publicKey(context.random(32)), node.mlKem768.publicKey(context.random(64))]
    const stranger = kxWith(bob, concat(dh, kem, new Uint8Array(1088)))
    expect(() => open3(msg3With({ kx: stranger }))).toThrow('session.refused')
  })

  test('for another msg2 of the same person', () => {
    const second = answerInvite(context, bob, done.invite, done.offer)
    expect(() => open3(done.reply.blob, second.pending)).toThrow('session.refused')
  })

  test('with ephemerals that are not', () => {
    const [dh, kem] = [node.x25519.publicKey(context.random(32)), node.mlKem768.publicKey(context.random(64))]
    const ct = new Uint8Array(1088)
    const opening = (content: Uint8Array) => () => open3(msg3With({ kx: kxWith(bob, content) }))
    expect(opening(concat(new Uint8Array(32), kem, ct))).toThrow('crypto.failed')
    expect(opening(concat(dh, new Uint8Array(1184).fill(255), ct))).toThrow('crypto.failed')
    expect(opening(concat(dh, kem, ct.subarray(1)))).toThrow('codec.malformed')
  })

  test('changed in transit at either message: an exchange that somebody re-made does not confirm', () => {
    // a relay cannot open msg2, but a mediator who knows the invite can answer it as himself; the transcripts differ
    const mediator = answerInvite(context, carol, done.invite, done.offer)
    const reply = answerMsg2(context, alice, done.invite, openMsg2(node, alice, done.invite.bytes, mediator.blob))
    expect(() => open3(reply.blob)).toThrow('crypto.failed')
  })
})

import { describe, expect, test } from 'vitest'
import { concat, unhex, utf8 } from '#main/protocol/bytes.ts'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { decodePublicIdentity, generateIdentity } from '#main/protocol/identity.ts'
import { openResetRequest, resetLifetime, resetSeries, sealResetRequest } from '#main/protocol/reset.ts'
import { seal } from '#main/protocol/seal.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'
import { inviteOf } from '#test/support/sessionPair.ts'

const context = testContext()
const alice = generateIdentity(context, 'Alice')
const bob = generateIdentity(context, 'Bob')
const carol = generateIdentity(context, 'Carol')
const toBob = decodePublicIdentity(node, bob.publicBytes)
const contactKey = context.random(32)
const expires = context.now + resetLifetime
const invite = inviteOf(context, alice, { for: bob.id, expires })
const request = sealResetRequest(context, toBob, contactKey, invite.bytes)
const open = (blob: Uint8Array, at = context, key = contactKey, from = alice.id, who = bob) =>
  openResetRequest(at, who, { id: from, contactKey: key }, blob)

describe('the series', () => {
  test('is HMAC(contactKey, label ‖ resetRV ‖ id), another for each of the three', () => {
    const rv = context.random(32)
    const series = resetSeries(node, contactKey, rv, bob.id)
    expect(series).toEqual(node.hmac(contactKey, concat(utf8('cairn/1 reset'), rv, unhex(bob.id))))
    const others = [
      resetSeries(node, flipBit(contactKey, 0), rv, bob.id),
      resetSeries(node, contactKey, flipBit(rv, 0), bob.id),
      resetSeries(node, contactKey, rv, alice.id),
    ]
    for (const other of others) expect(other).not.toEqual(series)
  })
})

describe('a request', () => {
  test('is heard by whom it is for', () => {
    const opened = open(request.blob)
    expect(opened.invite.bytes).toEqual(invite.bytes)
    expect(node.sha256(opened.deleteKey)).toEqual(request.deleteHash)
  })

  test('is not opened by others, nor with a bit changed', () => {
    expect(() => open(request.blob, context, contactKey, alice.id, carol)).toThrow('crypto.failed')
    for (const at of [0, 1040, 1080, 1100, 4000, 4095]) expect(() => open(flipBit(request.blob, at))).toThrow('crypto.failed')
    expect(() => open(seal(context, toBob, 'msg2', utf8('x')))).toThrow('crypto.failed')
  })

  test('needs the key that both share: an old invite and all public keys are not enough', () => {
    expect(() => open(request.blob, context, context.random(32))).toThrow('session.refused')
    const forged = sealResetRequest(context, toBob, context.random(32), invite.bytes)
    expect(() => open(forged.blob)).toThrow('session.refused')
  })

  test('from somebody else than the contact, or for somebody else than us, is refused though its MAC is right', () => {
    for (const wrong of [
      inviteOf(context, carol, { for: bob.id, expires }),
      inviteOf(context, alice, { for: carol.id, expires }),
      inviteOf(context, alice, { expires }),
    ]) {
      expect(() => open(sealResetRequest(context, toBob, contactKey, wrong.bytes).blob)).toThrow('session.refused')
    }
  })

  test('ends with its invite', () => {
    expect(() => open(request.blob, { ...context, now: expires - 1 })).not.toThrow()
    expect(() => open(request.blob, { ...context, now: expires })).toThrow('invite.expired')
  })

  test('has exactly its fields', () => {
    const mac = node.hmac(node.hmac(contactKey, utf8('cairn/1 reset mac')), invite.bytes)
    const good = { v: 1, invite: invite.bytes, mac, d: context.random(32) }
    const sealed = (fields: unknown) => seal(context, toBob, 'reset', encodeCbor(fields))
    expect(() => open(sealed(good))).not.toThrow()
    for (const wrong of [{ ...good, v: 2 }, { ...good, more: 1 }, { ...good, mac: mac.subarray(1) }, { ...good, invite: 'text' }, {}]) {
      expect(() => open(sealed(wrong))).toThrow('codec.malformed')
    }
    const damaged = {
      ...good,
      invite: utf8('no invite'),
      mac: node.hmac(node.hmac(contactKey, utf8('cairn/1 reset mac')), utf8('no invite')),
    }
    expect(() => open(sealed(damaged))).toThrow('invite.damaged')
  })
})

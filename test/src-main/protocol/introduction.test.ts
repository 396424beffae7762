import { describe, expect, test } from 'vitest'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { decodePublicIdentity, generateIdentity } from '#main/protocol/identity.ts'
import { openIntroduction, sealIntroduction } from '#main/protocol/introduction.ts'
import { encodeInvite, type NewInvite } from '#main/protocol/invite.ts'
import { seal } from '#main/protocol/seal.ts'
import { unhex } from '#main/protocol/bytes.ts'
import { isCairnError } from '#shared/errors.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'

const context = testContext()
const [ada, cleo, mallory] = ['Ada', 'Cleo', 'Mallory'].map((nick) => generateIdentity(context, nick)) as [
  ReturnType<typeof generateIdentity>,
  ReturnType<typeof generateIdentity>,
  ReturnType<typeof generateIdentity>,
]
const introduction = '0f'.repeat(16)
const expected = { introduction, target: cleo.id }
const toAda = decodePublicIdentity(node, ada.publicBytes)

const invite = (terms: Partial<NewInvite> = {}): Uint8Array =>
  encodeInvite({
    ...{ identity: cleo.publicBytes, initialRV: context.random(32), resetRV: context.random(32), relays: ['wss://relay.example:7443'] },
    ...{ epoch: context.now, created: context.now, expires: context.now + 1000, uses: 'one', for: ada.id, ...terms },
  })
const sealed = (terms: Partial<NewInvite> = {}, named = introduction) => sealIntroduction(context, toAda, named, invite(terms))
/** The code, and why where that is said. */
const refusal = (blob: Uint8Array, now = context.now): string => {
  try {
    openIntroduction({ ...context, now }, ada, expected, blob)
    return 'opened'
  } catch (error) {
    if (!isCairnError(error)) throw error
    return [error.code, error.details['why']].filter(Boolean).join(' ')
  }
}

describe('the invite of an introduction', () => {
  test('is opened by whom it is for, and is the whole invite of the person asked for', () => {
    const bytes = invite()
    const blob = sealIntroduction(context, toAda, introduction, bytes)
    expect(blob.length).toBe(4096)
    const opened = openIntroduction(context, ada, expected, blob)
    expect(opened.bytes).toEqual(bytes)
    expect([opened.identity.id, opened.for]).toEqual([cleo.id, ada.id])
  })

  test('is nothing to anybody else, nor after any change', () => {
    const blob = sealed()
    expect(() => openIntroduction(context, mallory, expected, blob)).toThrow('crypto.failed')
    for (const at of [0, 1050, 1080, 4000]) expect(refusal(flipBit(blob, at))).toBe('crypto.failed')
    expect(refusal(blob.subarray(1))).toBe('crypto.failed')
  })

  test.each([
    ['of another person', sealed({ identity: mallory.publicBytes }), 'introduction.refused another-person'],
    ['for another person', sealed({ for: mallory.id }), 'introduction.refused not-for-us'],
    ['for whoever holds it', sealIntroduction(context, toAda, introduction, forAnybody()), 'introduction.refused not-for-us'],
    ['of many uses', sealed({ uses: 'many' }), 'introduction.refused many-uses'],
    ['of another introduction', sealed({}, 'f0'.repeat(16)), 'introduction.refused another-introduction'],
    ['that is over', sealed({ expires: context.now }), 'invite.expired'],
  ])('%s is refused by name', (_, blob, code) => expect(refusal(blob)).toBe(code))

  function forAnybody(): Uint8Array {
    const { for: _, ...terms } = {
      ...{ identity: cleo.publicBytes, initialRV: context.random(32), resetRV: context.random(32), relays: ['wss://relay.example:7443'] },
      ...{ epoch: context.now, created: context.now, expires: context.now + 1000, uses: 'one' as const, for: ada.id },
    }
    return encodeInvite(terms)
  }

  test('a seal for another purpose, and what is no introduction inside, are refused', () => {
    const content = encodeCbor({ v: 1, introduction: unhex(introduction), invite: invite() })
    expect(refusal(seal(context, toAda, 'reset', content))).toBe('crypto.failed')
    expect(refusal(seal(context, toAda, 'introduce', encodeCbor({ v: 1, invite: invite() })))).toBe('codec.malformed')
    expect(
      refusal(seal(context, toAda, 'introduce', encodeCbor({ v: 1, introduction: unhex(introduction), invite: new Uint8Array(9) }))),
    ).toBe('invite.damaged')
  })
})

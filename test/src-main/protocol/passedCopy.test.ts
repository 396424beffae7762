import { describe, expect, test } from 'vitest'
import { unhex, utf8 } from '#main/protocol/bytes.ts'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { decodePublicIdentity, generateIdentity, type Identity } from '#main/protocol/identity.ts'
import { openCopy, sealCopy, sealedCopyBytes } from '#main/protocol/passedCopy.ts'
import { seal } from '#main/protocol/seal.ts'
import { isCairnError } from '#shared/errors.ts'
import { flipBit, node, testContext } from '#test/support/providers.ts'

const context = testContext()
const [ada, cleo, mallory] = ['Ada', 'Cleo', 'Mallory'].map((nick) => generateIdentity(context, nick)) as [Identity, Identity, Identity]
const toCleo = decodePublicIdentity(node, cleo.publicBytes)
const group = '0f'.repeat(32)
const message = encodeCbor({ t: 'text', text: 'at nine' })
const copy = (by: Identity = ada, said = message): Uint8Array => sealCopy(context, by, toCleo, { group, message: said }) as Uint8Array

const refusal = (blob: Uint8Array, me: Identity = cleo, where = group): string => {
  try {
    openCopy(node, me, where, blob)
    return 'opened'
  } catch (error) {
    if (!isCairnError(error)) throw error
    return error.code
  }
}

describe('a message that goes through another member', () => {
  test('is opened by whom it is for, who sees what it says and who wrote it', () => {
    const opened = openCopy(node, cleo, group, copy())
    expect([opened.author.id, opened.message]).toEqual([ada.id, message])
  })

  test('is nothing to anybody else, in another group, or after any change', () => {
    const blob = copy()
    expect(refusal(blob, mallory)).toBe('crypto.failed')
    expect(refusal(blob, cleo, 'f0'.repeat(32))).toBe('crypto.failed')
    for (const at of [0, 1050, 1080, 4000]) expect(refusal(flipBit(blob, at))).toBe('crypto.failed')
  })

  test('cannot be made under the name of somebody else, nor handed on to a third one', () => {
    const sig = node.ed25519.sign(mallory.sigSecret, utf8('anything'))
    const forged = { v: 1, group: unhex(group), to: unhex(cleo.id), author: ada.publicBytes, message, sig }
    expect(refusal(seal(context, toCleo, 'copy', encodeCbor(forged)))).toBe('crypto.failed')
    const signed = node.ed25519.sign(
      ada.sigSecret,
      new Uint8Array([...utf8('cairn/1 sig copy'), 0, ...unhex(group), ...unhex(cleo.id), ...message]),
    )
    const own = { ...forged, sig: signed }
    expect(refusal(seal(context, toCleo, 'copy', encodeCbor(own)))).toBe('opened')
    const toMallory = decodePublicIdentity(node, mallory.publicBytes)
    expect(refusal(seal(context, toMallory, 'copy', encodeCbor(own)), mallory)).toBe('crypto.failed')
    expect(refusal(seal(context, toMallory, 'copy', encodeCbor({ ...own, to: unhex(mallory.id) })), mallory)).toBe('crypto.failed')
  })

  test('is not made of what is too long to travel inside another message', () => {
    expect(copy(ada, new Uint8Array(13_000)).length).toBe(sealedCopyBytes)
    expect(sealCopy(context, ada, toCleo, { group, message: new Uint8Array(15_000) })).toBeNull()
  })
})

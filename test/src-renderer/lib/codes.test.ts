import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { armorInvite } from '#shared/invite/armor.ts'
import { limits } from '#shared/contract/limits.ts'
import { decodeInvite, encodeInvite } from '#main/protocol/invite.ts'
import { renameIdentity } from '#main/protocol/identity.ts'
import { random } from '#test/support/profileFolder.ts'
import { context, identityNamed, primitives } from '#test/support/puppet.ts'
import { inviteBytes, kindOfCode, pickCode, textOfCode } from '../../../src-renderer/lib/codes.ts'
import { findCodes } from '../../../src-renderer/lib/findCodes.ts'
import { qrModules, type QrContent } from '../../../src-renderer/lib/qr.ts'

const asScanned = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const terms = (more: object = {}) => ({
  ...{ identity: identityNamed('Alice').publicBytes, initialRV: random(32), resetRV: random(32), relays: ['wss://relay.example:7443'] },
  ...{ epoch: Date.now(), created: Date.now(), expires: Date.now() + 1e9, uses: 'one' as const, ...more },
})
const short = `cairn1${'q'.repeat(90)}`
const verify = `CAIRN-VERIFY:1:${'A'.repeat(64)}:${'B'.repeat(64)}`

/** Codes side by side on one sheet, as a picture. */
function sheet(contents: QrContent[], scale = 4): { width: number; height: number; data: Uint8ClampedArray } {
  const all = contents.map((content) => qrModules(content) ?? [])
  const height = Math.max(...all.map((modules) => modules.length)) * scale
  const width = all.reduce((sum, modules) => sum + (modules.length + 6) * scale, 0)
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  let left = 0
  for (const modules of all) {
    modules.forEach((row, y) =>
      row.forEach((dark, x) => {
        if (dark)
          for (let dy = 0; dy < scale; dy++)
            for (let dx = 0; dx < scale; dx++)
              data.fill(
                0,
                ((y * scale + dy) * width + left + x * scale + dx) * 4,
                ((y * scale + dy) * width + left + x * scale + dx) * 4 + 3,
              )
      }),
    )
    left += (modules.length + 6) * scale
  }
  return { width, height, data }
}

describe('a whole invite as a code', () => {
  test.each([
    ['one', {}],
    ['many', { uses: 'many', withdraw: random(32) }],
    ['for somebody', { for: 'ab'.repeat(32) }],
  ])('%s: the bytes stand in it and come out as the same invite', (_, more) => {
    const bytes = encodeInvite(terms(more))
    const armored = armorInvite({ sha256 }, bytes)
    expect(inviteBytes(armored)).toEqual(bytes)
    const [scanned = ''] = findCodes(sheet([inviteBytes(armored)]), 1000)
    expect(kindOfCode(scanned)).toBe('invite')
    expect(textOfCode(scanned)).toBe(armored)
  })

  test('the longest name still fits; four of the longest relays may not, and that is said', () => {
    const longest = renameIdentity(context(), identityNamed('Alice'), '€'.repeat(limits.nameChars)).publicBytes
    expect(qrModules(encodeInvite(terms({ identity: longest })))).not.toBeNull()
    const relay = `wss://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}:7443`
    const bytes = encodeInvite(terms({ identity: longest, relays: Array<string>(4).fill(relay) }))
    expect(qrModules(bytes) === null).toBe(bytes.length > 2953)
    expect(qrModules(new Uint8Array(2954))).toBeNull()
  })
})

test('kinds are told apart', () => {
  const bytes = encodeInvite(terms())
  for (const code of [short, short.toUpperCase(), `CAIRN:${short.toUpperCase()}`, armorInvite(primitives, bytes), asScanned(bytes)])
    expect(kindOfCode(code)).toBe('invite')
  expect(kindOfCode(verify)).toBe('verify')
  for (const code of ['', 'https://example.org/', 'WIFI:S:home;;', 'cairns of Wales', asScanned(Uint8Array.of(0xa3, 1, 2))])
    expect(kindOfCode(code)).toBe('other')
  expect(decodeInvite(primitives, inviteBytes(textOfCode(asScanned(bytes)))).bytes).toEqual(bytes)
})

test('of several codes the one that is meant is taken, and nothing is guessed', () => {
  expect(pickCode([short], 'invite')).toBe(short)
  expect(pickCode(['https://example.org/', short, verify], 'invite')).toBe(short)
  expect(pickCode(['https://example.org/', short, verify], 'verify')).toBe(verify)
  expect(() => pickCode([], 'invite')).toThrow('picture.no-code')
  expect(() => pickCode(['https://example.org/', verify], 'invite')).toThrow('invite.other-code')
  expect(() => pickCode([short], 'verify')).toThrow('verify.other-code')
  expect(() => pickCode([short, `${short}p`], 'invite')).toThrow('picture.several-codes')
})

test('several codes on one sheet are all found', () => {
  expect(new Set(findCodes(sheet(['https://example.org/', `CAIRN:${short.toUpperCase()}`]), 1000))).toEqual(
    new Set(['https://example.org/', `CAIRN:${short.toUpperCase()}`]),
  )
  expect(findCodes({ width: 50, height: 50, data: new Uint8ClampedArray(50 * 50 * 4).fill(255) }, 100)).toEqual([])
})

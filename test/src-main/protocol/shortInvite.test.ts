import { bech32m } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { parseInviteText } from '#main/protocol/inviteText.ts'
import { pad } from '#main/protocol/padding.ts'
import {
  encodeShortInviteText,
  openShortInvite,
  parseShortInviteText,
  sealShortInvite,
  shortInviteKeys,
} from '#main/protocol/shortInvite.ts'
import { flipBit, node, noble, testContext } from '#test/support/providers.ts'

const context = testContext()
const K = context.random(32)
const deleteKey = context.random(32)
const invite = context.random(1500)
const relay = 'wss://relay.example:7443'
const text = encodeShortInviteText(K, relay)
const ascii = (value: string) => new Uint8Array(Buffer.from(value))

describe('the text', () => {
  test('is cairn1 and comes back, with any key and relay', () => {
    expect(text).toMatch(/^cairn1[02-9ac-hj-np-z]+$/)
    const relays = fc.constantFrom(relay, 'ws://[::1]:1', `wss://${`${'a'.repeat(60)}.`.repeat(3)}example:65535`)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), relays, (key, address) => {
        expect(parseShortInviteText(encodeShortInviteText(key, address))).toEqual({ K: key, relay: address })
      }),
    )
  })

  test('takes the longest address there can be', () => {
    const longest = `wss://${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(48)}:65535`
    expect(parseShortInviteText(encodeShortInviteText(K, longest)).relay).toBe(longest)
  })

  test('has the normal form of the address', () => {
    expect(parseShortInviteText(encodeShortInviteText(K, ' WSS://Relay.Example '))).toEqual({ K, relay })
    expect(() => encodeShortInviteText(K, 'relay.example')).toThrow('relay.address-invalid')
    expect(() => encodeShortInviteText(K.subarray(1), relay)).toThrow('crypto.failed')
  })

  test.each([
    ['upper case, as a QR code has it', text.toUpperCase()],
    ['mixed case', `Cairn1${text.slice(6)}`],
    ['white space around', `  \n${text}\t`],
    ['wrapped', text.replace(/(.{20})/g, '$1\r\n  ')],
    ['a link', `cairn:${text}`],
    ['a link with slashes', `cairn://${text}/`],
    ['a link in upper case', `CAIRN:${text.toUpperCase()}`],
  ])('%s is accepted', (_, given) => {
    expect(parseInviteText(node, given)).toEqual({ kind: 'short', K, relay })
  })

  test('any character mistyped, lost or swapped is damaged', () => {
    for (let at = 6; at < text.length; at++) {
      const other = text[at] === 'q' ? 'p' : 'q'
      expect(() => parseInviteText(node, `${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toThrow('invite.damaged')
      expect(() => parseInviteText(node, text.slice(0, at))).toThrow('invite.damaged')
      const swapped = `${text.slice(0, at)}${text[at + 1] ?? ''}${text[at]}${text.slice(at + 2)}`
      if (swapped !== text) expect(() => parseInviteText(node, swapped)).toThrow('invite.damaged')
    }
  })

  const encode = (prefix: string, bytes: Uint8Array) => bech32m.encode(prefix, bech32m.toWords(bytes), 2000)
  test.each([
    ['the prefix alone', 'cairn1'],
    ['another prefix', encode('carn', new Uint8Array([...K, ...ascii(relay)]))],
    ['no address', encode('cairn', K)],
    ['a short key', encode('cairn', K.subarray(1))],
    ['an address not in normal form', encode('cairn', new Uint8Array([...K, ...ascii('wss://relay.example')]))],
    ['an address that is none', encode('cairn', new Uint8Array([...K, ...ascii('https://relay.example')]))],
    ['an address that is not UTF-8', encode('cairn', new Uint8Array([...K, 0xff, 0xfe]))],
    ['far too much', encode('cairn', new Uint8Array(1000))],
    ['a tail', `${text} and more`],
  ])('%s is damaged', (_, given) => {
    expect(() => parseInviteText(node, given)).toThrow('invite.damaged')
  })
})

describe('the blob', () => {
  const blob = sealShortInvite(context, K, invite, deleteKey)

  test('opens with the key, with either provider', () => {
    expect(blob.length).toBe(4096)
    for (const primitives of [node, noble]) expect(openShortInvite(primitives, K, blob)).toEqual({ invite, deleteKey })
  })

  test('has a blob size whatever the invite, or is refused', () => {
    for (const [length, size] of [
      [1, 4096],
      [4000, 4096],
      [4100, 16384],
      [20_000, 65536],
    ] as const) {
      const content = context.random(length)
      const sealed = sealShortInvite(context, K, content, deleteKey)
      expect(sealed.length).toBe(size)
      expect(openShortInvite(node, K, sealed).invite).toEqual(content)
    }
    expect(() => sealShortInvite(context, K, new Uint8Array(65_500), deleteKey)).toThrow('invite.too-large')
  })

  test('is damaged with another key, a changed bit or another length', () => {
    const damaged = (key: Uint8Array, given: Uint8Array) => expect(() => openShortInvite(node, key, given)).toThrow('invite.damaged')
    damaged(flipBit(K, 0), blob)
    for (const at of [0, 23, 24, 39, 40, 1000, 4095]) damaged(K, flipBit(blob, at))
    damaged(K, blob.subarray(1))
    damaged(K, new Uint8Array())
    damaged(K, new Uint8Array(4096))
  })

  test('knows versions', () => {
    const sealed = (content: unknown) => {
      const nonce = context.random(24)
      const padded = pad(content instanceof Uint8Array ? content : encodeCbor(content), 4096 - 40)
      return new Uint8Array([...nonce, ...node.secretbox.seal(shortInviteKeys(node, K).key, nonce, padded)])
    }
    expect(openShortInvite(node, K, sealed({ v: 1, invite, d: deleteKey }))).toEqual({ invite, deleteKey })
    expect(() => openShortInvite(node, K, sealed({ v: 2, other: 1 }))).toThrow('invite.newer-version')
    for (const wrong of [{ v: 1, invite }, { v: 0 }, { v: 1, invite, d: deleteKey, more: 1 }, new Uint8Array(10)]) {
      expect(() => openShortInvite(node, K, sealed(wrong))).toThrow('invite.damaged')
    }
  })
})

test('key and seed differ, and follow from K', () => {
  const { key, seed } = shortInviteKeys(node, K)
  expect(key).toEqual(noble.hkdf(K, ascii('cairn/1 short key'), 32))
  expect(seed).toEqual(noble.hkdf(K, ascii('cairn/1 short seed'), 32))
})

/** The vectors of https://github.com/fernet/spec, and what a token must not survive. */
import { base64url } from '@scure/base'
import { describe, expect, it } from 'vitest'
import { openFernet, sealFernet } from '#main/transport/lan/fernet.ts'
import { flipBit, node } from '#test/support/providers.ts'
import { seededRandom } from '#test/support/seeded.ts'

const key = base64url.decode('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (of: Uint8Array) => new TextDecoder().decode(of)

describe('Fernet', () => {
  it('writes the specification’s token', () => {
    const context = { primitives: node, random: () => Uint8Array.from({ length: 16 }, (_, i) => i), now: 499_162_800_000 }
    const token = sealFernet(key, bytes('hello'), context)
    expect(text(token)).toBe('gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==')
    expect(text(openFernet(key, token, node))).toBe('hello')
  })

  it.each([
    [
      'incorrect mac',
      'lan.tampered',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'codec.malformed', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      'codec.malformed',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size not multiple of block size',
      'codec.malformed',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    [
      'payload padding error',
      'codec.malformed',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    ],
    [
      'incorrect IV',
      'codec.malformed',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    ],
  ])('refuses the specification’s invalid token: %s', (_what, code, token) => {
    expect(() => openFernet(key, bytes(token), node)).toThrow(expect.objectContaining({ code }))
  })

  it('opens for every length of plaintext', () => {
    const context = { primitives: node, random: seededRandom('lengths'), now: 0 }
    for (let length = 0; length < 70; length++) {
      const plaintext = context.random(length)
      const token = sealFernet(key, plaintext, context)
      expect(openFernet(key, token, node)).toEqual(plaintext)
    }
  })

  it('opens with no bit changed, for no other key, and never throws anything unnamed', () => {
    const context = { primitives: node, random: seededRandom('bits'), now: 1_750_000_000_000 }
    const token = base64url.decode(text(sealFernet(key, bytes('twenty bytes, or so.'), context)))
    for (let at = 0; at < token.length; at++) {
      const code = at === 0 ? 'codec.malformed' : 'lan.tampered' // the version comes first
      for (const bit of [0, 7]) {
        const changed = bytes(base64url.encode(flipBit(token, at, bit)))
        expect(() => openFernet(key, changed, node)).toThrow(expect.objectContaining({ code }))
      }
    }
    for (let at = 0; at < 16; at++)
      expect(() => openFernet(flipBit(key, at), bytes(base64url.encode(token)), node)).toThrow(
        expect.objectContaining({ code: 'lan.tampered' }),
      )
  })
})

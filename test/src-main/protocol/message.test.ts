import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeCbor } from '#main/protocol/cbor.ts'
import { covers, decodeEnvelope, decodeMessage, encodeMessage, makeReceipt, type Message } from '#main/protocol/message.ts'

const id = new Uint8Array(16).fill(1)
const stream = new Uint8Array(8).fill(2)
const reliable = { id, stream, seq: 1, at: 5 }
const receipts = [{ stream, upTo: 3, beyond: Uint8Array.of(1) }]

const group = new Uint8Array(32).fill(3)
const file = { name: 'a', type: '', size: 3, secret: new Uint8Array(32), relay: 'ws://a:1' }

const messages: Message[] = [
  { t: 'text', ...reliable, text: 'hello' },
  { t: 'text', ...reliable, text: 'hello', receipts },
  { t: 'profile', ...reliable, identity: new Uint8Array(100), relays: ['ws://a:1'] },
  { t: 'history', ...reliable, of: { id, stream, seq: 9, at: 1, text: 'old' } },
  { t: 'history', ...reliable, of: { id, stream, seq: 9, at: 1, text: '', file } },
  { t: 'history', ...reliable, of: { id, stream, seq: 9, at: 1, text: '', file: { ...file, copy: true }, group } },
  { t: 'attachment', ...reliable, text: '', file: { ...file, copy: true } },
  { t: 'file.here', ...reliable, of: id },
  { t: 'receipt', receipts },
  { t: 'session.confirm', ...reliable, receipts: [], own: [{ stream, last: 4 }] },
  { t: 'ping', id },
  { t: 'pong', id, receipts },
]

describe('messages', () => {
  test.each(messages)('$t is read as it was written', (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  })

  test.each(messages)('$t without one of its fields is malformed; one more is passed over', (message) => {
    for (const name of Object.keys(message)) {
      if (name === 't' || (name === 'receipts' && !['receipt', 'session.confirm'].includes(message.t))) continue
      const { [name]: _, ...rest } = message as unknown as Record<string, unknown>
      expect(() => decodeMessage(encodeCbor(rest)), name).toThrow('codec.malformed')
    }
    expect(decodeMessage(encodeCbor({ ...message, more: 1 }))).toEqual(message)
  })

  test('a type of a later version is called newer, what has none is malformed', () => {
    expect(() => decodeMessage(encodeCbor({ t: 'hologram', id }))).toThrow('codec.newer-version')
    for (const wrong of [{}, { t: 5 }, { t: 'x'.repeat(65) }, [], 'text', null]) {
      expect(() => decodeMessage(encodeCbor(wrong))).toThrow('codec.malformed')
    }
  })

  test('of a type of a later version the envelope is read, where there is one', () => {
    const later = { t: 'hologram', ...reliable, receipts, emoji: '👍' }
    expect(decodeEnvelope(encodeCbor(later))).toEqual({ t: 'hologram', ...reliable, receipts })
    expect(decodeEnvelope(encodeCbor({ t: 'typing' }))).toBeNull()
    expect(decodeEnvelope(Uint8Array.of(1, 2))).toBeNull()
  })

  test('limits hold', () => {
    const text = { t: 'text', ...reliable, text: 'x' }
    for (const wrong of [
      { ...text, text: '' },
      { ...text, text: 'x'.repeat(20_001) },
      { ...text, seq: 0 },
      { ...text, seq: -1 },
      { ...text, seq: 1.5 },
      { ...text, id: new Uint8Array(15) },
      { ...text, stream: new Uint8Array(9) },
      { ...text, receipts: Array.from({ length: 17 }, () => receipts[0]) },
      { ...text, receipts: [{ stream, upTo: 1, beyond: new Uint8Array(129) }] },
      { t: 'profile', ...reliable, identity: new Uint8Array(1), relays: [] },
      { t: 'profile', ...reliable, identity: new Uint8Array(1), relays: ['a', 'b', 'c', 'd', 'e'] },
      { t: 'history', ...reliable, of: { id, stream, seq: 9, at: 1, text: '' } },
      { t: 'history', ...reliable, of: { id, stream, seq: 9, at: 1, text: '', file: { ...file, size: -1 } } },
      { t: 'attachment', ...reliable, text: '', file: { ...file, copy: false } },
      { t: 'attachment', ...reliable, text: '', file: { ...file, copy: 1 } },
      { t: 'file.here', ...reliable, of: new Uint8Array(17) },
      { t: 'file.here', ...reliable, of: id, group: new Uint8Array(31) },
      { t: 'session.confirm', ...reliable, receipts: [], own: Array.from({ length: 17 }, () => ({ stream, last: 1 })) },
    ]) {
      expect(() => decodeMessage(encodeCbor(wrong))).toThrow('codec.malformed')
    }
    expect(decodeMessage(encodeCbor({ ...text, text: 'x'.repeat(20_000) })).t).toBe('text')
    expect(decodeMessage(encodeCbor({ t: 'file.here', ...reliable, of: id, group }))).toMatchObject({ group })
  })

  test('no bytes whatever do more than throw a named error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeMessage(bytes)).toThrow(/^codec\./)
      }),
    )
  })
})

describe('receipts', () => {
  test('name exactly what arrived, as far as their bitmap reaches', () => {
    const arrived = fc.record({ upTo: fc.nat(1000), gaps: fc.uniqueArray(fc.integer({ min: 2, max: 1025 }), { maxLength: 60 }) })
    fc.assert(
      fc.property(arrived, ({ upTo, gaps }) => {
        const beyond = new Set(gaps.map((gap) => upTo + gap))
        const receipt = makeReceipt(stream, upTo, [...beyond])
        expect(receipt.beyond.length).toBeLessThanOrEqual(128)
        for (let seq = 1; seq <= upTo + 1100; seq++) expect(covers(receipt, seq)).toBe(seq <= upTo || beyond.has(seq))
      }),
    )
  })

  test('leave out what is too far beyond, rather than name something else', () => {
    const receipt = makeReceipt(stream, 0, [1026, 5000])
    expect([1025, 1026, 5000].map((seq) => covers(receipt, seq))).toEqual([false, false, false])
    expect(covers(makeReceipt(stream, 0, [1025]), 1025)).toBe(true)
  })
})
